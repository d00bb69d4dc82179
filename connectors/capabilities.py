"""What a connector may be able to do, one Protocol a capability.

Every read yields :class:`~connectors.records.Page` objects (at least one) as they arrive, so that memory follows the
page and not the platform, and raises :class:`~connectors.errors.ConnectorError`. What a platform leaves out without
an error is told in the notices of the page. Ids in the parameters are those of the records.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

from connectors import acts
from connectors.meter import Meter
from connectors.records import (
    ActivityCompletion,
    Change,
    CompetencyRating,
    CourseCompletion,
    Grade,
    ModuleRef,
    Notice,
    Page,
    RemoteCompetency,
    RemoteCourse,
    RemoteEnrolment,
    RemoteFile,
    RemoteGroup,
    RemoteModule,
    RemoteRecording,
    RemoteSession,
    RemoteSite,
    RemoteUser,
    Symptom,
)

UserKey = Literal["id", "username", "idnumber", "email"]


class Capability(StrEnum):
    """Stable keys; each has its Protocol below."""

    CATALOGUE = "catalogue"
    CONTENTS = "contents"
    PEOPLE = "people"
    ROSTER = "roster"
    ENROLMENTS = "enrolments"
    ACTIVITY_COMPLETION = "activity_completion"
    COURSE_COMPLETION = "course_completion"
    BULK_COURSE_COMPLETION = "bulk_course_completion"
    GRADES = "grades"
    COMPETENCIES = "competencies"
    SESSIONS = "sessions"
    CHANGES = "changes"
    GROUPS = "groups"
    BACKUPS = "backups"
    RECORDINGS = "recordings"
    DIAGNOSIS = "diagnosis"
    ENROL = "enrol"
    UNENROL = "unenrol"
    WRITE_GROUPS = "write_groups"
    MARK_ATTENDANCE = "mark_attendance"
    SET_COMPLETION = "set_completion"
    SEND_GRADE = "send_grade"
    MEETINGS = "meetings"


WRITES = frozenset(
    {
        Capability.ENROL,
        Capability.UNENROL,
        Capability.WRITE_GROUPS,
        Capability.MARK_ATTENDANCE,
        Capability.SET_COMPLETION,
        Capability.SEND_GRADE,
        Capability.MEETINGS,
    }
)
"""Capabilities that change something on the platform: never used without somebody having asked for it."""

FOLLOWING = frozenset(
    {
        Capability.CATALOGUE,
        Capability.CONTENTS,
        Capability.PEOPLE,
        Capability.ROSTER,
        Capability.ENROLMENTS,
        Capability.ACTIVITY_COMPLETION,
        Capability.COURSE_COMPLETION,
        Capability.BULK_COURSE_COMPLETION,
        Capability.GRADES,
    }
)
"""What following learners needs: a platform where one of them lacks is told to the administrator; the others are
extras."""


@dataclass(frozen=True)
class Negotiation:
    """What this platform lets this account do, asked once before reading.

    ``missing``: for each capability that is not possible, what lacks, by the platform's own names: a function, or
    ``feature:<name>`` switched off on the site, or ``setting:<name>`` of ours left empty. ``found``: settings that the
    connector worked out by itself, to be kept and given back to ``resume``.
    """

    site: RemoteSite
    possible: frozenset[Capability]
    missing: Mapping[Capability, tuple[str, ...]] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    found: Mapping[str, str] = field(default_factory=dict)


class Connector(Protocol):
    """What every connector answers."""

    @property
    def meter(self) -> Meter:
        """What this connector has cost so far."""
        ...

    def resume(self, found: Mapping[str, str]) -> None:
        """Go on from an earlier negotiation instead of asking again: what it ``found``."""
        ...

    def negotiate(self) -> Negotiation:
        """Ask the platform who we are and what we may do: also the test of a connection."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


@runtime_checkable
class Catalogue(Protocol):
    """``catalogue``: the courses there are."""

    def courses(self, ids: Sequence[str] | None = None) -> Iterator[Page[RemoteCourse]]:
        """Every course the account may see, or those of ``ids``; one that is gone is a ``silent_miss``."""
        ...


@runtime_checkable
class Contents(Protocol):
    """``contents``: what a course is made of."""

    def modules(self, course_id: str) -> Iterator[Page[RemoteModule]]:
        """The modules of a course in the order of its page."""
        ...


@runtime_checkable
class People(Protocol):
    """``people``: accounts looked up by what names them."""

    def people(self, key: UserKey, values: Sequence[str]) -> Iterator[Page[RemoteUser]]:
        """The accounts whose ``key`` is one of ``values``; a value nobody has is a ``silent_miss``."""
        ...


@runtime_checkable
class Roster(Protocol):
    """``roster``: who is in a course."""

    def roster(self, course_id: str) -> Iterator[Page[RemoteEnrolment]]:
        """People actively enrolled in a course, trainers included (see their roles)."""
        ...


@runtime_checkable
class Enrolments(Protocol):
    """``enrolments``: the courses of one person, with progress."""

    def enrolments(self, user_id: str) -> Iterator[Page[RemoteEnrolment]]:
        """The courses of one person, with progress, completion and last access."""
        ...


