"""An Open edX LMS read through its REST APIs. Facts: edx-platform's own documentation and views; docstrings of the
neighbours say which.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from connectors.capabilities import Negotiation, UserKey
from connectors.errors import (
    ConnectorError,
    DataDrift,
    MissingRight,
    NotPossible,
    RemoteRefused,
    RemoteRejected,
)
from connectors.http import HttpClient
from connectors.meter import Meter
from connectors.openedx import catalogue, people, progress, routes
from connectors.openedx.client import OpenEdxClient
from connectors.openedx.doctor import diagnose
from connectors.openedx.site import examine
from connectors.records import (
    ActivityCompletion,
    CourseCompletion,
    Grade,
    Page,
    RemoteCourse,
    RemoteEnrolment,
    RemoteModule,
    RemoteUser,
    Symptom,
)
from connectors.secret import Secret

COURSES_PAGE = "100"
SINGLY = 5
"""Courses up to which each is asked for alone."""


class OpenEdxConnector:
    """One LMS. ``org``: only the courses of this organisation; ``mode``: enrolment mode that ``enrol`` asks for (empty:
    the course's own)."""

    def __init__(self, client: OpenEdxClient, org: str = "", mode: str = "") -> None:
        self._client, self._org, self._mode = client, org, mode
        self._gradebook: bool | None = None

    def __repr__(self) -> str:
        return f"OpenEdxConnector({self._client!r}, org={self._org or None})"

    @property
    def org(self) -> str:
        """Short name of the only organisation that is read; empty: all."""
        return self._org

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def meter(self) -> Meter:
        """What this connector has cost so far."""
        return self._client.meter

    def negotiate(self) -> Negotiation:
        """Six calls: a token, who we are, one of each list. Raises InvalidToken and the errors of HTTP."""
        found = examine(self._client, self._org).negotiation
        self.resume(found.found)
        return found

    def resume(self, found: Mapping[str, str]) -> None:
        """Take up whether the gradebook is open to us."""
        told = found.get("gradebook", "")
        self._gradebook = told == "yes" if told else None

    def diagnose(self) -> Iterator[Symptom]:
        """See :func:`connectors.openedx.doctor.diagnose`."""
        return diagnose(self, self._client)

    def courses(self, ids: Sequence[str] | None = None) -> Iterator[Page[RemoteCourse]]:
        """One call for each 100 courses, or one for each of a few."""
        if ids is not None and not ids:
            yield Page()
            return
        if ids is not None and len(ids) <= SINGLY:
            yield from (self._one_course(one) for one in ids)
            return
        there: set[str] = set()
        for page in self._all_courses():
            some = page.items if ids is None else tuple(one for one in page.items if one.id in ids)
            there.update(one.id for one in some)
            yield Page(some, page.notices)
        if ids is not None:
            yield Page(notices=tuple(routes.gone(one) for one in ids if one not in there))

    def _all_courses(self) -> Iterator[Page[RemoteCourse]]:
        asked = {"page_size": COURSES_PAGE, **({"org": self._org} if self._org else {})}
        for page in self._client.by_cursor(routes.COURSES, asked):
            yield catalogue.parse_courses(page, self._client.site_url)

    def _one_course(self, course_id: str) -> Page[RemoteCourse]:
        try:
            answer = self._client.get(f"{routes.COURSES}{quote(course_id, safe=':+')}/")
        except RemoteRejected as refused:
            if refused.status != 404:
                raise
            return Page(notices=(routes.gone(course_id),))
        return Page((catalogue.parse_course(answer, self._client.site_url),))

    def modules(self, course_id: str) -> Iterator[Page[RemoteModule]]:
        """One call. Raises DataDrift for a course that is gone, MissingRight without the course's staff right."""
        asked = {"course_id": course_id, "all_blocks": "true", "depth": "all", "requested_fields": catalogue.FIELDS}
        answer = _of_course(course_id, routes.BLOCKS, lambda: self._client.get(routes.BLOCKS, asked))
        yield catalogue.parse_modules(answer, course_id, self._client.site_url)

    def people(self, key: UserKey, values: Sequence[str]) -> Iterator[Page[RemoteUser]]:
        """One call for each 100 values; an Open edX has no ID numbers, so these are never found."""
        for start in range(0, len(values) or 1, people.LOOKUP_PAGE):
            some = list(values[start : start + people.LOOKUP_PAGE])
            found = self._accounts("email" if key == "email" else "username", some) if key != "idnumber" else {}
            yield people.named(found, key, some) if some else Page()

    def _accounts(self, name: str, values: Sequence[str]) -> dict[str, RemoteUser]:
        if not values:
            return {}
        try:
            return people.parse_accounts(self._client.get(routes.ACCOUNTS, {name: ",".join(values)}))
        except RemoteRejected as refused:
            # Nobody found is 404 with nothing in it; a page of a proxy says something.
            if refused.status == 404 and not refused.excerpt.lstrip().startswith("<"):
                return {}
            raise

    def roster(self, course_id: str) -> Iterator[Page[RemoteEnrolment]]:
        """Two calls a page of 100: the enrolments, the names of their accounts."""
        total = 0
        for page in self._enrolments({"course_id": course_id}):
            total += len(page.items)
            yield page
        if not total and self._one_course(course_id).notices:  # an unknown course has an empty list, not an error
            raise DataDrift(f"course {course_id} is gone")

    def enrolments(self, user_id: str) -> Iterator[Page[RemoteEnrolment]]:
        """Two calls for each 100 courses of one person."""
        return self._enrolments({"username": user_id})

    def _enrolments(self, asked: Mapping[str, str]) -> Iterator[Page[RemoteEnrolment]]:
        params = {**asked, "page_size": str(people.ENROLMENTS_PAGE)}
        for page in _listed(routes.ENROLMENTS, self._client.by_cursor(routes.ENROLMENTS, params)):
            rows = [row for row in people.enrolments_of(page) if row.get("is_active") is not False]
            names = list(dict.fromkeys(row["user"] for row in rows if isinstance(row.get("user"), str)))
            accounts, notices = self._named(names)
            yield Page(tuple(people.parse_enrolment(row, accounts) for row in rows), notices)

    def _named(self, usernames: Sequence[str]) -> tuple[dict[str, RemoteUser], tuple[Any, ...]]:
        """Names and addresses; where accounts are closed to us user names have to do."""
        try:
            return self._accounts("username", usernames), ()
        except RemoteRefused as refused:
            return {}, (routes.unnamed(str(refused)),)

    def activity_completions(self, course_id: str, user_id: str) -> Iterator[Page[ActivityCompletion]]:
        """One call: the whole course as one learner sees it."""
        asked = {"course_id": course_id, "username": user_id, "depth": "all",
                 "requested_fields": "completion,children"}  # fmt: skip
        answer = _of_course(course_id, routes.BLOCKS, lambda: self._client.get(routes.BLOCKS, asked))
        yield progress.activities(answer, course_id, user_id)

    def course_completion(self, course_id: str, user_id: str) -> Iterator[Page[CourseCompletion]]:
        """One call; passed is completed."""
        path = f"{routes.GRADES}{quote(course_id, safe=':+')}/"
        answer = _of_course(course_id, path, lambda: self._client.get(path, {"username": user_id}))
        yield progress.course_completions(answer)

    def all_course_completions(self, *, thorough: bool = False) -> Iterator[Page[CourseCompletion]]:
        """The list of courses, then for each one call for every 1,000 learners. A course of which the account is no
        staff is told and left out."""
        empty = True
        for courses in self.courses():
            for course in courses.items:
                empty = False
                yield from self._course_grades(course.id)
        if empty:
            yield Page()

    def _course_grades(self, course_id: str) -> Iterator[Page[CourseCompletion]]:
        path = f"{routes.GRADES}{quote(course_id, safe=':+')}/"
        pages = self._client.by_cursor(path, {"page_size": str(progress.GRADES_PAGE)})
        try:
            for page in pages:
                yield progress.course_completions(page.get("results"))
        except (RemoteRefused, RemoteRejected) as refused:
            if refused.status not in (403, 404):
                raise
            yield Page(notices=(routes.closed(course_id, str(refused)),))

    def grades(self, course_id: str, user_id: str | None = None) -> Iterator[Page[Grade]]:
        """The gradebook (course and graded subsections), one call for every 1,000 learners; the course's grade alone
        where the gradebook is closed to us."""
        if self._gradebook is not False:
            try:
                yield from self._from_gradebook(course_id, user_id)
                return
            except RemoteRefused as refused:
                if refused.status != 403:
                    raise
                self._gradebook = False
        path = f"{routes.GRADES}{quote(course_id, safe=':+')}/"
        if user_id is not None:
            rows = _of_course(course_id, path, lambda: self._client.get(path, {"username": user_id}))
            yield progress.course_grades(rows)
            return
        for page in _listed(path, self._client.by_cursor(path, {"page_size": str(progress.GRADES_PAGE)}), course_id):
            yield progress.course_grades(page.get("results"))

    def _from_gradebook(self, course_id: str, user_id: str | None) -> Iterator[Page[Grade]]:
        path = f"{routes.GRADEBOOK}{quote(course_id, safe=':+')}/"
        if user_id is not None:
            try:
                yield progress.gradebook([self._client.get(path, {"username": user_id})], course_id)
            except RemoteRejected as refused:
                raise _drift(refused, f"course {course_id}") from None
            return
        try:
            for page in self._client.by_cursor(path, {"page_size": str(progress.GRADES_PAGE)}):
                yield progress.gradebook(page.get("results"), course_id)
        except RemoteRejected as refused:
            raise _drift(refused, f"course {course_id}") from None

    def enrol(self, course_id: str, user_ids: Sequence[str], *, until: datetime | None = None) -> None:
        """One call a person. An enrolment of Open edX has no end of its own: ``until`` raises NotPossible."""
        if until is not None:
            raise NotPossible("an end date of an enrolment")
        for user in user_ids:
            self._enrolment(course_id, user, active=True)

    def unenrol(self, course_id: str, user_ids: Sequence[str]) -> None:
        """One call a person; what they did stays on the platform."""
        for user in user_ids:
            self._enrolment(course_id, user, active=False)

    def _enrolment(self, course_id: str, user: str, *, active: bool) -> None:
        mode = {"mode": self._mode} if self._mode and active else {}
        asked = {"user": user, "is_active": active, "course_details": {"course_id": course_id}, **mode}
        try:
            self._client.post(routes.ENROLMENT, asked)
        except RemoteRejected as refused:
            if refused.status == 406:
                raise DataDrift("nobody has that user name", where=refused.where, status=406) from None
            if refused.status == 404:  # so it answers an account that is no global staff
                raise MissingRight(routes.ENROLMENT, (routes.STAFF,), where=refused.where) from None
            raise
        except RemoteRefused as refused:
            raise _right(refused, routes.ENROLMENT) from None


def _of_course(course_id: str, route: str, ask: Callable[[], Any]) -> Any:
    """What is asked about one course: 404 means that it (or the person in it) is gone, 403 that a right lacks."""
    try:
        return ask()
    except RemoteRejected as refused:
        raise _drift(refused, f"course {course_id}") from None
    except RemoteRefused as refused:
        raise _right(refused, route) from None


def _listed(route: str, pages: Iterator[Mapping[str, Any]], course_id: str = "") -> Iterator[Mapping[str, Any]]:
    """The same for pages."""
    following = partial(next, pages, None)
    while (page := _of_course(course_id, route, following)) is not None:
        yield page


def _drift(refused: RemoteRejected, what: str) -> ConnectorError:
    if refused.status != 404:
        return refused
    return DataDrift(f"{what} is gone", where=refused.where, status=404, excerpt=refused.excerpt)


def _right(refused: RemoteRefused, route: str) -> ConnectorError:
    """A refusal in JSON is Open edX's own and names a right; one of a proxy stays what it is."""
    if refused.status != 403 or not refused.excerpt.lstrip().startswith("{"):
        return refused
    return MissingRight(route, routes.RIGHTS.get(routes.family(route), ()), where=refused.where)


def connect(settings: Mapping[str, str], http: HttpClient) -> OpenEdxConnector:
    """A connector from cleaned settings (``url``, ``client_id``, ``client_secret``, ``org``, ``mode``)."""
    client = OpenEdxClient(settings["url"], settings["client_id"], Secret(settings["client_secret"]), http)
    return OpenEdxConnector(client, settings.get("org", ""), settings.get("mode", ""))
