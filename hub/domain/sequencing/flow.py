"""Going forward and back through the tree (SB.2.1 to SB.2.4, SB.2.9.1 and SB.2.9.2)."""

from __future__ import annotations

from dataclasses import dataclass

from hub.domain.sequencing import conditions
from hub.domain.sequencing.tree import Activity, Tree


class Stopped(Exception):
    """No way on. ``code`` is the process of the pseudo code that says so; ``over``: the package was gone through to its
    end, which ends the session."""

    def __init__(self, code: str, *, over: bool = False) -> None:
        self.code, self.over = code, over
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class _Step:
    activity: Activity
    forward: bool


def flow(tree: Tree, start: Activity, *, forward: bool, children: bool) -> Activity:
    """SB.2.3: the first activity from ``start`` on that may be delivered. Raises Stopped."""
    step = _traverse(tree, start, forward, None, children)
    return _deliverable(tree, step.activity, forward if step.forward == forward else step.forward, None)


def _traverse(tree: Tree, activity: Activity, forward: bool, before: bool | None, children: bool) -> _Step:
    """SB.2.1: the neighbour. ``before``: the direction before this one turned round, if it did."""
    turned = False
    siblings = activity.parent.available if activity.parent else []
    if before is False and siblings and activity is siblings[-1]:
        forward, activity, turned = False, siblings[0], True
    if forward:
        return _forward(tree, activity, children)
    if activity.parent is None:
        raise Stopped("SB.2.1-3")
    if children and activity.children:
        if not activity.available:
            raise Stopped("SB.2.1-2")
        first = bool(activity.controls["forwardOnly"])
        return _Step(activity.available[0 if first else -1], first)
    if not turned and activity.parent.controls["forwardOnly"]:
        raise Stopped("SB.2.1-4")
    if activity is siblings[0]:
        return _traverse(tree, activity.parent, False, None, False)
    return _Step(siblings[siblings.index(activity) - 1], False)


def _forward(tree: Tree, activity: Activity, children: bool) -> _Step:
    if children and activity.children:
        if not activity.available:
            raise Stopped("SB.2.1-2")
        return _Step(activity.available[0], True)
    if activity.parent is None:
        raise Stopped("SB.2.1-1", over=True)
    siblings = activity.parent.available
    if activity not in siblings or activity is siblings[-1]:
        return _traverse(tree, activity.parent, True, None, False)
    return _Step(siblings[siblings.index(activity) + 1], True)


def _deliverable(tree: Tree, activity: Activity, forward: bool, before: bool | None) -> Activity:
    """SB.2.2: this activity, or the one that follows from it."""
    if activity.parent is not None and not activity.parent.controls["flow"]:
        raise Stopped("SB.2.2-1")
    if conditions.check(tree, activity, "pre", "skip"):
        step = _traverse(tree, activity, forward, before, False)
        if before is False and not step.forward:  # turned round once, and back again
            return _deliverable(tree, step.activity, False, None)
        return _deliverable(tree, step.activity, step.forward, before)
    if conditions.blocked(tree, activity):
        raise Stopped("SB.2.2-2")
    if not activity.children:
        return activity
    step = _traverse(tree, activity, forward, None, True)
    if not forward and step.forward:
        return _deliverable(tree, step.activity, True, False)
    return _deliverable(tree, step.activity, forward, None)


def reachable(tree: Tree, activity: Activity, *, forward: bool) -> None:
    """SB.2.4: whether a choice may pass over this activity. Raises Stopped."""
    if forward and conditions.check(tree, activity, "pre", "stopForwardTraversal"):
        raise Stopped("SB.2.4-1")
    if not forward:
        if activity.parent is None:
            raise Stopped("SB.2.4-3")
        if activity.parent.controls["forwardOnly"]:
            raise Stopped("SB.2.4-2")


def beside(activity: Activity, *, forward: bool) -> Activity:
    """SB.2.9.1: the activity that follows (or precedes) in the tree, flow aside; itself where there is none."""
    at = activity
    while at.parent is not None:
        siblings = at.parent.available
        place = siblings.index(at) + (1 if forward else -1)
        if 0 <= place < len(siblings):
            return siblings[place]
        at = at.parent
    return activity
