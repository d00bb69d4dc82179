"""Lists of séances with the words of what they refer to, and what the form of a séance offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session

from hub.domain.roles import Viewer
from hub.models.person import Group, Person, RoleGrant
from hub.models.place import Attendance, Place, Room, Seance
from hub.services import scope
from hub.services.clock import place_zone
from hub.services.seances import Offer, halves_of, offers
from hub.services.video_rooms import video_rooms


@dataclass(frozen=True, slots=True)
class SeanceLine:
    """A séance in a list, with the words of what it refers to."""

    seance: Seance
    group: str
    room: str
    place: str
    trainer: str
    called: bool


def listed(session: Session, viewer: Viewer, since: date, until: date) -> list[SeanceLine]:
    """Séances of the viewer between two days (both included), by day and hour: those they train, those of the groups
    they cover, and those without a group for whoever covers the whole place."""
    groups = [g.id for g in scope.groups_of(session, viewer)]
    everywhere = any(viewer.covers(role) for role in scope.ROLES)
    query = select(Seance).where(
        Seance.day >= since,
        Seance.day <= until,
        or_(
            Seance.trainer_id == viewer.person_id,
            Seance.group_id.in_(groups),
            Seance.group_id.is_(None) if everywhere else false(),
        ),
    )
    return lines(session, query.order_by(Seance.day, Seance.starts, Seance.id))


def to_call(session: Session, viewer: Viewer, now: datetime, days: int = 30) -> list[SeanceLine]:
    """Séances begun in the last ``days`` whose roll is not closed."""
    today = now.astimezone(place_zone(session)).date()
    begun = listed(session, viewer, today - timedelta(days=days), today)
    return [
        line
        for line in begun
        if line.seance.closed_at is None
        and line.seance.cancelled_at is None
        and halves_of(session, line.seance)[0].start <= now
    ]


def lines(session: Session, query: Select[Seance]) -> list[SeanceLine]:
    """The séances of a query as lines, in its order."""
    rows: Sequence[Seance] = session.scalars(query).all()
    groups = _names(session, Group, {r.group_id for r in rows})
    rooms = {r.id: r for r in session.scalars(select(Room).where(Room.id.in_({r.room_id for r in rows if r.room_id})))}
    places = _names(session, Place, {r.place_id for r in rooms.values()})
    trainers = _names(session, Person, {r.trainer_id for r in rows})
    ids = [r.id for r in rows]
    called = set(session.scalars(select(Attendance.seance_id).where(Attendance.seance_id.in_(ids)).distinct()))
    return [
        SeanceLine(
            seance=row,
            group=groups.get(row.group_id, ""),
            room=rooms[row.room_id].name if row.room_id else "",
            place=places.get(rooms[row.room_id].place_id, "") if row.room_id else "",
            trainer=trainers.get(row.trainer_id, ""),
            called=row.id in called,
        )
        for row in rows
    ]


def line(session: Session, seance: Seance) -> SeanceLine:
    """One séance as a line."""
    return lines(session, select(Seance).where(Seance.id == seance.id))[0]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form of a séance offers: (id, words)."""

    groups: list[tuple[UUID, str]]
    rooms: list[tuple[UUID, str]]
    trainers: list[tuple[UUID, str]]
    offers: list[Offer]
    video: list[tuple[UUID, str]]


def choices(session: Session, viewer: Viewer) -> Choices:
    """Groups, rooms, trainers and activities that this viewer may plan a séance with."""
    groups = scope.groups_of(session, viewer)
    rooms = session.execute(select(Room.id, Room.name, Place.name).join(Place).order_by(Place.name, Room.name))
    trainers = session.scalars(
        select(Person)
        .where(Person.id.in_(select(RoleGrant.person_id).where(RoleGrant.role == "trainer")))
        .order_by(Person.family_name)
    )
    return Choices(
        [(g.id, g.name) for g in groups],
        [(i, f"{room}, {place}") for i, room, place in rooms],
        [(p.id, p.name) for p in trainers],
        offers(session),
        [(room.id, room.name) for room in video_rooms(session)],
    )


def _names(session: Session, model: Any, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    rows = session.scalars(select(model).where(model.id.in_({i for i in ids if i is not None})))
    return {row.id: row.name for row in rows}
