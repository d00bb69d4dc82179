"""One request of the learner or of a content, from the navigation to what is shown next (OP.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.domain.sequencing import attempts, choice, choosing, conditions
from hub.domain.sequencing.flow import Stopped, flow
from hub.domain.sequencing.tree import Activity, Tree

REQUESTS: Final = (
    "start", "resumeAll", "continue", "previous", "choice", "jump", "exit", "exitAll", "abandon", "abandonAll",
    "suspendAll", "retry", "retryAll",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of a request. ``activity``: what is to be shown, None where nothing is; ``resumed``: its attempt goes
    on; ``over``: the session has ended; ``refused``: the process of the standard that said no, empty otherwise."""

    activity: Activity | None = None
    resumed: bool = False
    over: bool = False
    refused: str = ""


@dataclass(slots=True)
class _Plan:
    """What follows an ended attempt: a sequencing request."""

    request: str
    target: Activity | None = None


def ask(tree: Tree, request: str, target: str = "", cmi: Mapping[str, str] | None = None) -> Outcome:
    """Answer a request. ``cmi``: what the content that is shown has said, None of one that never spoke."""
    try:
        aimed = _aimed(tree, request, target)
        permitted(tree, request, aimed)
        plan = _ended(tree, request, aimed, cmi)
    except Stopped as stopped:
        return Outcome(refused=stopped.code)
    try:
        found = _sequenced(tree, plan)
    except Stopped as stopped:
        if stopped.over:
            attempts.end_between(tree, tree.root)
            if tree.root.active:
                attempts.end(tree, tree.root)
            tree.current = None
        return Outcome(refused=stopped.code, over=stopped.over)
    if found is None:
        over = tree.current is tree.root
        if over:
            tree.current = None
        return Outcome(over=over)
    if found.children or any(conditions.blocked(tree, one) for one in found.path()):
        return Outcome(refused="DB.1.1-3")
    return Outcome(found, attempts.deliver(tree, found))


def _aimed(tree: Tree, request: str, target: str) -> Activity | None:
    if request not in ("choice", "jump"):
        return None
    found = tree.by_key.get(target)
    if found is None:
        raise Stopped("NB.2.1-11")
    return found


def permitted(tree: Tree, request: str, target: Activity | None) -> None:
    """Whether a request makes sense now (NB.2.1). Raises Stopped."""
    current = tree.current
    if request not in REQUESTS:
        raise Stopped("NB.2.1-13")
    if request in ("start", "resumeAll"):
        if current is not None or (request == "resumeAll" and tree.suspended is None):
            raise Stopped("NB.2.1-1" if current else "NB.2.1-3")
        return
    if target is not None:
        _may_aim(tree, request, target)
        return
    if current is None:
        raise Stopped("NB.2.1-2")
    if request in ("continue", "previous"):
        if current.parent is None or not current.parent.controls["flow"]:
            raise Stopped("NB.2.1-4")
        if request == "previous" and current.parent.controls["forwardOnly"]:
            raise Stopped("NB.2.1-5")


def _may_aim(tree: Tree, request: str, target: Activity) -> None:
    if request == "jump":
        if target.parent is not None and target not in target.parent.available:
            raise Stopped("NB.2.1-11")
        return
    if target.parent is not None and not target.parent.controls["choice"]:
        raise Stopped("NB.2.1-10")
    current = tree.current
    leaves = current is not None and current is not target and current.active and not target.below(current)
    if current is not None and leaves and not current.controls["choiceExit"]:
        raise Stopped("NB.2.1-8")
    choice.allowed(tree, target)


