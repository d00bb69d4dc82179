"""Séances: planning, changing, cancelling; who is expected; which rooms and trainers are asked for twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.domain.attendance import LUNCH, HalfDay, half_days
from hub.domain.path import BindingKind, Modality
from hub.domain.progress import activity_iris
from hub.domain.roles import Viewer
from hub.models.learning import Enrolment, PathVersion
from hub.models.person import Group, GroupMember, Person
from hub.models.place import Attendance, Place, Room, Seance, Seat
from hub.models.river import BindingRow, XapiActivity
from hub.services import scope
from hub.services.clock import place_zone
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.jobs import enqueue
from hub.services.journal import record
from hub.services.seance_news import owe_news
from hub.services.settings import get_setting
from hub.services.versions import document
from hub.services.video_rooms import is_video_room

SEATS_JOB: Final = "seat_offers"


@dataclass(frozen=True, slots=True)
class SeanceData:
    """What people say of a séance; times are local wall times of the room's place (the place's own zone without a
    room)."""

    title: str
    iri: str
    day: date
    starts: time
    ends: time
    group_id: UUID | None = None
    trainer_id: UUID | None = None
    room_id: UUID | None = None
    seats: int | None = None
    meeting_url: str = ""
    video_platform_id: UUID | None = None
    video_recorded: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An activity of kind ``seances`` of a published version: what a séance may belong to."""

    iri: str
    title: str
    step: str
    path: str
    modality: Modality
    minutes: int
    organisation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Expected:
    """A person of the roll. ``seat``: added beyond the group. ``enrolment_id``: the one whose path has the activity."""

    person_id: UUID
    name: str
    sort_name: str
    seat: bool
    enrolment_id: UUID | None


@dataclass(frozen=True, slots=True)
class Clash:
    """A room or a trainer asked for twice at the same time, by ``other``. ``kind``: ``room`` or ``trainer``."""

    kind: str
    other: Seance


def find(session: Session, viewer: Viewer, seance_id: UUID) -> Seance:
    """A séance that the viewer may call the roll of. Raises NotFound, also for one outside the viewer's scope."""
    row = session.get(Seance, seance_id)
    if row is None or not may_call(session, viewer, row):
        raise NotFound(seance=str(seance_id))
    return row


def may_call(session: Session, viewer: Viewer, seance: Seance) -> bool:
    """Its trainer, and whoever trains or administers its group or organisation."""
    if seance.trainer_id == viewer.person_id:
        return viewer.has(*scope.ROLES)
    if seance.group_id is None:
        return any(viewer.covers(r, seance.organisation_id, None) for r in scope.ROLES)
    group = session.get_one(Group, seance.group_id)
    return scope.covers_group(viewer, group)


def lunch_of(session: Session) -> tuple[time, time]:
    """The lunch break of the place: setting ``place``, ``lunch_starts`` and ``lunch_ends`` (HH:MM)."""
    setting = get_setting(session, "place")
    try:
        found = (time.fromisoformat(setting["lunch_starts"]), time.fromisoformat(setting["lunch_ends"]))
    except (KeyError, TypeError, ValueError):
        return LUNCH
    return found if found[0] <= found[1] else LUNCH


def halves_of(session: Session, seance: Seance) -> tuple[HalfDay, ...]:
    """The half-days of a séance."""
    return half_days(seance.day, seance.starts, seance.ends, seance.zone, lunch_of(session))


def offers(session: Session, group_ids: Iterable[UUID] | None = None) -> list[Offer]:
    """Activities of kind ``seances`` of the versions that these groups follow (None: of every published version), by
    path and step; each IRI once."""
    query = select(PathVersion.id).where(PathVersion.state == "published")
    if group_ids is not None:
        followed = select(Enrolment.version_id).where(
            Enrolment.group_id.in_(list(group_ids)), Enrolment.state == "active"
        )
        query = select(PathVersion.id).where(PathVersion.id.in_(followed), PathVersion.state != "draft")
    found: dict[str, Offer] = {}
    for version_id in session.scalars(query.order_by(PathVersion.published_at.desc())):
        doc = document(session, version_id)
        for step in doc.steps():
            for activity in step.activities():
                if activity.binding.kind is BindingKind.SEANCES:
                    iri = activity_iris(activity)[0]
                    found.setdefault(
                        iri,
                        Offer(
                            iri, activity.title, step.title, doc.title, activity.modality, activity.minutes,
                            activity.organisation_id,
                        ),
                    )  # fmt: skip
    return sorted(found.values(), key=lambda o: o.path)


