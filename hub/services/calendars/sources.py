"""Calendars that are read: whose, of which group and activity; what their events would become.

Days, hours and title of a séance that came from a calendar belong to the calendar. Nothing is written before a person
agreed, event by event; an event that vanished undoes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors import ics
from connectors.addresses import AddressPolicy
from connectors.errors import ConnectorError
from connectors.http import HttpClient, HttpOptions
from connectors.ics import Occurrence
from hub.config import Config
from hub.db.base import new_id
from hub.db.types import Secret
from hub.db.uow import TenantDatabase
from hub.domain.roles import Viewer
from hub.models.files import CalendarEvent, CalendarSource
from hub.models.person import Group
from hub.models.place import Place, Room, Seance
from hub.services import scope, seances
from hub.services.clock import place_zone
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record
from hub.services.seances import SeanceData

BEFORE, AFTER = timedelta(days=30), timedelta(days=365)
MOST: Final = 300
UNIT: Final = 20
_LIMITS: Final = HttpOptions(
    connect_timeout=5, read_timeout=15, deadline=30, retries=1, max_bytes=ics.LARGEST, hide_path=True
)
Fate = Literal["new", "change", "cancel", "same", "gone", "refuse"]
WRITABLE: Final[tuple[Fate, ...]] = ("new", "change", "cancel")


@dataclass(frozen=True, slots=True)
class SourceData:
    """What people say of a calendar. ``url`` empty: the file is handed in, or (on a change) the address stays."""

    name: str
    iri: str
    group_id: UUID | None
    url: str = ""
    trainer_id: UUID | None = None
    room_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An event and what would become of it. Times are wall times of the séance's zone; ``why`` a code."""

    key: str
    fate: Fate
    title: str
    day: str
    starts: str
    ends: str
    why: str = ""


def listed(session: Session, viewer: Viewer) -> list[tuple[CalendarSource, str]]:
    """The calendars of the viewer's groups, each with the name of its group, by name."""
    groups = {group.id: group.name for group in scope.groups_of(session, viewer)}
    rows = session.scalars(select(CalendarSource).order_by(CalendarSource.name, CalendarSource.id))
    return [(row, groups[row.group_id]) for row in rows if row.group_id in groups]


def find(session: Session, viewer: Viewer, source_id: UUID) -> CalendarSource:
    """A calendar of one of the viewer's groups. Raises NotFound."""
    row = session.get(CalendarSource, source_id)
    group = session.get(Group, row.group_id) if row else None
    if row is None or group is None or not scope.covers_group(viewer, group):
        raise NotFound(calendar=str(source_id))
    return row


def add(session: Session, viewer: Viewer, data: SourceData, now: datetime) -> CalendarSource:
    """Add a calendar. Raises Invalid (``name``, ``group_id``, ``iri``, ``url``)."""
    faults: dict[str, str] = {}
    group = session.get(Group, data.group_id) if data.group_id else None
    if group is None or not scope.covers_group(viewer, group):
        faults["group_id"] = "required" if group is None else "unknown"
    if not data.name.strip():
        faults["name"] = "required"
    if not any(offer.iri == data.iri for offer in seances.offers(session)):
        faults["iri"] = "unknown" if data.iri else "required"
    if data.url and not data.url.lower().startswith(("https://", "http://", "webcal://")):
        faults["url"] = "not_a_link"
    if faults or group is None:
        raise Invalid(faults)
    row = CalendarSource(
        id=new_id(), name=data.name.strip()[:120], url=Secret(data.url) if data.url else None, iri=data.iri,
        group_id=group.id, trainer_id=data.trainer_id, room_id=data.room_id, proposed=[], created_at=now,
        created_by=viewer.person_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, now, viewer.person_id, "calendar.added", "calendar", row.id, name=row.name)
    return row


def remove(session: Session, viewer: Viewer, source_id: UUID, now: datetime) -> None:
    """Read a calendar no more; the séances that it became stay. Raises NotFound."""
    row = find(session, viewer, source_id)
    record(session, now, viewer.person_id, "calendar.removed", "calendar", row.id, name=row.name)
    session.delete(row)


def download(tenant: TenantDatabase, viewer: Viewer, source_id: UUID, config: Config) -> bytes:
    """The calendar at its address, fetched outside any unit. Raises NotFound, Conflict (``calendar_no_address``),
    ConnectorError."""
    with tenant.read() as session:
        row = find(session, viewer, source_id)
        url = row.url.reveal() if row.url else ""
    if not url:
        raise Conflict("calendar_no_address")
    with HttpClient(_LIMITS, AddressPolicy(development=config.allow_loopback)) as http:
        return ics.fetch(url, http)


def propose(tenant: TenantDatabase, viewer: Viewer, source_id: UUID, data: bytes, now: datetime) -> list[Proposal]:
    """Look at a calendar and keep what its events would become, for ``confirm``. Raises NotFound, ConnectorError
    (Unreadable)."""
    with tenant.read() as session:
        row = find(session, viewer, source_id)
        zone = _zone(session, row)
    found = ics.read(data, zone=zone, since=now - BEFORE, until=now + AFTER)
    with tenant.write() as session:
        row = find(session, viewer, source_id)
        made = _compared(session, row, found.occurrences[:MOST], zone, now)
        row.proposed = [_stored(it, sequence) for it, sequence in made]
        row.last_read_at, row.last_error = now, None
    return [it for it, _ in made]


def keep_fault(session: Session, viewer: Viewer, source_id: UUID, fault: ConnectorError, now: datetime) -> None:
    """Note that a calendar could not be read: its code alone, for an address is a secret. Raises NotFound."""
    find(session, viewer, source_id).last_error = {"code": fault.code, "at": now.isoformat()}


