"""Which children of an activity are there, and in which order (SR.1, SR.2; SN 3.12, 3.13)."""

from __future__ import annotations

from hub.domain.sequencing.tree import Activity, Tree


def choose_all(tree: Tree) -> None:
    """Before anything is shown: wherever the manifest wants a choice at all."""
    for one in tree.root.walk():
        if not one.chosen:
            choose(tree, one, again=False)


def choose(tree: Tree, activity: Activity, *, again: bool) -> None:
    """Select and shuffle the children; ``again``: an attempt has ended, only what is wanted anew for each counts."""
    controls = activity.controls
    timings = ("onEachNewAttempt",) if again else ("once", "onEachNewAttempt")
    if not activity.children or activity.active:
        return
    if controls["selectCount"] and controls["selectionTiming"] in timings:
        count = min(int(controls["selectCount"]), len(activity.children))
        kept = sorted(tree.random.sample(range(len(activity.children)), count))
        activity.available = [activity.children[place] for place in kept]
        activity.chosen = True
    if controls["randomizeChildren"] and controls["randomizationTiming"] in timings:
        activity.available = tree.random.sample(activity.available, len(activity.available))
        activity.chosen = True
