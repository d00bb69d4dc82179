"""The roll: who was there, in each half-day of a séance; what it says goes into the ledger in the same unit of work.

A correction is a new row (the sheet is append-only, facts/french-training.md) and a higher revision of the same
register. Nothing is invented: who was not called has no row, and nobody is present before the half-day began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from content.xapi.emit import register_statement
from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.domain.attendance import HalfDay, Mode, Presence, Stay, stay
from hub.domain.overlaps import Overlap, overlaps
from hub.domain.overlaps import Presence as Seen
from hub.domain.path import Modality
from hub.domain.roles import Viewer
from hub.models.person import Person
from hub.models.place import Attendance, Seance, Seat
from hub.services import seances
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.identities import hub_agent, own_agent_id
from hub.services.journal import record
from hub.services.ledger import ingest
from hub.services.seance_lists import SeanceLine, line
from hub.services.source import hub_source

#: How long before its beginning a half-day may be called.
EARLY = timedelta(minutes=30)
SOURCE = "hub attendance"

REASONS = ("ill_told", "transport_told", "other_told", "no_news")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is noted of one person in one half-day. Times are local wall times, for ``partial`` only; ``counted``
    minutes are a video class's."""

    person_id: UUID
    half_day: str
    presence: Presence
    arrived: time | None = None
    left: time | None = None
    mode: Mode = Mode.ROOM
    reason: str = ""
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class RollLine:
    """A person of the roll with what was noted last for each half-day."""

    person: seances.Expected
    noted: dict[str, Attendance]
    stays: dict[str, Stay]


@dataclass(frozen=True, slots=True)
class Roll:
    """The whole roll of a séance. ``overlaps`` flags presences of its people at another séance at the same time."""

    line: SeanceLine
    halves: tuple[HalfDay, ...]
    people: list[RollLine]
    overlaps: list[Overlap]
    others: dict[UUID, str]

    @property
    def seance(self) -> Seance:
        """The séance."""
        return self.line.seance

    def is_called(self, half_day: str) -> bool:
        """Whether everybody of the roll was noted for the half-day."""
        return bool(self.people) and all(half_day in p.noted for p in self.people)


def roll(session: Session, viewer: Viewer, seance_id: UUID) -> Roll:
    """The roll of a séance. Raises NotFound."""
    row = seances.find(session, viewer, seance_id)
    halves = seances.halves_of(session, row)
    by_key = {h.key: h for h in halves}
    noted = current(session, [seance_id])
    people = [
        RollLine(
            person,
            mine := {key: noted[seance_id, person.person_id, key] for key in by_key
                     if (seance_id, person.person_id, key) in noted},
            {key: stay_of(by_key[key], found) for key, found in mine.items()},
        )
        for person in seances.expected(session, row)
    ]  # fmt: skip
    found = overlaps_of(session, [p.person.person_id for p in people], row)
    other_ids = {o.first.seance_id for o in found} | {o.second.seance_id for o in found}
    titles = {s.id: s.title for s in session.scalars(select(Seance).where(Seance.id.in_(other_ids)))}
    return Roll(line(session, row), halves, people, found, titles)


def current(session: Session, seance_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID, str], Attendance]:
    """What counts: the highest revision for each (séance, person, half-day)."""
    query = select(Attendance).where(Attendance.seance_id.in_(list(seance_ids))).order_by(Attendance.revision)
    return {(a.seance_id, a.person_id, a.half_day): a for a in session.scalars(query)}


def history(session: Session, seance_id: UUID, person_id: UUID) -> Sequence[Attendance]:
    """Every row ever noted of one person at one séance, the first one first."""
    query = select(Attendance).where(Attendance.seance_id == seance_id, Attendance.person_id == person_id)
    return session.scalars(query.order_by(Attendance.half_day, Attendance.revision)).all()


def stay_of(half: HalfDay, noted: Attendance) -> Stay:
    """The presence that a row says."""
    return stay(half, Presence(noted.presence), noted.arrived, noted.left, noted.counted)


