"""Séances that people sign up for: taking a seat and giving it back.

A séance without a group and with a number of seats is open to whoever has its activity in an active enrolment. Who
comes when it is full waits (`hub.services.seat_lines`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.roles import Viewer
from hub.models.learning import Enrolment
from hub.models.person import Person
from hub.models.place import Attendance, Seance, Seat
from hub.models.river import BindingRow, XapiActivity
from hub.services import seances
from hub.services.errors import Conflict, NotFound
from hub.services.journal import record
from hub.services.messages import unsay
from hub.services.seat_lines import (
    EXPECTED,
    FREED,
    LAPSED,
    OFFERED,
    WAITING,
    free,
    is_open,
    locked,
    settle,
    to_come,
    waiting,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands with a séance. ``state``: ``expected``, ``offered``, ``waiting``, ``lapsed`` or empty;
    ``line``: from 1, for who waits; ``free``: seats that nobody has; ``until``: the end of an offer."""

    state: str
    free: int
    waiting: int
    line: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class InLine:
    """Somebody who has no seat yet, as the trainer sees them."""

    person_id: UUID
    name: str
    state: str
    until: datetime | None


def open_to(session: Session, person_id: UUID, now: datetime) -> list[Seance]:
    """Séances that this person may sign up for, or has signed up for; the next first."""
    mine = (
        select(XapiActivity.iri)
        .join(BindingRow, BindingRow.activity_id == XapiActivity.id)
        .join(Enrolment, Enrolment.version_id == BindingRow.version_id)
        .where(Enrolment.person_id == person_id, Enrolment.state == "active")
    )
    query = select(Seance).where(*to_come(now), Seance.iri.in_(mine))
    rows = session.scalars(query.order_by(Seance.day, Seance.starts, Seance.id)).all()
    return [row for row in rows if is_open(row, now)]


def standings(session: Session, person_id: UUID, rows: Iterable[Seance], now: datetime) -> Mapping[UUID, Standing]:
    """Where the person stands with those of these séances that are open."""
    found = {}
    for row in rows:
        if is_open(row, now):
            line, own = waiting(session, row.id), session.get(Seat, (row.id, person_id))
            place = line.index(person_id) + 1 if person_id in line else 0
            state, until = (own.state, own.offered_until) if own else ("", None)
            if state == OFFERED and until is not None and until <= now:
                state, until = LAPSED, None  # the job that says so has not run yet
            found[row.id] = Standing(state, free(session, row), len(line), place, until)
    return found


def offers_to(session: Session, person_id: UUID, now: datetime) -> list[Seance]:
    """Séances of which a freed seat waits for this person's answer."""
    query = select(Seance).join(Seat, Seat.seance_id == Seance.id).where(*to_come(now))
    query = query.where(Seat.person_id == person_id, Seat.state == OFFERED, Seat.offered_until > now)
    return [row for row in session.scalars(query.order_by(Seance.day, Seance.starts)) if is_open(row, now)]


def in_line(session: Session, seance_id: UUID) -> list[InLine]:
    """Who was offered a seat or waits for one, in order."""
    query = select(Seat, Person).join(Person, Person.id == Seat.person_id).where(Person.erased_at.is_(None))
    query = query.where(Seat.seance_id == seance_id, Seat.state.in_((OFFERED, WAITING)))
    rows = session.execute(query.order_by(Seat.state, Seat.taken_at, Seat.person_id)).all()
    return [InLine(person.id, person.name, seat.state, seat.offered_until) for seat, person in rows]


def take(session: Session, person_id: UUID, seance_id: UUID, now: datetime) -> str:
    """Sign up, or accept what was offered; gives the state: ``expected``, or ``waiting`` where it is full.

    Raises NotFound: no such séance for this person, or it has begun.
    """
    row = locked(session, seance_id)
    if row is None or all(one.id != seance_id for one in open_to(session, person_id, now)):
        raise NotFound(seance=str(seance_id))
    settle(session, row, now)
    seat = session.get(Seat, (seance_id, person_id))
    if seat is not None and seat.state in (EXPECTED, WAITING):
        return seat.state
    fits = seat is not None and seat.state == OFFERED
    fits = fits or (free(session, row) > 0 and not waiting(session, seance_id))
    if seat is None:
        seat = Seat(seance_id=seance_id, person_id=person_id)
        session.add(seat)
    seat.state, seat.taken_at, seat.offered_until = EXPECTED if fits else WAITING, now, None
    session.flush()
    unsay(session, FREED, person_id, str(seance_id), now)
    return seat.state


def give_back(session: Session, person_id: UUID, seance_id: UUID, now: datetime) -> None:
    """Leave an open séance or its waiting list; what is freed goes to the next. Raises NotFound, Conflict
    (``roll_called``)."""
    row = locked(session, seance_id)
    seat = session.get(Seat, (seance_id, person_id))
    if row is None or seat is None or not is_open(row, now):
        raise NotFound(seance=str(seance_id))
    _remove(session, row, seat, now)


def remove(session: Session, viewer: Viewer, seance_id: UUID, person_id: UUID, now: datetime) -> None:
    """Take somebody's seat or place in the line away. Raises NotFound, Conflict (``roll_called``)."""
    seances.find(session, viewer, seance_id)
    row, seat = locked(session, seance_id), session.get(Seat, (seance_id, person_id))
    if row is None or seat is None:
        raise NotFound(seance=str(seance_id))
    record(session, now, viewer.person_id, "seat.remove", "seance", seance_id, person=str(person_id))
    _remove(session, row, seat, now)


def _remove(session: Session, row: Seance, seat: Seat, now: datetime) -> None:
    noted = select(Attendance.id).where(Attendance.seance_id == row.id, Attendance.person_id == seat.person_id)
    if session.scalar(noted.limit(1)) is not None:
        raise Conflict("roll_called", seance=str(row.id))
    unsay(session, FREED, seat.person_id, str(row.id), now)
    session.delete(seat)
    session.flush()
    settle(session, row, now)
