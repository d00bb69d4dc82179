"""The grid learners x steps: what each step shows for each enrolment, without building a ``Journey`` for each.

It shows what ``hub.services.journey`` shows (a test compares them) at a fraction of the cost: access windows are worked
out once for each day of entry, displays once for each combination of facts; of the launches only those that matter
are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hub.db.types import from_micros, to_micros
from hub.domain.access import (
    SILENT_DAYS,
    Access,
    AccessState,
    Display,
    display,
    expected_share,
    in_force,
    silent_days,
    window,
)
from hub.domain.path import PathDocument, SkillPrerequisite, Step, StepPrerequisite
from hub.domain.progress import DONE, Result
from hub.models.learning import Claim, Deposit, Enrolment, Launch
from hub.models.person import Person
from hub.models.river import Agent, AgentDay, PathStateRow, StepStateRow
from hub.services.clock import place_zone
from hub.services.journey import skills_of
from hub.services.versions import document

_OPEN, _NOT_YET, _CLOSED, _LOCKED = Access.OPEN, Access.NOT_YET_OPEN, Access.CLOSED, Access.LOCKED
#: Results of a step of which nothing but its opening may be known.
_BEGUN = (Result.NONE.value, Result.IN_PROGRESS.value)
#: What a done step shows, whatever else is known of it.
_DONE = {r.value: Display.WAIVED if r is Result.WAIVED else Display.DONE for r in DONE}
_STARTED = frozenset({Result.IN_PROGRESS.value, Result.FAILED.value})
#: An enrolment that left or was cancelled is not among the group any more.
FOLLOWED = ("active", "paused", "finished")


@dataclass(slots=True)
class GridRow:
    """One enrolment. ``displays`` and ``late`` in the order of the document's steps; ``points`` (day, share gained so
    far) for the sparkline; ``next`` is the index of the step to do next; ``choices`` step id -> variant id."""

    enrolment_id: UUID
    person_id: UUID
    name: str
    sort_name: str
    version_id: UUID
    displays: list[Display]
    late: list[bool]
    next: int | None
    share: float
    minutes: int
    done: int
    expected: float | None
    silent_days: int
    complete: bool
    active: bool
    points: list[tuple[date, float]]
    choices: dict[str, str]

    @property
    def is_silent(self) -> bool:
        """No trace for a week or more, of somebody who still has something to do."""
        return self.active and not self.complete and self.silent_days >= SILENT_DAYS

    @property
    def is_late(self) -> bool:
        """A required step should be done by now."""
        return self.active and any(self.late)

    @property
    def checks(self) -> int:
        """Steps whose evidence fell and that nobody has looked at."""
        return self.displays.count(Display.CHECK)

    @property
    def waits(self) -> int:
        """Steps that await confirmation."""
        return self.displays.count(Display.AWAITING)

    @property
    def needs_attention(self) -> tuple[bool, bool, bool, int]:
        """Sort key: what needs somebody's attention first."""
        return not self.checks, not self.is_silent, not self.is_late, -self.waits


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a version's steps ask, prepared once."""

    steps: tuple[Step, ...]
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    asks: tuple[tuple[tuple[int, ...], tuple[str, ...]] | None, ...]
    weights: tuple[float, ...]
    place: Mapping[UUID, int]

    def indices(self, steps: Iterable[UUID]) -> frozenset[int]:
        """Where these steps stand; those that the version lacks are left out."""
        return frozenset(i for s in steps if (i := self.place.get(s)) is not None)


@dataclass(slots=True)
class _Facts:
    """What waits, by enrolment: step ids; ``launched`` with the instant of the last opening (µs UTC)."""

    launched: dict[UUID, dict[UUID, int]] = field(default_factory=lambda: defaultdict(dict))
    claimed: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    deposits: dict[UUID, dict[UUID, str]] = field(default_factory=lambda: defaultdict(dict))


Windows = Callable[[date], tuple[tuple[Access, bool], ...]]


def grid(session: Session, query: Any, now: datetime) -> list[GridRow]:
    """The rows of the enrolments that ``query`` (a select of ``Enrolment.id``) gives, by family name. Instants of
    ``now`` aware; days are those of the place's zone."""
    zone = place_zone(session)
    today = now.astimezone(zone).date()
    enrolments = session.execute(_ENROLMENTS.where(Enrolment.id.in_(query))).all()
    states = {r.enrolment_id: r for r in session.execute(_STATES.where(PathStateRow.enrolment_id.in_(query)))}
    facts = _facts(session, query)
    plans = {v: _plan(document(session, v)) for v in {e.version_id for e in enrolments}}
    asks_skills = {v for v, p in plans.items() if any(a and a[1] for a in p.asks)}
    skilled = {e.person_id for e in enrolments if e.version_id in asks_skills}
    skills = skills_of(session, skilled) if skilled else {}
    windows = {v: _windows(p.steps, today) for v, p in plans.items()}
    rows = []
    for e in enrolments:
        row = states.get(e.id)
        last = from_micros(row.last_at).astimezone(zone).date() if row and row.last_at else None
        rows.append(_row(e, row, plans[e.version_id], windows[e.version_id], facts, skills, today, last))
    rows.sort(key=lambda r: (r.sort_name, r.enrolment_id))
    return rows