def create(session: Session, viewer: Viewer, data: SeanceData, now: datetime) -> Seance:
    """Plan a séance. Raises Invalid (``title``, ``iri``, ``ends``, ``group_id``, ``room_id``, ``trainer_id``,
    ``seats``). A room or trainer asked for twice is no error: ``clashes`` tells."""
    row = Seance(id=new_id())
    _fill(session, viewer, row, data)
    session.add(row)
    session.flush()
    record(session, now, viewer.person_id, "seance.create", "seance", row.id, title=row.title, day=row.day.isoformat())
    return row


def change(session: Session, viewer: Viewer, seance_id: UUID, data: SeanceData, now: datetime) -> Seance:
    """Change a séance. Raises NotFound, Invalid, and Conflict (``roll_called``) for a change of day, hours, group or
    activity once somebody is on its roll: minutes were counted for them."""
    row = find(session, viewer, seance_id)
    before = _told(row)
    _fill(session, viewer, row, data)
    after = _told(row)
    counted = ("day", "starts", "ends", "group", "iri", "zone")
    if any(before[name] != after[name] for name in counted) and is_called(session, seance_id):
        raise Conflict("roll_called", seance=str(seance_id))
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if changes:
        if _hopeful(session, row):
            enqueue(session, SEATS_JOB, {}, unique_key=SEATS_JOB, due_at=now)  # more seats may be free now
        record(session, now, viewer.person_id, "seance.change", "seance", row.id, changes=changes)
    return row


def cancel(session: Session, viewer: Viewer, seance_id: UUID, why: str, now: datetime) -> Seance:
    """Cancel a séance and owe the news to whoever was expected. Raises NotFound, Invalid without a reason, Conflict
    (``roll_called``) once its roll was called with somebody present."""
    row = find(session, viewer, seance_id)
    if not why.strip():
        raise Invalid({"why": "required"})
    if is_called(session, seance_id):
        raise Conflict("roll_called", seance=str(seance_id))
    if row.cancelled_at is None:
        row.cancelled_at = now
        record(session, now, viewer.person_id, "seance.cancel", "seance", row.id, why=why.strip())
        if row.day >= now.astimezone(ZoneInfo(row.zone)).date():  # past ones are no news
            persons = [*(one.person_id for one in expected(session, row)), *_hopeful(session, row)]
            owe_news(session, "seance_cancelled", row, persons, now, why=why.strip())
    return row


def _hopeful(session: Session, seance: Seance) -> list[UUID]:
    """Who waits for a seat, or was offered one."""
    query = select(Seat.person_id).join(Person, Person.id == Seat.person_id).where(Person.erased_at.is_(None))
    return list(session.scalars(query.where(Seat.seance_id == seance.id, Seat.state.in_(("waiting", "offered")))))


def is_called(session: Session, seance_id: UUID) -> bool:
    """Whether anything was ever noted on its roll."""
    return session.scalar(select(Attendance.id).where(Attendance.seance_id == seance_id).limit(1)) is not None


def expected(session: Session, seance: Seance) -> list[Expected]:
    """Who is expected: the group's members on that day, and the seats taken; by family name, each person once."""
    members: set[UUID] = set()
    if seance.group_id is not None:
        on_day = select(GroupMember.person_id).where(
            GroupMember.group_id == seance.group_id,
            or_(GroupMember.since.is_(None), GroupMember.since <= seance.day),
            or_(GroupMember.until.is_(None), GroupMember.until >= seance.day),
        )
        members = set(session.scalars(on_day))
    seats = set(session.scalars(select(Seat.person_id).where(Seat.seance_id == seance.id, Seat.state == "expected")))
    everybody = members | seats
    owners = enrolments_for(session, seance, everybody)
    people = session.scalars(select(Person).where(Person.id.in_(everybody), Person.erased_at.is_(None)))
    found = [
        Expected(p.id, p.name, f"{p.family_name} {p.given_name}".casefold(), p.id not in members, owners.get(p.id))
        for p in people
    ]
    return sorted(found, key=lambda e: (e.sort_name, e.person_id))


