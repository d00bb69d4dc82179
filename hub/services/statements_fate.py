"""What one statement became: the readings made of it, whose they are, the steps they speak of; or why they wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from hub.models.learning import Enrolment, LearningPath
from hub.models.person import Person
from hub.models.river import (
    Agent,
    BindingRow,
    Ledger,
    StandingRow,
    StatementAttachment,
    StatementKey,
    StepStateRow,
    TraceRow,
    Verb,
    Void,
    XapiActivity,
    XapiSource,
)
from hub.services.errors import NotFound
from hub.services.ledger import VOIDED
from hub.services.source_names import SourceName, name_of
from hub.services.versions import document
from hub.services.xapi_query import voided_row


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """One fact read: ``kind``, ``value`` 0..1 or yes/no, ``seconds``. ``overtaken``: a later revision of the same
    register counts instead."""

    kind: str
    value: float | None
    seconds: int
    activity_id: int
    activity: str
    voided: bool
    overtaken: bool


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step that the statement speaks of, for one enrolment. ``deciding``: the step's state rests on it."""

    enrolment_id: UUID
    group_id: UUID | None
    step_id: UUID
    path: str
    step: str
    result: str
    deciding: bool


@dataclass(frozen=True, slots=True)
class Voiding:
    """A voiding: the statement that says it, its source (empty: the hub), whether it counts (a source voids only what
    it sent)."""

    statement_id: str
    source: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Whole:
    """One statement with all that is known of it. ``person`` is empty while the actor is nobody's; ``voids`` is the id
    of the statement that this one takes back."""

    seq: int
    id: str
    stored: int
    at: int
    text: str
    redacted: bool
    voided: bool
    source: SourceName
    agent_id: int | None
    activity_id: int | None
    activity: str
    person_id: UUID | None
    person: str
    readings: tuple[ReadingLine, ...]
    steps: tuple[StepLine, ...]
    voidings: tuple[Voiding, ...]
    is_voiding: bool
    attachments: tuple[StatementAttachment, ...]


def whole(session: Session, statement_id: str) -> Whole:
    """A statement by its id, voided or not. Raises NotFound."""
    voided = voided_row(session)
    flag = voided.label("voided") if voided is not None else (Ledger.seq < 0).label("voided")
    query = (
        select(Ledger, StatementKey, Agent, Person, XapiActivity.name, Verb.iri, flag)
        .join(StatementKey, StatementKey.seq == Ledger.seq)
        .join(Verb, Verb.id == Ledger.verb_id)
        .outerjoin(Agent, Agent.id == Ledger.agent_id)
        .outerjoin(Person, Person.id == Agent.person_id)
        .outerjoin(XapiActivity, XapiActivity.id == Ledger.activity_id)
    )
    found = session.execute(query.where(StatementKey.statement_id == statement_id.lower())).first()
    if found is None:
        raise NotFound(statement=statement_id)
    row, key, agent, person, title, verb, is_voided = found
    readings = _readings(session, row.seq)
    along = session.scalars(select(StatementAttachment).where(StatementAttachment.seq == row.seq)).all()
    return Whole(
        row.seq, key.statement_id, row.stored, row.at, row.text, bool(key.redacted), bool(is_voided),
        name_of(session, row.source_id), row.agent_id, row.activity_id, title or "", agent.person_id if agent else None,
        person.name if person else "",
        readings, _steps(session, agent, readings, key.statement_id), _voidings(session, key.statement_id),
        verb == VOIDED, tuple(along),
    )  # fmt: skip


def _readings(session: Session, seq: int) -> tuple[ReadingLine, ...]:
    same = (
        (StandingRow.agent_id == TraceRow.agent_id)
        & (StandingRow.activity_id == TraceRow.activity_id)
        & (StandingRow.kind == TraceRow.kind)
        & (StandingRow.series == TraceRow.series)
    )
    query = (
        select(TraceRow, StandingRow.revision, XapiActivity)
        .join(XapiActivity, XapiActivity.id == TraceRow.activity_id)
        .outerjoin(StandingRow, same)
        .where(TraceRow.seq == seq)
        .order_by(TraceRow.n)
    )
    return tuple(
        ReadingLine(
            trace.kind, trace.value, trace.seconds, activity.id, activity.name or activity.iri, bool(trace.voided),
            bool(trace.series) and revision is not None and revision > trace.revision,
        )
        for trace, revision, activity in session.execute(query)
    )  # fmt: skip


def _steps(
    session: Session, agent: Agent | None, readings: tuple[ReadingLine, ...], statement_id: str
) -> tuple[StepLine, ...]:
    if agent is None or agent.person_id is None or not readings:
        return ()
    spoken = aliased(XapiActivity)
    meant = or_(spoken.id == BindingRow.activity_id, spoken.canonical_id == BindingRow.activity_id)
    query: Any = (
        select(Enrolment, BindingRow.step_id, LearningPath.title, StepStateRow)
        .join(BindingRow, BindingRow.version_id == Enrolment.version_id)
        .join(spoken, meant)
        .join(LearningPath, LearningPath.id == Enrolment.path_id)
        .outerjoin(
            StepStateRow,
            (StepStateRow.enrolment_id == Enrolment.id) & (StepStateRow.step_id == BindingRow.step_id),
        )
        .where(Enrolment.person_id == agent.person_id, spoken.id.in_({one.activity_id for one in readings}))
        .order_by(Enrolment.id)
    )
    found: dict[tuple[UUID, UUID], StepLine] = {}
    for enrolment, step_id, title, state in session.execute(query):
        step = document(session, enrolment.version_id).step(step_id)
        deciding = state is not None and state.statement_id == statement_id
        found[enrolment.id, step_id] = StepLine(
            enrolment.id, enrolment.group_id, step_id, title, step.title if step else "",
            state.result if state is not None else "none", deciding,
        )  # fmt: skip
    return tuple(found.values())


def _voidings(session: Session, statement_id: str) -> tuple[Voiding, ...]:
    query = select(Void, XapiSource.name).outerjoin(XapiSource, XapiSource.id == Void.source_id)
    rows = session.execute(query.where(Void.statement_id == statement_id).order_by(Void.voided_by))
    return tuple(Voiding(row.voided_by, name or "", row.any_authority) for row, name in rows)
