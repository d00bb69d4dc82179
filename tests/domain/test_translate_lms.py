"""Connector records as registers, and registers as statements."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.moodle.completion import parse_activities, parse_course_completion
from connectors.moodle.grades import parse_grades
from connectors.records import ActivityCompletion, ActivityState, CourseCompletion, CourseRef, Grade, UserRef
from content.xapi.grammar import check
from content.xapi.readings import Kind, read
from hub.domain.translate import Facts, Register, facts_of, ids_of, is_fall, key_of, next_revision, restored, statements
from hub.domain.translate.lms import activity_completion, course_completion, grade
from hub.domain.translate.moodle import course_iri, is_learner, module_iri
from tests.shared import shared_path

AT = datetime(2026, 11, 2, 8, 30, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
IRI = "https://moodle.example.org/mod/quiz/view.php?id=13"
ACTOR = {"objectType": "Agent", "account": {"homePage": "https://moodle.example.org", "name": "eleve"}}


def told(register: Register, before: Facts | None = None, revision: int = 1) -> list[dict[str, Any]]:
    return statements(
        register,
        before or {},
        actor=ACTOR,
        activity=IRI,
        name="Questionnaire",
        source="platform-1",
        revision=revision,
        observed_at=NOW,
    )


def readings(found: list[dict[str, Any]]) -> dict[str, float | None]:
    for statement in found:
        check(statement)
    return {str(it.kind): it.value for statement in found for it in read(statement, trusted=True)}


def activity(state: ActivityState, **said: Any) -> Register:
    found = activity_completion(ActivityCompletion("2", "13", "7", state, "quiz", **said))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("state", "counts", "expected"),
    [
        (ActivityState.INCOMPLETE, None, {}),
        (ActivityState.COMPLETED, True, {"completed": 1.0}),
        (ActivityState.PASSED, True, {"completed": 1.0, "passed": 1.0}),
        (ActivityState.FAILED, True, {"completed": 1.0, "passed": 0.0}),
        (ActivityState.FAILED, None, {"completed": 1.0, "passed": 0.0}),
        (ActivityState.FAILED, False, {"passed": 0.0}),
    ],
)
def test_states_of_an_activity(state: ActivityState, counts: bool | None, expected: dict[str, float]) -> None:
    assert readings(told(activity(state, at=AT, counts=counts))) == expected


def test_an_activity_not_tracked_for_the_person_says_nothing() -> None:
    assert activity_completion(ActivityCompletion("2", "13", "7", ActivityState.COMPLETED, tracked=False)) is None


def test_what_was_positive_is_said_to_be_no_more() -> None:
    before = activity(ActivityState.PASSED, at=AT).facts
    assert readings(told(activity(ActivityState.INCOMPLETE), before)) == {"completed": 0.0, "passed": None}
    assert readings(told(activity(ActivityState.COMPLETED), before)) == {"completed": 1.0, "passed": None}


def test_the_time_is_the_source_s_or_that_of_the_observation() -> None:
    (statement,) = told(activity(ActivityState.COMPLETED, at=AT))
    assert statement["timestamp"] == "2026-11-02T08:30:20.000Z"
    (statement,) = told(activity(ActivityState.COMPLETED))
    assert statement["timestamp"] == "2026-11-23T09:00:00.000Z"


def test_one_observation_told_twice_is_one_statement() -> None:
    register = activity(ActivityState.PASSED, at=AT)
    ids = [it["id"] for it in told(register)]
    assert [it["id"] for it in told(register)] == ids
    assert len(set(ids)) == 2
    assert not set(ids) & {it["id"] for it in told(register, revision=2)}


def points(raw: float | None, **said: Any) -> Register | None:
    known: dict[str, Any] = {"module_id": "13", "kind": "quiz", "graded_at": AT, **said}
    return grade(Grade("2", "7", "5", known.pop("item", "mod"), known.pop("minimum", 0.0), 20.0, raw, **known))


@pytest.mark.parametrize(
    ("raw", "said", "scaled"), [(15.0, {}, 0.75), (0.0, {}, 0.0), (10.0, {"minimum": 5.0}, 1 / 3), (22.0, {}, 1.0)]
)
def test_grades_lie_between_their_bounds(raw: float, said: dict[str, Any], scaled: float) -> None:
    register = points(raw, **said)
    assert register is not None
    found = told(register)
    assert readings(found) == {"score": pytest.approx(scaled)}
    assert found[0]["result"]["score"].get("raw") == (raw if raw <= 20 else None)


def test_an_erased_grade_clears_what_was_known() -> None:
    register = points(None)
    assert register is not None
    assert told(register) == []
    assert readings(told(register, {Kind.SCORE: 0.5})) == {"score": None}


@pytest.mark.parametrize("said", [{"hidden": True}, {"item": "category"}, {"item": "manual"}, {"module_id": None}])
def test_grades_that_are_not_read(said: dict[str, Any]) -> None:
    assert points(12.0, **said) is None


def test_two_grades_of_one_activity_are_two_series() -> None:
    one, other = points(15.0), grade(Grade("2", "7", "6", "mod", 0.0, 20.0, 15.0, module_id="13", graded_at=AT))
    assert one is not None
    assert other is not None
    assert told(one)[0]["id"] != told(other)[0]["id"]


def course(completed: bool | None, at: datetime | None = None) -> Register:
    return course_completion(CourseCompletion(CourseRef("2"), UserRef("7"), completed, at), "2", "7")


def test_a_course_completion_is_the_same_to_the_second_and_to_the_minute() -> None:
    assert course(True, AT).told() == course(True, AT.replace(second=0)).told()
    assert readings(told(course(True, AT))) == {"completed": 1.0}
    assert told(course(None)) == told(course(False)) == []


@pytest.mark.parametrize(
    ("before", "after", "falls"),
    [
        ({Kind.COMPLETED: 1.0}, {Kind.COMPLETED: 0.0}, True),
        ({Kind.COMPLETED: 1.0, Kind.PASSED: 1.0}, {Kind.COMPLETED: 1.0, Kind.PASSED: None}, True),
        ({Kind.SCORE: 0.6}, {Kind.SCORE: None}, True),
        ({Kind.SCORE: 0.6}, {Kind.SCORE: 0.5}, True),
        ({Kind.SCORE: 0.6}, {Kind.SCORE: 0.7}, False),
        ({Kind.PASSED: 0.0}, {Kind.PASSED: None}, False),
        ({}, {Kind.COMPLETED: 0.0}, False),
    ],
)
def test_falls(before: Facts, after: Facts, falls: bool) -> None:
    assert is_fall(before, after) is falls


def test_revisions_grow_with_the_source_s_time_and_never_shrink() -> None:
    assert next_revision(0, None) == 1
    first = next_revision(1, AT)
    assert first == int(AT.timestamp())
    assert next_revision(first, None) == first + 1
    assert next_revision(first, AT - timedelta(days=1)) == first + 1
    assert next_revision(first, AT + timedelta(days=1)) == first + 86_400


def test_a_register_survives_its_storage() -> None:
    register = points(15.0)
    assert register is not None
    assert restored(json.loads(json.dumps(register.stored()))) == register
    passed = activity(ActivityState.PASSED, at=AT)
    assert facts_of(json.loads(json.dumps(passed.stored()))) == passed.facts
    assert facts_of(None) == {}


def test_names_of_moodle() -> None:
    assert course_iri("https://m.example/", "2") == "https://m.example/course/view.php?id=2"
    assert module_iri("https://m.example", "quiz", "13") == "https://m.example/mod/quiz/view.php?id=13"
    assert is_learner(("student", "editingteacher"))
    assert is_learner(None)
    assert not is_learner(("editingteacher",))
    assert not is_learner(())


def recorded(name: str) -> Any:
    return json.loads(shared_path("fixtures", "moodle", "ws", f"{name}.json").read_text("utf-8"))["response"]


def test_recorded_answers_become_statements() -> None:
    done = [activity_completion(it) for it in parse_activities(recorded("activities_completion"), "2", "7").items]
    marks = [grade(it) for it in parse_grades(recorded("grade_items_user"), "7").items]
    page = parse_course_completion(recorded("course_completion"), "2", "7")
    ends = [course_completion(it, "2", "7") for it in page.items]
    found = [statement for it in (*done, *marks, *ends) if it for statement in told(it)]
    assert len(found) >= 4
    for statement in found:
        check(statement)
    scorm = next(it for it in marks if it and it.module_id == "5")
    assert readings(told(scorm)) == {"score": 0.64}


@pytest.mark.parametrize("ids", [("2", "101"), ("course-v1:TL+NUM+2026", "emilie"), ("a%3Ab:", ":", "100%")])
def test_ids_with_colons_make_keys_that_are_taken_apart_again(ids: tuple[str, ...]) -> None:
    assert ids_of(key_of(*ids)) == ids
    assert key_of(*ids).count(":") == len(ids) - 1
