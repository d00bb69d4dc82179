"""Exports of a group: the grid, the hours, the attendance, as rows; and rows as CSV or XLSX files.

CSV is what spreadsheets of French offices open without a question: ``;`` between fields, UTF-8 with a byte order mark,
lines ended by CR LF. No cell is ever a formula, in either format (OWASP, "CSV injection").
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.access import Display
from hub.domain.path import Modality
from hub.domain.roles import Viewer
from hub.models.learning import Enrolment
from hub.models.person import Person
from hub.models.place import Attendance, Seance
from hub.models.river import PathStateRow
from hub.services import scope
from hub.services.attendance import current, overlaps_of, stay_of
from hub.services.grid import FOLLOWED
from hub.services.groups import GroupView
from hub.services.seances import halves_of
from hub.services.versions import document

Value = str | int | float | date | datetime | time | None
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMULA = re.compile(r"^[\s\x00]*[=+\-@\t\r\n]")
#: Characters that XML 1.0 cannot hold; a spreadsheet with one does not open.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to be written: ``title`` names the sheet, every row as long as ``head``."""

    title: str
    head: list[str]
    rows: list[list[Value]]


@dataclass(frozen=True, slots=True)
class HoursLine:
    """Minutes done by one learner on the activities of one modality and organisation. ``cut`` lie above the plan,
    ``elsewhere`` are counted by another enrolment."""

    name: str
    path: str
    modality: Modality
    minutes: int
    planned: int
    cut: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class AttendanceLine:
    """One presence as noted last. ``late`` and ``early`` in minutes; ``overlap`` tells that the person was noted at
    another séance at the same time."""

    day: date
    title: str
    half_day: str
    starts: time
    ends: time
    zone: str
    name: str
    presence: str
    mode: str
    arrived: time | None
    left: time | None
    minutes: int
    late: int
    early: int
    reason: str
    overlap: bool
    marked_at: datetime
    marked_by: str


def grid_cells(view: GroupView) -> list[tuple[str, list[Display | None], float, int]]:
    """(name, what each step shows, share 0..1, minutes) of each row of the view."""
    return [(row.name, view.displays(row), row.share, row.minutes) for row in view.rows]


def hours(session: Session, viewer: Viewer, group_id: UUID) -> list[HoursLine]:
    """Hours done by learner, path and modality. Raises NotFound."""
    scope.group_of(session, viewer, group_id)
    query = (
        select(Person.given_name, Person.family_name, Enrolment.version_id, PathStateRow.hours)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(PathStateRow, PathStateRow.enrolment_id == Enrolment.id)
        .where(Enrolment.group_id == group_id, Enrolment.state.in_(FOLLOWED))
        .order_by(Person.family_name, Person.given_name, Enrolment.id)
    )
    found = []
    for given, family, version, lines in session.execute(query):
        sums: dict[Modality, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for line in lines:
            total = sums[Modality(line["modality"])]
            total[3 if line["elsewhere"] else 0] += int(line["minutes"])
            total[1] += int(line["planned"])
            total[2] += int(line["cut"])
        title = document(session, version).title
        found += [HoursLine(f"{given} {family}".strip(), title, m, *sums[m]) for m in Modality if m in sums]
    return found


def attendance(session: Session, viewer: Viewer, group_id: UUID) -> list[AttendanceLine]:
    """Every presence noted at the group's séances, as it counts now, by day and name. Raises NotFound."""
    scope.group_of(session, viewer, group_id)
    rows = session.scalars(select(Seance).where(Seance.group_id == group_id)).all()
    seances = {s.id: s for s in rows}
    halves = {s.id: {h.key: h for h in halves_of(session, s)} for s in rows}
    noted = [a for a in current(session, seances).values() if a.half_day in halves[a.seance_id]]
    wanted = {a.person_id for a in noted} | {a.marked_by for a in noted if a.marked_by}
    people = {p.id: p for p in session.scalars(select(Person).where(Person.id.in_(wanted)))}
    twice = _twice(session, noted)
    lines = []
    for a in noted:
        seance, half = seances[a.seance_id], halves[a.seance_id][a.half_day]
        there, who = stay_of(half, a), people[a.person_id]
        marker = people.get(a.marked_by) if a.marked_by else None
        lines.append(
            (
                (seance.day, half.starts, who.family_name.casefold(), who.given_name.casefold(), a.id),
                AttendanceLine(
                    seance.day, seance.title, a.half_day, half.starts, half.ends, seance.zone, who.name, a.presence,
                    a.mode, a.arrived, a.left, a.minutes, there.late, there.early, a.reason,
                    (a.seance_id, a.person_id, a.half_day) in twice, a.marked_at, marker.name if marker else "",
                ),
            )
        )  # fmt: skip
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _twice(session: Session, noted: Sequence[Attendance]) -> set[tuple[UUID, UUID, str]]:
    found = overlaps_of(session, {a.person_id for a in noted})
    both = [p for o in found for p in (o.first, o.second)]
    return {(p.seance_id, p.person_id, p.half_day) for p in both}


def as_csv(sheet: Sheet) -> bytes:
    """The sheet as CSV. Decimal numbers have a comma, dates and times are ISO 8601."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([harmless(h) for h in sheet.head])
    writer.writerows([_text(v) for v in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet) -> bytes:
    """The sheet as XLSX: numbers, dates and times as such, header in bold and frozen."""
    book = Workbook(write_only=True)
    page: Any = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", sheet.title)[:31] or "1")
    page.freeze_panes = "B2"
    for number, head in enumerate(sheet.head, start=1):
        page.column_dimensions[get_column_letter(number)].width = min(40, max(10, len(head) + 2))
    page.append([_cell(page, harmless(h), bold=True) for h in sheet.head])
    for row in sheet.rows:
        page.append([_cell(page, v) for v in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def harmless(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula, and without control
    characters."""
    clean = _CONTROL.sub("", text)
    return f"'{clean}" if _FORMULA.match(clean) else clean


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".").replace(".", ",")
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _cell(page: Any, value: Any, *, bold: bool = False) -> Any:
    if isinstance(value, str):
        value = harmless(value)
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)  # a spreadsheet knows no zone: the caller gives local time
    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
