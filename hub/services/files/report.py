"""An import as people see it: figures, and one page of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hub.models.files import FileImport, FileImportLine
from hub.models.platforms import Platform
from hub.services.files import intake
from hub.services.files.plan import FATES, Fate, Note

KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LineReport:
    """One line: its number in the file, who, what becomes of it, and why."""

    number: int
    who: str
    fate: Fate
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class FileReport:
    """An import as it stands. ``counts``: lines by fate, of what was written, or before that of what would be;
    ``to_link`` people whom nobody of the place is yet; ``falls`` results that go down."""

    row: FileImport
    platform: str
    counts: Mapping[Fate, int]
    to_link: int
    falls: int
    lines: tuple[LineReport, ...]
    more: bool

    @property
    def total(self) -> int:
        """Lines looked at when the file was checked."""
        return sum(int(self.row.planned.get(fate, 0)) for fate in FATES)

    @property
    def writable(self) -> int:
        """Lines that would be written."""
        return self.counts["create"] + self.counts["change"]


def report_of(session: Session, import_id: UUID, only: str = "", page: int = 0, size: int = 200) -> FileReport:
    """The report of an import; pages count from 0. Raises NotFound."""
    row = intake.find(session, import_id)
    name = session.scalar(select(Platform.name).where(Platform.id == row.platform_id)) or ""
    counts = row.written if row.state in (intake.APPLYING, intake.DONE) else row.planned
    query = select(FileImportLine).where(FileImportLine.import_id == import_id)
    if only in FATES:
        query = query.where(FileImportLine.fate == only)
    found = session.scalars(query.order_by(FileImportLine.number).offset(page * size).limit(size + 1)).all()
    return FileReport(
        row,
        name,
        {fate: int(counts.get(fate, 0)) for fate in FATES},
        int(counts.get("to_link", 0)),
        int(counts.get("fall", 0)),
        tuple(_line(it) for it in found[:size]),
        len(found) > size,
    )


def every_line(session: Session, import_id: UUID) -> Iterator[LineReport]:
    """All lines of a report that have something to say, by number. Raises NotFound."""
    intake.find(session, import_id)
    number = 0
    while True:
        query = select(FileImportLine).where(FileImportLine.import_id == import_id, FileImportLine.number > number)
        some = session.scalars(query.order_by(FileImportLine.number).limit(1000)).all()
        yield from (_line(it) for it in some)
        if not some:
            return
        number = some[-1].number


def _line(row: FileImportLine) -> LineReport:
    fate: Fate = next((it for it in FATES if it == row.fate), "refuse")
    return LineReport(row.number, row.who, fate, tuple((str(code), str(said)) for code, said in row.notes))


def recent(session: Session, platform_id: UUID, limit: int = 10) -> list[FileImport]:
    """The latest files of a platform, the newest first."""
    query = select(FileImport).where(FileImport.platform_id == platform_id)
    return list(session.scalars(query.order_by(FileImport.id.desc()).limit(limit)))


def forget_old(session: Session, now: datetime) -> int:
    """Forget files and lines 30 days after they came; the figures stay. Gives how many files."""
    old = select(FileImport).where(FileImport.created_at < now - KEPT, FileImport.sha256 != "")
    rows = list(session.scalars(old.limit(100)))
    for row in rows:
        row.sha256 = ""
        if row.state not in (intake.DONE, intake.DROPPED):
            row.state, row.ended_at = intake.DROPPED, now
        session.execute(delete(FileImportLine).where(FileImportLine.import_id == row.id))
    return len(rows)
