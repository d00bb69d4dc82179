"""Progress: what the evidence amounts to for each step and for the path (DESIGN sections 3 and 4). Pure.

``evaluate`` depends on nothing but the version's document, the facts of the enrolment and the evidence; the clock is
not among them
(see ``hub.domain.access`` for what depends on it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from hub.domain.evidence import Evidence, Fact
from hub.domain.path import PRESENCE, Activity, Condition, EvidenceKind, Modality, Module, PathDocument, Rule, Step


class Result(StrEnum):
    """The result half of a step's state; the access half is computed on reading."""

    NONE = "none"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"


#: Results that open what waits for the step.
DONE = frozenset({Result.COMPLETED, Result.PASSED, Result.WAIVED})

#: Evidence by activity IRI.
EvidenceByIri = Mapping[str, Evidence]
_NOTHING: Evidence = {}
#: Tolerance for sums of binary fractions.
EPSILON = 1e-9


def step_iri(step_id: UUID) -> str:
    """The xAPI activity IRI of a step itself, which carries a trainer's word and the step's deposits; the same in
    every version."""
    return step_id.urn


def activity_iris(activity: Activity) -> tuple[str, ...]:
    """Every IRI under which evidence of an activity arrives; the first one is its own."""
    return (activity.binding.iri or activity.id.urn, *activity.binding.also)


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """What the enrolment itself says. ``waived`` are steps; ``acknowledged`` maps a step whose fall was looked at to
    the best that stood then or was said since; ``elsewhere`` are own IRIs of activities whose hours another enrolment
    of the same person counts."""

    waived: frozenset[UUID] = frozenset()
    acknowledged: Mapping[UUID, EvidenceByIri] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a rule or condition is met: ``at`` when it was, by which statements, ``share`` 0..1 of the way."""

    met: bool
    share: float
    at: int | None = None
    statements: tuple[str, ...] = ()


#: What every rule and condition amounts to where nothing is known.
_UNMET = Outcome(False, 0.0)


@dataclass(frozen=True, slots=True)
class StepState:
    """The projection of one step for one enrolment. Scores 0..1, ``seconds`` of presence, instants in µs UTC.
    ``fallen``: what it once was, where its evidence fell and nobody has looked at it yet ("à vérifier")."""

    step_id: UUID
    result: Result
    share: float
    best: float | None = None
    last: float | None = None
    seconds: int = 0
    done_at: int | None = None
    first_opened_at: int | None = None
    last_at: int | None = None
    statement_id: str | None = None
    fallen: Result | None = None
    fallen_id: str | None = None


@dataclass(frozen=True, slots=True)
class HourLine:
    """Minutes done on one activity, where they were done; ``cut`` are the minutes above its plan, which do not
    count."""

    activity_id: UUID
    step_id: UUID
    modality: Modality
    organisation_id: UUID | None
    minutes: int
    planned: int
    cut: int = 0
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class PathState:
    """The projection of a whole enrolment."""

    share: float
    complete: bool
    steps: tuple[StepState, ...]
    hours: tuple[HourLine, ...]

    @property
    def minutes(self) -> int:
        """Minutes that this enrolment counts."""
        return sum(line.minutes for line in self.hours if not line.elsewhere)


def evaluate(
    document: PathDocument, facts: EnrolmentFacts, evidence: EvidenceByIri, peaks: EvidenceByIri | None = None
) -> PathState:
    """The state of every step and of the path. ``peaks`` is the best ever said, by which a fall is seen; None where
    nothing
    ever fell."""
    steps = tuple(_step_state(step, facts, evidence, peaks) for step in document.steps())
    by_id = {s.step_id: s for s in steps}
    parts = [_module_share(m, by_id) for m in document.modules]
    total = sum(weight for weight, _, _ in parts)
    share = sum(weight * part for weight, part, _ in parts) / total if total else 0.0
    complete = bool(steps) and all(ok for _, _, ok in parts)
    return PathState(1.0 if complete else min(share, 1.0), complete, steps, tuple(_hours(document, facts, evidence)))


def _step_state(step: Step, facts: EnrolmentFacts, evidence: EvidenceByIri, peaks: EvidenceByIri | None) -> StepState:
    iris = tuple(step_iris(step))
    known = [evidence[iri] for iri in iris if iri in evidence]
    outcome = rule_outcome(step, step.rule, evidence) if known else _UNMET
    scores = [e["score"] for e in known if "score" in e]
    best = max((f.value for f in scores if f.value is not None), default=None)
    last = max(scores, key=lambda f: (f.last_at or 0, f.last_id or ""), default=None)
    opened = [e["opened"].at for e in known if "opened" in e and e["opened"].at is not None]
    touched = [at for e in known for kind, f in e.items() if (at := _acted_at(kind, f)) is not None]
    result = _result(step, outcome, known, waived=step.id in facts.waived)
    fallen, fallen_id = None, None
    if peaks is not None and result not in DONE:
        once = facts.acknowledged.get(step.id, peaks)
        # The same evidence does not meet the rule either: mostly so, and cheaper than asking the rule again.
        before = _UNMET if _same(iris, once, evidence) else rule_outcome(step, step.rule, once)
        if before.met and before.statements:
            fallen_id = max(before.statements)
            fallen = Result.PASSED if _asks_success(step.rule) else Result.COMPLETED
    return StepState(
        step_id=step.id,
        result=result,
        share=1.0 if result in DONE else outcome.share,
        best=best,
        last=last.last_value if last else None,
        seconds=sum(e["attended"].seconds for e in known if "attended" in e),
        done_at=outcome.at if outcome.met else None,
        first_opened_at=min(opened, default=None),
        last_at=max(touched, default=None),
        statement_id=max(outcome.statements) if outcome.met and outcome.statements else None,
        fallen=fallen,
        fallen_id=fallen_id,
    )


def _same(iris: Iterable[str], one: EvidenceByIri, other: EvidenceByIri) -> bool:
    return all(one.get(iri, _NOTHING) == other.get(iri, _NOTHING) for iri in iris)


def _acted_at(kind: str, fact: Fact) -> int | None:
    """When the learner last did something: neither somebody's word on them nor an absence is news of them."""
    if kind in (EvidenceKind.VALIDATED, EvidenceKind.ACCEPTED):
        return None
    if kind == EvidenceKind.ATTENDED and not fact.last_value:
        return fact.at if fact.seconds else None
    return fact.last_at


