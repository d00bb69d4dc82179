"""The four Report Builder reports of the double, cells as Moodle writes them for a person to read (English)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from itertools import chain, islice
from typing import Any

from hub.demo.moodle_records import recorded
from hub.demo.moodle_state import Course, MoodleState, Person

WITH_PROGRESS, WITHOUT_PROGRESS, RECENT, USUAL = 1, 2, 3, 4
#: The report that the hub asks partners for, which was not among the recorded ones: their cells in another order.
USUAL_HEADERS = [
    "Course short name",
    "Course ID number",
    "Username",
    "ID number",
    "Completed",
    "Time completed",
    "Grade",
    "Last access to course",
]
_RECORDED = {
    WITH_PROGRESS: "reportbuilder_enrolments_completion",
    WITHOUT_PROGRESS: "reportbuilder_completion_no_progress",
    RECENT: "reportbuilder_completed_last_2_days",
    USUAL: "reportbuilder_completion_no_progress",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Each enrolment method without people of its own gives a row without a person.
_EMPTY_METHODS = 2
Cells = list[str | None]
Part = tuple[int, Callable[[], Iterator[Cells]]]


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
    parts = [_recent(state, zone)] if report == RECENT else _parts(state, report, zone)
    total = sum(size for size, _ in parts)
    start, end = (page * perpage, (page + 1) * perpage) if perpage else (0, total)
    if report == USUAL:
        form["data"]["headers"] = USUAL_HEADERS
        form["details"] |= {"id": USUAL, "name": "Hub: suivi"}
    form["data"] |= {"rows": [{"columns": cells} for cells in _slice(parts, start, end)], "totalrowcount": total}
    return form


def _slice(parts: list[Part], start: int, end: int) -> Iterator[Cells]:
    """Rows ``start`` to ``end`` of the whole, without making the rows of the other pages."""
    for size, rows in parts:
        if start < size and end > 0:
            yield from islice(rows(), max(start, 0), end)
        start, end = start - size, end - size


def _recent(state: MoodleState, zone: tzinfo) -> Part:
    since = state.now() - timedelta(days=2)
    rows: list[Cells] = [
        [course.idnumber, person.username, in_words(at, zone)]
        for course in _in_order(state)
        for person in _by_name(state, course)
        if (at := state.completed_at(person.id, course.id)) is not None and at >= since
    ]
    return len(rows), lambda: iter(rows)


def _parts(state: MoodleState, report: int, zone: tzinfo) -> list[Part]:
    """The rows of each course in order: first those without a person, then people by user name."""

    def part(course: Course) -> Part:
        if report == USUAL:
            members = _by_name(state, course)
            return len(members), lambda: (_usual(state, course, person, zone) for person in members)
        blank: Cells = ["", "", "", "", ""] if report == WITHOUT_PROGRESS else ["", "", "", None, "", "", "", "", ""]
        empty: list[Cells] = [[course.idnumber, *blank] for _ in range(_EMPTY_METHODS)]
        size = _EMPTY_METHODS + len(state.members(course.id))
        people = (_row(state, course, person, report, zone) for person in _by_name(state, course))
        return size, lambda: chain(empty, people)

    return [part(course) for course in _in_order(state)]


def _usual(state: MoodleState, course: Course, person: Person, zone: tzinfo) -> Cells:
    row = _row(state, course, person, WITHOUT_PROGRESS, zone)
    access = in_words(state.last_access(person.id, course.id), zone, never="Never")
    return [course.shortname, course.idnumber, person.username, person.idnumber, *row[3:], access]


def _in_order(state: MoodleState) -> list[Course]:
    return sorted(state.courses.values(), key=lambda course: course.idnumber)


def _by_name(state: MoodleState, course: Course) -> list[Person]:
    return sorted(state.members(course.id), key=lambda person: person.username)


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
