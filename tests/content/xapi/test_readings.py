"""What statements say, vocabulary by vocabulary."""

from decimal import Decimal
from typing import Any

import pytest

from content.xapi.grammar import check
from content.xapi.readings import RULES, Kind, Reading, moodle, openedx, page, read, scorm
from content.xapi.vocabulary import ActivityType, Extension, Verb
from tests.content.xapi import samples
from tests.content.xapi.samples import UUID, plain
from tests.shared import ROOT

COURSE = "https://example.org/course/1"
AT = "2026-11-23T10:00:00Z"


def statement(verb: str, result: Any = None, of: str | None = None, **context: Any) -> dict[str, Any]:
    made = plain() | {"verb": {"id": verb}, "timestamp": AT}
    if of:
        made["object"]["definition"] = {"type": of}
    if result is not None:
        made["result"] = result
    if context:
        made["context"] = context
    check(made)
    return made


def told(made: dict[str, Any]) -> list[tuple[str, str, float | None, float | None]]:
    return [(reading.activity, reading.kind.value, reading.value, reading.minutes) for reading in read(made)]


def facts(made: dict[str, Any]) -> dict[str, float | None]:
    return {reading.kind.value: reading.value for reading in read(made)}


def test_a_reading_names_activity_attempt_and_time() -> None:
    made = statement(Verb.COMPLETED, registration=UUID.upper())
    assert read(made) == [Reading(COURSE, Kind.COMPLETED, 1.0, None, None, None, UUID, AT)]
    del made["context"], made["timestamp"]
    assert read(made) == [Reading(COURSE, Kind.COMPLETED, 1.0, None, None, None, "", None)]