@runtime_checkable
class ActivityCompletions(Protocol):
    """``activity_completion``: the modules of one course for one person."""

    def activity_completions(self, course_id: str, user_id: str) -> Iterator[Page[ActivityCompletion]]:
        """The state of each tracked module."""
        ...


@runtime_checkable
class CourseCompletions(Protocol):
    """``course_completion``: one person in one course."""

    def course_completion(self, course_id: str, user_id: str) -> Iterator[Page[CourseCompletion]]:
        """One record, or none when the course has no criteria."""
        ...


@runtime_checkable
class BulkCourseCompletions(Protocol):
    """``bulk_course_completion``: everybody in every course, in few calls."""

    def all_course_completions(self, *, thorough: bool = False) -> Iterator[Page[CourseCompletion]]:
        """One record an enrolment. People and courses are named as the remote's report names them.

        ``thorough``: also what is dear to the platform, as the progress; the remote may have nothing more to tell.
        """
        ...


@runtime_checkable
class Grades(Protocol):
    """``grades``: the grade items of a course."""

    def grades(self, course_id: str, user_id: str | None = None) -> Iterator[Page[Grade]]:
        """Every item for everybody in the course, or for one person."""
        ...


@runtime_checkable
class Competencies(Protocol):
    """``competencies``: what a course works on, and who has it."""

    def competencies(self, course_id: str) -> Iterator[Page[RemoteCompetency]]:
        """The competencies of a course."""
        ...

    def competency_ratings(
        self, course_id: str, user_id: str, ids: Sequence[str] | None = None
    ) -> Iterator[Page[CompetencyRating]]:
        """One record a competency of the course (or those of ``ids``), for one person."""
        ...


@runtime_checkable
class Sessions(Protocol):
    """``sessions``: meetings with their rolls, or video classes with the minutes of each."""

    def sessions(self, course_id: str, since: datetime | None = None) -> Iterator[Page[RemoteSession]]:
        """The sessions of a course with the marks of everybody; ``since`` leaves out what was over before."""
        ...


@runtime_checkable
class Changes(Protocol):
    """``changes``: hints of what to read again."""

    def changes(self, modules: Sequence[ModuleRef], since: datetime) -> Iterator[Page[Change]]:
        """What moved in these modules (of any courses) since an instant of the remote's clock. May tell too much, and
        misses what the platform does not record."""
        ...


@runtime_checkable
class Groups(Protocol):
    """``groups``: who learns together."""

    def groups(self, course_id: str) -> Iterator[Page[RemoteGroup]]:
        """The groups of a course with their members."""
        ...

    def cohorts(self) -> Iterator[Page[RemoteGroup]]:
        """The groups of the whole platform with their members."""
        ...


@runtime_checkable
class Backups(Protocol):
    """``backups``: whole courses to take away."""

    def backups(self, course_id: str) -> Iterator[Page[RemoteFile]]:
        """The backups of a course that this account may fetch, the newest first."""
        ...

    def fetch(self, file: RemoteFile, *, max_bytes: int) -> bytes:
        """The bytes of a backup. Raises :class:`~connectors.errors.TooLarge`."""
        ...


@runtime_checkable
class Recordings(Protocol):
    """``recordings``: what was recorded of video classes."""

    def recordings(self, keys: Sequence[str]) -> Iterator[Page[RemoteRecording]]:
        """The recordings of these classes, those not published yet too."""
        ...


@runtime_checkable
class Diagnosing(Protocol):
    """``diagnosis``: what keeps the platform from being read well, and what to ask for."""

    def diagnose(self) -> Iterator[Symptom]:
        """Findings one by one, the worst that can be told early first. A fault of the network is a finding too."""
        ...


PROTOCOLS: Mapping[Capability, type] = {
    Capability.CATALOGUE: Catalogue,
    Capability.CONTENTS: Contents,
    Capability.PEOPLE: People,
    Capability.ROSTER: Roster,
    Capability.ENROLMENTS: Enrolments,
    Capability.ACTIVITY_COMPLETION: ActivityCompletions,
    Capability.COURSE_COMPLETION: CourseCompletions,
    Capability.BULK_COURSE_COMPLETION: BulkCourseCompletions,
    Capability.GRADES: Grades,
    Capability.COMPETENCIES: Competencies,
    Capability.SESSIONS: Sessions,
    Capability.CHANGES: Changes,
    Capability.GROUPS: Groups,
    Capability.BACKUPS: Backups,
    Capability.RECORDINGS: Recordings,
    Capability.DIAGNOSIS: Diagnosing,
    Capability.ENROL: acts.Enrol,
    Capability.UNENROL: acts.Unenrol,
    Capability.WRITE_GROUPS: acts.WriteGroups,
    Capability.MARK_ATTENDANCE: acts.MarkAttendance,
    Capability.SET_COMPLETION: acts.SetCompletion,
    Capability.SEND_GRADE: acts.SendGrade,
    Capability.MEETINGS: acts.Meetings,
}
