"""Reading a platform: network first, outside any unit; then each page in short writing units with the run's cursor.

The steps, in order: courses, modules, rosters, who moved where no report tells it, completions in bulk, grades by
course, rolls and competencies that a path is bound to, then person by person what no bulk read gives; recordings of
video classes last. Each step goes through its items in the order of their keys; the
cursor names the step and the last item done, so a run that was killed goes on there, and an item read twice writes
nothing the second time.

An hourly run reads the report (or, without one, the rosters) and then only who moved; once a day everything is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from sqlalchemy.orm import Session

from connectors.capabilities import (
    BulkCourseCompletions,
    Capability,
    Catalogue,
    Connector,
    Contents,
    Grades,
    Recordings,
    Roster,
)
from connectors.errors import ConnectorError, FunctionMissing, MissingRight, TooLarge
from connectors.records import Notice
from hub.db.uow import TenantDatabase
from hub.domain.translate import Register, ids_of
from hub.domain.translate.lms import grade
from hub.models.platforms import SyncRun
from hub.services import remote_catalogue
from hub.services import remote_records as records
from hub.services.jobs import Reporter
from hub.services.projection import project_dirty
from hub.services.remote_records import Known
from hub.services.remote_site import Site, chunks
from hub.services.sync import negotiated, people, registers, seen
from hub.services.sync.bulk import BulkReading
from hub.services.sync.extras import Extras
from hub.services.sync.negotiated import Negotiated
from hub.services.sync.pairs import PASSED_OVER, Answer, in_batches, read_pair
from hub.services.sync.recordings import read_recordings
from hub.services.sync.writing import Writer

WHOLE_COURSE = 1000
"""Learners up to whom the grades of a course are read in one answer (about 3.6 KB each)."""
CHEAPER_ALONE = 4
"""The grades of one learner cost the platform about as much as those of four in the answer for a whole course."""
SMALL_COURSE = 50
"""Learners up to whom one answer for the course (some 10 ms a learner) is taken rather than several calls."""
DENIED = 3
"""So many items closed to the account, and none open, mean that the whole step is; one alone may be a hidden course."""
TOO_LARGE = "too_large"
EXTRAS = ("4-changes", "5a-rolls", "5b-competencies", "5c-ratings")
"""Steps that most readings have nothing to do in."""
Step = tuple[str, Callable[[str], Iterator[str]], Callable[[str, str], None]]


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
        self._report, self._clock = report, clock
        self._writer = Writer(tenant, site, connector, run.id, report, clock)
        self._run_id = run.id
        self._full = bool(run.scope.get("full"))
        self._tells_progress = bool(run.scope.get("progress"))
        self._from: dict[str, Any] = dict(run.cursor)
        self._possible: frozenset[Capability] = frozenset()
        self._account = ""
        self._fault: ConnectorError | None = None

    def perform(self) -> ConnectorError | None:
        """Read everything. Gives the fault that stopped a part of it, where one did (a right that is missing).

        Raises ConnectorError when the reading cannot go on, Stopped and LeaseLost of the report.
        """
        allowed = self._negotiate()
        self._possible, self._account = allowed.possible, allowed.found.get("account", "")
        more = Extras(self._writer, self._connector, self._possible, full=self._full, in_bulk=self._in_bulk)
        steps: tuple[Step, ...] = (
            ("1-courses", self._whether_to_list, self._courses),
            ("2-modules", self._courses_to_open, self._modules),
            ("3-rosters", self._courses_to_call, self._roster),
            ("4-changes", more.due_changes, more.changes),
            ("4-completions", self._once, self._completions),
            ("5-grades", self._courses_to_grade, self._grades),
            ("5a-rolls", more.due_rolls, more.roll),
            ("5b-competencies", more.due_lists, more.competencies),
            ("5c-ratings", more.due_ratings, more.ratings),
        )
        for name, items, act in steps:
            if name >= self._from.get("step", ""):
                self._go_through(name, items, act)
        self._people("6-people")
        if Capability.RECORDINGS in self._possible:
            read_recordings(self._writer, cast(Recordings, self._connector))
        return self._fault

    def _negotiate(self) -> Negotiated:
        """What is possible: remembered, or asked now and kept for the administrator with what lacks."""
        with self._tenant.read() as session:
            known = negotiated.load(session, self._site.id, self._clock())
        if known is not None:
            self._connector.resume(known.found)
            self._keep(known, ())
            return known
        asked = self._connector.negotiate()
        fresh = negotiated.of(asked)
        self._keep(fresh, () if self._from else asked.notices)
        self._writer.unit("", lambda s, now: negotiated.save(s, self._site.id, fresh, now))
        return fresh

    def _keep(self, found: Negotiated, notices: tuple[Notice, ...]) -> None:
        with self._report.step() as unit:
            run = unit.session.get_one(SyncRun, self._run_id)
            if run.counts.get("missing", {}) != found.missing:
                run.counts = {**run.counts, "missing": found.missing}
        if notices:
            self._writer.unit("", notices=notices)

    def _go_through(self, name: str, items: Callable[[str], Iterator[str]], act: Callable[[str, str], None]) -> None:
        after = self._from["after"] if self._from.get("step") == name else ""
        keys = list(items(after))
        if not keys and name in EXTRAS:
            return
        self._writer.plan(name, len(keys))
        denied = 0
        for number, key in enumerate(keys, 1):
            self._report.check()
            try:
                act(name, key)
            except (MissingRight, FunctionMissing) as fault:
                self._lacks(name, key, fault)
                denied += 1
                if isinstance(fault, FunctionMissing) or (denied == number and denied >= DENIED):
                    return
            except PASSED_OVER as fault:
                if name == "1-courses":
                    raise
                self._writer.unit(name, cursor=key, notices=[Notice(fault.code, _about(name, key), str(fault))])

    def _lacks(self, step: str, key: str, fault: MissingRight | FunctionMissing) -> None:
        self._fault = self._fault or fault
        told = [Notice(fault.code, _about(step, key), str(fault))]
        self._writer.unit(step, lambda s, now: negotiated.forget(s, self._site.id), cursor=key, notices=told)

    # What the steps go through: keys after the given one, in order.

    @property
    def _in_bulk(self) -> bool:
        return Capability.BULK_COURSE_COMPLETION in self._possible

    def _once(self, after: str) -> Iterator[str]:
        if not after:
            yield "all"

    def _whether_to_list(self, after: str) -> Iterator[str]:
        """In bulk the report shows new courses by itself."""
        if self._full or not self._in_bulk or not any(self._known_courses("")):
            yield from self._once(after)

    def _known_courses(self, after: str) -> Iterator[str]:
        with self._tenant.read() as session:
            some = [it for it in records.every(session, self._site.id, records.COURSE) if "gone" not in it.value]
        yield from sorted(it.key for it in some if it.key > after)

    def _courses_to_open(self, after: str) -> Iterator[str]:
        if Capability.CONTENTS not in self._possible:
            return
        with self._tenant.read() as session:
            due = remote_catalogue.courses_to_open(session, self._site, everything=self._full)
        yield from (key for key in due if key > after)

    def _courses_to_call(self, after: str) -> Iterator[str]:
        if Capability.ROSTER not in self._possible:
            return
        with self._tenant.read() as session:
            called = {it.key for it in records.every(session, self._site.id, seen.ROSTER)}
        due = self._full or not self._in_bulk
        yield from (key for key in self._known_courses(after) if due or key not in called)

    def _courses_to_grade(self, after: str) -> Iterator[str]:
        if Capability.GRADES in self._possible:
            due = self._movement[1]
            yield from sorted(key for key in due if key > after and not self._grades_alone(key))

    @cached_property
    def _movement(self) -> tuple[Counter[str], Counter[str]]:
        """Learners by course, and those of them to be read. Counted once, after the report and the rosters."""
        sizes: Counter[str] = Counter()
        due: Counter[str] = Counter()
        with self._tenant.read() as session:
            waiting = seen.shrunk(session, self._site)
            for it in records.every(session, self._site.id, records.ENROLMENT):
                course = ids_of(it.key)[0]
                sizes[course] += 1
                due[course] += self._is_due(it) and course not in waiting
        return sizes, +due

    def _is_due(self, enrolment: Known) -> bool:
        return seen.is_due(enrolment.value, everybody=self._full and not self._tells_progress)

    @cached_property
    def _too_large(self) -> set[str]:
        with self._tenant.read() as session:
            return {it.key for it in records.every(session, self._site.id, TOO_LARGE)}

    def _grades_alone(self, course: str) -> bool:
        """Whether grades are read learner by learner: the course is too large for one answer, or few moved in it (in a
        small one: a single learner)."""
        sizes, due = self._movement
        size, moved = sizes[course], due[course]
        few = moved * CHEAPER_ALONE < size and (moved == 1 or size > SMALL_COURSE)
        return size > WHOLE_COURSE or course in self._too_large or few

    # The steps.

    def _courses(self, step: str, key: str) -> None:
        if Capability.CATALOGUE not in self._possible:
            return
        listed: set[str] = set()

        def put(session: Session, some: Any, now: datetime) -> dict[str, int]:
            listed.update(it.id for it in some)
            return remote_catalogue.put_courses(session, self._site, some, now)

        self._writer.pages(step, "", cast(Catalogue, self._connector).courses(), put)
        with self._tenant.read() as session:
            gone = remote_catalogue.courses_gone(session, self._site, listed)
        told = [Notice("course_gone", f"course {it.key}", str(it.value.get("title", ""))) for it in gone]
        mark = remote_catalogue.mark_gone
        self._writer.unit(step, lambda s, now: mark(s, self._site, records.COURSE, gone, now), notices=told, cursor=key)

    def _modules(self, step: str, key: str) -> None:
        self._open(step, key)
        self._writer.unit(step, cursor=key)

    def _open(self, step: str, course: str) -> None:
        pages = cast(Contents, self._connector).modules(course)
        rolls, listed = Capability.SESSIONS in self._possible, set[str]()

        def put(session: Session, some: Any, now: datetime) -> dict[str, int]:
            listed.update(it.id for it in some)
            return remote_catalogue.put_modules(session, self._site, some, now, rolls=rolls)

        def settle(session: Session, now: datetime) -> dict[str, int]:
            remote_catalogue.mark_opened(session, self._site, course, now)
            return remote_catalogue.mark_gone(session, self._site, records.MODULE, gone, now)

        self._writer.pages(step, "", pages, put)
        with self._tenant.read() as session:
            gone = remote_catalogue.modules_gone(session, self._site, course, listed)
            used = remote_catalogue.in_paths(session, self._site, gone)
        told = [Notice("module_gone", f"course {course}", str(it.value.get("title", ""))) for it in used]
        self._writer.unit(step, settle, notices=told)

    def _roster(self, step: str, key: str) -> None:
        self._call(step, key)
        self._writer.unit(step, cursor=key)

    def _call(self, step: str, course: str) -> None:
        """Read a whole roster; then who is missing on it is let go, or asked about."""
        present: set[str] = set()

        def put(session: Session, some: Any, now: datetime) -> dict[str, int]:
            present.update(it.user.id for it in some)
            return asdict(people.put_roster(session, self._site, some, now))

        self._writer.pages(step, "", cast(Roster, self._connector).roster(course), put)
        self._writer.unit(step, lambda s, now: seen.settle_roster(s, self._site, course, present, now))

    def _completions(self, step: str, key: str) -> None:
        if not self._in_bulk:
            return

        def list_courses() -> None:
            if Capability.CATALOGUE in self._possible:
                pages = cast(Catalogue, self._connector).courses()
                put = remote_catalogue.put_courses
                self._writer.pages(step, "", pages, lambda s, some, now: put(s, self._site, some, now))
                for course in list(self._courses_to_open("")):
                    self._open(step, course)

        def call_roster(course: str) -> None:
            if Capability.ROSTER in self._possible:
                self._call(step, course)

        bulk = BulkReading(self._writer, list_courses, call_roster)
        with self._tenant.read() as session:
            waiting = list(seen.shrunk(session, self._site))
        bulk.perform(cast(BulkCourseCompletions, self._connector), thorough=self._full, waiting=waiting)
        self._tells_progress = bulk.told_progress
        self._writer.remember(progress=bulk.told_progress)
        self._writer.unit(step, cursor=key)

    def _grades(self, step: str, key: str) -> None:
        try:
            for page in cast(Grades, self._connector).grades(key):
                self._writer.observe(step, [it for record in page.items if (it := grade(record))], page.notices)
        except TooLarge:
            large = Known(key, records.digest({}), 1, {})
            self._writer.unit(step, lambda s, now: records.save(s, self._site.id, TOO_LARGE, [large], now))
            self._too_large.add(key)
        self._writer.unit(step, cursor=key)

    def _people(self, step: str) -> None:
        """All that concerns one learner in one course, then the mark that they were read as they were seen."""
        after = self._from["after"] if self._from.get("step") == step else ""
        self._writer.plan(step, sum(self._movement[1].values()))
        for answers in in_batches(self._pairs(after), self._ask):
            self._report.check()
            if not self._write_pairs(step, answers):
                return

    def _pairs(self, after: str) -> Iterator[str]:
        """Keys of the enrolments to read one by one."""
        due = self._movement[1]
        last = after
        while True:
            with self._tenant.read() as session:
                some = records.after(session, self._site.id, records.ENROLMENT, last, 200)
                known = registers.usernames(session, self._site, {ids_of(it.key)[1] for it in some})
            if not some:
                return
            for it in some:
                course, user = ids_of(it.key)
                if due[course] and self._is_due(it) and user in known:  # not erased
                    yield it.key
            last = some[-1].key

    def _ask(self, key: str) -> tuple[list[Register], list[Notice]]:
        course, user = ids_of(key)
        alone = self._grades_alone(course)
        return read_pair(self._connector, self._possible, course, user, grades=alone, account=self._account)

    def _write_pairs(self, step: str, answers: list[Answer]) -> bool:
        """Write a batch; False when the step cannot go on. Raises the fault of the network after what came before."""
        told: list[Notice] = []
        done: list[str] = []
        found: list[Register] = []
        stop: ConnectorError | None = None
        closed = [it for it in answers if isinstance(it.fault, MissingRight)]
        for answer in answers:
            fault = answer.fault
            if isinstance(fault, MissingRight) and len(closed) < len(answers):
                self._fault = self._fault or fault
            elif fault is not None and not isinstance(fault, PASSED_OVER):
                stop = fault
                break
            told += [*answer.notices, *([Notice(fault.code, f"people {answer.key}", str(fault))] if fault else [])]
            found += answer.found
            done.append(answer.key)
        for some in chunks(found):
            self._writer.observe(step, some)
        if done:
            self._writer.unit(step, lambda s, now: self._mark_read(s, done, now), cursor=done[-1], notices=told)
        project_dirty(self._tenant)
        if isinstance(stop, MissingRight | FunctionMissing):
            self._lacks(step, answers[-1].key, stop)
            return False
        if stop is not None:
            raise stop
        return True

    def _mark_read(self, session: Session, keys: list[str], now: datetime) -> dict[str, int]:
        known = records.load(session, self._site.id, records.ENROLMENT, keys)
        marked = [seen.mark_read(it) for it in known.values()]
        records.save(session, self._site.id, records.ENROLMENT,
                     [it for it in marked if it.hash != known[it.key].hash], now)  # fmt: skip
        return {"people": len(keys)}


def _about(step: str, key: str) -> str:
    """What a notice is about: ``modules 12`` for the course 12 in the step ``2-modules``."""
    return f"{step.partition('-')[2]} {key}"
