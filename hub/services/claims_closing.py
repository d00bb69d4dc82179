"""Closing claims: the projection confirms what a learner had declared. Apart from ``claims``, which asks platforms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.learning import Claim

CONFIRMED = "confirmed"

#: Enrolment -> step done -> when it was (None: a dispense).
DoneSteps = Mapping[UUID, Mapping[UUID, datetime | None]]


def close_claims(session: Session, done: DoneSteps) -> int:
    """Close the open claims on steps that are done now, as confirmed; gives how many.

    ``closed_at`` is when the step was done, or the claim's own instant where that came first: nothing here reads a
    clock, so that a rebuild writes the same.
    """
    enrolments = [key for key, steps in done.items() if steps]
    if not enrolments:
        return 0
    count = 0
    for row in session.scalars(select(Claim).where(Claim.enrolment_id.in_(enrolments), Claim.closed_at.is_(None))):
        steps = done[row.enrolment_id]
        if row.step_id in steps:
            row.closed_at = max(row.at, steps[row.step_id] or row.at)
            row.outcome = CONFIRMED
            count += 1
    return count
