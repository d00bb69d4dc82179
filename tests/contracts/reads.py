"""One suite for each capability that reads."""

from datetime import timedelta

import pytest

from connectors import errors
from connectors.capabilities import Capability
from connectors.records import ActivityState, GroupKind, SymptomLevel, collect
from tests.contracts.checks import whole
from tests.contracts.stage import Failure, Stage

CROWD = 1203


class Catalogue:
    """``catalogue``"""

    def test_catalogue_lists_courses(self, stage: Stage) -> None:
        found = {one.id: one for one in whole(stage.connect().courses())}
        assert {stage.known.course, stage.known.empty_course} <= set(found)
        assert all(one.fullname and one.url.startswith("http") for one in found.values())

    def test_catalogue_tells_of_a_course_that_is_gone(self, stage: Stage) -> None:
        page = collect(stage.connect().courses([stage.known.course, stage.known.gone_course]))
        assert [one.id for one in page.items] == [stage.known.course]
        assert [one.code for one in page.notices] == ["silent_miss"]

    def test_catalogue_of_no_course_asks_nothing(self, stage: Stage) -> None:
        assert whole(stage.connect().courses([])) == []
        assert stage.gate.requests == 0


class Contents:
    """``contents``"""

    def test_contents_come_in_the_order_of_the_page(self, stage: Stage) -> None:
        found = whole(stage.connect().modules(stage.known.course))
        assert [one.position for one in found] == sorted(one.position for one in found)
        assert {stage.known.done_module.id, stage.known.graded_module.id} <= {one.id for one in found}
        assert all(one.course_id == stage.known.course for one in found)
        assert stage.known.graded_module in {one.ref for one in found}

    def test_contents_of_an_empty_course_are_empty(self, stage: Stage) -> None:
        assert whole(stage.connect().modules(stage.known.empty_course)) == []

    def test_contents_of_a_course_that_is_gone_are_data_drift(self, stage: Stage) -> None:
        with pytest.raises(errors.DataDrift):
            list(stage.connect().modules(stage.known.gone_course))


class People:
    """``people``"""

    def test_people_are_found_by_id(self, stage: Stage) -> None:
        (found,) = whole(stage.connect().people("id", [stage.known.learner]))
        assert (found.id, found.fullname) == (stage.known.learner, stage.known.learner_name)

    def test_people_nobody_has_are_told_without_showing_the_value(self, stage: Stage) -> None:
        page = collect(stage.connect().people("email", ["personne@nulle-part.example"]))
        assert page.items == ()
        assert [one.code for one in page.notices] == ["silent_miss"]
        assert "personne@" not in repr(page)


class Roster:
    """``roster``"""

    def test_roster_keeps_accents(self, stage: Stage) -> None:
        found = {one.user.id: one for one in whole(stage.connect().roster(stage.known.course))}
        assert found[stage.known.learner].user.fullname == stage.known.learner_name
        assert any(ord(letter) > 127 for letter in stage.known.learner_name)

    def test_roster_of_many_is_paged_and_whole(self, stage: Stage) -> None:
        before = len(whole(stage.connect().roster(stage.known.course)))
        stage.crowd(CROWD)
        pages = list(stage.connect().roster(stage.known.course))
        assert len(pages) > 1
        assert len({one.user.id for page in pages for one in page.items}) == before + CROWD

    def test_roster_of_an_empty_course_is_empty(self, stage: Stage) -> None:
        assert whole(stage.connect().roster(stage.known.empty_course)) == []

    def test_roster_of_a_course_that_is_gone_is_data_drift(self, stage: Stage) -> None:
        with pytest.raises(errors.DataDrift):
            list(stage.connect().roster(stage.known.gone_course))


class Enrolments:
    """``enrolments``"""

    def test_enrolments_of_a_learner(self, stage: Stage) -> None:
        found = whole(stage.connect().enrolments(stage.known.learner))
        assert stage.known.course in {one.course.id for one in found}


