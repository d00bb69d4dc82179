"""Conditions and rules: what is true, what is false, what is unknown (UP.1, UP.2, UP.5; SN 3.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from hub.domain import cmi
from hub.domain.sequencing import status
from hub.domain.sequencing.tree import Activity, Objective, Tree, named

Truth = bool | None
#: What is known also of an activity that is not tracked.
_COUNTED: Final = ("attempted", "attemptLimitExceeded")


def check(tree: Tree, activity: Activity, kind: str, *actions: str) -> str:
    """UP.2: the action of the first rule of that kind (``pre``, ``exit``, ``post``) that holds; empty when none does.
    Of what is not tracked, rules know nothing but what always holds."""
    for rule in activity.said["sequencingRules"][f"{kind}ConditionRules"]:
        if actions and rule["action"] not in actions:
            continue
        found = [_condition(tree, activity, one) for one in rule["conditions"]]
        if together(found, rule["conditionCombination"]) is True:
            return str(rule["action"])
    return ""


def blocked(tree: Tree, activity: Activity) -> bool:
    """UP.5: whether the activity may not be attempted, by a rule or because its attempts are used up."""
    return bool(check(tree, activity, "pre", "disabled")) or _used_up(activity)


def _used_up(activity: Activity) -> bool:
    """UP.1; of the limits, that of attempts is the one that SCORM asks of a platform (SN 3.7)."""
    if not activity.tracked or activity.active or activity.suspended:
        return False
    return exceeded(activity)


def exceeded(activity: Activity) -> bool:
    """Whether as many attempts were made as the manifest allows."""
    limit = activity.said.get("attemptLimit")
    return limit is not None and activity.attempts >= limit


def out_of_time(tree: Tree, activity: Activity) -> bool:
    """Whether the attempt has lasted as long as the manifest allows, from when it began, pauses counted (SN 4.2.1).
    Only rules ask (``timeLimitExceeded``): what stops when time is up is the content's to say (RTE 4.2.15, 4.2.24),
    and a new attempt has its whole time, so that UP.1 finds nothing exceeded."""
    limit = cmi.seconds(activity.said.get("attemptAbsoluteDurationLimit", ""))
    if limit is None or activity.began is None:
        return False
    until = tree.now if activity.ended is None else activity.ended
    return until - activity.began >= limit * 1_000_000


def together(found: Iterable[Truth], how: str) -> Truth:
    """All or any of the truths, an unknown one leaving unknown what it could change."""
    values = list(found)
    decisive = how == "any"
    if decisive in values:
        return decisive
    return None if None in values or not values else not decisive


def _condition(tree: Tree, activity: Activity, said: Mapping[str, Any]) -> Truth:
    objective = activity.primary
    if name := said.get("referencedObjective"):
        objective = next(
            (one for one in activity.objectives if one.key == named(name)), Objective(name, name, False, 1.0, [])
        )
    found = holds(tree, activity, objective, said["condition"], (said.get("parameters") or {}).get("threshold", 0.0))
    return negated(found) if said.get("operator") == "not" else found


def negated(found: Truth) -> Truth:
    """The opposite; the unknown stays unknown."""
    return None if found is None else not found


def holds(tree: Tree, activity: Activity, objective: Objective, name: str, threshold: float = 0.0) -> Truth:
    """One condition of an activity."""
    if name == "always":
        return True
    if not activity.tracked and name not in _COUNTED:
        return False if name.endswith("Known") else None
    return _CONDITIONS[name](tree, activity, objective, threshold) if name in _CONDITIONS else None


def _compared(sign: int) -> Callable[[Tree, Activity, Objective, float], Truth]:
    def asked(tree: Tree, activity: Activity, objective: Objective, threshold: float) -> Truth:
        known = status.measure(tree, activity, objective)
        return None if known is None else sign * known > sign * threshold

    return asked


def _known(read: Callable[[Tree, Activity, Objective], object]) -> Callable[[Tree, Activity, Objective, float], Truth]:
    return lambda tree, activity, objective, _threshold: read(tree, activity, objective) is not None


_CONDITIONS: Final[Mapping[str, Callable[[Tree, Activity, Objective, float], Truth]]] = {
    "satisfied": lambda tree, activity, objective, _t: status.satisfied(tree, activity, objective),
    "objectiveStatusKnown": _known(status.satisfied),
    "objectiveMeasureKnown": _known(status.measure),
    "objectiveMeasureGreaterThan": _compared(1),
    "objectiveMeasureLessThan": _compared(-1),
    "completed": lambda tree, activity, objective, _t: status.completed(tree, activity, objective),
    "activityProgressKnown": _known(status.completed),
    "attempted": lambda _tree, activity, _o, _t: activity.attempts > 0,
    "timeLimitExceeded": lambda tree, activity, _o, _t: out_of_time(tree, activity),
    "attemptLimitExceeded": lambda _tree, activity, _o, _t: exceeded(activity),
}
