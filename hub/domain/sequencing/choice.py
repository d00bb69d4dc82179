"""Whether the learner may choose an activity (SB.2.9), without changing anything."""

from __future__ import annotations

from hub.domain.sequencing import conditions
from hub.domain.sequencing.flow import Stopped, beside, reachable
from hub.domain.sequencing.tree import Activity, Tree, common


def allowed(tree: Tree, target: Activity) -> Activity:
    """The common ancestor of the current activity and of the one chosen. Raises Stopped."""
    for one in target.path():
        if one.parent is not None and one not in one.parent.available:
            raise Stopped("SB.2.9-2")
        if conditions.check(tree, one, "pre", "hiddenFromChoice"):
            raise Stopped("SB.2.9-3")
    if target.parent is not None and not target.parent.controls["choice"]:
        raise Stopped("SB.2.9-4")
    current = tree.current
    shared = common(current, target) if current else tree.root
    if current is target:
        return shared
    if current is not None and current.parent is not None and current.parent is target.parent:
        _along(tree, current, target)
    elif current is None or current is shared:
        _down(tree, shared, target, forward=True)
    elif target is shared:
        _leaving(current, target)
    else:
        _across(tree, current, target, shared)
    return shared


def _along(tree: Tree, current: Activity, target: Activity) -> None:
    """Between two children of one parent."""
    siblings = current.parent.available if current.parent else []
    start, end = siblings.index(current), siblings.index(target)
    between = siblings[start:end] if start < end else siblings[end + 1 : start + 1]
    for one in between:
        reachable(tree, one, forward=start < end)


def _down(tree: Tree, shared: Activity, target: Activity, *, forward: bool) -> None:
    """From an activity to one below it."""
    path = target.path()
    for one in path[path.index(shared) : -1]:
        if forward:
            reachable(tree, one, forward=True)
        if not one.active and one is not shared and one.controls["preventActivation"]:
            raise Stopped("SB.2.9-6")


def _leaving(current: Activity, target: Activity) -> None:
    path = current.path()
    for one in path[path.index(target) + 1 :]:
        if one.active and not one.controls["choiceExit"]:
            raise Stopped("SB.2.9-7")


def _across(tree: Tree, current: Activity, target: Activity, shared: Activity) -> None:
    """From one branch to another: what is left must let go, and may only let its neighbours be chosen."""
    path = current.path()
    constrained = None
    for one in reversed(path[path.index(shared) + 1 :]):
        if one.active and not one.controls["choiceExit"]:
            raise Stopped("SB.2.9-7")
        if constrained is None and one.children and one.controls["constrainChoice"]:
            constrained = one
    order = list(tree.root.walk())
    if constrained is not None:
        forward = order.index(target) > order.index(constrained)
        considered = beside(constrained, forward=forward)
        if not target.below(considered) and target is not considered and target is not constrained:
            raise Stopped("SB.2.9-8")
    ahead = order.index(target) > order.index(current)
    if ahead:
        _over(tree, current, target, shared)
    _down(tree, shared, target, forward=ahead)


def _over(tree: Tree, current: Activity, target: Activity, shared: Activity) -> None:
    """Nothing on the way forward may hold the learner back."""
    mine, theirs = current.path(), target.path()
    start, end = mine[mine.index(shared) + 1], theirs[theirs.index(shared) + 1]
    siblings = shared.available
    for one in siblings[siblings.index(start) : siblings.index(end)]:
        reachable(tree, one, forward=True)