class ActivityCompletion:
    """``activity_completion``"""

    def test_activity_completion_has_its_instant(self, stage: Stage) -> None:
        found = {
            one.module_id: one
            for one in whole(stage.connect().activity_completions(stage.known.course, stage.known.learner))
        }
        done, still = found[stage.known.done_module.id], found[stage.known.open_module.id]
        assert done.state in (ActivityState.COMPLETED, ActivityState.PASSED)
        assert done.at == (stage.known.done_at if stage.known.tells_when else None)
        assert (still.state, still.at) == (ActivityState.INCOMPLETE, None)


class CourseCompletion:
    """``course_completion``"""

    def test_course_completion_is_about_that_learner(self, stage: Stage) -> None:
        for one in whole(stage.connect().course_completion(stage.known.course, stage.known.learner)):
            assert (one.course.id, one.user.id) == (stage.known.course, stage.known.learner)


class BulkCourseCompletion:
    """``bulk_course_completion``"""

    def test_bulk_completion_tells_everybody_in_few_calls(self, stage: Stage) -> None:
        stage.crowd(CROWD)
        connector = stage.connect()
        connector.negotiate()
        before = stage.gate.requests
        found = whole(connector.all_course_completions())
        assert len(found) >= CROWD
        assert stage.gate.requests - before <= 4

    def test_bulk_completion_says_how_exact_its_times_are(self, stage: Stage) -> None:
        connector = stage.connect()
        connector.negotiate()
        times = [one for one in whole(connector.all_course_completions(thorough=True)) if one.last_access_at]
        assert bool(times) is stage.known.tells_when
        for one in times:
            assert timedelta(0) < one.precision <= timedelta(days=1)


class Grades:
    """``grades``"""

    def test_grades_of_everybody_and_of_one_agree(self, stage: Stage) -> None:
        known, connector = stage.known, stage.connect()
        mine = {(one.item_id, one.raw) for one in whole(connector.grades(known.course)) if one.user_id == known.learner}
        alone = {(one.item_id, one.raw) for one in whole(connector.grades(known.course, known.learner))}
        assert mine == alone != set()

    def test_grades_come_with_their_scale(self, stage: Stage) -> None:
        found = whole(stage.connect().grades(stage.known.course, stage.known.learner))
        (grade,) = (one for one in found if one.module_id == stage.known.graded_module.id)
        assert grade.raw == stage.known.points
        assert grade.minimum < grade.maximum
        assert grade.scaled is not None
        assert 0 <= grade.scaled <= 1


class Competencies:
    """``competencies``"""

    def test_competencies_of_a_course_and_of_a_learner(self, stage: Stage) -> None:
        listed = whole(stage.connect().competencies(stage.known.course))
        assert listed
        rated = whole(stage.connect().competency_ratings(stage.known.course, stage.known.learner))
        assert {one.competency_id for one in rated} == {one.id for one in listed}
        assert any(one.proficient for one in rated)

    def test_competencies_of_a_course_without_any_are_empty(self, stage: Stage) -> None:
        assert whole(stage.connect().competencies(stage.known.empty_course)) == []
        assert whole(stage.connect().competency_ratings(stage.known.empty_course, stage.known.learner)) == []


class Sessions:
    """``sessions``"""

    def test_sessions_have_their_marks(self, stage: Stage) -> None:
        found = whole(stage.connect().sessions(stage.known.course))
        assert found
        assert all(one.ends_at is None or one.ends_at >= one.starts_at for one in found)
        assert stage.known.learner in {mark.user.id for one in found for mark in one.marks}

    def test_sessions_that_were_over_before_are_left_out(self, stage: Stage) -> None:
        found = whole(stage.connect().sessions(stage.known.course))
        last = max(one.ends_at or one.starts_at for one in found)
        assert whole(stage.connect().sessions(stage.known.course, last + timedelta(seconds=1))) == []

    def test_sessions_of_a_course_without_any_are_empty(self, stage: Stage) -> None:
        assert whole(stage.connect().sessions(stage.known.empty_course)) == []


