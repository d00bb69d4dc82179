"""The place itself: its sites, rooms and technical platforms, and its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.place import Place, Room
from hub.services.clock import DEFAULT_ZONE
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record
from hub.services.settings import get_setting, set_setting

ROOM_KINDS: Final = ("room", "technical_platform", "office", "remote")
MOST_SEATS: Final = 2000


@dataclass(frozen=True, slots=True)
class PlaceData:
    """A site. ``access``: how to come, in words; ``zone``: IANA name."""

    name: str
    address: str = ""
    zone: str = DEFAULT_ZONE
    access: str = ""


@dataclass(frozen=True, slots=True)
class RoomData:
    """A room or technical platform. ``needs_skill``: the safety authorisation asked for at the door."""

    name: str
    kind: str = "room"
    seats: int | None = 12
    needs_skill: str = ""


def places(session: Session) -> list[tuple[Place, Sequence[Room]]]:
    """Every site with its rooms, by name."""
    rooms: dict[UUID, list[Room]] = {}
    for room in session.scalars(select(Room).order_by(Room.name, Room.id)):
        rooms.setdefault(room.place_id, []).append(room)
    return [(place, rooms.get(place.id, [])) for place in session.scalars(select(Place).order_by(Place.name, Place.id))]


def find_place(session: Session, place_id: UUID) -> Place:
    """One site. Raises NotFound."""
    row = session.get(Place, place_id)
    if row is None:
        raise NotFound(place=str(place_id))
    return row


def find_room(session: Session, room_id: UUID) -> Room:
    """One room. Raises NotFound."""
    row = session.get(Room, room_id)
    if row is None:
        raise NotFound(room=str(room_id))
    return row


def put_place(session: Session, place_id: UUID | None, data: PlaceData, *, by: UUID | None, now: datetime) -> Place:
    """Add a site (``place_id`` None) or change one. Raises NotFound, Invalid."""
    row = find_place(session, place_id) if place_id else Place()
    faults = _name_fault(data.name)
    if not is_zone(data.zone):
        faults["zone"] = "not_a_zone"
    if faults:
        raise Invalid(faults)
    row.name, row.address, row.zone, row.access = data.name.strip(), data.address, data.zone, data.access
    session.add(row)
    session.flush()
    record(session, now, by, "place.changed" if place_id else "place.created", "place", row.id, name=row.name)
    return row


def put_room(
    session: Session, place_id: UUID, room_id: UUID | None, data: RoomData, *, by: UUID | None, now: datetime
) -> Room:
    """Add a room to a site (``room_id`` None) or change one. Raises NotFound, Invalid."""
    place = find_place(session, place_id)
    row = find_room(session, room_id) if room_id else Room(place_id=place.id)
    if row.place_id != place.id:
        raise NotFound(room=str(room_id))
    faults = _name_fault(data.name)
    if data.kind not in ROOM_KINDS:
        faults["kind"] = "unknown"
    if data.seats is None or not 1 <= data.seats <= MOST_SEATS:
        faults["seats"] = "out_of_range"
    if faults:
        raise Invalid(faults)
    row.name, row.kind, row.seats, row.needs_skill = data.name.strip(), data.kind, data.seats or 1, data.needs_skill
    session.add(row)
    session.flush()
    record(session, now, by, "room.changed" if room_id else "room.created", "room", row.id, name=row.name)
    return row


def _name_fault(name: str) -> dict[str, str]:
    if not name.strip():
        return {"name": "required"}
    return {"name": "too_long"} if len(name) > 120 else {}


def is_zone(name: str) -> bool:
    """Whether ``name`` is a time zone of the IANA database."""
    return name in available_timezones()


def european_zones() -> list[str]:
    """The zones of Europe and of France overseas, for a list; others may be typed."""
    overseas = (
        "America/Cayenne", "America/Guadeloupe", "America/Martinique", "America/Miquelon", "Indian/Mayotte",
        "Indian/Reunion", "Pacific/Noumea", "Pacific/Tahiti",
    )  # fmt: skip
    return ["Europe/Paris", *overseas, *sorted(z for z in available_timezones() if z.startswith("Europe/"))]


@dataclass(frozen=True, slots=True)
class SettingsData:
    """The settings of the place. Colours ``#rrggbb`` or both empty; the lunch break cuts a day into half-days;
    ``help_days``: working days within which a request for help is answered; ``upload_megabytes``: of one deposit."""

    name: str
    tagline: str = ""
    address: str = ""
    zone: str = DEFAULT_ZONE
    light: str = ""
    dark: str = ""
    lunch_starts: time = time(12, 30)
    lunch_ends: time = time(13, 30)
    help_days: int = 1
    upload_megabytes: int = 200


def settings(session: Session, name: str) -> SettingsData:
    """The settings as they stand; ``name`` is the place's where none was set."""
    place, theme = get_setting(session, "place"), get_setting(session, "theme")
    standing = SettingsData(name=str(place.get("name") or name))
    return SettingsData(
        name=standing.name,
        tagline=str(place.get("tagline") or ""),
        address=str(place.get("address") or ""),
        zone=str(place.get("zone") or standing.zone),
        light=str(theme.get("light") or ""),
        dark=str(theme.get("dark") or ""),
        lunch_starts=_time(place.get("lunch_starts"), standing.lunch_starts),
        lunch_ends=_time(place.get("lunch_ends"), standing.lunch_ends),
        help_days=int(get_setting(session, "help").get("working_days", standing.help_days)),
        upload_megabytes=int(get_setting(session, "uploads").get("megabytes", standing.upload_megabytes)),
    )


def _time(text: Any, default: time) -> time:
    try:
        return time.fromisoformat(text) if text else default
    except (TypeError, ValueError):
        return default


def put_settings(session: Session, data: SettingsData, *, by: UUID | None, now: datetime) -> None:
    """Set them all. Whether a colour has enough contrast is the pages' affair (``hub.web.ui.theme``). Raises
    Invalid."""
    faults = _name_fault(data.name)
    if not is_zone(data.zone):
        faults["zone"] = "not_a_zone"
    if data.lunch_ends <= data.lunch_starts:
        faults["lunch_ends"] = "ends_before"
    if not 1 <= data.help_days <= 30:
        faults["help_days"] = "out_of_range"
    if not 1 <= data.upload_megabytes <= 5000:
        faults["upload_megabytes"] = "out_of_range"
    if faults:
        raise Invalid(faults)
    place = {
        "name": data.name.strip(),
        "tagline": data.tagline,
        "address": data.address,
        "zone": ZoneInfo(data.zone).key,
    }
    lunch = {"lunch_starts": data.lunch_starts.isoformat("minutes"), "lunch_ends": data.lunch_ends.isoformat("minutes")}
    set_setting(session, "place", {**get_setting(session, "place"), **place, **lunch})
    set_setting(session, "theme", {"light": data.light, "dark": data.dark} if data.light and data.dark else {})
    set_setting(session, "help", {**get_setting(session, "help"), "working_days": data.help_days})
    set_setting(session, "uploads", {**get_setting(session, "uploads"), "megabytes": data.upload_megabytes})
    record(session, now, by, "settings.changed", "setting", "place")
