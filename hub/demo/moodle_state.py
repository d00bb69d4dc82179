"""What the Moodle double knows: people, courses, and what learners did, when.

The play of the demo changes it while the double answers, so every method takes the lock. Instants are aware UTC; the
double's own clock (``now``) may run faster than the real one.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.demo.moodle_more_state import More

INCOMPLETE, COMPLETE, COMPLETE_PASS, COMPLETE_FAIL = 0, 1, 2, 3
NO_TRACKING, MANUAL, AUTOMATIC = 0, 1, 2


def _real_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Person:
    """Somebody with an account. ``role`` is Moodle's short name: ``student``, ``editingteacher``."""

    id: int
    username: str
    firstname: str
    lastname: str
    email: str
    idnumber: str = ""
    role: str = "student"

    @property
    def fullname(self) -> str:
        """First name, then last name."""
        return f"{self.firstname} {self.lastname}"


@dataclass(frozen=True)
class Module:
    """An activity or resource. ``criterion``: the course needs it for its completion. ``grademax`` None: not graded."""

    id: int
    modname: str
    name: str
    section: str
    completion: int = AUTOMATIC
    criterion: bool = True
    grademax: float | None = None
    gradepass: float | None = None
    instance: int = 1
    intro: str = ""


@dataclass
class Course:
    """A course and its modules in the order of the page. ``sections`` may hold empty ones. ``created_at``,
    ``modified_at``: None for those of the recording."""

    id: int
    shortname: str
    fullname: str
    idnumber: str = ""
    summary: str = ""
    modules: list[Module] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    modified_at: datetime | None = None

    @property
    def tracked(self) -> list[Module]:
        """The modules whose completion is tracked."""
        return [module for module in self.modules if module.completion != NO_TRACKING]


@dataclass(frozen=True)
class Done:
    """The completion record of one module for one person. ``by``: id of the account that set it by hand."""

    state: int
    when: datetime
    by: int | None = None


@dataclass(frozen=True)
class Mark:
    """The grade of one module for one person, in points."""

    raw: float
    when: datetime


