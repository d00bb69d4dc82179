"""What is known of an activity when a rule asks: its own tracking, or a shared objective that a map reads (SN 3.10.3).

None is unknown. Writing goes to the activity and to every shared objective that a map writes.
"""

from __future__ import annotations

from typing import Any

from hub.domain.sequencing.tree import MAPPED, Activity, Objective, Tree


def read(tree: Tree, activity: Activity, objective: Objective, name: str) -> Any:
    """A field of an objective: that of the shared one where a map reads it."""
    mapped = _mapped(tree, objective, name)
    if mapped:
        return mapped[0]
    return None if tree.strict and "objective" in activity.stale else objective.values.get(name)


def write(tree: Tree, objective: Objective, name: str, value: Any) -> None:
    """Keep a field here and in the shared objectives that maps write, which are remembered in ``tree.written``."""
    objective.values[name] = value
    for one in objective.maps:
        if one[f"write{MAPPED[name]}"]:
            tree.shared.setdefault(one["targetObjectiveID"], {})[name] = value
            tree.written.add(one["targetObjectiveID"])


def satisfied(tree: Tree, activity: Activity, objective: Objective | None = None) -> bool | None:
    """Whether an objective (the primary one unless said) is satisfied."""
    one = objective or activity.primary
    if not one.by_measure:
        found: bool | None = read(tree, activity, one, "satisfied")
        return found
    considered = activity.said.get("rollupConsiderations") or {}
    if activity.active and not considered.get("measureSatisfactionIfActive", True):
        return None
    known = measure(tree, activity, one)
    return None if known is None else known >= one.least


def measure(tree: Tree, activity: Activity, objective: Objective | None = None) -> float | None:
    """The measure of an objective (the primary one unless said)."""
    found: float | None = read(tree, activity, objective or activity.primary, "measure")
    return found


def amount(tree: Tree, activity: Activity) -> float | None:
    """How much of the activity is done, 0 to 1."""
    shared = _mapped(tree, activity.primary, "progress")
    if shared and shared[0] is not None:
        return float(shared[0])
    return None if tree.strict and "progress" in activity.stale else activity.progress


def completed(tree: Tree, activity: Activity, objective: Objective | None = None) -> bool | None:
    """Whether the activity is complete: by its amount where the manifest says so; of another objective than the
    primary one, what is known of it."""
    if objective is not None and objective is not activity.primary:
        found: bool | None = read(tree, activity, objective, "completed")
        return found
    threshold = activity.said.get("completionThreshold") or {}
    if threshold.get("completedByMeasure"):
        known = amount(tree, activity)
        return None if known is None else known >= threshold["minProgressMeasure"]
    if shared := _mapped(tree, activity.primary, "completed"):
        return None if shared[0] is None else bool(shared[0])
    return None if tree.strict and "progress" in activity.stale else activity.completed


def was_written(tree: Tree, objective: Objective, name: str) -> bool:
    """Whether a map reads this field from a shared objective where somebody wrote it, be it as unknown."""
    return any(
        one[f"read{MAPPED[name]}"] and name in tree.shared.get(one["targetObjectiveID"], {}) for one in objective.maps
    )


def _mapped(tree: Tree, objective: Objective, name: str) -> list[Any]:
    """What the shared objective holds that a map reads, None there where nobody has written it; empty without a map."""
    return [
        tree.shared.get(one["targetObjectiveID"], {}).get(name) for one in objective.maps if one[f"read{MAPPED[name]}"]
    ][:1]
