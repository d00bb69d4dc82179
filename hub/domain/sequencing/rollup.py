"""From the children to their parent: measures, objectives, completion (RB.1.1 to RB.1.5; SN 4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.domain.sequencing import conditions, status
from hub.domain.sequencing.conditions import Truth
from hub.domain.sequencing.tree import Activity, Tree

_REQUIRED: Final[Mapping[str, str]] = {
    "satisfied": "requiredForSatisfied", "notSatisfied": "requiredForNotSatisfied",
    "completed": "requiredForCompleted", "incomplete": "requiredForIncomplete",
}  # fmt: skip
#: The rules of an activity that has none for these actions (SN 4.6.5, 4.6.6), each asked in this order.
_USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    action: {
        "consideration": "all", "conditionCombination": "any", "minimumCount": 0, "minimumPercent": 0,
        "conditions": [{"condition": name, "operator": "noOp"}],
    }
    for action, name in (
        ("notSatisfied", "objectiveStatusKnown"), ("satisfied", "satisfied"), ("incomplete", "progressKnown"),
        ("completed", "completed"),
    )
}  # fmt: skip


def overall(tree: Tree, activity: Activity) -> None:
    """RB.1.5: of every activity above, the nearest first."""
    before, tree.strict = tree.strict, True
    for one in reversed(activity.path()):
        if one.children and one.tracked:
            _one(tree, one)
    tree.strict = before


def _one(tree: Tree, activity: Activity) -> None:
    if "objective" in activity.stale:
        activity.primary.values.clear()
    if "progress" in activity.stale:
        activity.completed = activity.progress = None
    activity.stale.clear()  # what is counted now is of the attempt that goes on
    mean = _mean(activity, "objectiveMeasureWeight", [status.measure(tree, one) for one in activity.available])
    status.write(tree, activity.primary, "measure", mean)
    activity.progress = _mean(activity, "progressWeight", [status.amount(tree, one) for one in activity.available])
    status.write(tree, activity.primary, "progress", activity.progress)
    if activity.primary.by_measure:
        satisfied: Truth = None if mean is None else mean >= activity.primary.least
    else:
        satisfied = _by_rules(tree, activity, "notSatisfied", "satisfied", activity.primary.values.get("satisfied"))
    status.write(tree, activity.primary, "satisfied", satisfied)
    threshold = activity.said.get("completionThreshold") or {}
    if threshold.get("completedByMeasure"):
        amount = activity.progress
        activity.completed = None if amount is None else amount >= threshold["minProgressMeasure"]
    else:
        activity.completed = _by_rules(tree, activity, "incomplete", "completed", activity.completed)
    status.write(tree, activity.primary, "completed", activity.completed)


def _mean(activity: Activity, weight: str, found: list[float | None]) -> float | None:
    """RB.1.1: what is not known yet weighs all the same; None when nothing is known."""
    total, weights, known = 0.0, 0.0, False
    for one, value in zip(activity.available, found, strict=True):
        if not one.tracked:
            continue
        share = float({**(one.said.get("completionThreshold") or {}), **one.controls}.get(weight, 1.0))
        weights += share
        if value is not None:
            known, total = True, total + value * share
    return total / weights if known and weights else None


def _by_rules(tree: Tree, activity: Activity, no: str, yes: str, before: Truth) -> Truth:
    """RB.1.2 b and RB.1.3 b: the second action has the last word; neither leaves what was known."""
    found = before
    for action, truth in ((no, False), (yes, True)):
        rules = [one for one in activity.said["rollupRules"]["rules"] if one["action"] == action]
        own = any(one["action"] in (no, yes) for one in activity.said["rollupRules"]["rules"])
        if any(_rule(tree, activity, action, one) for one in (rules if own else [_USUAL[action]])):
            found = truth
    return found


def _rule(tree: Tree, activity: Activity, action: str, rule: Mapping[str, Any]) -> bool:
    """RB.1.4: whether the children that count meet the rule, as many as it wants."""
    bag = [_meets(tree, child, rule) for child in activity.available if child.tracked and _counts(tree, child, action)]
    wanted = rule["consideration"]
    if wanted == "all":
        return all(one is True for one in bag)
    if wanted == "any":
        return True in bag
    if wanted == "none":
        return True not in bag and None not in bag
    if wanted == "atLeastCount":
        return bag.count(True) >= int(rule["minimumCount"])
    return bool(bag) and 100 * bag.count(True) / len(bag) >= float(rule["minimumPercent"])


def _meets(tree: Tree, child: Activity, rule: Mapping[str, Any]) -> Truth:
    """RB.1.4.1."""
    found = []
    for one in rule["conditions"]:
        name = "activityProgressKnown" if one["condition"] == "progressKnown" else one["condition"]
        truth = conditions.holds(tree, child, child.primary, name)
        found.append(conditions.negated(truth) if one["operator"] == "not" else truth)
    return conditions.together(found, rule["conditionCombination"])


def _counts(tree: Tree, child: Activity, action: str) -> bool:
    """RB.1.4.2: whether a child has its say for this action."""
    control = "rollupObjectiveSatisfied" if action.lower().endswith("satisfied") else "rollupProgressCompletion"
    if not child.controls[control]:
        return False
    required = (child.said.get("rollupConsiderations") or {}).get(_REQUIRED[action], "always")
    if required == "ifNotSuspended":
        return child.attempts > 0 and not child.suspended
    if required == "ifAttempted":
        return child.attempts > 0
    return required != "ifNotSkipped" or not conditions.check(tree, child, "pre", "skip")
