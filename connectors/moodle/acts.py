"""What the hub writes into a Moodle: enrolments, groups, rolls, completion by hand, grades."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import DataDrift, NotPossible, RemoteFailure
from connectors.moodle import attendance, functions, groups
from connectors.moodle.client import MoodleClient
from connectors.moodle.encoding import Value
from connectors.moodle.values import identifier
from connectors.records import AttendanceMark, ModuleRef, RemoteGroup
from connectors.values import items, mapping

STUDENT_ROLE = "5"
"""Id of the archetype role *student* in a fresh Moodle; a setting says otherwise where the site made its own."""
SOURCE = "hub"
Params = dict[str, Value]


class Acts(ABC):
    """Writes of :class:`~connectors.moodle.connector.MoodleConnector`."""

    _client: MoodleClient
    _role: str

    @abstractmethod
    def _account(self) -> str:
        """Id of the token's own account on the site."""

    def enrol(self, course_id: str, user_ids: Sequence[str], *, until: datetime | None = None) -> None:
        """One call, all or none; who is enrolled stays so. The course needs the enrolment method *manual*."""
        ends: Params = {"timeend": int(until.timestamp())} if until else {}
        people: list[Value] = [
            {"roleid": self._role, "userid": user, "courseid": course_id, **ends} for user in user_ids
        ]
        if people:
            self._client.write(functions.ENROL, {"enrolments": people}, idempotent=True)

    def unenrol(self, course_id: str, user_ids: Sequence[str]) -> None:
        """One call; enrolments by other methods than *manual* stay."""
        people: list[Value] = [{"userid": user, "courseid": course_id} for user in user_ids]
        if people:
            self._client.write(functions.UNENROL, {"enrolments": people}, idempotent=True)

    def put_group(self, course_id: str, key: str, name: str) -> RemoteGroup:
        """One call to look, one to make the group. Moodle's own key of a group is its *ID number*."""
        found = self._client.read(functions.COURSE_GROUPS, {"courseid": course_id})
        for group in groups.parse_groups(found, {}, course_id):
            if group.key == key:
                return replace(group, members=self._members_of(group.id))
        made: Params = {"groups": [{"courseid": course_id, "name": name, "description": "", "idnumber": key}]}
        return groups.parse_groups(self._client.write(functions.CREATE_GROUPS, made), {}, course_id)[0]

    def set_members(self, group: RemoteGroup, user_ids: Sequence[str]) -> RemoteGroup:
        """One call to look, at most two to write. Only people enrolled in the course can be members."""
        wanted, there = set(user_ids), set(self._members_of(group.id))
        for function, some in ((functions.ADD_MEMBERS, wanted - there), (functions.DELETE_MEMBERS, there - wanted)):
            if some:
                pairs: list[Value] = [{"groupid": group.id, "userid": user} for user in sorted(some)]
                self._client.write(function, {"members": pairs}, idempotent=True)
        return replace(group, members=tuple(sorted(wanted, key=lambda user: (len(user), user))))

    def put_session(self, module: ModuleRef, key: str, title: str, starts_at: datetime, length: timedelta) -> str:
        """One call to look, one to make the session. Moodle keeps no key of ours: a session of the same start, length
        and title is taken for it.
        """
        if module.kind != attendance.KIND or not module.instance:
            raise NotPossible(f"sessions in a {module.kind or 'module'}")
        there = self._client.read(functions.ATTENDANCE_SESSIONS, {"attendanceid": module.instance})
        for session in items(there, "sessions"):
            if attendance.same_session(session, title, starts_at, length):
                return identifier(session, "id")
        made: Params = {
            "attendanceid": module.instance,
            "description": title,
            "sessiontime": int(starts_at.timestamp()),
            "duration": int(length.total_seconds()),
            "groupid": 0,
            "addcalendarevent": True,
        }
        return identifier(mapping(self._client.write(functions.ADD_SESSION, made), "session"), "sessionid")

    def mark(self, session_id: str, marks: Sequence[AttendanceMark]) -> None:
        """One call for the words of the roll, one for each person whose word differs from what it says."""
        session = mapping(self._client.read(functions.ATTENDANCE_SESSION, {"sessionid": session_id}), "session")
        told = {
            identifier(one, "studentid"): identifier(one, "statusid")
            for one in items(session.get("attendance_log", []), "attendance_log")
        }
        for mark in marks:
            word = attendance.status_for(session, mark.presence)
            if word is None:
                raise NotPossible(f"the roll has no word for {mark.presence}")
            if mark.user.id is None:
                raise DataDrift("a mark without the id of its person")
            if told.get(mark.user.id) != word:
                self._write_mark(session, session_id, mark.user.id, word)

    def _write_mark(self, session: Any, session_id: str, user: str, word: str) -> None:
        params: Params = {
            "sessionid": session_id,
            "studentid": user,
            "takenbyid": self._account(),
            "statusid": word,
            "statusset": attendance.status_set(session),
        }
        self._client.write(functions.UPDATE_STATUS, params, idempotent=True)

    def set_completion(self, module: ModuleRef, user_id: str, *, complete: bool) -> None:
        """One call; Moodle remembers that the state was set by hand, and by whom."""
        params: Params = {"userid": user_id, "cmid": module.id, "newstate": int(complete)}
        self._client.write(functions.OVERRIDE, params, idempotent=True)

    def send_grade(self, module: ModuleRef, user_id: str, points: float) -> None:
        """One call. Moodle answers 0 for success and another number otherwise."""
        params: Params = {
            "source": SOURCE,
            "courseid": module.course_id,
            "component": f"mod_{module.kind}",
            "activityid": module.id,
            "itemnumber": 0,
            "grades": [{"studentid": user_id, "grade": points}],
        }
        answer = self._client.write(functions.UPDATE_GRADES, params, idempotent=True)
        if answer not in (0, "0"):
            raise RemoteFailure(f"{functions.UPDATE_GRADES} answered {answer!r}"[:80])

    def _members_of(self, group_id: str) -> tuple[str, ...]:
        answer = self._client.read(functions.GROUP_MEMBERS, {"groupids": [group_id]})
        return groups.parse_members(answer, "groupid").get(group_id, ())
