"""Beginning and ending attempts (UP.3, UP.4, DB.2), and what a content said on the way (SN 4.2.1, RTE 4.2.17)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hub.domain.sequencing import choosing, rollup, status
from hub.domain.sequencing.tree import Activity, Objective, Tree, common, named

_INDEX: Final = re.compile(r"cmi\.objectives\.(\d{1,4})\.id")
_SUCCESS: Final[Mapping[str, bool]] = {"passed": True, "failed": False}
_COMPLETION: Final[Mapping[str, bool]] = {"completed": True, "incomplete": False, "not attempted": False}


def end(tree: Tree, activity: Activity, cmi: Mapping[str, str] | None = None) -> None:
    """UP.4: what a content left unsaid is taken for done, then the parents are counted anew."""
    if activity.children:
        activity.suspended = any(child.suspended for child in activity.available)
    elif activity.tracked and not activity.suspended:
        _unsaid(tree, activity, cmi or {})
    activity.active = False
    if not activity.suspended:
        activity.ended = tree.now
    rollup.overall(tree, activity)
    _others(tree, activity)
    choosing.choose(tree, activity, again=True)


def _unsaid(tree: Tree, activity: Activity, cmi: Mapping[str, str]) -> None:
    """Also « unknown » is something said, of the activity or of its primary objective."""
    own = ("cmi", *(prefix for prefix, one in _said_of(activity, cmi) if one is activity.primary))
    unsaid = activity.completed is None and not any(f"{prefix}.completion_status" in cmi for prefix in own)
    if not activity.controls["completionSetByContent"] and unsaid:
        activity.completed = True
        status.write(tree, activity.primary, "completed", True)
    unjudged = activity.primary.values.get("satisfied") is None
    silent = unjudged and not any(f"{prefix}.success_status" in cmi for prefix in own)
    if not activity.controls["objectiveSetByContent"] and silent and not activity.primary.by_measure:
        status.write(tree, activity.primary, "satisfied", True)


def _others(tree: Tree, activity: Activity) -> None:
    """Activities elsewhere that read what was written are worth something else now (SN 4.6.2)."""
    path, written = activity.path(), tree.written
    tree.written = set()
    for one in tree.root.walk():
        reads = any(
            map_["targetObjectiveID"] in written and any(on for name, on in map_.items() if name.startswith("read"))
            for map_ in one.primary.maps
        )
        if reads and one not in path and one.parent is not None:
            rollup.overall(tree, one.parent)


def end_between(tree: Tree, other: Activity) -> None:
    """UP.3: attempts between the current activity and what it has in common with another one end, both excluded."""
    if tree.current is None:
        return
    shared = common(tree.current, other)
    path = tree.current.path()
    for one in reversed(path[path.index(shared) + 1 : -1]):
        end(tree, one)


def deliver(tree: Tree, activity: Activity) -> bool:
    """DB.2: the activity becomes the current one; gives whether its attempt goes on from where it was left."""
    if tree.suspended is not None and tree.suspended is not activity:
        _forget(tree, activity)
    end_between(tree, activity)
    resumed = activity.suspended or activity.active
    for one in activity.path():
        if one.active:
            continue
        if one.suspended:
            one.suspended = False
        elif one.tracked:
            _begin(tree, one)
        one.active = True
    tree.current, tree.suspended = activity, None
    return resumed


def _begin(tree: Tree, activity: Activity) -> None:
    """A new attempt: nothing is known, and what is below belongs to the attempt before."""
    activity.attempts += 1
    activity.began, activity.ended = tree.now, None
    activity.completed = activity.progress = None
    activity.stale.clear()
    for objective in activity.objectives:
        objective.values.clear()
    if activity.children:
        set_aside(activity)


def set_aside(activity: Activity) -> None:
    """What is known below an activity is of its attempt before (SN 3.2.6, 3.2.7)."""
    for child in activity.children:
        if activity.controls["useCurrentAttemptObjectiveInfo"]:
            child.stale.add("objective")
        if activity.controls["useCurrentAttemptProgressInfo"]:
            child.stale.add("progress")
        set_aside(child)


def _forget(tree: Tree, activity: Activity) -> None:
    """DB.2.1: another activity than the one put aside begins."""
    left = tree.suspended
    if left is None:
        return
    shared = common(activity, left)
    path = left.path()
    for one in reversed(path[path.index(shared) :]):
        if not one.children or not any(child.suspended for child in one.available):
            one.suspended = False
    tree.suspended = None


def take(tree: Tree, activity: Activity, cmi: Mapping[str, str]) -> None:
    """What a content said becomes what is tracked of its activity (SN 4.2.1.1, RTE 4.2)."""
    activity.suspended = cmi.get("cmi.exit") == "suspend"
    if not activity.tracked:
        return
    for prefix, objective in _said_of(activity, cmi):
        _take_objective(tree, objective, prefix, cmi)
    activity.stale.clear()
    activity.completed = activity.primary.values.get("completed", activity.completed)
    activity.progress = activity.primary.values.get("progress", activity.progress)
    if (progress := _number(cmi.get("cmi.progress_measure"))) is not None:
        activity.progress = progress
        status.write(tree, activity.primary, "progress", progress)
    threshold = activity.said.get("completionThreshold") or {}
    said = cmi.get("cmi.completion_status")
    if threshold.get("completedByMeasure"):
        known = None if activity.progress is None else activity.progress >= threshold["minProgressMeasure"]
    else:
        known = activity.completed if said is None else _COMPLETION.get(said)
    if known is not None or activity.completed is not None:
        activity.completed = known
        status.write(tree, activity.primary, "completed", known)
    _take_scores(tree, activity.primary, "cmi.score", cmi)
    _take_success(tree, activity.primary, cmi.get("cmi.success_status"))


def _said_of(activity: Activity, cmi: Mapping[str, str]) -> Iterator[tuple[str, Objective]]:
    """Where the run-time's objectives are those of the activity: by their identifiers."""
    known = {one.key: one for one in activity.objectives if one.key}
    for name, value in cmi.items():
        if (found := _INDEX.fullmatch(name)) and (one := known.get(named(value))):
            yield f"cmi.objectives.{found[1]}", one


