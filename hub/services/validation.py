"""What a trainer says of a step: their word, a dispense, a fall looked at, an answer to a request to learn otherwise.

Each is journalled with its reason, which the learner may read; the word itself is a register of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from content.xapi.emit import register_statement, series_name
from content.xapi.readings import Kind
from hub.domain.path import EvidenceKind, Step
from hub.domain.progress import Result, step_iri, step_iris
from hub.domain.roles import Viewer
from hub.models.learning import Claim, Enrolment, SwitchRequest
from hub.models.person import JournalEntry, Person
from hub.models.river import Agent, StandingRow, StepStateRow, XapiActivity
from hub.services import enrolments, scope
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.identities import hub_agent, own_agent_id
from hub.services.ledger import ingest
from hub.services.source import hub_source

SOURCE = "hub trainer"
#: Acts of the journal that say why a step stands as it does.
ACTS = ("step.validate", "step.refuse", "waiver.grant", "waiver.withdraw", "fall.acknowledge", "variant.choose",
        "variant.refuse", "variant.ask")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fall:
    """A step whose evidence fell: what it was (``old``), what it is now (``new``); scores 0..1 where it has any."""

    old: Result
    new: Result
    old_score: float | None
    new_score: float | None
    statement_id: str


@dataclass(frozen=True, slots=True)
class Act:
    """An act on an enrolment: who (None: the hub), when, on which step, and the reason given."""

    at: datetime
    act: str
    by: str | None
    step_id: UUID | None
    why: str
    details: dict[str, Any]


def asks_for_word(step: Step) -> bool:
    """Whether a trainer's word can complete the step: its rule asks for it somewhere. Where it does not, a dispense
    is what remains."""
    return any(c.kind is EvidenceKind.VALIDATED for c in step.rule.conditions())


def validate(
    session: Session, viewer: Viewer, enrolment_id: UUID, step_id: UUID, *, value: bool, why: str, now: datetime
) -> None:
    """Give one's word on a step (``value`` False: take it back, or say no). The highest revision counts.

    Raises NotFound, Invalid without a reason, Conflict (``word_not_asked``) where the rule asks for no trainer's word.
    """
    enrolment, step = _of(session, viewer, enrolment_id, step_id)
    reason = _reason(why)
    if not asks_for_word(step):
        raise Conflict("word_not_asked", step=str(step_id))
    enrolments.get(session, enrolment_id, lock=True)  # of words given at once each is a revision of its own
    agent_id = own_agent_id(session, enrolment.person_id)
    actor, iri = hub_agent(enrolment.person_id), step_iri(step_id)
    key = ("trainer", ifi(actor), iri, Kind.VALIDATED, "")
    statement = register_statement(
        actor,
        None,
        iri,
        source=SOURCE,
        series_key=key,
        revision=_last_revision(session, agent_id, iri, series_name(*key)) + 1,
        kind=Kind.VALIDATED,
        value=1.0 if value else 0.0,
        at=now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        definition={"name": {"und": step.title}},
        instructor=hub_agent(viewer.person_id),
    )
    ingest(session, [statement], hub_source(SOURCE), now)
    act = "step.validate" if value else "step.refuse"
    enrolments.journal(session, act, enrolment, viewer.person_id, now, step=str(step_id), why=reason)
    close_claims(session, enrolment_id, step_id, "validated" if value else "refused", now)


def close_claims(session: Session, enrolment_id: UUID, step_id: UUID, outcome: str, now: datetime) -> int:
    """Close what the learner declared done on a step: somebody answered. Returns how many were open."""
    query = select(Claim).where(Claim.enrolment_id == enrolment_id, Claim.step_id == step_id, Claim.closed_at.is_(None))
    found = session.scalars(query).all()
    for claim in found:
        claim.closed_at, claim.outcome = now, outcome
    return len(found)


def waive(session: Session, viewer: Viewer, enrolment_id: UUID, step_id: UUID, *, why: str, now: datetime) -> None:
    """Grant a dispense. Raises NotFound, Invalid without a reason."""
    _of(session, viewer, enrolment_id, step_id)
    enrolments.waive(session, enrolment_id, step_id, why=_reason(why), by=viewer.person_id, now=now)
    close_claims(session, enrolment_id, step_id, "waived", now)


def unwaive(session: Session, viewer: Viewer, enrolment_id: UUID, step_id: UUID, *, now: datetime) -> None:
    """Take a dispense back. Raises NotFound."""
    _of(session, viewer, enrolment_id, step_id)
    enrolments.unwaive(session, enrolment_id, step_id, by=viewer.person_id, now=now)


def fall_of(session: Session, enrolment: Enrolment, step: Step) -> Fall | None:
    """The fall of a step that nobody has looked at yet, old and new; None when there is none."""
    row = session.get(StepStateRow, (enrolment.id, step.id))
    if row is None or row.fallen is None or row.fallen_id is None:
        return None
    names = select(XapiActivity.id).where(XapiActivity.iri.in_(list(step_iris(step))))
    agents = select(Agent.id).where(Agent.person_id == enrolment.person_id)
    peak = session.scalar(
        select(func.max(StandingRow.peak)).where(
            StandingRow.agent_id.in_(agents), StandingRow.activity_id.in_(names), StandingRow.kind == Kind.SCORE.value
        )
    )
    return Fall(Result(row.fallen), Result(row.result), peak, row.best, row.fallen_id)


def acknowledge(session: Session, viewer: Viewer, enrolment_id: UUID, step_id: UUID, now: datetime) -> Fall:
    """Say that a fall was looked at; gives what it was. Raises NotFound when there is none."""
    enrolment, step = _of(session, viewer, enrolment_id, step_id)
    fall = fall_of(session, enrolment, step)
    if fall is None:
        raise NotFound(step=str(step_id))
    enrolments.acknowledge_fall(session, enrolment_id, step_id, fall.statement_id, by=viewer.person_id, now=now)
    return fall


def answer_switch(
    session: Session, viewer: Viewer, request_id: UUID, *, accept: bool, answer: str, now: datetime
) -> SwitchRequest:
    """Accept or refuse a request to learn a step another way. Raises NotFound, Invalid (``answer`` of a refusal),
    Conflict (``already_answered``)."""
    request = session.get(SwitchRequest, request_id)
    if request is None:
        raise NotFound(request=str(request_id))
    scope.enrolment_of(session, viewer, request.enrolment_id)
    if not accept and not answer.strip():
        raise Invalid({"answer": "required"})
    return enrolments.answer_switch(
        session, request_id, accept=accept, answer=answer.strip(), by=viewer.person_id, now=now
    )


def acts_on(session: Session, enrolment_id: UUID, limit: int = 100) -> list[Act]:
    """The journal of an enrolment, the newest first."""
    query = (
        select(JournalEntry, Person)
        .outerjoin(Person, Person.id == JournalEntry.actor_id)
        .where(JournalEntry.subject_id == str(enrolment_id))
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
    )
    return [
        Act(
            e.at,
            e.act,
            p.name if p else None,
            UUID(e.details["step"]) if "step" in e.details else None,
            str(e.details.get("why") or ""),
            e.details,
        )
        for e, p in session.execute(query)
    ]


def _of(session: Session, viewer: Viewer, enrolment_id: UUID, step_id: UUID) -> tuple[Enrolment, Step]:
    enrolment = scope.enrolment_of(session, viewer, enrolment_id)
    return enrolment, enrolments.step_of(session, enrolment, step_id)


def _reason(why: str) -> str:
    if not why.strip():
        raise Invalid({"why": "required"})
    return why.strip()


def _last_revision(session: Session, agent_id: int, iri: str, series: str) -> int:
    query = (
        select(func.max(StandingRow.revision))
        .join(XapiActivity, XapiActivity.id == StandingRow.activity_id)
        .where(StandingRow.agent_id == agent_id, XapiActivity.iri == iri, StandingRow.series == series)
    )
    return session.scalar(query) or 0
