"""The two passes over a file, each a job that goes on where it was cut off: checking it, then writing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from connectors.files import Line
from hub.db.blobs import BlobStore
from hub.db.uow import TenantDatabase
from hub.domain.translate.lms import KINDS
from hub.models.files import FileImportLine
from hub.services import platforms, remote_catalogue
from hub.services import remote_records as records
from hub.services.errors import Conflict
from hub.services.files import intake
from hub.services.files.intake import FileRefused
from hub.services.files.people import keep_aliases
from hub.services.files.plan import Planned, Planner
from hub.services.jobs import Reporter
from hub.services.journal import record
from hub.services.projection import project_dirty
from hub.services.remote_site import Site, site_of
from hub.services.seances import lunch_of
from hub.services.sync import people, registers

UNIT: Final = 50
"""Lines of one unit: with what hangs on them fewer than the 500 rows of DESIGN section 6."""
LOST: Final = ("file_gone",)
Clock = Callable[[], datetime]


def check(tenant: TenantDatabase, blobs: BlobStore, import_id: UUID, report: Reporter, clock: Clock) -> None:
    """Look at every line; the report then waits for a person. Done twice it does the same."""
    _pass(tenant, blobs, import_id, report, clock, intake.CHECKING)


def apply(tenant: TenantDatabase, blobs: BlobStore, import_id: UUID, report: Reporter, clock: Clock) -> None:
    """Write the lines that are not written yet. Each is looked at again before, for the place may have changed."""
    _pass(tenant, blobs, import_id, report, clock, intake.APPLYING)


def confirm(session: Session, import_id: UUID, *, by: UUID, now: datetime) -> None:
    """Have a checked file written. Raises NotFound, Conflict (``file_not_waiting``)."""
    row = intake.find(session, import_id, lock=True)
    if row.state != intake.CHECKED:
        raise Conflict("file_not_waiting")
    row.state, row.done, row.written = intake.APPLYING, 0, {}
    session.execute(delete(FileImportLine).where(FileImportLine.import_id == import_id))
    record(session, now, by, "file.confirmed", "platform", row.platform_id, file=row.name, lines=_total(row.planned))
    intake.enqueue(session, intake.APPLY_JOB, row, by=by, now=now)


def give_up(session: Session, import_id: UUID, *, by: UUID, now: datetime) -> None:
    """Leave a file unwritten: it and its lines are forgotten at once. Raises NotFound, Conflict."""
    row = intake.find(session, import_id, lock=True)
    if row.state not in (intake.MAPPING, intake.CHECKED, intake.REFUSED):
        raise Conflict("file_not_waiting")
    row.state, row.sha256, row.ended_at = intake.DROPPED, "", now
    session.execute(delete(FileImportLine).where(FileImportLine.import_id == import_id))


def _pass(
    tenant: TenantDatabase, blobs: BlobStore, import_id: UUID, report: Reporter, clock: Clock, state: str
) -> None:
    with tenant.read() as session:
        row = intake.find(session, import_id)
        platform, lunch = platforms.find(session, row.platform_id), lunch_of(session)
    if row.state != state:
        return
    site, writes = site_of(platform), state == intake.APPLYING
    planner = Planner(site, str(platform.settings.get("zone") or "Europe/Paris"), lunch)
    titles = _Titles()
    try:
        with intake.opened(tenant, blobs, row, platform) as reader:
            number = 0
            for lines in _units(reader.lines(row.mapping)):
                report.check()
                number += len(lines)
                if number <= row.done:  # done by an attempt before this one: only what was said is remembered
                    with tenant.read() as session:
                        titles.take(planner.look(session, lines))
                    continue
                _unit(report, import_id, site, planner, titles, lines, number, clock(), writes=writes)
                if writes:
                    project_dirty(tenant)
    except FileRefused as refused:
        with report.step() as step:
            _refuse(step.session, import_id, refused, clock())
        return
    with report.step() as step:
        _end(step.session, import_id, clock(), writes=writes)


def _units(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while some := list(islice(lines, UNIT)):
        yield some


def _unit(
    report: Reporter,
    import_id: UUID,
    site: Site,
    planner: Planner,
    titles: _Titles,
    lines: Sequence[Line],
    number: int,
    now: datetime,
    *,
    writes: bool,
) -> None:
    with report.step() as step:
        session = step.session
        planned = planner.look(session, lines)
        if writes:
            _write(session, site, titles.take(planned), planned, now)
        row = intake.find(session, import_id)
        counts = Counter(it.fate for it in planned) + Counter(code for it in planned for code in _counted(it))
        so_far = row.written if writes else row.planned
        total = {**so_far, **{name: int(so_far.get(name, 0)) + n for name, n in counts.items()}}
        row.done = number
        if writes:
            row.written = total
        else:
            row.planned = total
        session.add_all(_told(import_id, it) for it in planned if it.fate != "same" or it.notes)
        step.progress({"done": number}, done=number)


def _counted(it: Planned) -> list[str]:
    return [code for code in ("to_link", "fall") if any(note[0] == code for note in it.notes)]


def _told(import_id: UUID, it: Planned) -> FileImportLine:
    notes = [[code, said] for code, said in it.notes]
    return FileImportLine(
        import_id=import_id, number=it.line.number, fate=it.fate, who=it.line.name[:120], notes=notes
    )  # fmt: skip


class _Titles:
    """The first title that a file gives a course or an activity counts: one that changes on the way would be written
    anew at each import."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def take(self, planned: Sequence[Planned]) -> list[Line]:
        """Lines that bring a course or an activity not met before."""
        fresh = []
        for it in planned:
            line = it.line
            named = [one.id for one in (line.course, line.module) if one is not None]
            if (not line.faults or line.user is None) and any(name not in self._known for name in named):
                fresh.append(line)
                self._known.update(named)
        return fresh