def enrolments_for(session: Session, seance: Seance, persons: Iterable[UUID]) -> dict[UUID, UUID]:
    """The enrolment of each person whose version has the séance's activity: that of the séance's group first, then
    the oldest active one."""
    query = (
        select(Enrolment.person_id, Enrolment.id, Enrolment.group_id, Enrolment.state)
        .join(BindingRow, BindingRow.version_id == Enrolment.version_id)
        .join(XapiActivity, XapiActivity.id == BindingRow.activity_id)
        .where(Enrolment.person_id.in_(list(persons)), XapiActivity.iri == seance.iri, Enrolment.state != "cancelled")
        .order_by(Enrolment.entered_on, Enrolment.id)
    )
    rows = sorted(session.execute(query).all(), key=lambda r: (r.group_id != seance.group_id, r.state != "active"))
    found: dict[UUID, UUID] = {}
    for row in rows:
        found.setdefault(row.person_id, row.id)
    return found


def clashes(session: Session, seance: Seance) -> list[Clash]:
    """Other séances, not cancelled, that want the same room or trainer at the same time."""
    wanted = [c for c in (seance.room_id, seance.trainer_id) if c is not None]
    if not wanted or seance.cancelled_at is not None:
        return []
    query = select(Seance).where(
        Seance.id != seance.id,
        Seance.day == seance.day,
        Seance.cancelled_at.is_(None),
        Seance.starts < seance.ends,
        Seance.ends > seance.starts,
        or_(Seance.room_id.in_(wanted), Seance.trainer_id.in_(wanted)),
    )
    found: list[Clash] = []
    for other in session.scalars(query.order_by(Seance.starts)):
        if seance.room_id is not None and other.room_id == seance.room_id:
            found.append(Clash("room", other))
        if seance.trainer_id is not None and other.trainer_id == seance.trainer_id:
            found.append(Clash("trainer", other))
    return found


def _told(row: Seance) -> dict[str, str]:
    return {
        "title": row.title,
        "iri": row.iri,
        "day": row.day.isoformat(),
        "starts": row.starts.isoformat("minutes"),
        "ends": row.ends.isoformat("minutes"),
        "zone": row.zone,
        "group": str(row.group_id or ""),
        "room": str(row.room_id or ""),
        "trainer": str(row.trainer_id or ""),
        "seats": str(row.seats or ""),
        "meeting_url": row.meeting_url,
        "video": str(row.video_platform_id or ""),
        "recorded": str(bool(row.video_platform_id and row.video_recorded)),
    }


def _fill(session: Session, viewer: Viewer, row: Seance, data: SeanceData) -> None:
    faults: dict[str, str] = {}
    if not data.title.strip():
        faults["title"] = "required"
    if data.ends <= data.starts:
        faults["ends"] = "ends_before"
    offer = next((o for o in offers(session) if o.iri == data.iri), None)
    if offer is None and not (row.iri and row.iri == data.iri):
        faults["iri"] = "unknown" if data.iri else "required"
    group = session.get(Group, data.group_id) if data.group_id else None
    if data.group_id and (group is None or not scope.covers_group(viewer, group)):
        faults["group_id"] = "unknown"
    room = session.get(Room, data.room_id) if data.room_id else None
    if data.room_id and room is None:
        faults["room_id"] = "unknown"
    if data.trainer_id and session.get(Person, data.trainer_id) is None:
        faults["trainer_id"] = "unknown"
    if data.seats is not None and data.seats < 1:
        faults["seats"] = "out_of_range"
    if data.video_platform_id and not is_video_room(session, data.video_platform_id):
        faults["video_platform_id"] = "unknown"
    if data.meeting_url and not data.meeting_url.startswith("https://"):
        faults["meeting_url"] = "not_a_link"
    if faults:
        raise Invalid(faults)
    row.title, row.iri, row.day, row.starts, row.ends = (
        data.title.strip(), data.iri, data.day, data.starts, data.ends,
    )  # fmt: skip
    if offer is not None:
        row.modality = offer.modality.value
        row.organisation_id = offer.organisation_id or (group.organisation_id if group else None)
    row.group_id, row.trainer_id, row.room_id = data.group_id, data.trainer_id, data.room_id
    row.seats, row.meeting_url = data.seats, data.meeting_url
    row.video_platform_id = data.video_platform_id
    row.video_recorded = data.video_recorded and data.video_platform_id is not None
    row.zone = session.get_one(Place, room.place_id).zone if room else str(place_zone(session))
