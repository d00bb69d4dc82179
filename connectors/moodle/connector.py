"""Moodle 4.1 and later, read through its web services. Facts: recorded on 4.5.6; docstrings of the neighbours say
which.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from connectors.capabilities import Negotiation, UserKey
from connectors.errors import ConnectorError, DataDrift, FunctionMissing, MissingRight, SettingRefused
from connectors.http import HttpClient
from connectors.meter import Meter
from connectors.moodle import catalogue, completion, functions, grades, people, report, reports, site
from connectors.moodle.acts import STUDENT_ROLE, Acts
from connectors.moodle.client import MoodleClient
from connectors.moodle.doctor import diagnose
from connectors.moodle.encoding import Value
from connectors.moodle.extras import MAX_PAGES, Extras
from connectors.moodle.faults import NO_COMPLETION
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
    Symptom,
)
from connectors.secret import Secret

Params = dict[str, Value]


class MoodleConnector(Extras, Acts):
    """One Moodle site. ``report_id``: number of the course-participants report; empty: ``negotiate`` looks for one.

    ``role``: id of the role that ``enrol`` gives. ``reads_competencies``: whether ``negotiate`` offers them.
    ``learners``: short names of the roles of learners; none: that of a fresh Moodle.
    """

    def __init__(
        self,
        client: MoodleClient,
        report_id: str = "",
        role: str = STUDENT_ROLE,
        *,
        reads_competencies: bool = True,
        learners: Collection[str] = (),
    ) -> None:
        self._client = client
        self._report_id = report_id
        self._thorough_id = report_id
        self._role = role
        self._reads_competencies = reads_competencies
        self._learners = frozenset(learners) or frozenset({people.LEARNER})
        self._account_id = ""

    def __repr__(self) -> str:
        return f"MoodleConnector({self._client!r}, report={self._report_id or None})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def meter(self) -> Meter:
        """What this connector has cost so far."""
        return self._client.meter

    def negotiate(self) -> Negotiation:
        """One call; where the site has custom reports, one more for their list and one for each that may fit.

        Raises :class:`~connectors.errors.InvalidToken` and the errors of HTTP.
        """
        answer = self._client.read(functions.SITE_INFO)
        told = site.parse_site(answer)
        self._account_id = told.account_id
        if {functions.LIST_REPORTS, functions.RETRIEVE_REPORT} <= told.functions:
            found = reports.find(self._client, self._report_id)
            self._report_id, self._thorough_id = found.usual, found.thorough
        return site.negotiation(
            answer, self._client.site_url, self._report_id, self._thorough_id, competencies=self._reads_competencies
        )

    def resume(self, found: Mapping[str, str]) -> None:
        """Take up what an earlier negotiation found: the reports and the account."""
        self._report_id = self._report_id or found.get("report", "")
        self._thorough_id = found.get("thorough") or self._report_id
        self._account_id = found.get("account", "")

    def _account(self) -> str:
        if not self._account_id:
            self._account_id = site.parse_site(self._client.read(functions.SITE_INFO)).account_id
        return self._account_id

    def diagnose(self) -> Iterator[Symptom]:
        """See :func:`connectors.moodle.doctor.diagnose`."""
        return diagnose(self, self._client)

    def courses(self, ids: Sequence[str] | None = None) -> Iterator[Page[RemoteCourse]]:
        """One call for all: Moodle does not page this list. One more where that is refused as a whole."""
        if ids is not None and not ids:
            yield Page()
            return
        page = catalogue.parse_courses(self._courses(ids or ()), self._client.site_url)
        yield catalogue.missing_courses(page, ids or ())

    def _courses(self, ids: Sequence[str]) -> Any:
        params: Params = {"options": {"ids": list(ids)}} if ids else {}
        try:
            return self._client.read(functions.COURSES, params)
        except (MissingRight, FunctionMissing) as refused:
            narrowed: Params = {"field": "ids", "value": ",".join(ids)} if ids else {}
            try:
                return self._client.read(functions.COURSES_BY_FIELD, narrowed)
            except ConnectorError:
                raise refused from None

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
        """One call, with the state of each criterion; no record for a course without conditions or tracking."""
        params = {"courseid": course_id, "userid": user_id}
        try:
            answer = self._client.read(functions.COURSE_COMPLETION, params)
        except DataDrift as drift:
            if not any(str(drift.detail).endswith(f": {code}") for code in NO_COMPLETION):
                raise
            yield Page(notices=(Notice("silent_miss", f"completion of course {course_id}", str(drift.detail)),))
            return
        yield completion.parse_course_completion(answer, course_id, user_id)

    def all_course_completions(self, *, thorough: bool = False) -> Iterator[Page[CourseCompletion]]:
        """One call a page of 1,000 rows of the report, at once. Raises ``SettingRefused`` when there is no report."""
        report_id = self._thorough_id if thorough else self._report_id
        if not report_id:
            raise SettingRefused("report", "required for reading in bulk")
        return at_most(self._report_pages(report_id), MAX_PAGES, where=f"report {report_id}")

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
            yield people.parse_roster(answer, course_id, self._learners)
            if len(answer) < people.ROSTER_PAGE:
                return
            start += people.ROSTER_PAGE

    def _report_pages(self, report_id: str) -> Iterator[Page[CourseCompletion]]:
        before: set[int] = set()
        number = 0
        while True:
            answer = self._client.read(functions.RETRIEVE_REPORT, report.params(report_id, number))
            page = report.parse_report(answer)
            keys = [hash((record.course, record.user)) for record in page.items]
            # Two enrolment methods give two rows, neighbours in a sorted report. Any other repetition from one page to
            # the next means that rows moved between two calls, so others were skipped.
            if not before.isdisjoint(keys[1:]):
                notice = Notice("unsorted", f"report {report_id}", "rows repeat between pages: sort the report")
                page = Page(page.items, (*page.notices, notice))
            yield page
            before = set(keys)
            number += 1
            if number * report.REPORT_PAGE >= report.total_rows(answer):
                return


def connect(settings: Mapping[str, str], http: HttpClient) -> MoodleConnector:
    """A connector from cleaned settings (``url``, ``token``, ``report``, ``role``, ``learners``,
    ``competencies``)."""
    client = MoodleClient(settings["url"], Secret(settings["token"]), http)
    role = settings.get("role") or STUDENT_ROLE
    competencies = settings.get("competencies") == "yes"
    learners = settings.get("learners", "").replace(",", " ").split()
    return MoodleConnector(client, settings.get("report", ""), role, reads_competencies=competencies, learners=learners)