def mark_roll(session: Session, viewer: Viewer, seance_id: UUID, entries: Iterable[Entry], now: datetime) -> int:
    """Note presences; returns how many changed. What is noted already the same way writes nothing.

    Each change is a new row and a register statement of kind ``attended`` in the same unit of work; the caller then
    runs ``project_dirty``. Raises NotFound (séance, person), Conflict (``seance_cancelled``, ``roll_closed``,
    ``not_begun``), Invalid (``left-<person>-<half-day>``: left before arriving).
    """
    row = _open(session, viewer, seance_id)
    return _note(session, row, entries, viewer.person_id, "", now)


def note_counted(session: Session, row: Seance, entries: Iterable[Entry], origin: str, now: datetime) -> int:
    """Note what a video class counted, as ``mark_roll``; ``origin`` names it. What a person noted stays, and so does a
    roll that is closed; people who are not expected are left out. Raises nothing."""
    if row.closed_at is not None or row.cancelled_at is not None:
        return 0
    noted = current(session, [row.id])
    expected = {one.person_id for one in seances.expected(session, row)}
    free = []
    for entry in entries:
        before = noted.get((row.id, entry.person_id, entry.half_day))
        if entry.person_id in expected and (before is None or before.origin):
            free.append(entry)
    return _note(session, row, free, None, origin, now)


def _note(session: Session, row: Seance, entries: Iterable[Entry], by: UUID | None, origin: str, now: datetime) -> int:
    halves = {h.key: h for h in seances.halves_of(session, row)}
    expected = {e.person_id: e for e in seances.expected(session, row)}
    noted = current(session, [row.id])
    statements: list[dict[str, Any]] = []
    faults: dict[str, str] = {}
    for entry in entries:
        half, person = halves.get(entry.half_day), expected.get(entry.person_id)
        if half is None or person is None:
            raise NotFound(person=str(entry.person_id), half_day=entry.half_day)
        try:
            found = stay(half, entry.presence, entry.arrived, entry.left, entry.counted)
        except ValueError:
            faults[f"departure-{entry.person_id}-{entry.half_day}"] = "left_before"
            continue
        before = noted.get((row.id, entry.person_id, entry.half_day))
        kept = _kept(entry, row)
        if before is not None and _said(before) == kept and (not origin or before.counted == entry.counted):
            continue
        if entry.presence is not Presence.ABSENT and now < half.start - EARLY:
            raise Conflict("not_begun", seance=str(row.id))
        revision = before.revision + 1 if before else 1
        by_machine = (origin, entry.counted)
        _add(session, row, half, person, kept, found, revision, by, now, by_machine)
        statements.append(_statement(session, row, half, person, found, revision, by, origin))
    if faults:
        raise Invalid(faults)
    if statements:
        ingest(session, statements, hub_source(SOURCE), now)
    return len(statements)


def add_person(session: Session, viewer: Viewer, seance_id: UUID, person_id: UUID, now: datetime) -> None:
    """Put a person on the roll on the spot. Already there: nothing happens. Raises NotFound, Conflict
    (``seance_cancelled``, ``roll_closed``)."""
    row = _open(session, viewer, seance_id)
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise NotFound("person_not_found", person=str(person_id))
    if any(e.person_id == person_id for e in seances.expected(session, row)):
        return
    seat = session.get(Seat, (seance_id, person_id))
    if seat is None:
        session.add(Seat(seance_id=seance_id, person_id=person_id, state="expected", taken_at=now))
    else:
        seat.state, seat.taken_at, seat.offered_until = "expected", now, None
    record(session, now, viewer.person_id, "seat.add", "seance", seance_id, person=str(person_id))
    session.flush()


def close(session: Session, viewer: Viewer, seance_id: UUID, now: datetime) -> None:
    """Close the roll: everybody was noted, what it says is final. Raises NotFound, Conflict (``roll_incomplete``,
    ``seance_cancelled``)."""
    found = roll(session, viewer, seance_id)
    if found.seance.cancelled_at is not None:
        raise Conflict("seance_cancelled", seance=str(seance_id))
    if not all(found.is_called(h.key) for h in found.halves):
        raise Conflict("roll_incomplete", seance=str(seance_id))
    if found.seance.closed_at is None:
        found.seance.closed_at = now
        record(session, now, viewer.person_id, "roll.close", "seance", seance_id)


