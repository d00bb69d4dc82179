"""A person's séances, to come and past: those of their groups, those they have a seat in, those they lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from hub.models.learning import Enrolment
from hub.models.person import GroupMember, Person
from hub.models.place import Attendance, Place, Room, Seance, Seat
from hub.services.video_rooms import recordings_of

#: How long before its beginning the link of a video class opens.
DOOR_OPENS = timedelta(minutes=10)
MOST = 100
MOST_IN_FEED = 1000


@dataclass(frozen=True, slots=True)
class SeanceView:
    """A séance for one person. ``starts`` and ``ends`` are aware UTC; ``zone`` is that of its place, in which it is
    said. ``minutes`` of presence noted so far (None: no roll yet); ``door`` the link once it is open; ``in_room``: the
    door of a room that the hub holds is open; ``recordings``: addresses of what was recorded there."""

    seance: Seance
    starts: datetime
    ends: datetime
    zone: str
    room: str
    place: str
    address: str
    access: str
    trainer: str
    leads: bool
    seat: str
    minutes: int | None
    absent: bool
    door: str
    in_room: bool
    recordings: tuple[str, ...]
    door_opens: datetime | None

    @property
    def cancelled(self) -> bool:
        """Whether it does not take place."""
        return self.seance.cancelled_at is not None


def bounds(seance: Seance) -> tuple[datetime, datetime]:
    """Beginning and end as instants (UTC) of a séance, which is local wall time in its zone; a séance that ends before
    it begins goes past midnight."""
    zone = ZoneInfo(seance.zone)
    starts = datetime.combine(seance.day, seance.starts, tzinfo=zone)
    day = seance.day + timedelta(days=1) if seance.ends < seance.starts else seance.day
    return starts.astimezone(UTC), datetime.combine(day, seance.ends, tzinfo=zone).astimezone(UTC)


def to_come(
    session: Session, person_id: UUID, now: datetime, *, days: int | None = None, iris: Iterable[str] | None = None
) -> list[SeanceView]:
    """Séances that have not ended, the next first; within ``days``, of the activities ``iris``; cancelled ones too."""
    query = _of_person(person_id).where(Seance.day >= now.date() - timedelta(days=1))
    if days is not None:
        query = query.where(Seance.day <= now.date() + timedelta(days=days))
    if iris is not None:
        query = query.where(Seance.iri.in_(list(iris)))
    rows = session.scalars(query.order_by(Seance.day, Seance.starts, Seance.id).limit(MOST)).all()
    return [view for view in _views(session, person_id, rows, now) if view.ends > now]


def past(session: Session, person_id: UUID, now: datetime) -> list[SeanceView]:
    """Séances that are over, the latest first; at most ``MOST``."""
    query = _of_person(person_id).where(Seance.day <= now.date() + timedelta(days=1))
    rows = session.scalars(query.order_by(Seance.day.desc(), Seance.starts.desc(), Seance.id).limit(MOST)).all()
    return [view for view in _views(session, person_id, rows, now) if view.ends <= now]


def between(session: Session, person_id: UUID, first: date, last: date, now: datetime) -> list[SeanceView]:
    """Séances of a person on these days, cancelled ones too, by day and hour; at most ``MOST_IN_FEED``."""
    query = _of_person(person_id).where(Seance.day >= first, Seance.day <= last)
    rows = session.scalars(query.order_by(Seance.day, Seance.starts, Seance.id).limit(MOST_IN_FEED)).all()
    return _views(session, person_id, rows, now)


def shown(session: Session, person_id: UUID, rows: Iterable[Seance], now: datetime) -> list[SeanceView]:
    """These séances as a person sees them."""
    return _views(session, person_id, rows, now)


def _of_person(person_id: UUID) -> Select[Seance]:
    groups = select(GroupMember.group_id).where(
        GroupMember.person_id == person_id,
        or_(GroupMember.since.is_(None), GroupMember.since <= Seance.day),
        or_(GroupMember.until.is_(None), GroupMember.until >= Seance.day),
    )
    enrolled = select(Enrolment.group_id).where(
        Enrolment.person_id == person_id, Enrolment.group_id.is_not(None), Enrolment.state == "active"
    )
    seats = select(Seat.seance_id).where(Seat.person_id == person_id, Seat.state != "lapsed")
    present = select(Attendance.seance_id).where(Attendance.person_id == person_id)
    of_group = and_(Seance.group_id.is_not(None), or_(Seance.group_id.in_(groups.correlate(Seance)),
                                                       Seance.group_id.in_(enrolled)))  # fmt: skip
    return select(Seance).where(
        or_(of_group, Seance.id.in_(seats), Seance.id.in_(present), Seance.trainer_id == person_id)
    )


def _views(session: Session, person_id: UUID, rows: Iterable[Seance], now: datetime) -> list[SeanceView]:
    seances = list(rows)
    ids = [s.id for s in seances]
    rooms = {
        room.id: (room, place)
        for room, place in session.execute(
            select(Room, Place)
            .join(Place, Place.id == Room.place_id)
            .where(Room.id.in_({s.room_id for s in seances if s.room_id}))
        )
    }
    trainers = {
        p.id: p.name
        for p in session.scalars(select(Person).where(Person.id.in_({s.trainer_id for s in seances if s.trainer_id})))
    }
    mine = select(Seat.seance_id, Seat.state).where(Seat.person_id == person_id, Seat.seance_id.in_(ids))
    seats: dict[UUID, str] = {row.seance_id: row.state for row in session.execute(mine)}
    presence = _presence(session, person_id, ids)
    recorded = recordings_of(session, seances)
    views = []
    for seance in seances:
        starts, ends = bounds(seance)
        room, place = rooms.get(seance.room_id, (None, None)) if seance.room_id else (None, None)
        noted = presence.get(seance.id)
        online = bool(seance.meeting_url or seance.video_platform_id) and seance.cancelled_at is None
        is_open = online and starts - DOOR_OPENS <= now < ends
        views.append(
            SeanceView(
                seance=seance,
                starts=starts,
                ends=ends,
                zone=seance.zone,
                room=room.name if room else "",
                place=place.name if place else "",
                address=place.address if place else "",
                access=place.access if place else "",
                trainer=trainers.get(seance.trainer_id, "") if seance.trainer_id else "",
                leads=seance.trainer_id == person_id,
                seat=seats.get(seance.id, ""),
                minutes=noted[0] if noted else None,
                absent=bool(noted and not noted[1]),
                door=seance.meeting_url if is_open and not seance.video_platform_id else "",
                in_room=is_open and seance.video_platform_id is not None,
                recordings=tuple(it.url for it in recorded.get(seance.id, ()) if it.url),
                door_opens=starts - DOOR_OPENS if online and now < starts - DOOR_OPENS else None,
            )
        )
    return views


def _presence(session: Session, person_id: UUID, ids: list[UUID]) -> dict[UUID, tuple[int, bool]]:
    """(minutes, whether present at all) by séance: the highest revision of each half-day counts."""
    query = select(Attendance).where(Attendance.person_id == person_id, Attendance.seance_id.in_(ids))
    current: dict[tuple[UUID, str], Attendance] = {}
    for row in session.scalars(query.order_by(Attendance.revision)):
        current[row.seance_id, row.half_day] = row
    found: dict[UUID, tuple[int, bool]] = {}
    for (seance_id, _half), row in current.items():
        minutes, came = found.get(seance_id, (0, False))
        found[seance_id] = (minutes + row.minutes, came or row.presence != "absent")
    return found