_ENROLMENTS = select(
    Enrolment.id, Enrolment.person_id, Enrolment.version_id, Enrolment.entered_on, Enrolment.ends_on,
    Enrolment.waivers, Enrolment.choices, Enrolment.state, Person.given_name, Person.family_name,
).join(Person, Person.id == Enrolment.person_id)  # fmt: skip
_STATES = select(
    PathStateRow.enrolment_id, PathStateRow.share, PathStateRow.complete, PathStateRow.minutes, PathStateRow.last_at,
    PathStateRow.steps,
)  # fmt: skip


def _row(
    e: Any,
    state: Any,
    plan: _Plan,
    windows: Windows,
    facts: _Facts,
    skills: Mapping[UUID, Mapping[str, date | None]],
    today: date,
    last: date | None,
) -> GridRow:
    packed = _in_order(state.steps if state else [], plan.ids)
    results = [p[1] if p else "none" for p in packed]
    if e.waivers:
        results = [Result.WAIVED.value if t in e.waivers else r for t, r in zip(plan.texts, results, strict=True)]
    done = [r in _DONE for r in results]
    opening = windows(e.entered_on)
    mine = skills.get(e.person_id, {})
    access = [
        _LOCKED if ask and not _met(ask, done, mine, today) else window_[0]
        for ask, window_ in zip(plan.asks, opening, strict=True)
    ]
    opened = {plan.place[s]: at for s, at in facts.launched.get(e.id, {}).items() if s in plan.place}
    deposits = facts.deposits.get(e.id, {})
    handed_in = plan.indices(s for s, state in deposits.items() if state == "handed_in")
    returned = plan.indices(s for s, state in deposits.items() if state == "returned")
    waits = handed_in | plan.indices(facts.claimed.get(e.id, ()))
    fallen = frozenset(i for i, p in enumerate(packed) if p and p[9])
    following = _next(plan.steps, results, done, access, waits | fallen)
    displays = [
        found
        if (found := _DONE.get(result)) is not None
        else _display(
            result,
            can,
            i in fallen,
            i in opened and (p is None or p[8] is None or p[8] <= opened[i]),
            i in waits,
            i == following,
            i in returned,
        )
        for i, (p, result, can) in enumerate(zip(packed, results, access, strict=True))
    ]
    return GridRow(
        enrolment_id=e.id,
        person_id=e.person_id,
        name=f"{e.given_name} {e.family_name}".strip(),
        sort_name=f"{e.family_name} {e.given_name}".casefold(),
        version_id=e.version_id,
        displays=displays,
        late=[late and not ok for (_, late), ok in zip(opening, done, strict=True)],
        next=following,
        share=state.share if state else 0.0,
        minutes=state.minutes if state else 0,
        done=sum(done),
        expected=expected_share(e.entered_on, e.ends_on, today),
        silent_days=silent_days(last, e.entered_on, today),
        complete=bool(state and state.complete),
        active=e.state == "active",
        points=_points(packed, plan, e.entered_on),
        choices=e.choices,
    )


def _in_order(steps: list[list[Any]], ids: tuple[str, ...]) -> list[list[Any] | None]:
    """Packed states in the order of ``ids``; a state of another version of the path may have other steps."""
    if [p[0] for p in steps] == list(ids):
        return list(steps)
    known = {p[0]: p for p in steps}
    return [known.get(i) for i in ids]


@cache
def _display(
    result: str, can: Access, fallen: bool, launched: bool, claimed: bool, is_next: bool, redo: bool
) -> Display:
    return display(
        Result(result), AccessState(can), fallen=fallen, launched=launched, claimed=claimed, is_next=is_next, redo=redo
    )


def _met(
    ask: tuple[tuple[int, ...], tuple[str, ...]], done: list[bool], skills: Mapping[str, date | None], today: date
) -> bool:
    """Whether the prerequisites are; an index below zero is a step that the version lacks."""
    for i in ask[0]:
        if i < 0 or not done[i]:
            return False
    return not ask[1] or all(in_force(s, skills, today) for s in ask[1])


