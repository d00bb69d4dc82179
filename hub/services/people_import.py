"""Importing a list of people: checked first, looked at, then written in short units by a job that anybody may leave.

A checked file is a job that waits for a human. Its payload holds the lines until the queue's housekeeping removes the
row; its progress holds one letter a line (``c``reate, ``u``pdate, ``s``ame, ``r``efuse) and the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.person import GroupMember, Person
from hub.models.platforms import Job
from hub.services import jobs, people
from hub.services.clock import place_zone
from hub.services.enrolments import enrol
from hub.services.errors import Conflict, NotFound
from hub.services.jobs import Reporter
from hub.services.journal import record
from hub.services.people_import_plan import Fate, Line, Note, Plan, doubles, namesakes, plan
from hub.services.people_import_read import Sheet
from hub.services.projection import project_dirty
from hub.services.roles import grant_role

IMPORT_JOB: Final = "import_people"
LANE: Final = "import:people"
UNIT: Final = 40
"""Lines of one writing unit: with role, group, enrolment and journal, fewer than the 500 rows of DESIGN section 6."""
_CHECKED: Final = 400
LETTERS: Final[Mapping[Fate, str]] = {"create": "c", "change": "u", "same": "s", "refuse": "r"}
FATES: Final[Mapping[str, Fate]] = {letter: fate for fate, letter in LETTERS.items()}


def check(tenant: TenantDatabase, sheet: Sheet, today: date) -> list[Plan]:
    """What would become of every line, looked up in short reading units; nothing is written."""
    repeated, found = doubles(sheet.lines), []
    with tenant.read() as session:
        alike = namesakes(session)
    for start in range(0, len(sheet.lines), _CHECKED):
        with tenant.read() as session:
            found += plan(session, sheet.lines[start : start + _CHECKED], repeated, alike, today)
    return found


def keep(session: Session, name: str, sheet: Sheet, plans: Sequence[Plan], *, by: UUID, now: datetime) -> UUID:
    """Keep a checked file as a job that waits for ``confirm``; gives its id."""
    lines = [[number, dict(cells)] for number, cells in sheet.lines]
    payload = {"name": name[:120], "lines": lines, "by": str(by), "ignored": list(sheet.ignored)}
    row = Job(
        id=new_id(),
        kind=IMPORT_JOB,
        lane=LANE,
        payload=payload,
        state=jobs.WAITING,
        due_at=now,
        max_attempts=jobs.DEFAULT_ATTEMPTS,
        progress={"total": len(lines), "planned": _letters(plans), "planned_notes": _notes(plans)},
        created_at=now,
        created_by=by,
    )
    session.add(row)
    session.flush()
    return row.id


def confirm(session: Session, job_id: UUID, *, by: UUID, now: datetime) -> None:
    """Have a checked file written. Raises NotFound, Conflict (``import_not_waiting``)."""
    row = _find(session, job_id, lock=True)
    if row.state != jobs.WAITING:
        raise Conflict("import_not_waiting")
    jobs.resend(session, Job, job_id, now=now)
    record(session, now, by, "people.imported", "job", job_id, file=row.payload["name"], lines=row.progress["total"])


def give_up(session: Session, job_id: UUID, *, now: datetime) -> None:
    """Leave a checked file unwritten; its lines are forgotten at once. Raises NotFound, Conflict."""
    row = _find(session, job_id, lock=True)
    if row.state != jobs.WAITING or not jobs.cancel(session, Job, job_id, now=now):
        raise Conflict("import_not_waiting")
    row.payload = {**row.payload, "lines": []}
    row.progress = {"total": row.progress["total"]}


def write(
    tenant: TenantDatabase,
    payload: Mapping[str, Any],
    progress: Mapping[str, Any],
    report: Reporter,
    clock: Callable[[], datetime],
) -> None:
    """Write the lines that are not written yet, some in each unit. Every line is looked at again before, for the
    place may have changed since it was checked. ``progress``: what an attempt before this one left."""
    lines: list[Line] = [(int(number), cells) for number, cells in payload["lines"]]
    repeated, by = doubles(lines), UUID(payload["by"])
    done, written = int(progress.get("done", 0)), str(progress.get("written", ""))
    notes: dict[str, Any] = dict(progress.get("written_notes", {}))
    # Read once for all the units: namesakes within the file itself are in ``repeated``.
    with tenant.read() as session:
        alike = namesakes(session)
    while done < len(lines):
        report.check()
        some = lines[done : done + UNIT]
        with report.step() as step:
            now = clock()
            plans = plan(step.session, some, repeated, alike, now.astimezone(place_zone(step.session)).date())
            for one in plans:
                _apply(step.session, one, by, now)
            done, written, notes = done + len(some), written + _letters(plans), notes | _notes(plans)
            step.progress({"done": done}, done=done, written=written, written_notes=notes)
    project_dirty(tenant)


def _apply(session: Session, one: Plan, by: UUID, now: datetime) -> None:
    if one.data is None or one.fate in ("refuse", "same"):
        return
    if one.person_id is None:
        person = Person(**people.columns(one.data), created_at=now)
        session.add(person)
        session.flush()
        grant_role(session, person.id, "learner", now, by=by)
        record(session, now, by, "person.created", "person", person.id, line=one.number)
    else:
        person = session.get_one(Person, one.person_id)
        fields = people.put(person, one.data)
        if fields:
            record(session, now, by, "person.changed", "person", person.id, fields=fields, line=one.number)
    today = now.astimezone(place_zone(session)).date()
    if one.group:
        session.add(GroupMember(group_id=one.group.id, person_id=person.id, since=today))
        record(session, now, by, "group.joined", "person", person.id, group=one.group.name)
    if one.version:
        organisation = one.group.organisation_id if one.group else None
        group = one.group.id if one.group else None
        enrol(
            session, person.id, one.version.id, by=by, now=now, entered_on=today, group_id=group,
            organisation_id=organisation,
        )  # fmt: skip
    session.flush()


def _letters(plans: Sequence[Plan]) -> str:
    return "".join(LETTERS[one.fate] for one in plans)


def _notes(plans: Sequence[Plan]) -> dict[str, list[list[str]]]:
    return {str(one.number): [list(note) for note in one.notes] for one in plans if one.notes}


@dataclass(frozen=True, slots=True)
class LineReport:
    """One line: its number in the file, who, what happens (or happened) to it, and why."""

    number: int
    name: str
    fate: Fate
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """An import as it stands. ``planned`` and ``written`` count lines by fate; ``lines`` is one page of what was done,
    or before it is confirmed of what would be done, those of ``only`` where one fate is asked for."""

    id: UUID
    file: str
    state: str
    at: datetime
    total: int
    done: int
    ignored: tuple[str, ...]
    planned: Mapping[Fate, int]
    written: Mapping[Fate, int]
    lines: tuple[LineReport, ...]
    more: bool


def report_of(session: Session, job_id: UUID, only: str = "", page: int = 0, size: int = 200) -> ImportReport:
    """The report of an import; pages count from 0. Raises NotFound."""
    row = _find(session, job_id)
    progress = row.progress
    planned, written = str(progress.get("planned", "")), str(progress.get("written", ""))
    letters, notes = planned, progress.get("planned_notes", {})
    if written:
        letters, notes = written, progress.get("written_notes", {})
    wanted = [
        _line(int(number), cells, FATES[letter], notes)
        for (number, cells), letter in zip(row.payload["lines"], letters, strict=False)
        if not only or FATES[letter] == only
    ]
    shown = wanted[page * size : (page + 1) * size]
    return ImportReport(
        job_id,
        str(row.payload["name"]),
        row.state,
        row.created_at,
        int(progress.get("total", 0)),
        int(progress.get("done", 0)),
        tuple(row.payload.get("ignored", ())),
        {fate: planned.count(letter) for letter, fate in FATES.items()},
        {fate: written.count(letter) for letter, fate in FATES.items()},
        tuple(shown),
        len(wanted) > (page + 1) * size,
    )


def _line(number: int, cells: Mapping[str, str], fate: Fate, notes: Mapping[str, Any]) -> LineReport:
    name = f"{cells.get('given_name', '')} {cells.get('family_name', '')}".strip()
    return LineReport(
        number, name or cells.get("email", ""), fate, tuple((a, b) for a, b in notes.get(str(number), ()))
    )


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An import in the list."""

    id: UUID
    file: str
    state: str
    at: datetime
    total: int
    done: int


def recent(session: Session, limit: int = 10) -> list[ImportLine]:
    """The latest imports, the newest first."""
    query = select(Job).where(Job.kind == IMPORT_JOB).order_by(Job.id.desc()).limit(limit)
    return [
        ImportLine(
            row.id,
            str(row.payload["name"]),
            row.state,
            row.created_at,
            int(row.progress.get("total", 0)),
            int(row.progress.get("done", 0)),
        )
        for row in session.scalars(query)
    ]


def _find(session: Session, job_id: UUID, *, lock: bool = False) -> Job:
    row = session.get(Job, job_id, with_for_update=lock)
    if row is None or row.kind != IMPORT_JOB:
        raise NotFound(job=str(job_id))
    return row
