"""Reading a platform: network first, outside any unit; then each page in short writing units with the run's cursor.

The steps, in order: courses, modules, rosters, completions in bulk, grades by course, then person by person what no
bulk read gives. Each step goes through its items in the order of their keys; the cursor names the step and the last
item done, so a run that was killed goes on there, and an item read twice writes nothing the second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

from connectors.capabilities import (
    BulkCourseCompletions,
    Capability,
    Catalogue,
    Connector,
    Contents,
    Grades,
    Negotiation,
    Roster,
)
from connectors.errors import ConnectorError, DataDrift, MissingRight, RemoteRejected, TooLarge
from connectors.records import Notice, Page
from hub.db.uow import TenantDatabase
from hub.domain.translate import Register
from hub.domain.translate.lms import course_completion, grade
from hub.models.platforms import SyncRun
from hub.services import remote_catalogue
from hub.services import remote_records as records
from hub.services.jobs import Reporter
from hub.services.projection import project_dirty
from hub.services.remote_records import Known
from hub.services.remote_site import Site, chunks
from hub.services.sync import people, registers, runs
from hub.services.sync.pairs import read_pair
from hub.services.sync.references import References

RecordT = TypeVar("RecordT")
WHOLE_COURSE = 1000
"""Learners up to whom the grades of a course are read in one answer (about 3.6 KB each)."""
PASSED_OVER = (DataDrift, RemoteRejected, TooLarge)
"""Faults of one item, told in a notice while the reading goes on."""


class Reading:
    """One run over one platform."""

    def __init__(
        self,
        tenant: TenantDatabase,
        site: Site,
        connector: Connector,
        run: SyncRun,
        report: Reporter,
        clock: Callable[[], datetime],
    ) -> None:
        self._tenant, self._site, self._connector = tenant, site, connector
        self._run_id, self._report, self._clock = run.id, report, clock
        self._full = bool(run.scope.get("full"))
        self._from: dict[str, Any] = dict(run.cursor)
        self._possible: frozenset[Capability] = frozenset()
        self._fault: ConnectorError | None = None
        self._large: set[str] | None = None

    def perform(self) -> ConnectorError | None:
        """Read everything. Gives the fault that stopped a part of it, where one did (a right that is missing).

        Raises ConnectorError when the reading cannot go on, Stopped and LeaseLost of the report.
        """
        found = self._connector.negotiate()
        self._possible = found.possible
        self._note(found)
        steps: tuple[tuple[str, Callable[[str], Iterator[str]], Callable[[str, str], None]], ...] = (
            ("1-courses", self._once, self._courses),
            ("2-modules", self._known_courses, self._modules),
            ("3-rosters", self._known_courses, self._roster),
            ("4-completions", self._once, self._completions),
            ("5-grades", self._courses_to_grade, self._grades),
            ("6-people", self._people, self._person),
        )
        for name, items, act in steps:
            if name >= self._from.get("step", ""):
                self._go_through(name, items, act)
        return self._fault

    def _note(self, found: Negotiation) -> None:
        """Keep what the platform does not let us read, by its own names, for the administrator."""
        missing = {str(capability): list(gaps) for capability, gaps in sorted(found.missing.items())}
        with self._report.step() as unit:
            run = unit.session.get_one(SyncRun, self._run_id)
            if run.counts.get("missing", {}) != missing:
                run.counts = {**run.counts, "missing": missing}
            if not run.cursor:
                runs.advance(run, run.cursor, {}, found.notices)

    def _go_through(self, name: str, items: Callable[[str], Iterator[str]], act: Callable[[str, str], None]) -> None:
        after = self._from["after"] if self._from.get("step") == name else ""
        for key in items(after):
            self._report.check()
            try:
                act(name, key)
            except MissingRight as fault:
                self._fault = self._fault or fault
                self._write(name, key, notices=[Notice("missing_right", name, str(fault))])
                return
            except PASSED_OVER as fault:
                if name == "1-courses":
                    raise
                self._write(name, key, notices=[Notice(fault.code, f"{name[2:]} {key}", str(fault))])

    # What the steps go through: keys after the given one, in order.

    def _once(self, after: str) -> Iterator[str]:
        if not after:
            yield "all"

    def _known_courses(self, after: str) -> Iterator[str]:
        with self._tenant.read() as session:
            keys = [it.key for it in records.every(session, self._site.id, records.COURSE) if it.key > after]
        yield from sorted(keys)

    def _courses_to_grade(self, after: str) -> Iterator[str]:
        if Capability.GRADES in self._possible:
            sizes, moved = self._movement()
            yield from sorted(key for key in moved if key > after and sizes[key] <= WHOLE_COURSE)

    def _people(self, after: str) -> Iterator[str]:
        """Keys of the enrolments to read one by one: those that moved, or all in a full run."""
        last = after
        while True:
            with self._tenant.read() as session:
                some = records.after(session, self._site.id, records.ENROLMENT, last, 200)
            if not some:
                return
            yield from (it.key for it in some if self._is_due(it))
            last = some[-1].key

    def _movement(self) -> tuple[Counter[str], set[str]]:
        """Learners by course, and the courses where somebody is to be read."""
        sizes: Counter[str] = Counter()
        moved: set[str] = set()
        with self._tenant.read() as session:
            for it in records.every(session, self._site.id, records.ENROLMENT):
                course = it.key.partition(":")[0]
                sizes[course] += 1
                if self._is_due(it):
                    moved.add(course)
        return sizes, moved

    def _is_due(self, enrolment: Known) -> bool:
        seen = enrolment.value.get("access")
        return self._full or "read" not in enrolment.value or seen != enrolment.value.get("read")

    # The steps.

    def _courses(self, step: str, key: str) -> None:
        if Capability.CATALOGUE in self._possible:
            pages = cast(Catalogue, self._connector).courses()
            self._pages(step, key, pages, lambda s, some, now: {
                "courses": remote_catalogue.put_courses(s, self._site, some, now)
            })  # fmt: skip

    def _modules(self, step: str, key: str) -> None:
        if Capability.CONTENTS in self._possible:
            pages = cast(Contents, self._connector).modules(key)
            self._pages(step, key, pages, lambda s, some, now: {
                "modules": remote_catalogue.put_modules(s, self._site, some, now)
            })  # fmt: skip

    def _roster(self, step: str, key: str) -> None:
        if Capability.ROSTER in self._possible:
            pages = cast(Roster, self._connector).roster(key)
            self._pages(step, key, pages, lambda s, some, now: asdict(people.put_roster(s, self._site, some, now)))

    def _completions(self, step: str, key: str) -> None:
        if Capability.BULK_COURSE_COMPLETION not in self._possible:
            return
        with self._tenant.read() as session:
            references = References.of(session, self._site.id)
        for page in cast(BulkCourseCompletions, self._connector).all_course_completions():
            found = []
            for record in page.items:
                course, user = references.course(record.course), references.user(record.user)
                if course is not None and user is not None and record.completed is not None:
                    found.append(course_completion(record, course, user))
            self._observe(step, "", found, page.notices)
        self._write(step, key)

    def _grades(self, step: str, key: str) -> None:
        for page in cast(Grades, self._connector).grades(key):
            self._observe(step, "", [it for record in page.items if (it := grade(record))], page.notices)
        self._write(step, key)

    def _person(self, step: str, key: str) -> None:
        """All that concerns one learner in one course, then the mark that they were read as of that visit."""
        course, _, user = key.partition(":")
        with self._tenant.read() as session:
            known = records.load(session, self._site.id, records.ENROLMENT, [key]).get(key)
            if user not in registers.usernames(session, self._site, [user]):
                return  # erased: nothing is asked about them any more
        with_grades = Capability.GRADES in self._possible and self._is_large(course)
        found, notices = read_pair(self._connector, self._possible, course, user, grades=with_grades)
        *first, last = list(chunks(found)) or [[]]
        for some in first:
            self._observe(step, "", some)
        with self._report.step() as unit:
            counts = asdict(registers.observe(unit.session, self._site, last, self._clock()))
            self._mark_read(unit.session, known)
            run = unit.session.get_one(SyncRun, self._run_id)
            runs.advance(run, {"step": step, "after": key}, {**counts, "people": 1}, notices)
            unit.progress(step=step, item=key)
        project_dirty(self._tenant)

    def _mark_read(self, session: Session, enrolment: Known | None) -> None:
        """Remember as of which visit the learner was read."""
        if enrolment is None:
            return
        value = {**enrolment.value, "read": enrolment.value.get("access")}
        if value != enrolment.value:
            marked = Known(enrolment.key, records.digest(value), enrolment.revision, value)
            records.save(session, self._site.id, records.ENROLMENT, [marked], self._clock())

    def _is_large(self, course: str) -> bool:
        if self._large is None:
            sizes, _ = self._movement()
            self._large = {key for key, size in sizes.items() if size > WHOLE_COURSE}
        return course in self._large

    # Writing.

    def _pages(
        self,
        step: str,
        key: str,
        pages: Iterable[Page[RecordT]],
        put: Callable[[Session, Sequence[RecordT], datetime], dict[str, int]],
    ) -> None:
        """Write pages in units of ``CHUNK`` records; the cursor moves with the last one of the item."""
        for page in pages:
            for some in chunks(page.items):
                with self._report.step() as unit:
                    counts = put(unit.session, some, self._clock())
                    run = unit.session.get_one(SyncRun, self._run_id)
                    runs.advance(run, run.cursor, {**counts, "read": len(some)})
                    unit.progress(step=step, item=key)
            if page.notices:
                self._write(step, "", notices=page.notices)
        self._write(step, key)
        project_dirty(self._tenant)

    def _observe(self, step: str, key: str, found: Sequence[Register], notices: Sequence[Notice] = ()) -> None:
        for some in chunks(found):
            with self._report.step() as unit:
                counts = asdict(registers.observe(unit.session, self._site, some, self._clock()))
                run = unit.session.get_one(SyncRun, self._run_id)
                runs.advance(run, run.cursor, counts)
                unit.progress(step=step)
            project_dirty(self._tenant)
        if notices:
            self._write(step, key, notices=notices)

    def _write(self, step: str, key: str, *, notices: Sequence[Notice] = ()) -> None:
        """Move the cursor past ``key`` (nowhere when it is empty) and keep notices."""
        with self._report.step() as unit:
            run = unit.session.get_one(SyncRun, self._run_id)
            runs.advance(run, {"step": step, "after": key} if key else run.cursor, {}, notices)
            unit.progress(step=step, item=key)
