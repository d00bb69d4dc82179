"""What a Moodle tells beyond following learners: competencies, rolls, changes, groups, backups."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors.moodle import attendance, changes, competencies, functions, groups
from connectors.moodle.client import MoodleClient
from connectors.moodle.encoding import Value
from connectors.moodle.values import flag, identifier, instant, number, text
from connectors.paging import at_most
from connectors.records import (
    Change,
    ChangeKind,
    CompetencyRating,
    ModuleRef,
    Page,
    RemoteCompetency,
    RemoteFile,
    RemoteGroup,
    RemoteSession,
)
from connectors.values import items, mapping

MAX_PAGES = 1000
BACKUP_AREAS = (("course", "0"), ("automated", "0"))
Params = dict[str, Value]


class Extras:
    """Reads of :class:`~connectors.moodle.connector.MoodleConnector`."""

    _client: MoodleClient

    def competencies(self, course_id: str) -> Iterator[Page[RemoteCompetency]]:
        """One call."""
        yield competencies.parse_competencies(self._client.read(functions.COURSE_COMPETENCIES, {"id": course_id}))

    def competency_ratings(
        self, course_id: str, user_id: str, ids: Sequence[str] | None = None
    ) -> Iterator[Page[CompetencyRating]]:
        """One call for the list unless ``ids`` are given, one for each competency."""
        wanted = ids if ids is not None else [it.id for page in self.competencies(course_id) for it in page.items]
        for one in wanted:
            params: Params = {"userid": user_id, "competencyid": one, "courseid": course_id}
            yield competencies.parse_rating(self._client.read(functions.COMPETENCY_IN_COURSE, params))
        if not wanted:
            yield Page()

    def sessions(self, course_id: str, since: datetime | None = None) -> Iterator[Page[RemoteSession]]:
        """One call for the attendance activities of the course, one for each of them."""
        options: list[Value] = [
            {"name": "excludecontents", "value": True},
            {"name": "modname", "value": attendance.KIND},
        ]
        sections = self._client.read(functions.CONTENTS, {"courseid": course_id, "options": options})
        empty = True
        for section in items(sections, "contents"):
            for module in items(section.get("modules", []), "modules"):
                if text(module, "modname") != attendance.KIND:
                    continue
                params: Params = {"attendanceid": identifier(module, "instance")}
                answer = self._client.read(functions.ATTENDANCE_SESSIONS, params)
                yield attendance.parse_sessions(answer, course_id, identifier(module, "id"), since)
                empty = False
        if empty:
            yield Page()

    def changes(self, modules: Sequence[ModuleRef], since: datetime) -> Iterator[Page[Change]]:
        """Two calls for each 100 assignments, one for each H5P activity and 500 people, one for each other course."""
        yield Page()
        yield from self._assign_changes([one for one in modules if one.kind == changes.ASSIGN and one.instance], since)
        named = [one for one in modules if one.kind in (changes.ASSIGN, changes.H5P) and one.instance]
        for module in named:
            if module.kind == changes.H5P:
                yield from at_most(self._h5p_changes(module, since), MAX_PAGES, where=f"module {module.id}")
        told = {one.id for one in named}
        for course in sorted({one.course_id for one in modules if one.id not in told}):
            params: Params = {"courseid": course, "since": int(since.timestamp())}
            answer = self._client.read(functions.UPDATES_SINCE, params)
            yield changes.parse_updates(answer, course, tuple(told))

    def groups(self, course_id: str) -> Iterator[Page[RemoteGroup]]:
        """One call for the groups, one for the members of each 100 of them."""
        found = self._client.read(functions.COURSE_GROUPS, {"courseid": course_id})
        ids = [identifier(one, "id") for one in items(found, "groups")]
        members = self._members(functions.GROUP_MEMBERS, "groupid", ids)
        yield Page(groups.parse_groups(found, members, course_id))

    def cohorts(self) -> Iterator[Page[RemoteGroup]]:
        """One call for the cohorts of the site, one for the members of each 100 of them."""
        found = self._client.read(functions.COHORTS)
        ids = [identifier(one, "id") for one in items(found, "cohorts")]
        yield Page(groups.parse_cohorts(found, self._members(functions.COHORT_MEMBERS, "cohortid", ids)))

    def backups(self, course_id: str) -> Iterator[Page[RemoteFile]]:
        """One call for each place where Moodle keeps backups of a course: made by hand, by the night's task."""
        found: list[RemoteFile] = []
        for area, item in BACKUP_AREAS:
            params: Params = {
                "contextid": -1,
                "component": "backup",
                "filearea": area,
                "itemid": item,
                "filepath": "/",
                "filename": "",
                "contextlevel": "course",
                "instanceid": course_id,
            }
            answer = mapping(self._client.read(functions.FILES, params), "files")
            for one in items(answer.get("files", []), "files"):
                if not flag(one, "isdir") and text(one, "filename").endswith(".mbz"):
                    size = int(number(one, "filesize") or 0)
                    at = instant(one, "timemodified")
                    found.append(RemoteFile(text(one, "filename"), text(one, "url"), size, area, at))
        yield Page(tuple(sorted(found, key=_newest)))

    def fetch(self, file: RemoteFile, *, max_bytes: int) -> bytes:
        """One call; the token travels in the body."""
        return self._client.file(file.where, max_bytes)

    def _members(self, function: str, name: str, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(ids), groups.MEMBERS_PAGE):
            some = list(ids[start : start + groups.MEMBERS_PAGE])
            found |= groups.parse_members(self._client.read(function, {f"{name}s": some}), name)
        return found

    def _assign_changes(self, assigns: Sequence[ModuleRef], since: datetime) -> Iterator[Page[Change]]:
        for start in range(0, len(assigns), changes.ASSIGN_PAGE):
            some = {str(one.instance): one for one in assigns[start : start + changes.ASSIGN_PAGE]}
            params: Params = {"assignmentids": list(some), "since": int(since.timestamp())}
            answer = self._client.read(functions.ASSIGN_GRADES, params)
            yield changes.parse_assign(answer, some, "grades", ChangeKind.GRADE)
            answer = self._client.read(functions.ASSIGN_SUBMISSIONS, params)
            yield changes.parse_assign(answer, some, "submissions", ChangeKind.SUBMISSION)

    def _h5p_changes(self, module: ModuleRef, since: datetime) -> Iterator[Page[Change]]:
        page = 0
        while True:
            params: Params = {
                "h5pactivityid": module.instance or "",
                "sortorder": "id",
                "page": page,
                "perpage": changes.H5P_PAGE,
            }
            found, people = changes.parse_h5p(self._client.read(functions.H5P_ATTEMPTS, params), module, since)
            yield found
            if people < changes.H5P_PAGE:
                return
            page += 1


def _newest(file: RemoteFile) -> tuple[float, str]:
    return -(file.modified_at.timestamp() if file.modified_at else 0.0), file.name