def _write(session: Session, site: Site, fresh: Sequence[Line], planned: Sequence[Planned], now: datetime) -> None:
    courses = {line.course.id: line.course for line in fresh if line.course}
    modules = {line.module.id: line.module for line in fresh if line.module}
    remote_catalogue.put_courses(session, site, list(courses.values()), now)
    remote_catalogue.put_modules(session, site, list(modules.values()), now)
    moved = [it for it in planned if it.fate in ("create", "change")]
    known = records.load(session, site.id, records.USER, {it.line.user.id for it in moved if it.line.user})
    enrolments = []
    for it in moved:
        one = it.line.enrolment
        if one is None or not one.active:
            continue
        value = known[one.user.id].value if it.registers and one.user.id in known else {}
        # A file of results may write a name otherwise than the list of who is enrolled, whose affair names are.
        user = replace(
            one.user,
            fullname=value.get("name") or one.user.fullname,
            email=value.get("email") or one.user.email,
            idnumber=value.get("idnumber") or one.user.idnumber,
        )
        enrolments.append(replace(one, user=user))
    people.put_roster(session, site, enrolments, now)
    keep_aliases(session, site, [one.user for one in enrolments], now)
    told = [register for it in moved for register in it.registers]
    for kind in KINDS:
        some = {it.key: it for it in told if it.kind == kind}
        before = records.load(session, site.id, kind, some)
        differ = [it for key, it in some.items()
                  if key not in before or before[key].hash != records.digest(it.told())]  # fmt: skip
        registers.write(session, site, kind, differ, before, now)


def _end(session: Session, import_id: UUID, now: datetime, *, writes: bool) -> None:
    row = intake.find(session, import_id)
    row.state = intake.DONE if writes else intake.CHECKED
    if writes:
        row.ended_at = now
        platform = platforms.find(session, row.platform_id)
        platform.last_read_at, platform.last_error = now, None


def _refuse(session: Session, import_id: UUID, refused: FileRefused, now: datetime) -> None:
    row = intake.find(session, import_id)
    details: dict[str, Any] = dict(refused.details)
    row.state, row.error = intake.REFUSED, {"code": refused.code, "at": now.isoformat(), **details}


def _total(counts: dict[str, Any]) -> int:
    return sum(int(counts.get(fate, 0)) for fate in ("create", "change", "same", "refuse"))