def _take_objective(tree: Tree, objective: Objective, prefix: str, cmi: Mapping[str, str]) -> None:
    _take_scores(tree, objective, f"{prefix}.score", cmi)
    _take_success(tree, objective, cmi.get(f"{prefix}.success_status"))
    if (completion := cmi.get(f"{prefix}.completion_status")) is not None:
        status.write(tree, objective, "completed", _COMPLETION.get(completion))
    if (progress := _number(cmi.get(f"{prefix}.progress_measure"))) is not None:
        status.write(tree, objective, "progress", progress)


def _take_success(tree: Tree, objective: Objective, said: str | None) -> None:
    """Of an objective that a measure satisfies, only the measure speaks."""
    if objective.by_measure:
        known = objective.values.get("measure")
        if known is not None:
            status.write(tree, objective, "satisfied", known >= objective.least)
    elif said is not None:
        status.write(tree, objective, "satisfied", _SUCCESS.get(said))


def _take_scores(tree: Tree, objective: Objective, prefix: str, cmi: Mapping[str, str]) -> None:
    if (scaled := _number(cmi.get(f"{prefix}.scaled"))) is not None:
        status.write(tree, objective, "measure", scaled)
    for name in ("raw", "min", "max"):
        if value := cmi.get(f"{prefix}.{name}"):
            status.write(tree, objective, name, value)


def _number(said: str | None) -> float | None:
    try:
        return float(said) if said else None
    except ValueError:
        return None


_ELEMENTS: Final[Mapping[str, str]] = {
    "satisfied": "success_status", "completed": "completion_status", "measure": "score.scaled",
    "progress": "progress_measure", "raw": "score.raw", "min": "score.min", "max": "score.max",
}  # fmt: skip
_WORDS: Final = {
    "satisfied": {True: "passed", False: "failed"}, "completed": {True: "completed", False: "incomplete"}
}  # fmt: skip


def given(tree: Tree, activity: Activity) -> dict[str, str]:
    """Objectives that a content finds when an attempt begins (RTE 4.2.17)."""
    found: dict[str, str] = {}
    for number, objective in enumerate(one for one in activity.objectives if one.key):
        prefix = f"cmi.objectives.{number}"
        found[f"{prefix}.id"] = objective.name
        for name, element in _ELEMENTS.items():
            satisfied = name == "satisfied"
            value = (
                status.satisfied(tree, activity, objective)
                if satisfied
                else status.read(tree, activity, objective, name)
            )
            if value is not None:
                found[f"{prefix}.{element}"] = _written(name, value)
    return found


def read_anew(tree: Tree, activity: Activity) -> set[str]:
    """Elements of objectives that maps read from what was written, also where that is unknown again: a content that
    goes on finds them as they are by now."""
    return {
        f"cmi.objectives.{number}.{element}"
        for number, objective in enumerate(one for one in activity.objectives if one.key)
        for name, element in _ELEMENTS.items()
        if status.was_written(tree, objective, name)
    }


def _written(name: str, value: Any) -> str:
    if name in _WORDS:
        return _WORDS[name][value]
    return value if isinstance(value, str) else f"{value:g}"