def reopen(session: Session, viewer: Viewer, seance_id: UUID, why: str, now: datetime) -> None:
    """Open a closed roll again, to correct it. Raises NotFound, Invalid without a reason."""
    row = seances.find(session, viewer, seance_id)
    if not why.strip():
        raise Invalid({"why": "required"})
    if row.closed_at is not None:
        row.closed_at = None
        record(session, now, viewer.person_id, "roll.reopen", "seance", seance_id, why=why.strip())


def overlaps_of(session: Session, persons: Iterable[UUID], around: Seance | None = None) -> list[Overlap]:
    """Presences of these persons that overlap: on the day of ``around`` and touching it, or all of them."""
    query = select(Attendance, Seance).join(Seance, Seance.id == Attendance.seance_id)
    query = query.where(Attendance.person_id.in_(list(persons))).order_by(Attendance.revision)
    if around is not None:
        query = query.where(Seance.day == around.day)
    latest = {(a.seance_id, a.person_id, a.half_day): (a, s) for a, s in session.execute(query)}
    seen: list[Seen] = []
    keys: dict[UUID, dict[str, HalfDay]] = defaultdict(dict)
    for noted, seance in latest.values():
        if seance.id not in keys:
            keys[seance.id] = {h.key: h for h in seances.halves_of(session, seance)}
        half = keys[seance.id].get(noted.half_day)
        there = stay_of(half, noted) if half else None
        if there and there.start and there.end:
            seen.append(Seen(noted.person_id, seance.id, noted.half_day, there.start, there.end))
    found = overlaps(seen)
    if around is None:
        return found
    return [o for o in found if around.id in (o.first.seance_id, o.second.seance_id)]


def _open(session: Session, viewer: Viewer, seance_id: UUID) -> Seance:
    row = seances.find(session, viewer, seance_id)
    # Two who call the roll on their phones take turns: each then reads what the other noted.
    session.refresh(row, with_for_update={"key_share": True})
    if row.cancelled_at is not None:
        raise Conflict("seance_cancelled", seance=str(seance_id))
    if row.closed_at is not None:
        raise Conflict("roll_closed", seance=str(seance_id))
    return row


Said = tuple[str, str, time | None, time | None, str]


def _kept(entry: Entry, seance: Seance) -> Said:
    """(presence, mode, arrived, left, reason) as a row keeps them: only what the presence gives sense to."""
    mode = {Modality.REMOTE_LIVE: Mode.SCREEN, Modality.COMODAL: entry.mode}.get(Modality(seance.modality), Mode.ROOM)
    if entry.presence is Presence.PARTIAL:
        return entry.presence, mode, entry.arrived, entry.left, ""
    return entry.presence, mode, None, None, entry.reason if entry.presence is Presence.ABSENT else ""


def _said(row: Attendance) -> Said:
    return row.presence, row.mode, row.arrived, row.left, row.reason


def _add(
    session: Session,
    seance: Seance,
    half: HalfDay,
    person: seances.Expected,
    said: Said,
    found: Stay,
    revision: int,
    by: UUID | None,
    now: datetime,
    by_machine: tuple[str, int | None],
) -> None:
    presence, mode, arrived, left, reason = said
    origin, counted = by_machine
    session.add(
        Attendance(
            id=new_id(),
            seance_id=seance.id,
            person_id=person.person_id,
            half_day=half.key,
            revision=revision,
            presence=str(presence),
            mode=str(mode),
            arrived=arrived,
            left=left,
            minutes=found.minutes,
            reason=reason,
            origin=origin,
            counted=counted,
            enrolment_id=person.enrolment_id,
            marked_at=now,
            marked_by=by,
        )
    )


def _statement(
    session: Session,
    seance: Seance,
    half: HalfDay,
    person: seances.Expected,
    found: Stay,
    revision: int,
    by: UUID | None,
    origin: str,
) -> dict[str, Any]:
    own_agent_id(session, person.person_id)
    actor = hub_agent(person.person_id)
    return register_statement(
        actor,
        None,
        seance.iri,
        source=origin or SOURCE,
        series_key=(f"seance:{seance.id}", ifi(actor), seance.iri, Kind.ATTENDED, half.key),
        revision=revision,
        kind=Kind.ATTENDED,
        value=round(found.share, 6),
        minutes=found.minutes,
        at=half.start.isoformat().replace("+00:00", "Z"),
        definition={"name": {"und": seance.title}},
        instructor=hub_agent(by) if by else None,
    )