@pytest.mark.parametrize(
    ("verb", "result", "expected"),
    [
        (Verb.INITIALIZED, None, {"opened": 1.0}),
        (Verb.EXPERIENCED, {"completion": True}, {"opened": 1.0, "completed": 1.0}),
        (Verb.ATTEMPTED, {"success": False}, {"opened": 1.0, "passed": 0.0}),
        (Verb.COMPLETED, {"completion": False}, {}),
        (Verb.COMPLETED, {"success": False, "score": {"scaled": 0.2}}, {"completed": 1.0, "passed": 0.0, "score": 0.2}),
        (Verb.PASSED, {"score": {"scaled": 0.9}}, {"passed": 1.0, "score": 0.9}),
        (Verb.FAILED, {"score": {"raw": 5, "max": 20}}, {"passed": 0.0, "score": 0.25}),
        (Verb.MASTERED, None, {"passed": 1.0}),
        (Verb.ANSWERED, {"success": True, "score": {"raw": 1, "min": 0, "max": 1}}, {"passed": 1.0, "score": 1.0}),
        (Verb.PROGRESSED, {"extensions": {Extension.CMI5_PROGRESS: 40}}, {"progress": 0.4}),
        (
            Verb.PROGRESSED,
            {"extensions": {Extension.CMI5_PROGRESS: Decimal("40.00000000000000000001")}},
            {"progress": 0.4},
        ),
        (Verb.PROGRESSED, {"extensions": {Extension.CMI5_PROGRESS: "40"}}, {}),
        (Verb.PROGRESSED, {"extensions": {Extension.CMI5_PROGRESS: True}}, {}),
        (Verb.PROGRESSED, {"extensions": {Extension.CMI5_PROGRESS: 4000}}, {"progress": 1.0}),
        (Verb.SCORED, {"score": {"scaled": -0.5}}, {"score": 0.0}),
        (Verb.SATISFIED, None, {"completed": 1.0}),
        (Verb.WAIVED, {"success": True}, {"completed": 1.0}),
        (Verb.RESUMED, None, {"opened": 1.0}),
        (Verb.PLAYED, {"extensions": {Extension.VIDEO_PROGRESS: 0.3}}, {"opened": 1.0}),
        (Verb.PAUSED, {"extensions": {Extension.VIDEO_PROGRESS: 0.3}}, {"progress": 0.3}),
        (Verb.SEEKED, {"extensions": {Extension.VIDEO_PROGRESS: 1.2}}, {"progress": 1.0}),
        (Verb.INTERACTED, None, {}),
        (Verb.DEPOSITED, None, {"deposited": 1.0}),
        (Verb.ACCEPTED, None, {"accepted": 1.0}),
        (Verb.RETURNED, None, {"accepted": 0.0}),
        (Verb.VALIDATED, None, {"validated": 1.0}),
        (Verb.MISSED, None, {"attended": 0.0}),
        (Verb.WITHDREW, None, {}),
        ("http://example.org/verbs/unheard-of", {"score": {"scaled": 1}}, {}),
    ],
)
def test_shared_verbs(verb: str, result: Any, expected: dict[str, float]) -> None:
    assert facts(statement(verb, result)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ({"raw": 0, "min": 0, "max": 20, "scaled": -1}, 0.0),
        ({"raw": 10, "min": 0, "max": 20, "scaled": 0.0}, 0.5),
        ({"raw": 15, "min": 10, "max": 20}, 0.5),
        ({"raw": 15, "max": 20}, 0.75),
        ({"raw": -5, "min": -10, "max": 0}, 0.5),
        ({"raw": 15, "scaled": 0.3}, 0.3),
        ({"raw": -1, "max": 20}, 0.0),
        ({"raw": -3, "max": -2, "scaled": 0.4}, 0.4),
        ({"raw": 10**400, "max": 10**401}, None),
        ({"raw": 10**400}, None),
        ({"raw": 15}, None),
        ({}, None),
        ({"raw": Decimal("5.00000000000000000001"), "max": 10}, 0.5),
    ],
)
def test_raw_comes_before_scaled(score: Any, expected: float | None) -> None:
    assert facts(statement(Verb.SCORED, {"score": score})).get("score") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("PT1H30M", 90.0),
        ("PT90S", 1.5),
        ("P1DT1M", 1441.0),
        ("P1W", 10080.0),
        ("P90S", 1.5),
        ("PT1,5M", 1.5),
        ("P1Y", None),
    ],
)
def test_time_is_read_where_a_session_ends(duration: str, expected: float | None) -> None:
    ended = told(statement(Verb.TERMINATED, {"duration": duration}))
    assert ended == ([(COURSE, "spent", None, expected)] if expected is not None else [])
    assert told(statement(Verb.COMPLETED, {"duration": duration})) == [(COURSE, "completed", 1.0, None)]
    assert told(statement(Verb.ATTENDED, {"duration": duration})) == [(COURSE, "attended", 1.0, expected)]


def test_an_attempt_speaks_of_its_parent() -> None:
    parents = {"parent": [{"id": "https://example.org/quiz"}, {"id": COURSE}]}
    made = statement(Verb.PASSED, of=ActivityType.ATTEMPT, contextActivities=parents)
    assert told(made) == [("https://example.org/quiz", "passed", 1.0, None)]
    single = statement(
        Verb.PASSED, of=ActivityType.ATTEMPT, contextActivities={"parent": {"id": "https://example.org/quiz"}}
    )
    assert told(single) == told(made)
    assert told(statement(Verb.PASSED, of=ActivityType.ATTEMPT)) == []


@pytest.mark.parametrize("make", [samples.sub, samples.with_group, samples.voiding])
def test_what_is_about_no_activity_tells_nothing(make: Any) -> None:
    assert read(make()) == []
    assert read(make(), trusted=True) == []


MOODLE: dict[str, Any] = {"extensions": {Extension.MOODLE_INFO: {"event_name": "x"}}}
PARENT: dict[str, Any] = {
    "contextActivities": {"parent": [{"id": "https://m.example/mod/quiz/view.php?id=7"}, {"id": COURSE}]}
}
QUIZ = "https://m.example/mod/quiz/view.php?id=7"


