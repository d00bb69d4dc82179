"""A partner's files behind the contract of every connector: what was given is read, nothing is called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import TypeVar

from connectors.capabilities import Capability, Negotiation
from connectors.errors import DataDrift, TooLarge, Unreadable
from connectors.files.columns import Kind, propose
from connectors.files.lines import Line, Reader
from connectors.files.profiles import PROFILES
from connectors.http import HttpClient
from connectors.meter import Meter
from connectors.records import (
    ActivityCompletion,
    CourseCompletion,
    Grade,
    Notice,
    Page,
    RemoteCourse,
    RemoteEnrolment,
    RemoteModule,
    RemoteSession,
    RemoteSite,
)
from connectors.tables import TableRefused

PAGE = 500
DEFAULT_ZONE = "Europe/Paris"
RecordT = TypeVar("RecordT")
_POSSIBLE = frozenset(
    {
        Capability.CATALOGUE,
        Capability.CONTENTS,
        Capability.ROSTER,
        Capability.BULK_COURSE_COMPLETION,
        Capability.ACTIVITY_COMPLETION,
        Capability.GRADES,
        Capability.SESSIONS,
    }
)


@dataclass(frozen=True)
class Given:
    """A file as it was handed in. ``mapping``: target -> header, proposed from the headers where it is None."""

    kind: Kind
    data: bytes = field(repr=False)
    name: str = ""
    mapping: Mapping[str, str] | None = None


def connect(settings: Mapping[str, str], http: HttpClient) -> "FilesConnector":
    """Makes the connector; ``http`` is never used."""
    return FilesConnector(settings["url"], settings.get("profile", "any"), settings.get("zone") or DEFAULT_ZONE)


class FilesConnector:
    """Reads the files given to it. Without any it knows nothing, and says so with an empty page."""

    def __init__(self, url: str, profile: str, zone: str) -> None:
        self.url, self.profile, self.zone = url, PROFILES.get(profile, PROFILES["any"]), zone
        self._meter = Meter()
        self._given: list[Given] = []

    @property
    def meter(self) -> Meter:
        """Reading a file costs no call."""
        return self._meter

    def give(self, *files: Given) -> "FilesConnector":
        """Hand files in; gives the connector itself."""
        self._given += files
        return self

    def resume(self, found: Mapping[str, str]) -> None:
        """Nothing was negotiated."""

    def negotiate(self) -> Negotiation:
        """All of it is possible: it depends on the columns of each file."""
        site = RemoteSite(self.profile.title, self.url, "", "", "", "")
        return Negotiation(site, _POSSIBLE)

    def close(self) -> None:
        """Nothing is open."""

    def courses(self, ids: Sequence[str] | None = None) -> Iterator[Page[RemoteCourse]]:
        """The courses that the files speak of."""
        found: dict[str, RemoteCourse] = {}
        for line in self._lines():
            if line.course:
                found.setdefault(line.course.id, line.course)
        if ids is not None:
            notices = tuple(Notice("silent_miss", f"course {it}") for it in ids if it not in found)
            yield Page(tuple(found[it] for it in ids if it in found), notices)
            return
        yield from _paged(iter(found.values()))

    def modules(self, course_id: str) -> Iterator[Page[RemoteModule]]:
        """The activities of a course in the order in which they come first. Raises DataDrift for no such course."""
        found: dict[str, RemoteModule] = {}
        for line in self._of(course_id, *Kind):
            if line.module:
                found.setdefault(line.module.id, line.module)
        yield from _paged(iter(found.values()))

    def roster(self, course_id: str) -> Iterator[Page[RemoteEnrolment]]:
        """Who is in a course, by the files of enrolments."""
        seen: dict[str, RemoteEnrolment] = {}
        for line in self._of(course_id, Kind.ROSTER):
            if line.enrolment and line.enrolment.active:
                seen[line.enrolment.user.id] = line.enrolment
        yield from _paged(iter(seen.values()))

    def all_course_completions(self, *, thorough: bool = False) -> Iterator[Page[CourseCompletion]]:
        """What the files of results say of whole courses, and who was there last by the files of enrolments."""
        yield from _paged(_completions(self._lines()))

    def activity_completions(self, course_id: str, user_id: str) -> Iterator[Page[ActivityCompletion]]:
        """What the files of results say of one person's activities."""
        lines = self._of(course_id, Kind.RESULTS)
        yield from _paged(
            it for line in lines for it in line.records if isinstance(it, ActivityCompletion) and it.user_id == user_id
        )

    def grades(self, course_id: str, user_id: str | None = None) -> Iterator[Page[Grade]]:
        """The scores of a course, of one person or of all."""
        lines = self._of(course_id, Kind.RESULTS)
        yield from _paged(
            it for line in lines for it in line.records if isinstance(it, Grade) and user_id in (None, it.user_id)
        )

    def sessions(self, course_id: str, since: datetime | None = None) -> Iterator[Page[RemoteSession]]:
        """The meetings of a course with their rolls: lines that speak of one meeting are one record."""
        found: dict[str, RemoteSession] = {}
        for line in self._of(course_id, Kind.ATTENDANCE):
            it = line.session
            if it is None or (since and (it.ends_at or it.starts_at) < since):
                continue
            before = found.get(it.id)
            marks = (before.marks if before else ()) + it.marks
            found[it.id] = RemoteSession(it.id, it.title, it.starts_at, it.ends_at, it.course_id, marks=marks)
        yield from _paged(iter(found.values()))

    def _of(self, course_id: str, *kinds: Kind) -> Iterator[Line]:
        """Lines about a course. Raises DataDrift when no file speaks of it."""
        known = False
        for kind in Kind:
            for line in self._lines(kind):
                if line.course and line.course.id == course_id:
                    known = True
                    if line.user and kind in kinds:
                        yield line
        if not known:
            raise DataDrift("no file speaks of this course", where=self.url)

    def _lines(self, *kinds: Kind) -> Iterator[Line]:
        for given in self._given:
            if kinds and given.kind not in kinds:
                continue
            try:
                reader = Reader(BytesIO(given.data), given.name, given.kind, base_url=self.url, zone=self.zone)
                names = self.profile.names.get(given.kind, {})
                mapping = given.mapping or propose(given.kind, reader.headers, names)
                yield from reader.lines(mapping)
            except TableRefused as refused:
                kind = TooLarge if refused.code in ("too_large", "too_many_lines") else Unreadable
                raise kind(refused.code, where=self.url) from refused


def _completions(lines: Iterator[Line]) -> Iterator[CourseCompletion]:
    for line in lines:
        for it in line.records:
            if isinstance(it, CourseCompletion):
                yield it


def _paged(items: Iterator[RecordT]) -> Iterator[Page[RecordT]]:
    """Pages of ``PAGE`` records; at least one."""
    first = True
    while some := tuple(islice(items, PAGE)):
        yield Page(some)
        first = False
    if first:
        yield Page(())
