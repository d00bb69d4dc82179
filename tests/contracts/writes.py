"""One suite for each capability that writes: done twice is done once, and the reads show it."""

from datetime import timedelta

import pytest

from connectors.capabilities import Capability
from connectors.errors import ConnectorError
from connectors.records import ActivityState, AttendanceMark, MeetingGuest, MeetingPlan, Presence, UserRef
from tests.contracts.checks import whole
from tests.contracts.stage import Failure, Stage


def in_course(stage: Stage) -> set[str]:
    return {one.user.id for one in whole(stage.connect().roster(stage.known.course))}


class Enrol:
    """``enrol``"""

    def test_enrol_twice_is_enrol_once(self, stage: Stage) -> None:
        assert stage.known.outsider not in in_course(stage)
        for _ in range(2):
            stage.connect().enrol(stage.known.course, [stage.known.outsider])
        assert stage.known.outsider in in_course(stage)

    def test_enrol_nobody_asks_nothing(self, stage: Stage) -> None:
        stage.connect().enrol(stage.known.course, [])
        assert stage.gate.requests == 0

    def test_enrol_is_all_or_an_error(self, stage: Stage) -> None:
        with pytest.raises(ConnectorError):
            stage.connect().enrol(stage.known.gone_course, [stage.known.outsider])


class Unenrol:
    """``unenrol``"""

    def test_unenrol_twice_is_unenrol_once(self, stage: Stage) -> None:
        for _ in range(2):
            stage.connect().unenrol(stage.known.course, [stage.known.learner])
        assert stage.known.learner not in in_course(stage)


class WriteGroups:
    """``write_groups``"""

    def test_groups_are_made_once_and_hold_exactly_their_members(self, stage: Stage) -> None:
        known, connector = stage.known, stage.connect()
        made = connector.put_group(known.course, "TL-G1", "Promotion « Été »")
        again = connector.put_group(known.course, "TL-G1", "Promotion « Été »")
        assert made.id == again.id
        assert made.name == "Promotion « Été »"
        connector.set_members(made, [known.learner])
        connector.set_members(made, [known.learner])
        assert self._members(stage, made.id) == (known.learner,)
        connector.set_members(made, [])
        assert self._members(stage, made.id) == ()

    def _members(self, stage: Stage, group_id: str) -> tuple[str, ...]:
        (found,) = (one for one in whole(stage.connect().groups(stage.known.course)) if one.id == group_id)
        members: tuple[str, ...] = found.members
        return members


class MarkAttendance:
    """``mark_attendance``"""

    def test_a_session_is_made_once_and_its_roll_is_read_back(self, stage: Stage) -> None:
        known, connector = stage.known, stage.connect()
        starts_at, length = known.done_at + timedelta(days=3), timedelta(hours=2)
        ids = {connector.put_session(known.roll_module, "s1", "Atelier bois", starts_at, length) for _ in range(2)}
        (session_id,) = ids
        for presence in (Presence.PRESENT, Presence.LATE, Presence.LATE):
            connector.mark(session_id, [AttendanceMark(UserRef(id=known.learner), presence)])
        (found,) = (one for one in whole(stage.connect().sessions(known.course)) if one.id == session_id)
        assert (found.starts_at, found.ends_at) == (starts_at, starts_at + length)
        assert [(mark.user.id, mark.presence) for mark in found.marks] == [(known.learner, Presence.LATE)]


class SetCompletion:
    """``set_completion``"""

    def test_completion_by_hand_is_read_back_and_taken_back(self, stage: Stage) -> None:
        module, connector = stage.known.open_module, stage.connect()
        for complete, state in ((True, ActivityState.COMPLETED), (False, ActivityState.INCOMPLETE)):
            for _ in range(2):
                connector.set_completion(module, stage.known.learner, complete=complete)
            found = whole(connector.activity_completions(stage.known.course, stage.known.learner))
            assert {one.state for one in found if one.module_id == module.id} == {state}


class SendGrade:
    """``send_grade``"""

    def test_a_grade_is_read_back(self, stage: Stage) -> None:
        known, connector = stage.known, stage.connect()
        connector.send_grade(known.graded_module, known.learner, known.points + 1)
        found = whole(connector.grades(known.course, known.learner))
        assert known.points + 1 in {one.raw for one in found if one.module_id == known.graded_module.id}

    def test_a_grade_that_is_refused_is_an_error(self, stage: Stage) -> None:
        with pytest.raises(ConnectorError):
            stage.connect().send_grade(stage.known.graded_module, stage.known.learner, 1e9)
        stage.gate.failure = Failure(503, b"down")
        with pytest.raises(ConnectorError):
            stage.connect().send_grade(stage.known.graded_module, stage.known.learner, 1.0)


class Meetings:
    """``meetings``"""

    PLAN = MeetingPlan(
        "contrat-1", "Classe d’été « vidéo »", timedelta(hours=2), told_to="https://hub.example.org/told"
    )

    def test_a_class_is_opened_once_and_ends(self, stage: Stage) -> None:
        connector = stage.connect()
        assert connector.meeting(self.PLAN.key) is None
        connector.open_meeting(self.PLAN)
        first = connector.meeting(self.PLAN.key)
        connector.open_meeting(self.PLAN)
        assert connector.meeting(self.PLAN.key) == first
        assert (first.key, first.name) == (self.PLAN.key, self.PLAN.name)
        for _ in range(2):
            connector.end_meeting(self.PLAN.key)
        assert connector.meeting(self.PLAN.key) is None

    def test_an_entrance_is_of_one_person_and_shows_no_secret(self, stage: Stage) -> None:
        connector = stage.connect()
        before = stage.gate.requests
        guest = MeetingGuest("p-1", "Émilie Lefèvre")
        address = connector.entrance(self.PLAN.key, guest)
        assert stage.gate.requests == before
        assert stage.secret not in address
        assert address != connector.entrance(self.PLAN.key, MeetingGuest("p-1", guest.name, leads=True))
        assert guest.name not in repr(guest)

    def test_a_platform_that_does_not_answer_opens_nothing(self, stage: Stage) -> None:
        stage.gate.failure = Failure(503, b"down")
        with pytest.raises(ConnectorError):
            stage.connect().open_meeting(self.PLAN)


SUITES: dict[Capability, type] = {
    Capability.ENROL: Enrol,
    Capability.UNENROL: Unenrol,
    Capability.WRITE_GROUPS: WriteGroups,
    Capability.MARK_ATTENDANCE: MarkAttendance,
    Capability.SET_COMPLETION: SetCompletion,
    Capability.SEND_GRADE: SendGrade,
    Capability.MEETINGS: Meetings,
}