@pytest.mark.parametrize(
    ("verb", "of", "result", "expected"),
    [
        (
            Verb.COMPLETED,
            ActivityType.ASSESSMENT,
            {"completion": True, "success": False},
            [(COURSE, "passed", 0.0, None)],
        ),
        (
            Verb.COMPLETED,
            ActivityType.ASSESSMENT,
            {"completion": True, "success": True},
            [(COURSE, "completed", 1.0, None), (COURSE, "passed", 1.0, None)],
        ),
        (Verb.COMPLETED, ActivityType.CMI5_COURSE, None, [(COURSE, "completed", 1.0, None)]),
        (
            Verb.COMPLETED,
            ActivityType.ATTEMPT,
            {"score": {"raw": 0, "min": 0, "max": 20, "scaled": -1}, "success": False, "duration": "PT60S"},
            [(QUIZ, "passed", 0.0, None), (QUIZ, "score", 0.0, None), (QUIZ, "spent", None, 1.0)],
        ),
        (Verb.COMPLETED, ActivityType.MOODLE_SCO, None, []),
        (Verb.PASSED, ActivityType.MOODLE_SCO, None, [(QUIZ, "passed", 1.0, None)]),
        (Verb.COMPLETED, ActivityType.MOODLE_LESSON_SESSION, {"success": True}, [(QUIZ, "passed", 1.0, None)]),
        (Verb.SUBMIT, ActivityType.MOODLE_SUBMISSION, None, [(QUIZ, "deposited", 1.0, None)]),
        (
            Verb.TLA_SCORED,
            ActivityType.MOODLE_SUBMISSION,
            {"success": True, "score": {"raw": 1, "min": 0, "max": 2, "scaled": 0.0}},
            [(QUIZ, "passed", 1.0, None), (QUIZ, "score", 0.5, None)],
        ),
        (Verb.SUBMIT_SHORT, "http://id.tincanapi.com/activitytype/survey", None, [(COURSE, "opened", 1.0, None)]),
        (Verb.VIEWED, ActivityType.ATTEMPT, None, [(QUIZ, "opened", 1.0, None)]),
        (Verb.ANSWERED, ActivityType.INTERACTION, {"success": True}, []),
        (Verb.UNCOMPLETED, ActivityType.ASSESSMENT, None, []),
        (Verb.ATTENDED, ActivityType.FACE_TO_FACE, {"duration": "PT0S"}, [(COURSE, "attended", 1.0, None)]),
        (Verb.RECEIVE, None, None, []),
    ],
)
def test_moodle(verb: str, of: str | None, result: Any, expected: list[Any]) -> None:
    assert told(statement(verb, result, of, **MOODLE, **PARENT)) == expected


OPENEDX: dict[str, Any] = {"extensions": {Extension.OPENEDX_TRANSFORMER: "event-routing-backends@9.0.0"}}


@pytest.mark.parametrize(
    ("verb", "result", "expected"),
    [
        (Verb.EARNED, {"success": False, "score": {"raw": 8, "min": 0, "max": 10, "scaled": 0.8}}, {"score": 0.8}),
        (Verb.PROGRESSED, {"completion": False, "score": {"scaled": 0.6}}, {"progress": 0.6}),
        (Verb.PROGRESSED, {"completion": True, "score": {"scaled": 1}}, {"completed": 1.0, "progress": 1.0}),
        (Verb.PROGRESSED, {"extensions": {Extension.CMI5_PROGRESS: 50}}, {"progress": 0.5}),
        (Verb.EVALUATED, {"success": True, "score": {"scaled": 1}}, {"passed": 1.0, "score": 1.0}),
        (Verb.PASSED, None, {"passed": 1.0}),
        (Verb.PLAYED, None, {"opened": 1.0}),
        ("https://w3id.org/xapi/dod-isd/verbs/navigated", None, {}),
    ],
)
def test_open_edx(verb: str, result: Any, expected: dict[str, float]) -> None:
    assert facts(statement(verb, result, **OPENEDX)) == pytest.approx(expected)


def test_the_page_of_the_documentation_says_what_the_tables_say() -> None:
    written = (ROOT / "docs" / "xapi-readings.md").read_text("utf-8")
    assert written == page.page(), "run: hub dev xapi-readings"
    for rules in (RULES, moodle.RULES, openedx.RULES, scorm.ATTEMPT_RULES, *moodle.BY_TYPE.values()):
        for verb, rule in rules.items():
            assert f"| `{verb}` | {page.words(rule)} |" in written