class Changes:
    """``changes``"""

    def test_changes_name_what_moved_since(self, stage: Stage) -> None:
        known = stage.known
        found = whole(stage.connect().changes([known.graded_module], known.done_at - timedelta(hours=1)))
        assert known.graded_module.id in {one.module_id for one in found}
        assert whole(stage.connect().changes([known.graded_module], known.done_at + timedelta(days=1))) == []
        assert whole(stage.connect().changes([], known.done_at)) == []


class Groups:
    """``groups``"""

    def test_groups_and_cohorts_have_members(self, stage: Stage) -> None:
        groups = whole(stage.connect().groups(stage.known.course))
        assert stage.known.learner in {user for one in groups for user in one.members}
        assert {(one.kind, one.course_id) for one in groups} == {(GroupKind.GROUP, stage.known.course)}
        cohorts = whole(stage.connect().cohorts())
        assert {one.kind for one in cohorts} == {GroupKind.COHORT}
        assert whole(stage.connect().groups(stage.known.empty_course)) == []


class Backups:
    """``backups``"""

    def test_backups_are_fetched_within_limits(self, stage: Stage) -> None:
        connector = stage.connect()
        (file, *_) = whole(connector.backups(stage.known.course))
        data = connector.fetch(file, max_bytes=1_000_000)
        assert len(data) == file.size
        with pytest.raises(errors.TooLarge):
            connector.fetch(file, max_bytes=len(data) - 1)
        assert [one for one in stage.gate.seen if stage.secret in one] == []


class Recordings:
    """``recordings``"""

    def test_recordings_have_their_class_and_their_address(self, stage: Stage) -> None:
        found = whole(stage.connect().recordings([stage.known.course]))
        assert found
        assert {one.key for one in found} == {stage.known.course}
        assert all((one.url is not None) is one.published for one in found)
        assert any(one.published for one in found)

    def test_recordings_of_a_class_without_any_are_empty(self, stage: Stage) -> None:
        assert whole(stage.connect().recordings([stage.known.empty_course])) == []
        assert whole(stage.connect().recordings([])) == []

    def test_recordings_of_many_classes_are_asked_for_in_pieces(self, stage: Stage) -> None:
        keys = [stage.known.course, *(f"none-{n:04}" for n in range(350))]
        pages = list(stage.connect().recordings(keys))
        assert len(pages) > 1
        assert {one.key for page in pages for one in page.items} == {stage.known.course}


class Diagnosis:
    """``diagnosis``"""

    def test_diagnosis_of_a_sound_platform_finds_no_fault(self, stage: Stage) -> None:
        found = list(stage.connect().diagnose())
        assert found
        assert [one for one in found if one.level is SymptomLevel.FAULT] == []

    def test_diagnosis_is_findings_even_when_nothing_answers(self, stage: Stage) -> None:
        stage.gate.failure = Failure(503, b"down")
        (found,) = stage.connect().diagnose()
        assert found.level is SymptomLevel.FAULT
        assert found.text
        assert found.ask
        assert stage.secret not in repr(found)


SUITES: dict[Capability, type] = {
    Capability.CATALOGUE: Catalogue,
    Capability.CONTENTS: Contents,
    Capability.PEOPLE: People,
    Capability.ROSTER: Roster,
    Capability.ENROLMENTS: Enrolments,
    Capability.ACTIVITY_COMPLETION: ActivityCompletion,
    Capability.COURSE_COMPLETION: CourseCompletion,
    Capability.BULK_COURSE_COMPLETION: BulkCourseCompletion,
    Capability.GRADES: Grades,
    Capability.COMPETENCIES: Competencies,
    Capability.SESSIONS: Sessions,
    Capability.CHANGES: Changes,
    Capability.GROUPS: Groups,
    Capability.BACKUPS: Backups,
    Capability.RECORDINGS: Recordings,
    Capability.DIAGNOSIS: Diagnosis,
}
