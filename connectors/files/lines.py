"""Rows of a partner's file as records: each line by itself, with what is wrong with it."""

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import BinaryIO, Final, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from connectors.files import cells
from connectors.files.columns import Kind, plain
from connectors.records import (
    ActivityCompletion,
    ActivityState,
    AttendanceMark,
    CompletionTracking,
    CourseCompletion,
    CourseRef,
    Grade,
    Presence,
    RemoteCourse,
    RemoteEnrolment,
    RemoteModule,
    RemoteSession,
    RemoteUser,
)
from connectors.tables import LARGEST, Row, Table, TableRefused, open_table

MOST_LINES: Final = 200_000
_LONGEST_CELL: Final = 500
_LONGEST_DAY: Final = 24 * 60
_LEFT: Final = frozenset(
    {"annule", "annulee", "abandon", "abandonne", "abandonnee", "desinscrit", "desinscrite", "refuse", "refusee",
     "cancelled", "canceled", "dropped", "withdrawn"}
)  # fmt: skip
ValueT = TypeVar("ValueT")
Record = CourseCompletion | ActivityCompletion | Grade


@dataclass(frozen=True)
class Fault:
    """Why a line cannot be taken. ``code`` is stable; ``target`` the meaning of the column it lies in, if in one;
    ``said`` what stands there, cut to 60 characters (personal data: not for logs)."""

    code: str
    target: str = ""
    said: str = field(default="", repr=False)


@dataclass(frozen=True)
class Line:
    """One line. With ``faults`` it has no records. ``notes``: what was taken for granted, as faults that do no harm.
    ``modules``, ``session``, ``starts``: where the line speaks of one. ``keyed_by``: what names the person."""

    number: int
    name: str = field(default="", repr=False)
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    keyed_by: str = ""
    user: RemoteUser | None = None
    course: RemoteCourse | None = None
    module: RemoteModule | None = None
    enrolment: RemoteEnrolment | None = None
    records: tuple[Record, ...] = ()
    progress: float | None = None
    minutes: float | None = None
    session: RemoteSession | None = None


