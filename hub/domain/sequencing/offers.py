"""What the learner may ask for next: the buttons and the lines of the table of contents (SN 5.6; CAM 5.2)."""

from __future__ import annotations

from typing import Any

from hub.domain.sequencing import conditions
from hub.domain.sequencing.flow import Stopped, flow
from hub.domain.sequencing.session import permitted
from hub.domain.sequencing.tree import Activity, Tree


def offered(tree: Tree) -> dict[str, Any]:
    """As JSON for a page: ``now`` (the activity shown, empty when none is), ``continue`` and ``previous``, ``choice``
    and ``jump`` (keys of the activities that may be asked for so), ``hide`` (buttons that the content does not
    want)."""
    shown = tree.current if tree.current is not None and tree.current.active else None
    return {
        "now": shown.key if shown else "",
        "continue": _may(tree, "continue"),
        "previous": _may(tree, "previous") and _lies_before(tree),
        "choice": [one.key for one in tree.root.walk() if may_choose(tree, one)],
        "jump": [one.key for one in tree.root.walk() if one.parent and one in one.parent.available],
        "hide": list(shown.said["hideLmsUi"]) if shown else [],
    }


def may_choose(tree: Tree, activity: Activity) -> bool:
    """Whether the learner may ask for it by its line of the table of contents."""
    return activity.parent is not None and _may(tree, "choice", activity)


def _lies_before(tree: Tree) -> bool:
    """Whether anything lies before what is shown; a rule that is in the way now may have gone when the content ends."""
    try:
        return tree.current is not None and bool(flow(tree, tree.current, forward=False, children=False))
    except Stopped as stopped:
        return not stopped.code.startswith(("SB.2.1-", "SB.2.2-1"))


def _may(tree: Tree, request: str, target: Activity | None = None) -> bool:
    try:
        permitted(tree, request, target)
    except Stopped:
        return False
    return target is None or not any(conditions.blocked(tree, one) for one in target.path())