def _next(
    steps: tuple[Step, ...], results: list[str], done: list[bool], access: list[Access], waits: frozenset[int]
) -> int | None:
    """As ``hub.domain.access.next_step``: required before optional, started before untouched, then in order."""
    best: tuple[bool, bool, int] | None = None
    for index, step in enumerate(steps):
        if done[index] or access[index] is not _OPEN:
            continue
        if index in waits and results[index] != "failed":
            continue
        key = (not step.required, results[index] not in _STARTED, index)
        if best is None or key < best:
            best = key
            if key[:2] == (False, False):
                break
    return best[2] if best else None


def _plan(doc: PathDocument) -> _Plan:
    steps = tuple(doc.steps())
    place = {s.id: i for i, s in enumerate(steps)}
    asks: list[tuple[tuple[int, ...], tuple[str, ...]] | None] = []
    for step in steps:
        before = tuple(place.get(p.step_id, -1) for p in step.prerequisites if isinstance(p, StepPrerequisite))
        skills = tuple(p.skill for p in step.prerequisites if isinstance(p, SkillPrerequisite))
        asks.append((before, skills) if before or skills else None)
    total = sum(s.weight for s in steps if s.required) or 1.0
    weights = tuple(s.weight / total if s.required else 0.0 for s in steps)
    return _Plan(steps, tuple(s.id.hex for s in steps), tuple(str(s.id) for s in steps), tuple(asks), weights, place)


def _windows(steps: Sequence[Step], today: date) -> Windows:
    """For a day of entry: (access by the window alone, whether the step is late) of each step."""

    @cache
    def of(entered_on: date) -> tuple[tuple[Access, bool], ...]:
        found = []
        for step in steps:
            opens, closes = window(step, entered_on)
            passed = closes is not None and today > closes
            can = _NOT_YET if opens is not None and today < opens else (_CLOSED if passed else _OPEN)
            found.append((can, passed and step.required))
        return tuple(found)

    return of


def _points(packed: list[list[Any] | None], plan: _Plan, entered_on: date) -> list[tuple[date, float]]:
    gained = [(p[6], w) for p, w in zip(packed, plan.weights, strict=True) if p and p[6] and w]
    gained.sort()
    share, points = 0.0, [(entered_on, 0.0)]
    for at, weight in gained:
        share = min(1.0, share + weight)
        points.append((_day(at // _DAY), share))
    return points


_DAY = 86_400_000_000


@cache
def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def _facts(session: Session, query: Any) -> _Facts:
    facts = _Facts()
    untold = (
        select(Launch.enrolment_id, Launch.step_id, func.max(Launch.at))
        .outerjoin(
            StepStateRow,
            (StepStateRow.enrolment_id == Launch.enrolment_id) & (StepStateRow.step_id == Launch.step_id),
        )
        .where(
            Launch.enrolment_id.in_(query),
            or_(StepStateRow.result.is_(None), StepStateRow.result.in_(_BEGUN)),
        )
        .group_by(Launch.enrolment_id, Launch.step_id)
    )
    for enrolment, step, at in session.execute(untold):
        facts.launched[enrolment][step] = to_micros(at)
    claims = select(Claim.enrolment_id, Claim.step_id).where(Claim.enrolment_id.in_(query), Claim.closed_at.is_(None))
    for enrolment, step in session.execute(claims):
        facts.claimed[enrolment].add(step)
    deposits = select(Deposit.enrolment_id, Deposit.step_id, Deposit.state).where(Deposit.enrolment_id.in_(query))
    for enrolment, step, state in session.execute(deposits.order_by(Deposit.handed_in_at)):
        facts.deposits[enrolment][step] = state
    return facts


def activity_days(session: Session, persons: Iterable[UUID], days: Sequence[date]) -> dict[UUID, list[int]]:
    """Statements of each person on each of ``days`` (UTC days, in ascending order), from the counts made at ingest."""
    place = {(day - date(1970, 1, 1)).days: index for index, day in enumerate(days)}
    if not place:
        return {}
    owners = select(Agent.id, Agent.person_id).where(Agent.person_id.in_(list(persons)))
    agents = {agent: person for agent, person in session.execute(owners) if person is not None}
    query = select(AgentDay.agent_id, AgentDay.day, AgentDay.count).where(
        AgentDay.agent_id.in_(agents), AgentDay.day >= min(place), AgentDay.day <= max(place)
    )
    by_agent: dict[int, list[int]] = {}
    for agent, day, count in session.execute(query):
        index = place.get(day)
        if index is not None:
            by_agent.setdefault(agent, [0] * len(days))[index] = count
    found: dict[UUID, list[int]] = {}
    for agent, counts in by_agent.items():
        before = found.get(agents[agent])
        found[agents[agent]] = [a + b for a, b in zip(before, counts, strict=True)] if before else counts
    return found