def step_iris(step: Step) -> Iterator[str]:
    """The IRIs whose evidence speaks of the step, each once: its own, then its activities'."""
    seen = {step_iri(step.id)}
    yield step_iri(step.id)
    for activity in step.activities():
        for iri in activity_iris(activity):
            if iri not in seen:
                seen.add(iri)
                yield iri


def _asks_success(rule: Rule) -> bool:
    return any(c.kind in (EvidenceKind.PASSED, EvidenceKind.SCORE) for c in rule.conditions())


def _result(step: Step, outcome: Outcome, known: list[Evidence], *, waived: bool) -> Result:
    if waived:
        return Result.WAIVED
    passed = [e["passed"].value for e in known if "passed" in e and e["passed"].value is not None]
    if outcome.met:
        return Result.PASSED if _asks_success(step.rule) or any(v >= 1 for v in passed) else Result.COMPLETED
    if passed and max(passed) < 1:
        return Result.FAILED
    scores = [e["score"].value for e in known if "score" in e and e["score"].value is not None]
    wanted = [c.at_least or 0 for c in step.rule.conditions() if c.kind is EvidenceKind.SCORE]
    if scores and wanted and max(scores) < min(wanted):
        return Result.FAILED
    return Result.IN_PROGRESS if any(_says_something(e) for e in known) else Result.NONE


def _says_something(evidence: Evidence) -> bool:
    """An absence at a séance or an incomplete register is no beginning."""
    return any(f.value or f.seconds or kind in ("opened", "score", "passed") for kind, f in evidence.items())


def rule_outcome(step: Step, rule: Rule, evidence: EvidenceByIri) -> Outcome:
    """How far ``rule`` is met. All: the latest of the instants; any: the earliest. A rule without terms is never
    met."""
    terms = [
        rule_outcome(step, t, evidence) if isinstance(t, Rule) else condition_outcome(step, t, evidence)
        for t in rule.terms
    ]
    if not terms:
        return _UNMET
    if rule.mode == "any":
        met = [t for t in terms if t.met]
        if not met:
            return Outcome(False, max(t.share for t in terms))
        first = min(met, key=lambda t: (t.at or 0, t.statements))
        return Outcome(True, 1.0, first.at, first.statements)
    if all(t.met for t in terms):
        return Outcome(True, 1.0, max(t.at or 0 for t in terms), tuple(s for t in terms for s in t.statements))
    return Outcome(False, sum(t.share for t in terms) / len(terms))


def condition_outcome(step: Step, condition: Condition, evidence: EvidenceByIri) -> Outcome:
    """How far one condition is met, by the best of the step's variants or by the step's own evidence (equivalence,
    DESIGN section 4)."""
    options = [_whole(condition, [(step_iri(step.id),)], [0], evidence)] if condition.activity_id is None else []
    for variant in step.variants:
        activities = [a for a in variant.activities if condition.activity_id in (None, a.id)]
        bringing = [a for a in activities if any(b.kind is condition.kind for b in a.binding.brings)]
        if not bringing:
            bringing = [
                a for a in activities if any(condition.kind in evidence.get(i, _NOTHING) for i in activity_iris(a))
            ]
        if bringing:
            options.append(
                _whole(condition, [activity_iris(a) for a in bringing], [a.minutes for a in bringing], evidence)
            )
    met = [o for o in options if o.met]
    if met:
        return min(met, key=lambda o: (o.at or 0, o.statements))
    return Outcome(False, max((o.share for o in options), default=0.0))


