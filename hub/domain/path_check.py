"""Checks before publishing, and the differences between two versions of a path. Pure; texts are the caller's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from hub.domain.path import (
    BindingKind,
    Condition,
    EvidenceKind,
    Modality,
    Module,
    PathDocument,
    Rule,
    Step,
    StepPrerequisite,
    Variant,
)

#: Kinds that a trainer or the roll can always bring on the step itself, whatever the bindings.
ALWAYS = frozenset({EvidenceKind.VALIDATED})

#: What to propose when nothing brings the evidence, in the order of least effort.
REMEDIES: dict[EvidenceKind, tuple[str, ...]] = {
    EvidenceKind.COMPLETED: ("lti_publication", "web_services", "partner_file", "deposit_and_validation"),
    EvidenceKind.PASSED: ("lti_publication", "web_services", "partner_file", "deposit_and_validation"),
    EvidenceKind.SCORE: ("lti_publication", "web_services", "partner_file"),
    EvidenceKind.PROGRESS: ("web_services", "lti_publication"),
    EvidenceKind.ATTENDED: ("seances", "partner_file"),
    EvidenceKind.ACCEPTED: ("deposit_and_validation",),
    EvidenceKind.VALIDATED: (),
}


@dataclass(frozen=True)
class Problem:
    """One finding. ``error`` blocks publishing, ``warning`` does not. ``params`` fill the text of ``code``."""

    severity: Literal["error", "warning"]
    code: str
    step_id: UUID | None = None
    params: dict[str, Any] = field(default_factory=dict)
    remedies: tuple[str, ...] = ()


def check(document: PathDocument) -> list[Problem]:
    """What stands in the way of publishing, most serious first; an empty list means nothing does (DESIGN section 4)."""
    problems: list[Problem] = []
    if not document.title.strip():
        problems.append(Problem("error", "path_without_title"))
    if not any(True for _ in document.steps()):
        problems.append(Problem("error", "path_without_step"))
    for module in document.modules:
        problems.extend(_check_module(module))
    known = {s.id for s in document.steps()}
    seen: set[UUID] = set()
    for step in document.steps():
        if step.id in seen:
            problems.append(Problem("error", "step_twice", step.id, {"step": step.title}))
        seen.add(step.id)
        problems.extend(_check_step(step, known))
    problems.extend(_check_skills(document))
    problems.extend(_cycles(document))
    return sorted(problems, key=lambda p: p.severity != "error")


def _check_module(module: Module) -> Iterator[Problem]:
    if not module.steps:
        yield Problem("warning", "module_without_step", None, {"module": module.title})
    if module.need.kind == "count" and module.need.amount > len(module.steps):
        yield Problem("error", "module_count_impossible", None, {"module": module.title, "steps": len(module.steps)})
    if module.need.kind == "weight" and module.need.amount > sum(s.weight for s in module.steps):
        yield Problem("error", "module_weight_impossible", None, {"module": module.title})


def _check_step(step: Step, known: set[UUID]) -> Iterator[Problem]:
    name = {"step": step.title}
    if not step.title.strip():
        yield Problem("error", "step_without_title", step.id)
    if not step.variants or any(not v.activities for v in step.variants):
        yield Problem("error", "variant_without_activity", step.id, name)
    if not step.rule.terms:
        yield Problem("error", "step_without_rule", step.id, name)
    for prerequisite in step.prerequisites:
        if isinstance(prerequisite, StepPrerequisite) and prerequisite.step_id not in known:
            yield Problem("error", "prerequisite_unknown", step.id, name)
    for activity in step.activities():
        about = {**name, "activity": activity.title}
        if activity.minutes == 0 and not activity.calendar_only and activity.binding.kind is not BindingKind.DEPOSIT:
            yield Problem("error", "activity_without_duration", step.id, about)
        if activity.modality is Modality.AFEST and not (activity.afest and activity.afest.complete()):
            yield Problem("error", "afest_conditions_missing", step.id, about)
        if not activity.binding.iri and activity.binding.kind in REMOTE_KINDS:
            yield Problem("error", "binding_without_target", step.id, about)
    yield from _thresholds(step)
    yield from _unmeetable(step)


def _thresholds(step: Step) -> Iterator[Problem]:
    """Shares are 0..1; minutes of presence cannot exceed what the longest way plans."""
    planned = max((v.minutes for v in step.variants), default=0)
    for condition in step.rule.conditions():
        wanted = condition.at_least
        if wanted is None:
            continue
        about = {"step": step.title, "kind": condition.kind.value}
        minutes = condition.kind is EvidenceKind.ATTENDED and condition.unit == "minutes"
        if not minutes and wanted > 1:
            yield Problem("error", "threshold_above_one", step.id, about)
        if minutes and wanted > planned:
            yield Problem("warning", "minutes_above_plan", step.id, {**about, "wanted": wanted, "planned": planned})


REMOTE_KINDS = frozenset(
    {BindingKind.LTI_LINK, BindingKind.REMOTE_COURSE, BindingKind.REMOTE_MODULE, BindingKind.ACTIVITY}
)


def can_meet(step: Step, condition: Condition, variant: Variant | None = None) -> bool:
    """Whether a binding of the step (or of one variant), or the step itself, can bring what the condition asks for."""
    if condition.kind in ALWAYS:
        return True
    return any(
        brings.kind is condition.kind
        for activity in (step.activities() if variant is None else variant.activities)
        if condition.activity_id in (None, activity.id)
        for brings in activity.binding.brings
    )


def rule_can_be_met(step: Step, variant: Variant | None = None) -> bool:
    """Whether what the bindings declare suffices for the rule: those of ``variant`` alone, or of the whole step."""
    return _meetable(step, step.rule, variant)


def _meetable(step: Step, term: Condition | Rule, variant: Variant | None) -> bool:
    if isinstance(term, Condition):
        return can_meet(step, term, variant)
    results = [_meetable(step, t, variant) for t in term.terms]
    return bool(results) and (all(results) if term.mode == "all" else any(results))


def _unmeetable(step: Step) -> Iterator[Problem]:
    """What nothing can bring: an error when the rule as a whole can then never be met, else a warning."""
    if not step.rule.terms:
        return
    possible = rule_can_be_met(step)
    for condition in step.rule.conditions():
        if not can_meet(step, condition):
            about = {"step": step.title, "kind": condition.kind.value}
            remedies = REMEDIES[condition.kind]
            yield Problem("warning" if possible else "error", "rule_cannot_be_met", step.id, about, remedies)
    if possible:
        for number, variant in enumerate(step.variants, 1):
            if variant.activities and not rule_can_be_met(step, variant):
                yield _way_without_end(step, number, variant)


def _way_without_end(step: Step, number: int, variant: Variant) -> Problem:
    """Who follows this way alone can never complete the step."""
    missing = next(c for c in step.rule.conditions() if not can_meet(step, c, variant))
    about = {
        "step": step.title,
        "variant": variant.title,
        "modality": variant.modality.value,
        "number": number,
        "kind": missing.kind.value,
    }
    return Problem("warning", "variant_cannot_meet_rule", step.id, about, REMEDIES[missing.kind])


def _check_skills(document: PathDocument) -> Iterator[Problem]:
    granted = {skill.code for step in document.steps() for skill in step.skills}
    for step in document.steps():
        for prerequisite in step.prerequisites:
            if not isinstance(prerequisite, StepPrerequisite) and prerequisite.skill not in granted:
                about = {"step": step.title, "skill": prerequisite.skill}
                yield Problem("warning", "skill_from_elsewhere", step.id, about)


def _cycles(document: PathDocument) -> Iterator[Problem]:
    """Steps that wait for one another, directly or by the skill another step grants."""
    titles = {s.id: s.title for s in document.steps()}
    granting: dict[str, list[UUID]] = {}
    for step in document.steps():
        for skill in step.skills:
            granting.setdefault(skill.code, []).append(step.id)
    before: dict[UUID, list[UUID]] = {}
    for step in document.steps():
        needs: list[UUID] = []
        for prerequisite in step.prerequisites:
            if isinstance(prerequisite, StepPrerequisite):
                needs.append(prerequisite.step_id)
            elif len(granting.get(prerequisite.skill, ())) == 1:
                needs.extend(granting[prerequisite.skill])
        before[step.id] = needs
    loop = _first_loop(before)
    if loop:
        yield Problem("error", "prerequisite_cycle", loop[0], {"steps": [titles.get(s, "?") for s in loop]})


def _first_loop(before: dict[UUID, list[UUID]]) -> list[UUID]:
    """The nodes of one loop, in order, or none. Without recursion: a chain may be longer than Python's stack."""
    done: set[UUID] = set()
    for start in before:
        trail = [start]
        on_trail = {start: iter(before[start])}
        while trail:
            node = trail[-1]
            following = next((n for n in on_trail[node] if n not in done), None)
            if following is None:
                done.add(node)
                del on_trail[trail.pop()]
            elif following in on_trail:
                return trail[trail.index(following) :]
            else:
                trail.append(following)
                on_trail[following] = iter(before.get(following, ()))
        done.add(start)
    return []


