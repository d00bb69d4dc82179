"""Scores that partners' gradebooks are owed for what their learners do in the hub.

A row says where the grade of one user for one link goes; a delivery says that it is due. The score is computed when
it is
sent, so the latest wins; its timestamp is later than any before; one that a platform refuses stops no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.types import Secret, from_micros, to_micros
from hub.domain.progress import DONE, Result
from hub.models.learning import Enrolment
from hub.models.lti_in import LtiInScore, LtiInUser
from hub.models.river import PathStateRow, StepStateRow
from hub.services.deliveries import owe

KIND: Final = "lti_score"
MAXIMUM: Final = 100
ATTEMPTS: Final = 24
"""Three days and more of trying: a platform may be down over a weekend."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a grade goes. ``link_id`` names the link within its platform and deployment."""

    link_id: str
    service: str
    address: str
    sourcedid: str = ""
    final_only: bool = False


@dataclass(frozen=True, slots=True)
class Grade:
    """What to say now: ``share`` 0..1; ``final`` when nothing more is expected."""

    share: float
    final: bool

    @property
    def points(self) -> float:
        """The share in hundredths, to two decimals."""
        return round(self.share * MAXIMUM, 2)


def keep(
    session: Session, user_id: UUID, enrolment_id: UUID, step_id: UUID | None, place: Place, now: datetime
) -> LtiInScore:
    """Remember where this user's grade for this link goes; the newest launch says it best."""
    row = session.scalars(
        select(LtiInScore).where(LtiInScore.user_id == user_id, LtiInScore.link_id == place.link_id)
    ).first()
    if row is None:
        row = LtiInScore(id=new_id(), user_id=user_id, link_id=place.link_id, created_at=now, sent={}, sent_at=0)
        session.add(row)
    elif (row.address, row.enrolment_id, row.step_id) != (place.address, enrolment_id, step_id):
        row.sent = {}
    row.enrolment_id, row.step_id = enrolment_id, step_id
    row.service, row.address, row.final_only = place.service, place.address, place.final_only
    row.sourcedid = Secret(place.sourcedid) if place.sourcedid else None
    session.flush()
    return row


def owe_scores(session: Session, enrolment_ids: Iterable[UUID]) -> int:
    """Owe the grades of these enrolments, whose progress changed; gives how many. The same twice is one delivery."""
    ids = list(enrolment_ids)
    if not ids:
        return 0
    query = (
        select(LtiInScore.id, LtiInUser.platform_id, LtiInUser.person_id)
        .join(LtiInUser, LtiInUser.id == LtiInScore.user_id)
        .where(LtiInScore.enrolment_id.in_(ids))
    )
    rows = session.execute(query).all()
    for score_id, platform_id, person_id in rows:
        owe(
            session,
            KIND,
            {"score_id": str(score_id)},
            person_id=person_id,
            lane=f"lti-score:{platform_id}",
            unique_key=f"{KIND}:{score_id}",
            max_attempts=ATTEMPTS,
        )
    return len(rows)


def grade(session: Session, row: LtiInScore) -> Grade | None:
    """The grade as it stands; None where nothing was done yet."""
    enrolment = session.get_one(Enrolment, row.enrolment_id)
    if row.step_id is None:
        state = session.get(PathStateRow, enrolment.id)
        if state is None or (state.share == 0 and state.last_at is None):
            return None
        return Grade(1.0 if state.complete else min(state.share, 1.0), state.complete)
    step = session.get(StepStateRow, (enrolment.id, row.step_id))
    if step is None or step.result == Result.NONE.value:
        return None
    done = Result(step.result) in DONE
    best = step.best if step.best is not None else (1.0 if done else step.share)
    return Grade(min(max(best, 0.0), 1.0), done or step.result == Result.FAILED.value)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A learner's work as their teacher on the platform may see it: what that platform's gradebook is told and no more.
    ``name`` is the platform's own for them; ``told_at``: when the gradebook took the last grade."""

    name: str = field(repr=False)
    grade: Grade | None
    told_at: datetime | None


def reviewed(session: Session, way: str, sub: str, link_id: str) -> Reviewed | None:
    """The work of a platform's user for one of its links; None where they never opened it."""
    user = session.scalars(select(LtiInUser).where(LtiInUser.way == way, LtiInUser.sub == sub)).first()
    if user is None:
        return None
    mine = select(LtiInScore).where(LtiInScore.user_id == user.id, LtiInScore.link_id == link_id)
    row = session.scalars(mine).first()
    if row is None:
        return None
    told_at = from_micros(row.sent_at) if row.sent else None
    return Reviewed(str(user.told.get("name") or sub), grade(session, row), told_at)


def next_instant(row: LtiInScore, now: datetime) -> datetime:
    """An instant for the next score: now, or a microsecond after the last one sent, whichever is later."""
    return from_micros(max(to_micros(now), row.sent_at + 1))


def sent(session: Session, score_id: UUID, said: dict[str, Any], at: datetime) -> None:
    """Keep that the platform took this score."""
    row = session.get_one(LtiInScore, score_id)
    row.sent, row.sent_at = said, max(row.sent_at, to_micros(at))


def reserve(session: Session, score_id: UUID, at: datetime) -> None:
    """Note that an instant is used up before it is sent: whatever becomes of the try, the next one is later."""
    row = session.get_one(LtiInScore, score_id)
    row.sent_at = max(row.sent_at, to_micros(at))