def _whole(condition: Condition, iris: list[tuple[str, ...]], planned: list[int], evidence: EvidenceByIri) -> Outcome:
    """One variant's outcome: every activity that can bring the kind must; minutes add up."""
    facts = [_fact(condition.kind, names, evidence) for names in iris]
    present = [f for f in facts if f is not None]
    if not present:
        return _UNMET
    if condition.kind is EvidenceKind.ATTENDED:
        return _attendance(condition, present, sum(planned))
    threshold = _threshold(condition)
    shares = [
        min(1.0, max(0.0, (f.value or 0.0) / threshold)) if f and threshold else float(f is not None) for f in facts
    ]
    if len(present) == len(facts) and all((f.value or 0.0) + EPSILON >= threshold for f in present):
        return Outcome(True, 1.0, max(f.at or 0 for f in present), tuple(f.statement_id or "" for f in present))
    return Outcome(False, min(sum(shares) / len(shares), 0.99))


def _threshold(condition: Condition) -> float:
    graded = condition.kind in (EvidenceKind.SCORE, EvidenceKind.PROGRESS)
    return (
        condition.at_least
        if graded and condition.at_least is not None
        else (0.0 if condition.kind is EvidenceKind.SCORE else 1.0)
    )


def _fact(kind: str, names: tuple[str, ...], evidence: EvidenceByIri) -> Fact | None:
    """The best fact of the kind among the names of one activity."""
    facts = [
        f
        for f in (evidence.get(n, _NOTHING).get(kind) for n in names)
        if f is not None and (f.value is not None or f.seconds)
    ]
    if len(facts) < 2:
        return facts[0] if facts else None
    return max(facts, key=lambda f: (f.value if f.value is not None else -1.0, f.seconds, -(f.at or 0)))


def _attendance(condition: Condition, present: list[Fact], planned: int) -> Outcome:
    minutes = sum(f.seconds for f in present) / 60
    if condition.at_least is None:
        wanted = EPSILON
    else:
        wanted = condition.at_least if condition.unit == "minutes" else condition.at_least * planned
    if minutes + EPSILON >= wanted and minutes > 0:
        ids = tuple(f.last_id or "" for f in present if f.seconds)
        return Outcome(True, 1.0, max(f.last_at or 0 for f in present), ids)
    return Outcome(False, min(minutes / wanted, 0.99) if wanted > EPSILON else 0.0)


def _module_share(module: Module, states: Mapping[UUID, StepState]) -> tuple[float, float, bool]:
    """(weight of the module in the path, its share 0..1, whether it is complete)."""
    steps = [(s, states[s.id]) for s in module.steps]
    if module.need.kind == "count":
        count = int(module.need.amount)
        best = sorted((st.share for _, st in steps), reverse=True)[:count]
        weight = sum(sorted((s.weight for s, _ in steps), reverse=True)[:count])
        return weight, sum(best) / count if count else 1.0, sum(st.result in DONE for _, st in steps) >= count
    if module.need.kind == "weight":
        amount = module.need.amount
        done = sum(s.weight for s, st in steps if st.result in DONE)
        gained = sum(s.weight * st.share for s, st in steps)
        return amount, min(1.0, gained / amount) if amount else 1.0, done + EPSILON >= amount
    required = [(s, st) for s, st in steps if s.required]
    weight = sum(s.weight for s, _ in required)
    share = sum(s.weight * st.share for s, st in required) / weight if weight else 1.0
    return weight, share, all(st.result in DONE for _, st in required)


def _hours(document: PathDocument, facts: EnrolmentFacts, evidence: EvidenceByIri) -> Iterator[HourLine]:
    """Hours done (DESIGN section 4): presence in minutes, own pace by its plan once its own evidence is complete;
    each activity once."""
    seen: set[str] = set()
    for step in document.steps():
        for activity in step.activities():
            iris = activity_iris(activity)
            if iris[0] in seen or activity.calendar_only:
                continue
            seen.add(iris[0])
            if not any(iri in evidence for iri in iris):
                continue
            minutes = _minutes(activity, iris, evidence)
            if minutes:
                counted = min(minutes, activity.minutes) if activity.minutes else minutes
                yield HourLine(
                    activity.id,
                    step.id,
                    activity.modality,
                    activity.organisation_id,
                    counted,
                    activity.minutes,
                    minutes - counted,
                    iris[0] in facts.elsewhere,
                )


def _minutes(activity: Activity, iris: tuple[str, ...], evidence: EvidenceByIri) -> int:
    if activity.modality in PRESENCE:
        return sum(e["attended"].seconds for e in (evidence.get(i, _NOTHING) for i in iris) if "attended" in e) // 60
    complete = any(
        (fact := _fact(kind, iris, evidence)) is not None and (fact.value or 0.0) >= 1.0
        for kind in ("completed", "passed", "accepted", "validated")
    )
    return activity.minutes if complete else 0
