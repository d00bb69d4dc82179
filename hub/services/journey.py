"""A learner's journey as pages show it: projection + clock + what waits. One read for one learner or for a whole group.

Reads ``path_state`` rows (one an enrolment), never the ledger; its cost grows with the enrolments asked for and
nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.types import from_micros, to_micros
from hub.domain.access import (
    Access,
    AccessState,
    Display,
    access,
    display,
    expected_share,
    late,
    next_step,
    silent_days,
)
from hub.domain.path import Module, PathDocument, Step, Variant
from hub.domain.progress import DONE, Result
from hub.models.learning import Claim, Deposit, Enrolment, Launch, SwitchRequest
from hub.models.person import Authorisation, Person
from hub.models.river import PathStateRow
from hub.services.clock import place_zone
from hub.services.errors import NotFound
from hub.services.versions import document

WAITING = frozenset({Display.AWAITING})


@dataclass(slots=True)
class StepView:
    """One step for one learner. Instants aware UTC, scores 0..1, ``seconds`` of presence."""

    step: Step
    module: Module
    number: int
    result: Result
    share: float
    best: float | None
    last: float | None
    seconds: int
    done_at: datetime | None
    opened_at: datetime | None
    last_at: datetime | None
    fallen: Result | None
    access: AccessState
    display: Display
    late: bool
    variant: Variant | None
    claimed_at: datetime | None
    launched_at: datetime | None
    deposit: str | None
    waiver: dict[str, Any] | None
    switch_asked: UUID | None
    expires_on: date | None

    @property
    def done(self) -> bool:
        """Completed, passed or waived."""
        return self.result in DONE


@dataclass
class Journey:
    """One enrolment as it stands at ``now``. ``share`` 0..1, ``minutes`` done, ``hours`` the lines of the
    projection."""

    enrolment: Enrolment
    person: Person
    document: PathDocument
    steps: list[StepView]
    next: StepView | None
    share: float
    complete: bool
    minutes: int
    hours: list[dict[str, Any]]
    last_at: datetime | None
    expected: float | None
    silent_days: int

    @cached_property
    def by_step(self) -> dict[UUID, StepView]:
        """Its steps by identity."""
        return {s.step.id: s for s in self.steps}

    @property
    def planned_minutes(self) -> int:
        """Minutes of the variants chosen."""
        return sum(s.variant.minutes for s in self.steps if s.variant)

    @property
    def points(self) -> list[tuple[date, float]]:
        """Share of the path by day, from the days its steps were done: for the sparkline."""
        total = sum(s.step.weight for s in self.steps if s.step.required) or 1.0
        gained: dict[date, float] = defaultdict(float)
        for s in self.steps:
            if s.done_at and s.step.required:
                gained[s.done_at.date()] += s.step.weight / total
        points: list[tuple[date, float]] = [(self.enrolment.entered_on, 0.0)]
        for day in sorted(gained):
            points.append((max(day, self.enrolment.entered_on), min(1.0, points[-1][1] + gained[day])))
        return points

    def count(self, shown: Display) -> int:
        """How many steps are shown so."""
        return sum(s.display is shown for s in self.steps)


def journey(session: Session, enrolment_id: UUID, now: datetime) -> Journey:
    """The journey of one enrolment. Raises NotFound."""
    found = journeys(session, [enrolment_id], now)
    if not found:
        raise NotFound(enrolment=str(enrolment_id))
    return found[0]


def journeys(session: Session, enrolment_ids: Iterable[UUID], now: datetime) -> list[Journey]:
    """The journeys of these enrolments, in the order of the ids given; unknown ids are left out."""
    ids = list(enrolment_ids)
    enrolments = {e.id: e for e in session.scalars(select(Enrolment).where(Enrolment.id.in_(ids)))}
    if not enrolments:
        return []
    persons_ids = {e.person_id for e in enrolments.values()}
    persons = {p.id: p for p in session.scalars(select(Person).where(Person.id.in_(persons_ids)))}
    context = _Context(session, list(enrolments.values()), now)
    return [_journey(enrolments[i], persons[enrolments[i].person_id], context) for i in ids if i in enrolments]


class _Context:
    """What a batch of journeys shares: read once, whatever their number."""

    def __init__(self, session: Session, enrolments: Sequence[Enrolment], now: datetime) -> None:
        self.now = now
        self.zone: ZoneInfo = place_zone(session)
        self.today = now.astimezone(self.zone).date()
        ids = [e.id for e in enrolments]
        persons = {e.person_id for e in enrolments}
        self.documents = {e.version_id: document(session, e.version_id) for e in enrolments}
        columns = PathStateRow.__table__.c
        self.states = {
            r.enrolment_id: r for r in session.execute(select(*columns).where(columns.enrolment_id.in_(ids)))
        }
        self.launched = self._first(session, select(Launch.enrolment_id, Launch.step_id, Launch.at), Launch, ids)
        self.claimed = self._first(
            session, select(Claim.enrolment_id, Claim.step_id, Claim.at).where(Claim.closed_at.is_(None)), Claim, ids
        )
        deposits = select(Deposit.enrolment_id, Deposit.step_id, Deposit.state).where(Deposit.enrolment_id.in_(ids))
        self.deposits = {(e, s): state for e, s, state in session.execute(deposits.order_by(Deposit.handed_in_at))}
        asked = select(SwitchRequest.enrolment_id, SwitchRequest.step_id, SwitchRequest.variant_id)
        asked = asked.where(SwitchRequest.enrolment_id.in_(ids), SwitchRequest.state == "asked")
        self.switches = {(e, s): v for e, s, v in session.execute(asked)}
        self.skills = skills_of(session, persons)

    @staticmethod
    def _first(session: Session, query: Any, model: Any, ids: list[UUID]) -> dict[tuple[UUID, UUID], datetime]:
        found: dict[tuple[UUID, UUID], datetime] = {}
        for enrolment, step, at in session.execute(query.where(model.enrolment_id.in_(ids)).order_by(model.at)):
            found[enrolment, step] = at
        return found


def skills_of(session: Session, persons: set[UUID]) -> dict[UUID, dict[str, date | None]]:
    """Skills of each person with their last day: recorded ones, and those granted by steps done in any path."""
    skills: dict[UUID, dict[str, date | None]] = defaultdict(dict)

    def grant(person: UUID, skill: str, until: date | None) -> None:
        mine = skills[person]
        if skill not in mine or (mine[skill] is not None and (until is None or until > (mine[skill] or until))):
            mine[skill] = until

    for row in session.scalars(select(Authorisation).where(Authorisation.person_id.in_(persons))):
        grant(row.person_id, row.skill, row.until)
    query = (
        select(Enrolment.person_id, Enrolment.version_id, Enrolment.waivers, PathStateRow.steps)
        .join(PathStateRow, PathStateRow.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id.in_(persons))
    )
    for person, version, waivers, steps in session.execute(query):
        granting = _granting(session, version)
        if not granting:
            continue
        for packed in steps:
            step = granting.get(packed[0])
            if step is not None and Result(packed[1]) in DONE:
                until = _valid_until(step, packed[6], waivers.get(str(step.id)))
                for skill in step.skills:
                    grant(person, skill.code, until)
    return skills


def _valid_until(step: Step, done_at: int | None, waiver: dict[str, Any] | None) -> date | None:
    """Last day on which what the step grants is in force, counted from the day it was done, or its dispense given;
    None where it does not expire."""
    if step.valid_for_days is None:
        return None
    if done_at is not None:
        begun = from_micros(done_at).date()
    elif waiver is not None:
        begun = datetime.fromisoformat(waiver["at"]).date()
    else:
        return None
    return begun + timedelta(days=step.valid_for_days)


def _granting(session: Session, version: UUID) -> dict[str, Step]:
    return {s.id.hex: s for s in document(session, version).steps() if s.skills}


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


_EMPTY: list[Any] = [None, "none", 0.0, None, None, 0, None, None, None, None]


def _journey(enrolment: Enrolment, person: Person, context: _Context) -> Journey:
    plan = context.documents[enrolment.version_id]
    row = context.states.get(enrolment.id)
    packed = {s[0]: s for s in row.steps} if row else {}
    results = {s.id: _result(packed.get(s.id.hex, _EMPTY), enrolment, s) for s in plan.steps()}
    skills = context.skills.get(enrolment.person_id, {})
    states = {s.id: access(s, results, skills, enrolment.entered_on, context.today) for s in plan.steps()}
    fallen = {key for key, s in packed.items() if s[9] is not None}
    waiting = {s.id for s in plan.steps() if s.id.hex in fallen or _waits(enrolment, s, results[s.id], context)}
    following = next_step(plan, results, states, waiting)
    views: list[StepView] = []
    for module in plan.modules:
        for step in module.steps:
            is_next = following is not None and following.id == step.id
            views.append(_step_view(enrolment, module, step, len(views) + 1, packed, results, states, is_next, context))
    last_at = _instant(row.last_at) if row else None
    last_day = last_at.astimezone(context.zone).date() if last_at else None
    return Journey(
        enrolment=enrolment,
        person=person,
        document=plan,
        steps=views,
        next=next((v for v in views if following is not None and v.step.id == following.id), None),
        share=row.share if row else 0.0,
        complete=bool(row and row.complete),
        minutes=row.minutes if row else 0,
        hours=row.hours if row else [],
        last_at=last_at,
        expected=expected_share(enrolment.entered_on, enrolment.ends_on, context.today),
        silent_days=silent_days(last_day, enrolment.entered_on, context.today),
    )


def _result(packed: list[Any], enrolment: Enrolment, step: Step) -> Result:
    return Result.WAIVED if str(step.id) in enrolment.waivers else Result(packed[1])


def _waits(enrolment: Enrolment, step: Step, result: Result, context: _Context) -> bool:
    """Whether the step waits for somebody or something else than the learner: a claim, a deposit, a confirmation."""
    if result in DONE or result is Result.FAILED:
        return False
    key = (enrolment.id, step.id)
    return key in context.claimed or context.deposits.get(key) == "handed_in"


def _step_view(
    enrolment: Enrolment,
    module: Module,
    step: Step,
    number: int,
    packed: dict[str, list[Any]],
    results: dict[UUID, Result],
    states: dict[UUID, AccessState],
    is_next: bool,
    context: _Context,
) -> StepView:
    _, _, share, best, last, seconds, done, opened, last_at, fallen = packed.get(step.id.hex, _EMPTY)
    key = (enrolment.id, step.id)
    result = results[step.id]
    deposit = context.deposits.get(key)
    launched = context.launched.get(key)
    chosen = enrolment.choices.get(str(step.id))
    done_at = _instant(done)
    return StepView(
        step=step,
        module=module,
        number=number,
        result=result,
        share=1.0 if result in DONE else share,
        best=best,
        last=last,
        seconds=seconds,
        done_at=done_at,
        opened_at=_instant(opened),
        last_at=_instant(last_at),
        fallen=Result(fallen) if fallen else None,
        access=states[step.id],
        display=display(
            result,
            states[step.id],
            fallen=fallen is not None,
            launched=launched is not None and (last_at is None or last_at <= to_micros(launched)),
            claimed=key in context.claimed or deposit == "handed_in",
            is_next=is_next,
            redo=deposit == "returned",
        ),
        late=late(step, result, enrolment.entered_on, context.today),
        variant=step.variant(UUID(chosen) if chosen else None),
        claimed_at=context.claimed.get(key),
        launched_at=launched,
        deposit=deposit,
        waiver=enrolment.waivers.get(str(step.id)),
        switch_asked=context.switches.get(key),
        expires_on=_valid_until(step, done, enrolment.waivers.get(str(step.id))),
    )


def open_steps(view: Journey) -> list[StepView]:
    """The steps that may be entered now and are not done."""
    return [s for s in view.steps if s.access.access is Access.OPEN and not s.done]
