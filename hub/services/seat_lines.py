"""The waiting list of a séance with limited seats: a freed seat is offered in order, each time until an hour that the
message names; an offer that nobody took goes to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from hub.models.person import Person
from hub.models.place import Seance, Seat
from hub.services import seances
from hub.services.clock import place_zone
from hub.services.messages import after_quiet, quiet_hours, unsay
from hub.services.seance_news import owe_news
from hub.services.seances_read import bounds
from hub.services.settings import get_setting

EXPECTED, OFFERED, WAITING, LAPSED = "expected", "offered", "waiting", "lapsed"
FREED: Final = "place_freed"
SETTING: Final = "seats"
OFFER_HOURS, MOST_HOURS = 24, 168
LAST_CALL = timedelta(hours=1)
"""An offer ends so long before the séance, so that the next person may still come."""


def is_open(seance: Seance, now: datetime) -> bool:
    """Whether people sign up for it: no group, a number of seats, not begun, not cancelled."""
    limited = seance.group_id is None and seance.seats is not None
    return limited and seance.cancelled_at is None and bounds(seance)[0] > now


def to_come(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What a query asks of the séances that may be open; `is_open` says which are."""
    day = now.date() - timedelta(days=1)  # somewhere it is still yesterday
    return Seance.group_id.is_(None), Seance.seats.is_not(None), Seance.cancelled_at.is_(None), Seance.day >= day


def locked(session: Session, seance_id: UUID) -> Seance | None:
    """The séance, its row locked: seats of one séance are given one at a time."""
    query = select(Seance).where(Seance.id == seance_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def free(session: Session, seance: Seance) -> int:
    """Seats that nobody has and nobody was offered."""
    held = select(func.count()).select_from(Seat).where(Seat.seance_id == seance.id, Seat.state == OFFERED)
    taken = len(seances.expected(session, seance)) + (session.scalar(held) or 0)
    return max((seance.seats or 0) - taken, 0)


def waiting(session: Session, seance_id: UUID) -> Sequence[UUID]:
    """Who waits, in order."""
    query = select(Seat.person_id).join(Person, Person.id == Seat.person_id).where(Person.erased_at.is_(None))
    query = query.where(Seat.seance_id == seance_id, Seat.state == WAITING)
    return session.scalars(query.order_by(Seat.taken_at, Seat.person_id)).all()


def offer_hours(session: Session) -> int:
    """How long a freed seat is kept for whom it was offered to; 24 where the place set nothing else."""
    hours = get_setting(session, SETTING).get("offer_hours")
    return hours if isinstance(hours, int) and 1 <= hours <= MOST_HOURS else OFFER_HOURS


def settle(session: Session, seance: Seance, now: datetime) -> int:
    """End the offers whose hour is over and offer what is free to those who wait; gives how many were told.

    The caller holds the lock of the séance's row (`locked`).
    """
    if not is_open(seance, now):
        return 0
    over = select(Seat).where(Seat.seance_id == seance.id, Seat.state == OFFERED, Seat.offered_until <= now)
    for seat in session.scalars(over).all():
        seat.state = LAPSED
        unsay(session, FREED, seat.person_id, str(seance.id), now)
    session.flush()
    found = waiting(session, seance.id)[: free(session, seance)]
    for person_id in found:
        _offer(session, seance, session.get_one(Seat, (seance.id, person_id)), now)
    return len(found)


def _offer(session: Session, seance: Seance, seat: Seat, now: datetime) -> None:
    until = deadline(session, seance, now)
    seat.state, seat.offered_until = OFFERED, until
    session.flush()
    owe_news(session, FREED, seance, [seat.person_id], now, until=until)


def deadline(session: Session, seance: Seance, now: datetime) -> datetime:
    """When an offer made now ends: counted from when its message may leave, and before the séance."""
    told, starts = after_quiet(now, place_zone(session), quiet_hours(session)), bounds(seance)[0]
    last = starts - LAST_CALL
    return min(told + timedelta(hours=offer_hours(session)), last) if told < last else starts


def any_offer(session: Session, _payload: Mapping[str, Any]) -> bool:
    """Whether an offer may have ended: asked before the job is put down."""
    return session.scalar(select(Seat.person_id).where(Seat.state == OFFERED).limit(1)) is not None


def to_settle(session: Session, now: datetime) -> Sequence[UUID]:
    """Séances to come for which somebody waits or was offered a seat."""
    query = select(Seance.id).where(*to_come(now)).join(Seat, Seat.seance_id == Seance.id)
    return session.scalars(query.where(Seat.state.in_((OFFERED, WAITING))).distinct().order_by(Seance.id)).all()
