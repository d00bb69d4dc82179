"""What would become of each line of a file: new, changed, as before, or refused and why. Looks, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.files import Fault, Line
from hub.domain.attendance import LUNCH
from hub.domain.translate import Register, facts_of, is_fall, key_of, says_something
from hub.domain.translate.sheets import halves_of, presences, results
from hub.models.place import Attendance, Seance
from hub.models.river import Agent
from hub.services import remote_records as records
from hub.services.files.people import whose
from hub.services.remote_records import Known
from hub.services.remote_site import Site
from hub.services.seances_read import bounds
from hub.services.sync import seen

Fate = Literal["create", "change", "same", "refuse"]
Note = tuple[str, str]
"""(code, what stands there): the pages have the words."""
FATES: Final[tuple[Fate, ...]] = ("create", "change", "same", "refuse")


@dataclass(slots=True)
class Planned:
    """A line, what it becomes, what is said of it, and what it says as registers."""

    line: Line
    fate: Fate
    notes: list[Note] = field(default_factory=list)
    registers: list[Register] = field(default_factory=list)


class Planner:
    """Looks at the lines of one file in their order; it remembers what earlier lines of the file said."""

    def __init__(self, site: Site, zone: str, lunch: tuple[time, time] = LUNCH) -> None:
        self._site, self._zone, self._halves = site, zone, halves_of(zone, lunch)
        # Of each register of the file: the line that told it first and what it said, by 64 bits of their digests.
        self._told: dict[int, tuple[int, int]] = {}

    def look(self, session: Session, lines: Sequence[Line]) -> list[Planned]:
        """What becomes of some lines (a unit's worth), as things stand now."""
        found = whose(session, self._site, lines)
        planned = [self._first(line, found.erased) for line in found.lines]
        alive = [it for it in planned if it.fate != "refuse"]
        self._refuse_owned(session, alive)
        alive = [it for it in alive if it.fate != "refuse"]
        known = self._known(session, alive)
        for it in alive:
            self._settle(it, known)
            user = it.line.user
            if user and user.id in found.waiting and not any(code == "repeated" for code, _ in it.notes):
                it.notes.append(("to_link", ""))
        return planned

    def _first(self, line: Line, gone: frozenset[str]) -> Planned:
        faults = [_note(fault) for fault in line.faults]
        if line.course and not line.user and [code for code, _ in faults] == ["nobody"]:
            return Planned(line, "refuse", faults)
        if faults:
            return Planned(line, "refuse", faults)
        if line.user and line.user.id in gone:
            return Planned(line, "refuse", [("erased", "")])
        made = Planned(line, "same", [_note(note) for note in line.notes], self.registers(line))
        said = [(key, what, *self._told.get(key, (0, 0))) for key, what in self._said(made)]
        other = next((number for _, what, number, before in said if number and before != what), 0)
        if other:
            return Planned(line, "refuse", [("contradicts", str(other))])
        self._told.update((key, (line.number, what)) for key, what, number, _ in said if not number)
        if said and all(number for _, _, number, _ in said):
            return Planned(line, "same", [("repeated", str(said[0][2]))])
        return made

    def registers(self, line: Line) -> list[Register]:
        """What a line says of learning."""
        if line.session is not None:
            return presences(line.session, self._halves)
        return results(line.records, line.progress, line.minutes)

    def _said(self, made: Planned) -> Iterable[tuple[int, int]]:
        line = made.line
        if not made.registers and line.enrolment and line.course and line.user:
            yield hash(("roster", line.course.id, line.user.id)), hash(line.enrolment.active)
        for it in made.registers:
            yield hash((it.kind, it.key)), hash(records.digest(it.told()))

    def _known(self, session: Session, planned: Sequence[Planned]) -> Mapping[tuple[str, str], Known]:
        wanted: dict[str, set[str]] = {}
        for it in planned:
            for register in it.registers:
                wanted.setdefault(register.kind, set()).add(register.key)
            if not it.registers and it.line.user and it.line.course:
                wanted.setdefault(records.ENROLMENT, set()).add(key_of(it.line.course.id, it.line.user.id))
                wanted.setdefault(records.USER, set()).add(it.line.user.id)
        return {
            (kind, key): known
            for kind, keys in wanted.items()
            for key, known in records.load(session, self._site.id, kind, keys).items()
        }

    def _settle(self, it: Planned, known: Mapping[tuple[str, str], Known]) -> None:
        if it.notes and it.notes[0][0] == "repeated":
            return
        if not it.registers:
            self._settle_roster(it, known)
            return
        fates: set[Fate] = set()
        for register in it.registers:
            before = known.get((register.kind, register.key))
            if before is None:
                fates.add("create" if says_something(register) else "same")
            elif before.hash != records.digest(register.told()):
                fates.add("change")
                if is_fall(facts_of(before.value), register.facts):
                    it.notes.append(("fall", ""))
        it.fate = "change" if "change" in fates else "create" if "create" in fates else "same"

    def _settle_roster(self, it: Planned, known: Mapping[tuple[str, str], Known]) -> None:
        line = it.line
        if line.enrolment is None or line.course is None or line.user is None or not line.enrolment.active:
            return
        enrolment = known.get((records.ENROLMENT, key_of(line.course.id, line.user.id)))
        account = known.get((records.USER, line.user.id))
        if enrolment is None or account is None:
            it.fate = "create"
            return
        user = line.user
        told = {"idnumber": user.idnumber, "email": user.email, "name": user.fullname}
        access = seen.minute(line.enrolment.last_access_at)
        moved = any(text and account.value.get(name) != text for name, text in told.items())
        it.fate = "change" if moved or (access and enrolment.value.get("access") != access) else "same"

    def _refuse_owned(self, session: Session, planned: Sequence[Planned]) -> None:
        """A presence has one owner: where the place called its own roll at that time, its roll stands."""
        mine = [it for it in planned if it.line.session and it.line.user]
        if not mine:
            return
        names = {self._site.ifi(it.line.user.username or it.line.user.id): it for it in mine if it.line.user}
        persons: dict[str, UUID] = {}
        some = list(names)
        for start in range(0, len(some), 400):
            query = select(Agent.ifi, Agent.person_id).where(Agent.ifi.in_(some[start : start + 400]))
            persons |= {ifi: person for ifi, person in session.execute(query) if person}
        if not persons:
            return
        called = self._called(session, set(persons.values()), mine)
        for it in mine:
            user, meeting = it.line.user, it.line.session
            person = persons.get(self._site.ifi(user.username or user.id)) if user else None
            if person is None or meeting is None:
                continue
            ends = meeting.ends_at or meeting.starts_at
            own = next((row for row in called.get(person, ()) if _touch(row, meeting.starts_at, ends)), None)
            if own is not None:
                it.fate, it.notes, it.registers = "refuse", [("own_roll", own.title)], []

    def _called(self, session: Session, persons: set[UUID], planned: Sequence[Planned]) -> dict[UUID, list[Seance]]:
        zone = ZoneInfo(self._zone)
        days = {it.line.session.starts_at.astimezone(zone).date() for it in planned if it.line.session}
        query = select(Attendance.person_id, Seance).join(Seance, Seance.id == Attendance.seance_id)
        query = query.where(Attendance.person_id.in_(persons), Seance.day.in_(days), Attendance.presence != "absent")
        found: dict[UUID, list[Seance]] = {}
        for person, seance in session.execute(query):
            found.setdefault(person, []).append(seance)
        return found


def _touch(seance: Seance, starts: datetime, ends: datetime) -> bool:
    first, last = bounds(seance)
    return first < max(ends, starts) and starts < last


def _note(fault: Fault) -> Note:
    return fault.code, fault.said
