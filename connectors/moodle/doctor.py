"""What keeps a Moodle from being read well, and what to ask its administrator, by the names of Moodle's own pages.

Each question is tried on real data: the first courses, their first learners. So a right that is ticked but prohibited
elsewhere is found too.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

from connectors import errors
from connectors.capabilities import (
    WRITES,
    ActivityCompletions,
    Capability,
    Catalogue,
    Connector,
    CourseCompletions,
    Grades,
    Negotiation,
    Roster,
)
from connectors.errors import ConnectorError
from connectors.moodle import words
from connectors.moodle.client import MoodleClient
from connectors.moodle.doctor_report import report_findings
from connectors.moodle.functions import (
    ACTIVITIES_COMPLETION,
    COURSE_COMPLETION,
    COURSES,
    ENROLLED_USERS,
    GRADE_ITEMS,
)
from connectors.records import RemoteCourse, RemoteEnrolment, Symptom, SymptomLevel, collect

COURSES_TRIED = 3
CLOCK_SECONDS = 120.0
LEARNER = "student"
FAULT, MISSING, ADVICE, WELL = SymptomLevel.FAULT, SymptomLevel.MISSING, SymptomLevel.ADVICE, SymptomLevel.WELL


class Examined(Connector, Catalogue, Roster, ActivityCompletions, CourseCompletions, Grades, Protocol):
    """What the examination reads by."""


def diagnose(moodle: Examined, client: MoodleClient) -> Iterator[Symptom]:
    """Some ten to twenty calls."""
    try:
        found = moodle.negotiate()
        yield Symptom(WELL, "site", words.SITE, names=(("name", found.site.name), ("release", found.site.release)))
        yield from _settings(found, client.site_url)
        yield from _clock(client.meter.clock_offset)
        yield from _lacking(found)
        yield from _Examination(moodle, client, found).findings()
    except ConnectorError as fault:
        yield words.unreachable(fault)


class _Examination:
    """Reading as a sync would, a little of each."""

    def __init__(self, moodle: Examined, client: MoodleClient, found: Negotiation) -> None:
        self._moodle, self._client = moodle, client
        self._possible, self._report = found.possible, found.found.get("report", "")

    def findings(self) -> Iterator[Symptom]:
        courses: list[RemoteCourse] = []
        if Capability.CATALOGUE in self._possible:
            yield from _tried(COURSES, lambda: courses.extend(collect(self._moodle.courses()).items))
        yield from _courses(courses)
        learner: RemoteEnrolment | None = None
        roles: set[str] = set()
        for course in courses[:COURSES_TRIED]:
            people: list[RemoteEnrolment] = []
            yield from _tried(ENROLLED_USERS, partial(_first, self._moodle, course.id, people))
            learner = next((it for it in people if it.roles and LEARNER in it.roles), None)
            roles |= {role for it in people for role in it.roles or ()}
            if learner is not None:
                yield from self._learner(course.id, learner)
                break
        if courses and learner is None and roles:
            names = (("roles", ", ".join(sorted(roles))),)
            yield Symptom(MISSING, "roles", words.OTHER_ROLES, names=names)
        elif courses and learner is None:
            yield Symptom(ADVICE, "learners", words.NO_LEARNER, words.ASK_LEARNERS)
        yield from report_findings(self._client, self._report, learner)

    def _learner(self, course: str, learner: RemoteEnrolment) -> Iterator[Symptom]:
        yield from _identity(learner)
        user, moodle = learner.user.id, self._moodle
        if Capability.ACTIVITY_COMPLETION in self._possible:
            yield from _tried(ACTIVITIES_COMPLETION, lambda: list(moodle.activity_completions(course, user)))
        if Capability.GRADES in self._possible:
            yield from _tried(GRADE_ITEMS, lambda: list(moodle.grades(course, user)))
        if Capability.COURSE_COMPLETION in self._possible:
            seen: list[Symptom] = []
            yield from _tried(COURSE_COMPLETION, lambda: seen.extend(self._cron(course, user)))
            yield from seen

    def _cron(self, course: str, user: str) -> Iterator[Symptom]:
        """Course completions are worked out by cron: every condition met and the course open means that it stands."""
        for record in collect(self._moodle.course_completion(course, user)).items:
            if record.criteria and all(one.met for one in record.criteria) and not record.completed:
                yield Symptom(MISSING, "cron", words.CRON, words.ASK_CRON)


def _first(moodle: Examined, course: str, people: list[RemoteEnrolment]) -> None:
    people += next(moodle.roster(course)).items


def _tried(function: str, attempt: Callable[[], object]) -> Iterator[Symptom]:
    """A finding when a call lacks a right or fails; nothing when it works."""
    try:
        attempt()
    except errors.MissingRight as fault:
        yield words.right(fault)
    except errors.FunctionMissing as fault:
        yield words.function(fault.function)
    except (errors.DataDrift, errors.RemoteRejected, errors.TooLarge) as fault:
        yield Symptom(ADVICE, "odd", words.ODD, names=(("function", function), ("detail", str(fault))))


def _settings(found: Negotiation, url: str) -> Iterator[Symptom]:
    for notice in found.notices:
        if notice.about == "account":
            yield Symptom(ADVICE, "account", words.ADMIN, words.ASK_ACCOUNT)
    if found.site.url != url:
        yield Symptom(ADVICE, "address", words.ADDRESS, names=(("found", found.site.url), ("given", url)))


def _clock(offset: float | None) -> Iterator[Symptom]:
    if offset is not None and abs(offset) > CLOCK_SECONDS:
        minutes = (("minutes", str(round(abs(offset) / 60))),)
        yield Symptom(ADVICE, "clock", words.CLOCK, words.ASK_CLOCK, minutes)


def _lacking(found: Negotiation) -> Iterator[Symptom]:
    """Functions outside the service and features switched off; what the hub does without is advice."""
    gaps: dict[str, SymptomLevel] = {}
    for capability, lacks in sorted(found.missing.items()):
        level = ADVICE if capability in WRITES or capability in words.EXTRAS else MISSING
        for gap in lacks:
            if not gap.startswith("setting:"):
                gaps[gap] = MISSING if MISSING in (level, gaps.get(gap)) else ADVICE
    for level in (MISSING, ADVICE):
        names = sorted(gap for gap, of in gaps.items() if of is level and not gap.startswith("feature:"))
        if names:
            yield words.functions(names, level)
    off = {gap.removeprefix("feature:"): level for gap, level in gaps.items() if gap.startswith("feature:")}
    for name in sorted(off):
        yield Symptom(off[name], "feature", words.FEATURE, words.ASK_FEATURE, (("name", name),))
    if not gaps:
        yield Symptom(WELL, "functions", words.ALL_FUNCTIONS)


def _courses(courses: Sequence[RemoteCourse]) -> Iterator[Symptom]:
    if not courses:
        yield Symptom(FAULT, "courses", words.NO_COURSE, words.ASK_COURSES)
        return
    yield Symptom(WELL, "courses", words.COURSES, names=(("count", str(len(courses))),))
    untracked = [one.fullname for one in courses if one.tracks_completion is False]
    if untracked:
        names = (("courses", ", ".join(untracked[:10])),)
        yield Symptom(MISSING, "completion", words.UNTRACKED, words.ASK_TRACKING, names)


def _identity(learner: RemoteEnrolment) -> Iterator[Symptom]:
    """What names a learner: without it people cannot be recognised, nor traces pushed by the site be joined."""
    if learner.user.username is None:
        yield Symptom(MISSING, "identity", words.NO_USERNAME, words.ASK_IDENTITY)
    if learner.user.email is None:
        yield Symptom(ADVICE, "identity", words.NO_EMAIL, words.ASK_EMAIL)
    if learner.user.idnumber is None:
        yield Symptom(ADVICE, "identity", words.NO_IDNUMBER, words.ASK_IDNUMBER)