def proposals(row: CalendarSource) -> list[Proposal]:
    """What was proposed at the last reading."""
    names = ("key", "fate", "title", "day", "starts", "ends", "why")
    return [Proposal(**{name: it.get(name, "") for name in names}) for it in row.proposed]


def confirm(
    tenant: TenantDatabase, viewer: Viewer, source_id: UUID, keys: Collection[str], now: datetime
) -> tuple[int, list[Proposal]]:
    """Write the proposals of these keys in short units. Gives how many were written, and those that could not be, each
    with its reason. Raises NotFound."""
    with tenant.read() as session:
        row = find(session, viewer, source_id)
    wanted = [it for it in row.proposed if it["key"] in keys and it["fate"] in WRITABLE]
    written, left = 0, []
    for start in range(0, len(wanted), UNIT):
        with tenant.write() as session:
            source = find(session, viewer, source_id)
            done = set()
            for it in wanted[start : start + UNIT]:
                why = _write(session, viewer, source, it, now)
                if why:
                    left.append(Proposal(it["key"], "refuse", it["title"], it["day"], it["starts"], it["ends"], why))
                else:
                    done.add(it["key"])
            source.proposed = [it for it in source.proposed if it["key"] not in done]
            written += len(done)
    return written, left


def _zone(session: Session, row: CalendarSource) -> str:
    room = session.get(Room, row.room_id) if row.room_id else None
    return session.get_one(Place, room.place_id).zone if room else str(place_zone(session))


def _stored(it: Proposal, sequence: int) -> dict[str, Any]:
    told = {"key": it.key, "fate": it.fate, "title": it.title, "day": it.day, "starts": it.starts, "ends": it.ends}
    return {**told, "why": it.why, "sequence": sequence}


def _compared(
    session: Session, row: CalendarSource, found: Sequence[Occurrence], zone: str, now: datetime
) -> list[tuple[Proposal, int]]:
    known = {it.key: it for it in session.scalars(select(CalendarEvent).where(CalendarEvent.source_id == row.id))}
    rows = session.scalars(select(Seance).where(Seance.id.in_([it.seance_id for it in known.values()])))
    planned = {it.id: it for it in rows}
    made = [(_proposal(it, known.get(it.key), planned, ZoneInfo(zone)), it.sequence) for it in found]
    seen = {it.key for it in found}
    today = now.astimezone(ZoneInfo(zone)).date().isoformat()
    for key, event in known.items():
        told, seance = event.told, planned.get(event.seance_id)
        if key not in seen and seance and seance.cancelled_at is None and told.get("day", "") >= today:
            gone = Proposal(key, "gone", told["title"], told["day"], told["starts"], told["ends"], "gone")
            made.append((gone, event.sequence))
    return made


def _proposal(it: Occurrence, known: CalendarEvent | None, planned: Mapping[UUID, Seance], zone: ZoneInfo) -> Proposal:
    first, last = it.starts_at.astimezone(zone), it.ends_at.astimezone(zone)
    title = it.title or "–"
    told = (it.key, title, first.date().isoformat(), f"{first:%H:%M}", f"{last:%H:%M}")

    def said(fate: Fate, why: str = "") -> Proposal:
        return Proposal(told[0], fate, *told[1:], why)

    seance = planned.get(known.seance_id) if known else None
    alive = seance is not None and seance.cancelled_at is None
    if it.cancelled:
        return said("cancel") if alive else said("same", "cancelled")
    if it.all_day:
        return said("refuse", "all_day")
    if first.date() != last.date() or last <= first:
        return said("refuse", "over_midnight" if last > first else "no_length")
    if known is None or not alive:
        return said("new")
    if it.sequence < known.sequence:
        return said("same", "older")
    same = all(known.told.get(name) == value for name, value in zip(_TOLD, told[1:], strict=True))
    return said("same" if same else "change")


_TOLD: Final = ("title", "day", "starts", "ends")


def _write(session: Session, viewer: Viewer, source: CalendarSource, it: Mapping[str, Any], now: datetime) -> str:
    """Write one proposal; gives a code where it could not be."""
    event = session.get(CalendarEvent, (source.id, it["key"]))
    try:
        if it["fate"] == "cancel":
            if event is not None:
                seances.cancel(session, viewer, event.seance_id, source.name, now)
                event.sequence = int(it["sequence"])
            return ""
        data = _data(source, it)
        if it["fate"] == "change" and event is not None:
            kept = session.get_one(Seance, event.seance_id)
            whole = SeanceData(
                data.title, kept.iri, data.day, data.starts, data.ends, kept.group_id, kept.trainer_id, kept.room_id,
                kept.seats, kept.meeting_url, kept.video_platform_id, kept.video_recorded,
            )  # fmt: skip
            seances.change(session, viewer, event.seance_id, whole, now)
            event.sequence, event.told = int(it["sequence"]), {name: it[name] for name in _TOLD}
            return ""
        made = seances.create(session, viewer, data, now)
        if event is None:
            event = CalendarEvent(source_id=source.id, key=it["key"], seance_id=made.id, sequence=0, told={})
            session.add(event)
        event.seance_id, event.sequence = made.id, int(it["sequence"])
        event.told = {name: it[name] for name in _TOLD}
        session.flush()
    except Conflict as error:
        return error.code
    except (Invalid, NotFound):
        return "not_possible"
    return ""


def _data(source: CalendarSource, it: Mapping[str, Any]) -> SeanceData:
    first = datetime.fromisoformat(f"{it['day']}T{it['starts']}")
    last = datetime.fromisoformat(f"{it['day']}T{it['ends']}")
    return SeanceData(
        it["title"], source.iri, first.date(), first.time(), last.time(), source.group_id, source.trainer_id,
        source.room_id,
    )  # fmt: skip