def hashed(text: str) -> str:
    """A name that tells nothing to whoever reads it, the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


class Reader:
    """Reads one file. ``headers``, ``epoch`` and ``separator`` are known once it is made.

    ``base_url`` names courses that have no address; ``zone``: that of the file's hours; ``opaque`` makes ids of
    e-mails. Raises TableRefused: ``empty``, ``twice`` (``header``), ``too_many_lines`` and those of ``open_table``.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        kind: Kind,
        *,
        base_url: str,
        zone: str = "Europe/Paris",
        opaque: Callable[[str], str] = hashed,
        largest: int = LARGEST,
    ) -> None:
        self.kind, self._base, self._zone, self._opaque = kind, base_url.rstrip("/"), ZoneInfo(zone), opaque
        self._table: Table = open_table(file, name, largest=largest)
        self._rows = (row for row in self._table.rows if any(cell.strip() for cell in row.cells))
        first = next(self._rows, None)
        if first is None:
            raise TableRefused("empty")
        self._width = len(first.cells)
        self.headers = tuple(cell.strip()[:80] for cell in first.cells)
        twice = [it for it in self.headers if it and self.headers.count(it) > 1]
        if twice:
            raise TableRefused("twice", header=twice[0])

    def samples(self, most: int = 3) -> list[list[str]]:
        """The first rows below the header; the lines read later begin with them all the same."""
        some = [row for _, row in zip(range(most), self._rows, strict=False)]
        self._rows = chain(some, self._rows)  # type: ignore[assignment]  # read on in the same way
        return [[cell.strip()[:60] for cell in row.cells] for row in some]

    def lines(self, mapping: Mapping[str, str]) -> Iterator[Line]:
        """Every line below the header; ``mapping``: target -> header. Raises TableRefused on the way."""
        places = {key: self.headers.index(header) for key, header in mapping.items() if header in self.headers}
        names = {key: self.headers[at] for key, at in places.items()}
        for count, row in enumerate(self._rows):
            if count == MOST_LINES:
                raise TableRefused("too_many_lines", most=MOST_LINES)
            yield self._line(row, places, names)

    def _line(self, row: Row, places: Mapping[str, int], names: Mapping[str, str]) -> Line:
        said = {key: row.cells[at].strip()[:_LONGEST_CELL] for key, at in places.items() if at < len(row.cells)}
        faults = [Fault("broken_cell", key) for key, at in places.items() if at in row.broken]
        if self._is_cut_otherwise(row):
            return Line(row.number, faults=(Fault("columns"),))
        reading = _Reading(said, names, self._table.epoch, faults)
        line = self._made(row.number, reading)
        if not reading.faults:
            return line
        # A line that names a course and nobody says that there is such a course.
        course = line.course if [it.code for it in reading.faults] == ["nobody"] else None
        return Line(row.number, line.name, tuple(reading.faults), course=course)

    def _is_cut_otherwise(self, row: Row) -> bool:
        """Whether a row has not the columns of the header: more cells, or one that holds another separator."""
        filled = [cell for cell in row.cells if cell.strip()]
        beyond = any(cell.strip() for cell in row.cells[self._width :])
        return beyond or (len(row.cells) == 1 and self._width > 1 and bool(re.search(r"[;\t,]", "".join(filled))))

    def _made(self, number: int, it: "_Reading") -> Line:
        user, keyed_by, name = self._user(it)
        course = self._course(it)
        if it.faults or user is None or course is None:
            return Line(number, name, course=course)
        enrolment = RemoteEnrolment(CourseRef(course.id, None, course.shortname), user)
        if self.kind is Kind.ROSTER:
            left = plain(it.text("state")) in _LEFT
            at = it.take("last_access", self._instant)
            enrolment = RemoteEnrolment(enrolment.course, user, not left, None, at)
            notes = (Fault("left", "state", it.text("state")[:60]),) if left else ()
            return Line(number, name, (), notes, keyed_by, user, course, enrolment=enrolment)
        if self.kind is Kind.RESULTS:
            return self._results(it, Line(number, name, (), (), keyed_by, user, course, None, enrolment), user, course)
        return self._attendance(it, Line(number, name, (), (), keyed_by, user, course, None, enrolment), user, course)

    def _user(self, it: "_Reading") -> tuple[RemoteUser | None, str, str]:
        family, given, full = it.text("family_name"), it.text("given_name"), it.text("full_name")
        name = f"{given} {family}".strip() or full
        own, ours, email = it.text("user_id"), it.text("idnumber"), it.text("email").lower()
        if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            it.fault("email", email)
        born = it.take("birth_date", lambda text: cells.day(text, it.epoch))
        whole = f"{plain(name)}|{born.isoformat()}" if born and name else ""
        for keyed_by, key in (("user_id", own), ("idnumber", ours), ("email", email), ("birth_date", whole)):
            if key:
                # An address or a name must not stand in a key, where an erasure would not find it.
                id_ = _id(key) if keyed_by in ("user_id", "idnumber") else f"{keyed_by[0]}-{self._opaque(key)}"
                user = RemoteUser(id_, key, ours or None, email or None, name or None, given or None, family or None)
                return user, keyed_by, name or key
        it.faults.append(Fault("name_alone" if name else "nobody"))
        return None, "", name

    def _course(self, it: "_Reading") -> RemoteCourse | None:
        title, code, url = it.text("course"), it.text("course_id"), it.text("course_url")
        if not title and not code and self.kind is Kind.ATTENDANCE:
            title = it.text("session")
        if not title and not code:
            it.faults.append(Fault("no_course"))
            return None
        key = _id(code or title)
        if url and not url.startswith(("https://", "http://")):
            it.fault("course_url", url)
        address = url or f"{self._base}/formation/{quote(key, safe='')}"
        return RemoteCourse(key, code or title, title or code, address, code or None)

    def _module(self, it: "_Reading", course: RemoteCourse) -> RemoteModule | None:
        title, code, url = it.text("module"), it.text("module_id"), it.text("module_url")
        if not (title or code):
            return None
        if url and not url.startswith(("https://", "http://")):
            it.fault("module_url", url)
        key = f"{course.id}/{_id(code or title)}"
        address = url or f"{course.url}#{quote(_id(code or title), safe='')}"
        return RemoteModule(key, course.id, "activity", title or code, "", 0, address,
                            tracking=CompletionTracking.AUTOMATIC)  # fmt: skip

    def _results(self, it: "_Reading", line: Line, user: RemoteUser, course: RemoteCourse) -> Line:
        module = self._module(it, course)
        done, passed = it.take("completed", cells.yes), it.take("passed", cells.yes)
        at = it.take("completed_at", self._instant)
        progress = it.take("progress", cells.share)
        spent = it.take("minutes", lambda text: cells.minutes(text, header=it.names.get("minutes", "")))
        if done is None and (at is not None or passed):
            done = True
        if done is False:
            at = None
        grade = self._grade(it, user, course, module, at)
        if it.faults:
            return line
        records: list[Record] = [] if grade is None else [grade]
        if done is not None or passed is not None or progress is not None or spent is not None:
            seen = it.take("last_access", self._instant)
            records.insert(0, _completion(user, course, module, done, passed, at, seen))
        if not records:
            it.faults.append(Fault("nothing_said"))
        return replace(line, module=module, records=tuple(records), progress=progress, minutes=spent)

    def _grade(
        self, it: "_Reading", user: RemoteUser, course: RemoteCourse, module: RemoteModule | None, at: datetime | None
    ) -> Grade | None:
        found = it.take("score", cells.score)
        most = it.take("score_max", cells.number)
        if found is None or it.faults:
            return None
        points, maximum = found[0], found[1] if found[1] is not None else most
        if maximum is None:
            it.fault("score_max", "")
        elif maximum <= 0 or not 0 <= points <= maximum:
            it.fault("score", it.text("score"))
        if it.faults or maximum is None:
            return None
        item = module.id if module else "course"
        return Grade(course.id, user.id, item, "mod" if module else "course", 0.0, maximum, points,
                     module.name if module else course.fullname, module.id if module else None,
                     "activity" if module else None, at)  # fmt: skip

    def _attendance(self, it: "_Reading", line: Line, user: RemoteUser, course: RemoteCourse) -> Line:
        notes: list[Fault] = []
        span = self._span(it)
        word = it.take("presence", cells.presence)
        stay = it.take("minutes", lambda text: cells.minutes(text, header=it.names.get("minutes", "")))
        late = it.take("late", lambda text: cells.minutes(text, header="minutes"))
        signed = it.take("signed_at", lambda text: True if text else None)
        if word is None and (signed or stay):
            word = Presence.PRESENT
        if word is None and not it.faults:
            it.faults.append(Fault("nothing_said"))
        if it.faults or span is None or word is None:
            return line
        starts, ends = span
        if word in (Presence.ABSENT, Presence.EXCUSED):
            stay = 0.0
        length = (ends - starts).total_seconds() / 60 if ends else None
        if stay is None and length is None:
            it.faults.append(Fault("no_duration"))
            return line
        if stay is None and late and length is not None:
            stay = max(length - late, 0.0)
        elif stay is None and word is Presence.LATE:
            notes.append(Fault("late_unknown"))
        if stay is not None and length is not None and stay > length + 1:
            it.fault("minutes", it.text("minutes") or it.text("late"))
        if it.faults:
            return line
        mark = AttendanceMark(user.ref, word, stay)
        title = it.text("session") or course.fullname
        key = _id(it.text("session_id")) if it.text("session_id") else starts.strftime("%Y%m%dT%H%MZ")
        session = RemoteSession(key, title, starts, ends, course.id, marks=(mark,))
        return replace(line, notes=tuple(notes), session=session)

    def _span(self, it: "_Reading") -> tuple[datetime, datetime | None] | None:
        """Beginning and end as instants (UTC); without hours a half-day begins at 9:00 or 14:00, and has no end."""
        which = it.take("day", lambda text: cells.day(text, it.epoch))
        if which is None and "day" not in it.bad:
            with contextlib.suppress(ValueError):
                which = cells.day(it.text("starts"), it.epoch)
        first, last = it.take("starts", cells.hour), it.take("ends", cells.hour)
        if first is None and " " in it.text("day") and not it.faults:
            first = it.take("day", cells.hour)
        after = it.take("half_day", cells.afternoon)
        if which is None and not it.faults:
            it.faults.append(Fault("no_day", "day"))
        if it.faults or which is None:
            return None
        if first is None:
            first, last = time(14) if after else time(9), None
        starts = datetime.combine(which, first, self._zone).astimezone(UTC)
        ends = datetime.combine(which, last, self._zone).astimezone(UTC) if last else None
        if ends is not None and not timedelta() < ends - starts <= timedelta(minutes=_LONGEST_DAY):
            it.fault("ends", it.text("ends"))
        return starts, ends

    def _instant(self, text: str) -> datetime | None:
        found = cells.moment(text, self._table.epoch)
        return found[0].replace(tzinfo=self._zone).astimezone(UTC) if found else None


