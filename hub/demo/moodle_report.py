"""The three Report Builder reports of the double, cells as Moodle writes them for a person to read (English)."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from hub.demo.moodle_records import recorded
from hub.demo.moodle_state import Course, MoodleState, Person

WITH_PROGRESS, WITHOUT_PROGRESS, RECENT = 1, 2, 3
_RECORDED = {
    WITH_PROGRESS: "reportbuilder_enrolments_completion",
    WITHOUT_PROGRESS: "reportbuilder_completion_no_progress",
    RECENT: "reportbuilder_completed_last_2_days",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Each enrolment method without people of its own gives a row without a person.
_EMPTY_METHODS = 2
Cells = list[str | None]


def in_words(when: datetime | None, zone: tzinfo, never: str = "") -> str:
    """``Monday, 23 November 2026, 11:06 AM`` in ``zone``."""
    if when is None:
        return never
    local = when.astimezone(zone)
    hour, half = local.hour % 12 or 12, "PM" if local.hour >= 12 else "AM"
    day = f"{_DAYS[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day}, {hour}:{local.minute:02d} {half}"


def answer(state: MoodleState, report: int, page: int, perpage: int, zone: tzinfo) -> Any:
    """The answer of ``core_reportbuilder_retrieve_report``; ``perpage`` 0 gives all rows. Raises ``KeyError``."""
    form = recorded(_RECORDED[report], state)
    rows = [cells for course in _in_order(state) for cells in _rows(state, course, report, zone)]
    shown = rows[page * perpage : (page + 1) * perpage] if perpage else rows
    form["data"] |= {"rows": [{"columns": cells} for cells in shown], "totalrowcount": len(rows)}
    return form


def _in_order(state: MoodleState) -> list[Course]:
    return sorted(state.courses.values(), key=lambda course: course.idnumber)


def _rows(state: MoodleState, course: Course, report: int, zone: tzinfo) -> list[Cells]:
    members = sorted(state.members(course.id), key=lambda person: person.username)
    if report == RECENT:
        since = state.now() - timedelta(days=2)
        recent = [(one, state.completed_at(one.id, course.id)) for one in members]
        return [[course.idnumber, one.username, in_words(at, zone)] for one, at in recent if at and at >= since]
    if report == WITHOUT_PROGRESS:
        empty: Cells = [course.idnumber, "", "", "", "", ""]
    else:
        empty = [course.idnumber, "", "", "", None, "", "", "", "", ""]
    return [list(empty) for _ in range(_EMPTY_METHODS)] + [_row(state, course, one, report, zone) for one in members]


def _row(state: MoodleState, course: Course, person: Person, report: int, zone: tzinfo) -> Cells:
    completed_at = state.completed_at(person.id, course.id)
    began = state.last_access(person.id, course.id) is not None
    completed = "Yes" if completed_at else "No" if began and person.role == "student" else ""
    marks = [mark for module in course.modules if (mark := state.mark(person.id, module.id)) is not None]
    grade = f"{sum(mark.raw for mark in marks):.2f}" if marks else ""
    names: Cells = [course.idnumber, person.idnumber, person.username]
    result: Cells = [completed, in_words(completed_at, zone)]
    if report == WITHOUT_PROGRESS:
        return [*names, *result, grade]
    progress = f"{state.progress(person.id, course.id) or 0.0:.1f}%"
    access = in_words(state.last_access(person.id, course.id), zone, never="Never")
    return [*names, person.email, "Active", *result, progress, grade, access]
