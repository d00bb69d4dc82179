"""What a connector may be able to do, one Protocol a capability.

Every read yields :class:`~connectors.records.Page` objects (at least one) as they arrive, so that memory follows the
page and not the platform, and raises :class:`~connectors.errors.ConnectorError`. What a platform leaves out without
an error is told in the notices of the page. Ids in the parameters are those of the records.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

from connectors.records import (
    ActivityCompletion,
    CourseCompletion,
    Grade,
    Notice,
    Page,
    RemoteCourse,
    RemoteEnrolment,
    RemoteModule,
    RemoteSite,
    RemoteUser,
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


@dataclass(frozen=True)
class Negotiation:
    """What this platform lets this account do, asked once before reading.

    ``missing``: for each capability that is not possible, what lacks, by the platform's own names: a function, or
    ``feature:<name>`` switched off on the site, or ``setting:<name>`` of ours left empty.
    """

    site: RemoteSite
    possible: frozenset[Capability]
    missing: Mapping[Capability, tuple[str, ...]] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


class Connector(Protocol):
    """What every connector answers."""

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

    def all_course_completions(self) -> Iterator[Page[CourseCompletion]]:
        """One record an enrolment. People and courses are named as the remote's report names them."""
        ...


@runtime_checkable
class Grades(Protocol):
    """``grades``: the grade items of a course."""

    def grades(self, course_id: str, user_id: str | None = None) -> Iterator[Page[Grade]]:
        """Every item for everybody in the course, or for one person."""
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
}
