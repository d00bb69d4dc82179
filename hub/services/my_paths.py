"""The paths of one learner: which enrolments their pages show, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.learning import Enrolment, SwitchRequest
from hub.services.enrolments import get
from hub.services.errors import NotFound


def enrolments_of(session: Session, person_id: UUID) -> Sequence[Enrolment]:
    """A person's enrolments: active ones first, the latest entry first; cancelled ones are left out."""
    query = select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.state != "cancelled")
    rows = session.scalars(query.order_by(Enrolment.entered_on.desc(), Enrolment.created_at.desc())).all()
    return sorted(rows, key=lambda e: e.state != "active")


def own(session: Session, enrolment_id: UUID, person_id: UUID) -> Enrolment:
    """An enrolment of this person. Raises NotFound, also for another person's."""
    row = get(session, enrolment_id)
    if row.person_id != person_id:
        raise NotFound(enrolment=str(enrolment_id))
    return row


def last_switch(session: Session, enrolment_id: UUID, step_id: UUID) -> SwitchRequest | None:
    """The latest request for another way on a step, whatever became of it."""
    query = select(SwitchRequest).where(SwitchRequest.enrolment_id == enrolment_id, SwitchRequest.step_id == step_id)
    return session.scalars(query.order_by(SwitchRequest.asked_at.desc(), SwitchRequest.id.desc()).limit(1)).first()