def _ended(tree: Tree, request: str, target: Activity | None, cmi: Mapping[str, str] | None) -> _Plan:
    """TB.2.3: the attempt ends as the request wants; gives what comes next."""
    current = tree.current
    wanted = _Plan(request, target)
    if current is None:
        return wanted
    if current.active and not current.children and cmi is not None and request not in ("abandon", "abandonAll"):
        attempts.take(tree, current, cmi)
    if request in ("abandon", "abandonAll"):
        for one in current.path() if request == "abandonAll" else [current]:
            one.active = False
        if request == "abandonAll":
            tree.current = tree.root
        return _Plan("exit")
    if request == "suspendAll":
        return _put_aside(tree, current)
    if request in ("exitAll", "retryAll"):
        return _all_ended(tree, "retry" if request == "retryAll" else "exit", cmi)
    after = _exit(tree, current, cmi) if current.active else None
    return after or wanted


def _put_aside(tree: Tree, current: Activity) -> _Plan:
    if current.active or current.suspended:
        tree.suspended = current
    elif current.parent is not None:
        tree.suspended = current.parent
    else:
        raise Stopped("TB.2.3-3")
    for one in tree.suspended.path():
        one.active, one.suspended = False, True
    tree.current = tree.root
    return _Plan("exit")


def _all_ended(tree: Tree, after: str, cmi: Mapping[str, str] | None = None) -> _Plan:
    if tree.current is not None and tree.current.active and tree.current is not tree.root:
        attempts.end(tree, tree.current, cmi)
    attempts.end_between(tree, tree.root)
    if tree.root.active:
        attempts.end(tree, tree.root)
    tree.current = tree.root
    return _Plan(after)


def _exit(tree: Tree, current: Activity, cmi: Mapping[str, str] | None) -> _Plan | None:
    """TB.2.3 exit, TB.2.1 and TB.2.2: rules may end more than asked, and say what comes next."""
    attempts.end(tree, current, cmi)
    for one in current.path()[:-1]:
        if conditions.check(tree, one, "exit"):
            attempts.end_between(tree, one)
            attempts.end(tree, one)
            tree.current = one
            break
    while (at := tree.current) is not None:
        action = "" if at.suspended else conditions.check(tree, at, "post")
        if action in ("exitAll", "retryAll"):
            return _all_ended(tree, "retry" if action == "retryAll" else "exit")
        if action != "exitParent":
            return _Plan(action) if action else None
        if at.parent is None:
            raise Stopped("TB.2.3-4")
        tree.current = at.parent
        attempts.end(tree, at.parent)
    return None


def _sequenced(tree: Tree, plan: _Plan) -> Activity | None:
    """SB.2.5 to SB.2.13: the activity to deliver, None to deliver nothing. Raises Stopped."""
    current = tree.current
    starts = plan.request != "resumeAll" if current is None else current is tree.root and plan.request == "retry"
    if starts and not tree.root.suspended:
        _begin(tree)
    if plan.request == "start":
        choosing.choose_all(tree)
        return flow(tree, tree.root, forward=True, children=True) if tree.root.children else tree.root
    if plan.request == "resumeAll":
        return tree.suspended
    if plan.target is not None and plan.request == "jump":
        return plan.target
    if plan.target is not None:
        return _chosen(tree, plan.target)
    if current is None or plan.request == "exit":
        return None
    if plan.request == "retry":
        return flow(tree, current, forward=True, children=True) if current.children else current
    forward = plan.request == "continue"
    if current.parent is not None and not current.parent.controls["flow"]:
        raise Stopped("SB.2.7-2" if forward else "SB.2.8-2")
    return flow(tree, current, forward=forward, children=False)


def _begin(tree: Tree) -> None:
    """A new attempt at the whole: objectives that are not the learner's across packages begin anew (SN 3.10.2)."""
    tree.begun = True
    if not tree.root.said.get("objectivesGlobalToSystem", True):
        tree.shared.clear()


def _chosen(tree: Tree, target: Activity) -> Activity:
    """SB.2.9: a choice of a cluster goes to the first of its activities that may be delivered."""
    shared = choice.allowed(tree, target)
    if not target.children:
        return target
    try:
        return flow(tree, target, forward=True, children=True)
    except Stopped:
        attempts.end_between(tree, shared)
        if shared.active and shared is not tree.root:
            attempts.end(tree, shared)
        tree.current = target
        raise Stopped("SB.2.9-9") from None
