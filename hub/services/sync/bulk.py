"""The report that tells everybody's course completion: it also shows who moved, who is new, and new courses.

Rows name courses and people by names, not by ids. A row that fits nobody known makes the roster of its course read
again, one of an unknown course the list of courses, both at most once a run. What still fits nobody (a trainer, who was
erased, a name that two have) is remembered by a digest, so that it is not asked about at every reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from connectors.capabilities import BulkCourseCompletions
from connectors.records import CourseCompletion, Notice, Page
from hub.domain.translate.lms import course_completion
from hub.services import remote_records as records
from hub.services.remote_records import Known
from hub.services.sync import seen
from hub.services.sync.references import References
from hub.services.sync.seen import OTHER, Row
from hub.services.sync.writing import Writer

STEP = "4-completions"


class BulkReading:
    """One pass over the report. ``list_courses`` and ``call_roster`` read what a row shows to be new."""

    def __init__(self, writer: Writer, list_courses: Callable[[], None], call_roster: Callable[[str], None]) -> None:
        self._writer = writer
        self._list_courses, self._call_roster = list_courses, call_roster
        self._listed = False
        self._called: set[str] = set()
        self._passed: set[str] = set()
        self.told_progress = False

    def perform(self, connector: BulkCourseCompletions, *, thorough: bool, waiting: Iterable[str] = ()) -> None:
        """Read all pages; rows of courses in ``waiting`` are left alone. Raises ConnectorError."""
        left_alone = set(waiting)
        self._refresh()
        for page in connector.all_course_completions(thorough=thorough):
            self._writer.report.check()
            rows = [row for row in self._resolved(page) if row.course not in left_alone]
            self.told_progress = self.told_progress or any(row.record.progress is not None for row in rows)
            self._write(rows, page.notices)

    def _write(self, rows: Sequence[Row], notices: Sequence[Notice]) -> None:
        def put(session: Session, now: datetime) -> dict[str, int]:
            moved = seen.put_rows(session, self._writer.site, rows, now)
            return {"changed": moved.changed, "back": moved.back, "read": len(rows)}

        self._writer.unit(STEP, put)
        found = {row.key: course_completion(row.record, row.course, row.user) for row in rows
                 if row.record.completed is not None}  # fmt: skip
        self._writer.observe(STEP, list(found.values()), notices)

    def _refresh(self) -> None:
        with self._writer.tenant.read() as session:
            self._references = References.of(session, self._writer.site.id)
            self._passed = {it.key for it in records.every(session, self._writer.site.id, OTHER)}

    def _resolved(self, page: Page[CourseCompletion]) -> list[Row]:
        rows, strange = self._match(page.items)
        strange = [it for it in strange if it.active is not False and _digest(it) not in self._passed]
        if strange and self._look_closer(strange):
            rows, strange = self._match(page.items)
            strange = [it for it in strange if it.active is not False and _digest(it) not in self._passed]
        if strange:
            self._pass_over(strange)
        return rows

    def _match(self, items: Sequence[CourseCompletion]) -> tuple[list[Row], list[CourseCompletion]]:
        rows, strange = [], []
        for record in items:
            course, user = self._references.course(record.course), self._references.user(record.user)
            if course and user:
                rows.append(Row(course, user, record))
            else:
                strange.append(record)
        return rows, strange

    def _look_closer(self, strange: Sequence[CourseCompletion]) -> bool:
        """Read the list of courses, or rosters, because of rows that fit nothing; True when something was read."""
        looked = False
        if not self._listed and any(self._references.course(it.course) is None for it in strange):
            self._listed = looked = True
            self._list_courses()
            self._refresh()
        courses = {course for it in strange if (course := self._references.course(it.course))}
        for course in sorted(courses - self._called):
            self._called.add(course)
            self._call_roster(course)
            looked = True
        if looked:
            self._refresh()
        return looked

    def _pass_over(self, strange: Sequence[CourseCompletion]) -> None:
        keys = {_digest(it) for it in strange}
        self._passed |= keys
        ambiguous = sorted({it.course.idnumber or it.course.shortname or "" for it in strange
                            if self._references.is_ambiguous(it)})  # fmt: skip
        notices = [Notice("ambiguous", f"course {name}", "two have this name") for name in ambiguous]

        def put(session: Session, now: datetime) -> dict[str, int]:
            known = [Known(key, records.digest({}), 1, {}) for key in keys]
            records.save(session, self._writer.site.id, OTHER, known, now)
            return {"passed_over": len(keys)}

        self._writer.unit(STEP, put, notices=notices)


def _digest(record: CourseCompletion) -> str:
    """A row by a digest of its names: nothing is kept of people whom the hub does not follow."""
    course, user = record.course, record.user
    names = (course.idnumber, course.shortname, user.username, user.idnumber, user.email)
    return hashlib.sha256(repr(names).encode()).hexdigest()[:32]