@dataclass
class _Reading:
    """The cells of one row by what they mean, and the faults found while they are read."""

    said: Mapping[str, str]
    names: Mapping[str, str]
    epoch: date
    faults: list[Fault]
    bad: set[str] = field(default_factory=set)

    def text(self, key: str) -> str:
        return self.said.get(key, "")

    def take(self, key: str, parse: Callable[[str], ValueT | None]) -> ValueT | None:
        """The value of a cell; what cannot be read is a fault of the line."""
        if key in self.bad or not self.text(key):
            return None
        try:
            return parse(self.text(key))
        except (ValueError, OverflowError):
            self.fault(key, self.text(key))
            return None

    def fault(self, key: str, said: str) -> None:
        if key not in self.bad:
            self.bad.add(key)
            self.faults.append(Fault(f"bad_{key}", key, said[:60]))


def _completion(
    user: RemoteUser,
    course: RemoteCourse,
    module: RemoteModule | None,
    done: bool | None,
    passed: bool | None,
    at: datetime | None,
    seen: datetime | None,
) -> Record:
    """The state that a line tells, of a module or of the whole course."""
    if module is None and passed is None:
        about = CourseRef(course.id)
        return CourseCompletion(about, user.ref, done, at, timedelta(minutes=1), last_access_at=seen)
    state = ActivityState.INCOMPLETE if not done else ActivityState.COMPLETED
    if passed is not None:
        state = ActivityState.PASSED if passed else ActivityState.FAILED
    return ActivityCompletion(course.id, module.id if module else "", user.id, state, "activity", at,
                              counts=bool(done))  # fmt: skip


def _id(text: str) -> str:
    """A key of a partner's, short and free of what separates keys; told apart by a digest where that changed it."""
    slug = re.sub(r"[^a-z0-9._@-]+", "-", plain(text)).strip("-")[:60] or "x"
    return slug if slug == text else f"{slug}-{hashlib.sha256(text.strip().casefold().encode()).hexdigest()[:6]}"


def with_user(line: Line, user: RemoteUser) -> Line:
    """The line, about the same person under the id by which the platform is known to name them."""
    enrolment = replace(line.enrolment, user=user) if line.enrolment else None
    records = tuple(
        replace(it, user=user.ref) if isinstance(it, CourseCompletion) else replace(it, user_id=user.id)
        for it in line.records
    )
    session = line.session
    if session is not None:
        session = replace(session, marks=tuple(replace(mark, user=user.ref) for mark in session.marks))
    return replace(line, user=user, enrolment=enrolment, records=records, session=session)