@dataclass(frozen=True)
class Change:
    """One difference of two versions. ``what``: ``added``, ``removed``, ``moved`` or the field that changed."""

    step_id: UUID
    title: str
    what: str
    old: Any = None
    new: Any = None


def differences(old: PathDocument, new: PathDocument) -> list[Change]:
    """What changed from ``old`` to ``new``, step by step, by identity: in the order of the new line, removed last."""
    before = {s.id: (i, s) for i, s in enumerate(old.steps())}
    kept = [s.id for s in new.steps() if s.id in before]
    order_before = [i for i in before if i in set(kept)]
    changes: list[Change] = []
    for step in new.steps():
        if step.id not in before:
            changes.append(Change(step.id, step.title, "added"))
            continue
        previous = before[step.id][1]
        rank_before, rank = order_before.index(step.id) + 1, kept.index(step.id) + 1
        if rank_before != rank:
            changes.append(Change(step.id, step.title, "moved", rank_before, rank))
        for name in type(step).model_fields:
            was, now = getattr(previous, name), getattr(step, name)
            if was != now:
                changes.append(Change(step.id, step.title, name, was, now))
    present = {s.id for s in new.steps()}
    changes += [Change(s.id, s.title, "removed") for _, s in before.values() if s.id not in present]
    return changes
