"""« J'ai terminé »: the learner's word. It awaits confirmation, has the platforms read, and after two days becomes a
task of the trainer (UI: what was opened through the hub is never "pas commencé")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.domain.path import Step, Way
from hub.domain.progress import DONE, Result
from hub.models.learning import Claim, Enrolment, Resource
from hub.models.platforms import Platform
from hub.models.river import StepStateRow
from hub.services.claims_closing import CONFIRMED, close_claims
from hub.services.enrolments import get, journal, step_of
from hub.services.errors import Conflict, NotFound
from hub.services.sync.person import request_person_read

#: After so long without confirmation the claim is a task of the trainer.
TASK_AFTER = timedelta(days=2)
REFUSED, WITHDRAWN = "refused", "withdrawn"


@dataclass(frozen=True, slots=True)
class Reading:
    """A platform that is being asked: when it was last read, and when it will be for this person."""

    platform: str
    last_read_at: datetime | None
    reads_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """What came of the learner's word. ``new`` is False where the step was declared before and still waits."""

    claim: Claim
    new: bool
    readings: tuple[Reading, ...]


def claim(session: Session, enrolment_id: UUID, step_id: UUID, now: datetime) -> Claimed:
    """The learner says that a step is done. One claim is open at a time; saying it again asks the platforms again, at
    the rate that ``sync.request_person_read`` allows. Raises NotFound, Conflict (``already_done``)."""
    enrolment = get(session, enrolment_id, lock=True)
    step = step_of(session, enrolment, step_id)
    state = session.get(StepStateRow, (enrolment_id, step_id))
    if (state is not None and Result(state.result) in DONE) or str(step_id) in enrolment.waivers:
        raise Conflict("already_done", step=str(step_id))
    row = open_claim(session, enrolment_id, step_id)
    new = row is None
    if row is None:
        row = Claim(id=new_id(), enrolment_id=enrolment_id, step_id=step_id, at=now, task_at=now + TASK_AFTER)
        session.add(row)
        session.flush()
    return Claimed(row, new, _ask(session, enrolment, step, now))


def _ask(session: Session, enrolment: Enrolment, step: Step, now: datetime) -> tuple[Reading, ...]:
    readings = []
    for platform in platforms_read_for(session, step):
        read = request_person_read(session, platform.id, enrolment.person_id, step.id, now=now)
        if read.job_id is not None:
            readings.append(Reading(platform.name, platform.last_read_at, read.at))
    return tuple(readings)


def platforms_read_for(session: Session, step: Step) -> Sequence[Platform]:
    """The active platforms that bring evidence of this step by web services."""
    ids = {
        a.binding.resource_id
        for a in step.activities()
        if a.binding.resource_id and any(b.way is Way.WEB_SERVICES for b in a.binding.brings)
    }
    if not ids:
        return []
    theirs = select(Resource.platform_id).where(Resource.id.in_(ids))
    read = select(Platform).where(Platform.id.in_(theirs), Platform.connector != "", Platform.state == "active")
    return session.scalars(read.order_by(Platform.name)).all()


def open_claim(session: Session, enrolment_id: UUID, step_id: UUID) -> Claim | None:
    """The claim that awaits confirmation on a step."""
    query = select(Claim).where(Claim.enrolment_id == enrolment_id, Claim.step_id == step_id, Claim.closed_at.is_(None))
    return session.scalars(query.order_by(Claim.at)).first()


def withdraw(session: Session, enrolment_id: UUID, step_id: UUID, now: datetime) -> None:
    """The learner takes the word back. Raises NotFound when none is open."""
    row = open_claim(session, enrolment_id, step_id)
    if row is None:
        raise NotFound(step=str(step_id))
    row.closed_at, row.outcome = now, WITHDRAWN


def refuse(session: Session, claim_id: UUID, *, by: UUID, now: datetime, why: str = "") -> Claim:
    """A trainer finds that the step is not done: the claim closes, journalled. Raises NotFound, Conflict
    (``already_answered``)."""
    row = session.get(Claim, claim_id)
    if row is None:
        raise NotFound(claim=str(claim_id))
    if row.closed_at is not None:
        raise Conflict("already_answered", claim=str(claim_id))
    row.closed_at, row.outcome = now, REFUSED
    journal(session, "claim.refuse", get(session, row.enrolment_id), by, now, step=str(row.step_id), why=why)
    return row


def tasks(session: Session, enrolment_ids: Iterable[UUID], now: datetime) -> Sequence[Claim]:
    """The claims of these enrolments that have waited too long, the oldest first: tasks of the trainer."""
    query = select(Claim).where(
        Claim.enrolment_id.in_(list(enrolment_ids)), Claim.closed_at.is_(None), Claim.task_at <= now
    )
    return session.scalars(query.order_by(Claim.at, Claim.id)).all()


__all__ = [
    "CONFIRMED", "REFUSED", "TASK_AFTER", "WITHDRAWN", "Claimed", "Reading", "claim", "close_claims", "open_claim",
    "platforms_read_for", "refuse", "tasks", "withdraw",
]  # fmt: skip
