"""Moodle 4.1 and later, read through its web services. Facts: recorded on 4.5.6; docstrings of the neighbours say
which.
"""

from collections.abc import Iterator, Mapping, Sequence

from connectors.capabilities import Negotiation, UserKey
from connectors.errors import SettingRefused
from connectors.http import HttpClient
from connectors.moodle import catalogue, completion, functions, grades, people, report, site
from connectors.moodle.client import MoodleClient
from connectors.moodle.encoding import Value
from connectors.paging import at_most
from connectors.records import (
    ActivityCompletion,
    CourseCompletion,
    Grade,
    Notice,
    Page,
    RemoteCourse,
    RemoteEnrolment,
    RemoteModule,
    RemoteUser,
)
from connectors.secret import Secret

MAX_PAGES = 1000
Params = dict[str, Value]


class MoodleConnector:
    """One Moodle site. ``report_id``: number of the course-participants report, empty when the site has none."""

    def __init__(self, client: MoodleClient, report_id: str = "") -> None:
        self._client = client
        self._report_id = report_id

    def __repr__(self) -> str:
        return f"MoodleConnector({self._client!r}, report={self._report_id or None})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def negotiate(self) -> Negotiation:
        """One call. Raises :class:`~connectors.errors.InvalidToken` and the errors of HTTP."""
        return site.negotiation(self._client.read(functions.SITE_INFO), self._client.site_url, self._report_id)

    def courses(self, ids: Sequence[str] | None = None) -> Iterator[Page[RemoteCourse]]:
        """One call for all: Moodle does not page this list."""
        if ids is not None and not ids:
            yield Page()
            return
        params: Params = {"options": {"ids": list(ids)}} if ids else {}
        page = catalogue.parse_courses(self._client.read(functions.COURSES, params), self._client.site_url)
        yield catalogue.missing_courses(page, ids or ())

    def modules(self, course_id: str) -> Iterator[Page[RemoteModule]]:
        """One call. Raises :class:`~connectors.errors.DataDrift` for a course that is gone."""
        params: Params = {"courseid": course_id, "options": [{"name": "excludecontents", "value": True}]}
        yield catalogue.parse_modules(self._client.read(functions.CONTENTS, params), course_id)

    def people(self, key: UserKey, values: Sequence[str]) -> Iterator[Page[RemoteUser]]:
        """One call for each 100 values."""
        for start in range(0, len(values) or 1, people.LOOKUP_PAGE):
            some = list(values[start : start + people.LOOKUP_PAGE])
            params: Params = {"field": key, "values": some}
            yield (
                people.parse_people(self._client.read(functions.USERS_BY_FIELD, params), key, some) if some else Page()
            )

    def roster(self, course_id: str) -> Iterator[Page[RemoteEnrolment]]:
        """One call a page of 500. The list has no total: a short page is the last."""
        return at_most(self._roster_pages(course_id), MAX_PAGES, where=f"roster of course {course_id}")

    def enrolments(self, user_id: str) -> Iterator[Page[RemoteEnrolment]]:
        """One call; the count of participants, which costs as much as the rest, is not asked."""
        params: Params = {"userid": user_id, "returnusercount": False}
        yield people.parse_users_courses(self._client.read(functions.USERS_COURSES, params), user_id)

    def activity_completions(self, course_id: str, user_id: str) -> Iterator[Page[ActivityCompletion]]:
        """One call of some 45 ms on the site: for the pairs that moved, not for everybody."""
        params = {"courseid": course_id, "userid": user_id}
        yield completion.parse_activities(
            self._client.read(functions.ACTIVITIES_COMPLETION, params), course_id, user_id
        )

    def course_completion(self, course_id: str, user_id: str) -> Iterator[Page[CourseCompletion]]:
        """One call, with the state of each criterion."""
        params = {"courseid": course_id, "userid": user_id}
        yield completion.parse_course_completion(
            self._client.read(functions.COURSE_COMPLETION, params), course_id, user_id
        )

    def all_course_completions(self) -> Iterator[Page[CourseCompletion]]:
        """One call a page of 1,000 rows of the report, at once. Raises ``SettingRefused`` when no report is
        configured.
        """
        if not self._report_id:
            raise SettingRefused("report", "required for reading in bulk")
        return at_most(self._report_pages(), MAX_PAGES, where=f"report {self._report_id}")

    def grades(self, course_id: str, user_id: str | None = None) -> Iterator[Page[Grade]]:
        """One call; for everybody it is one answer of about 3.6 KB a learner, so a very large course ends in
        ``TooLarge``.
        """
        params = {"courseid": course_id, "userid": user_id or "0"}
        yield grades.parse_grades(self._client.read(functions.GRADE_ITEMS, params), user_id)

    def _roster_pages(self, course_id: str) -> Iterator[Page[RemoteEnrolment]]:
        start = 0
        while True:
            answer = self._client.read(functions.ENROLLED_USERS, people.roster_params(course_id, start))
            yield people.parse_roster(answer, course_id)
            if len(answer) < people.ROSTER_PAGE:
                return
            start += people.ROSTER_PAGE

    def _report_pages(self) -> Iterator[Page[CourseCompletion]]:
        seen: set[int] = set()
        last = 0
        number = 0
        while True:
            params: Params = {"reportid": self._report_id, "page": number, "perpage": report.REPORT_PAGE}
            answer = self._client.read(functions.RETRIEVE_REPORT, params)
            page = report.parse_report(answer)
            keys = [hash((record.course, record.user)) for record in page.items]
            # Two enrolment methods give two rows, neighbours in a sorted report. Any other repetition across pages
            # means that rows moved between two calls, so others were skipped.
            if not seen.isdisjoint(set(keys) - {last}):
                notice = Notice("unsorted", f"report {self._report_id}", "rows repeat between pages: sort the report")
                page = Page(page.items, (*page.notices, notice))
            yield page
            seen.update(keys)
            last = keys[-1] if keys else last
            number += 1
            if number * report.REPORT_PAGE >= report.total_rows(answer):
                return


def connect(settings: Mapping[str, str], http: HttpClient) -> MoodleConnector:
    """A connector from cleaned settings (``url``, ``token``, ``report``)."""
    return MoodleConnector(MoodleClient(settings["url"], Secret(settings["token"]), http), settings["report"])
