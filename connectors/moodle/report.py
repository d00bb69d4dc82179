"""The bulk door: a Report Builder report on the source "Course participants" (``core_reportbuilder_retrieve_report``).

The report is made once by the partner's administrator with at least *Course ID number* (or short name), one of
*Username*, *ID number*, *Email address*, and *Completed*, sorted. Its cells are what a person would read: words and
dates of a language and a zone, so the client forces English and UTC and this module reads by the names of the
columns, never by place. Enrolment methods without people give rows without a person; they are skipped.
"""

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from connectors.errors import DataDrift
from connectors.moodle.client import warnings
from connectors.moodle.encoding import Value
from connectors.moodle.names import plain
from connectors.moodle.values import identifier, number, text
from connectors.records import CourseCompletion, CourseRef, Notice, Page, UserRef
from connectors.values import items, mapping, optional_text

REPORT_PAGE = 1000
PARTICIPANTS = "participants"
_COURSE = ("Course ID number", "Course short name")
_USER = ("Username", "ID number", "Email address")
_COMPLETED = {"Yes": True, "No": False, "": None}
_STATUS = {"Active": True, "Suspended": False, "Not current": False, "": None}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DATE = re.compile(r"(?:\w+, )?(\d{1,2}) (\w+) (\d{4}), (\d{1,2}):(\d{2}) (AM|PM)")
_MINUTE = timedelta(minutes=1)
_HARMLESS = ("user:suspended", "user:confirmed", "user:deleted", "enrolment:status")
Row = Mapping[str, str]


def params(report_id: str, page: int, perpage: int = REPORT_PAGE) -> dict[str, Value]:
    """Parameters for one page of the report."""
    return {"reportid": report_id, "page": page, "perpage": perpage}


class Unreadable(ValueError):
    """A cell has another form than English words and dates."""


def parse_date(cell: str, zone: tzinfo = UTC) -> datetime | None:
    """``Monday, 23 November 2026, 11:06 AM`` in ``zone`` as aware UTC; None for an empty cell and ``Never``."""
    if cell in ("", "Never", "-"):
        return None
    found = _DATE.fullmatch(cell)
    if found is None or found[2] not in _MONTHS:
        raise Unreadable("date")
    hour = int(found[4]) % 12 + (12 if found[6] == "PM" else 0)
    try:
        local = datetime(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]), hour, int(found[5]), tzinfo=zone)
    except ValueError:
        raise Unreadable("date") from None
    return local.astimezone(UTC)


def total_rows(payload: Any) -> int:
    """Rows of the whole report, those of other pages included."""
    data = mapping(mapping(payload, "report").get("data"), "data")
    total = number(data, "totalrowcount")
    if total is None:
        raise DataDrift("report: totalrowcount is due")
    return int(total)


def headers_of(payload: Any) -> list[str]:
    """The names of the columns."""
    return [str(header) for header in mapping(mapping(payload, "report").get("data"), "data").get("headers") or []]


def candidates(payload: Any) -> list[str]:
    """Numbers of the reports in a list that are made on *Course participants* and leave no learner out by a condition,
    the oldest first.
    """
    found = []
    for one in items(mapping(payload, "reports").get("reports"), "reports"):
        if text(one, "source").endswith(PARTICIPANTS) and _leaves_nobody_out(optional_text(one, "conditiondata")):
            found.append(identifier(one, "id"))
    return sorted(found, key=int)


def _leaves_nobody_out(conditions: str | None) -> bool:
    """Whether the conditions are none, or those that Moodle itself puts on a new report (closed accounts)."""
    try:
        told = json.loads(conditions or "{}")
    except ValueError:
        return False
    return not told or (isinstance(told, dict) and all(name.startswith(_HARMLESS) for name in told))


def lacks(headers: Collection[str]) -> list[str]:
    """The columns that a report needs and has not; alternatives are joined by ``or``."""
    needed = (_COURSE, _USER, ("Completed",))
    return [" or ".join(choice) for choice in needed if not any(name in headers for name in choice)]


def parse_report(payload: Any, zone: tzinfo = UTC) -> Page[CourseCompletion]:
    """One page of the report. Raises :class:`DataDrift` when it is another report or lacks a needed column."""
    answer = mapping(payload, "report")
    source = text(mapping(answer.get("details"), "details"), "source")
    if not source.endswith(PARTICIPANTS):
        raise DataDrift("report: the source must be Course participants")
    data = mapping(answer.get("data"), "data")
    headers = headers_of(payload)
    # Names in another language mean that the site ignores the forced one.
    if missing := lacks(headers):
        raise DataDrift(f"report: a column {missing[0]} is due")
    found: list[CourseCompletion] = []
    notices = list(warnings(payload))
    for index, row in enumerate(items(data.get("rows"), "rows")):
        cells = {header: str(cell or "") for header, cell in zip(headers, row.get("columns") or [], strict=False)}
        if not any(cells.get(name) for name in _USER):
            continue
        try:
            found.append(_record(cells, zone))
        except Unreadable as fault:
            notices.append(Notice("unreadable", f"report row {index}", f"{fault} in an unknown form"))
    return Page(tuple(found), tuple(notices))


def _record(cells: Row, zone: tzinfo) -> CourseCompletion:
    completed = _word(cells, "Completed", _COMPLETED)
    return CourseCompletion(
        course=CourseRef(
            idnumber=cells.get("Course ID number") or None, shortname=plain(cells.get("Course short name", "")) or None
        ),
        user=UserRef(
            username=cells.get("Username") or None,
            idnumber=cells.get("ID number") or None,
            email=cells.get("Email address") or None,
        ),
        completed=completed,
        completed_at=parse_date(cells.get("Time completed", ""), zone) if completed else None,
        precision=_MINUTE,
        progress=_percent(cells.get("Student progress", "")),
        grade=_points(cells.get("Grade", "")),
        last_access_at=parse_date(cells.get("Last access to course", ""), zone),
        active=_word(cells, "Status", _STATUS),
    )


def _word(cells: Row, name: str, words: Mapping[str, bool | None]) -> bool | None:
    cell = cells.get(name, "")
    if cell not in words:
        raise Unreadable(name)
    return words[cell]


def _percent(cell: str) -> float | None:
    if not cell:
        return None
    value = _points(cell.removesuffix("%").strip())
    if value is None or not cell.endswith("%"):
        raise Unreadable("Student progress")
    return min(max(round(value / 100.0, 6), 0.0), 1.0)


def _points(cell: str) -> float | None:
    if cell in ("", "-"):
        return None
    if not re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", cell):
        raise Unreadable("Grade")
    return float(cell)