class MoodleState:
    """All of it. ``url``: base address of the double; ``token``: of the service account.

    ``functions``: None, or the only functions in the service (an administrator who forgot some). ``latency``: seconds
    for each call, or by function. ``calls`` counts what was called. ``zone``: what the account has set when no zone
    is forced. ``more``: rolls, groups, competencies, backups. ``refused``: functions for which a right
    lacks, and the recorded error they answer. ``cron_stands``: conditions are met, courses are not completed.
    ``measured``: seconds that a call has to take by function, parameters and answer; ``spent``: their sum.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        name: str = "Moodle partenaire",
        latency: float | Mapping[str, float] = 0.0,
        functions: frozenset[str] | None = None,
        zone: str = "Europe/Paris",
        now: Callable[[], datetime] = _real_now,
    ) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.name = name
        self.latency = latency
        self.functions = functions
        self.zone = ZoneInfo(zone)
        self.now = now
        self.people: dict[int, Person] = {}
        self.courses: dict[int, Course] = {}
        self.more = More()
        self.refused: Mapping[str, str] = {}
        self.cron_stands = False
        self.measured: Callable[[str, Mapping[str, str], Any], float] | None = None
        self.spent = 0.0
        self.calls: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._enrolled: dict[int, dict[int, None]] = {}
        self._done: dict[tuple[int, int], Done] = {}
        self._marks: dict[tuple[int, int], Mark] = {}
        self._seen: dict[tuple[int, int], datetime] = {}
        self._course_of: dict[int, int] = {}

    @contextmanager
    def locked(self) -> Iterator["MoodleState"]:
        """Hold the state still while an answer is made."""
        with self._lock:
            yield self

    def delay(self, function: str) -> float:
        """Seconds this call has to take."""
        return self.latency.get(function, 0.0) if isinstance(self.latency, Mapping) else self.latency

    def add_person(self, person: Person) -> Person:
        """Create an account. Raises ``ValueError`` for an id or a user name taken, or an upper-case user name."""
        with self._lock:
            taken = any(person.username == other.username for other in self.people.values())
            if person.id in self.people or taken or person.username != person.username.lower():
                raise ValueError(f"no account {person.id} {person.username}")
            self.people[person.id] = person
        return person

    def add_course(self, course: Course) -> Course:
        """Create a course with its modules. Raises ``ValueError`` for an id taken (1 is the site itself)."""
        with self._lock:
            if course.id == 1 or course.id in self.courses or any(one.id in self._course_of for one in course.modules):
                raise ValueError(f"no course {course.id}")
            self.courses[course.id] = course
            self._course_of.update({module.id: course.id for module in course.modules})
        return course

    def enrol(self, user: int, course: int) -> None:
        """Enrol a person; again is harmless. Raises ``KeyError`` for an unknown person or course."""
        with self._lock:
            self._enrolled.setdefault(self.courses[course].id, {})[self.people[user].id] = None

    def unenrol(self, user: int, course: int) -> None:
        """Take a person out of a course; again is harmless. What they did stays, as in Moodle."""
        with self._lock:
            self._enrolled.get(course, {}).pop(user, None)

    def visit(self, user: int, course: int, when: datetime) -> None:
        """The person opened the course: moves the last access forward."""
        with self._lock:
            key = self._enrolment(user, course)
            self._seen[key] = max(when, self._seen.get(key, when))

    def complete(self, user: int, cmid: int, when: datetime, state: int = COMPLETE, *, by: int | None = None) -> None:
        """The person reaches a state of a module by their own doing, or ``by`` somebody's hand; 0 takes it back.

        Raises ``KeyError`` unless they are enrolled, ``ValueError`` for a module without tracking or an unknown state.
        """
        with self._lock:
            module = self.module(cmid)
            if module.completion == NO_TRACKING or state not in (INCOMPLETE, COMPLETE, COMPLETE_PASS, COMPLETE_FAIL):
                raise ValueError(f"module {cmid} cannot be in state {state}")
            if by is None:
                self.visit(user, self._course_of[cmid], when)
            else:
                self._enrolment(user, self._course_of[cmid])
            if state == INCOMPLETE:
                self._done.pop((user, cmid), None)
            else:
                self._done[user, cmid] = Done(state, when, by)

    def grade(self, user: int, item: int, raw: float | None, when: datetime) -> None:
        """Set the points of a module (``item`` is its course-module id), None erases them. The learner need not be
        there.

        Raises ``KeyError`` unless the person is enrolled, ``ValueError`` outside 0..grademax or for an ungraded module.
        """
        with self._lock:
            module = self.module(item)
            self._enrolment(user, self._course_of[item])
            if module.grademax is None or (raw is not None and not 0 <= raw <= module.grademax):
                raise ValueError(f"module {item} cannot be graded {raw}")
            if raw is None:
                self._marks.pop((user, item), None)
            else:
                self._marks[user, item] = Mark(raw, when)

    def module(self, cmid: int) -> Module:
        """The module with this course-module id. Raises ``KeyError``."""
        return next(one for one in self.courses[self._course_of[cmid]].modules if one.id == cmid)

    def course_of(self, cmid: int) -> Course:
        """The course that holds a module. Raises ``KeyError``."""
        return self.courses[self._course_of[cmid]]

    def members(self, course: int) -> list[Person]:
        """Everybody enrolled, by id."""
        return [self.people[user] for user in sorted(self._enrolled.get(course, {}))]

    def is_enrolled(self, user: int, course: int) -> bool:
        """Whether the person is in the course now."""
        return user in self._enrolled.get(course, {})

    def done(self, user: int, cmid: int) -> Done | None:
        """The completion record, None while incomplete."""
        return self._done.get((user, cmid))

    def mark(self, user: int, cmid: int) -> Mark | None:
        """The grade, None without one."""
        return self._marks.get((user, cmid))

    def last_access(self, user: int, course: int) -> datetime | None:
        """When the person last opened the course."""
        return self._seen.get((user, course))

    def progress(self, user: int, course: int) -> float | None:
        """Per cent of the tracked modules done; a failed one is not. None when nothing is tracked."""
        tracked = self.courses[course].tracked
        if not tracked:
            return None
        return 100.0 * sum(self._counts(user, module) for module in tracked) / len(tracked)

    def completed_at(self, user: int, course: int) -> datetime | None:
        """When the last criterion was met; None while one is open or the course has none."""
        criteria = [module for module in self.courses[course].tracked if module.criterion]
        if self.cron_stands or not criteria or not all(self._counts(user, module) for module in criteria):
            return None
        return max(self._done[user, module.id].when for module in criteria)

    def _counts(self, user: int, module: Module) -> bool:
        done = self._done.get((user, module.id))
        return done is not None and done.state in (COMPLETE, COMPLETE_PASS)

    def _enrolment(self, user: int, course: int) -> tuple[int, int]:
        if not self.is_enrolled(user, course):
            raise KeyError(f"user {user} is not in course {course}")
        return user, course
