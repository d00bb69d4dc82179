"""The hub's own statements keep the grammar and come back as what they were made of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.xapi.canonical import digest, same
from content.xapi.emit import event_statement, register_statement, series_name, verb_for, void_statement
from content.xapi.grammar import check
from content.xapi.readings import Kind, Reading, read
from content.xapi.vocabulary import HUB, Verb
from tests.content.xapi.samples import UUID

ACTOR = {"objectType": "Agent", "account": {"homePage": "https://lms.example.org", "name": "zoe"}}
ACTIVITY = "https://lms.example.org/mod/quiz/view.php?id=7"
AT = "2026-11-23T10:00:00Z"


def register(kind: Kind, value: float | None, attempt: str = "", **more: Any) -> dict[str, Any]:
    key = ("moodle-1", "account:https://lms.example.org|zoe", ACTIVITY, kind, attempt)
    told: dict[str, Any] = {
        "source": "moodle-1",
        "series_key": key,
        "revision": 5,
        "kind": kind,
        "value": value,
        "at": AT,
    } | more
    return register_statement(ACTOR, told.pop("verb", None), ACTIVITY, **told)


@given(
    st.sampled_from(Kind),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 10_000),
    st.integers(0, 2**60),
    st.sampled_from(["", UUID, "line-item-3"]),
)
def test_a_register_comes_back_as_it_was(
    kind: Kind, value: float | None, length: float | None, revision: int, attempt: str
) -> None:
    statement = register(kind, value, attempt, minutes=length, revision=revision)
    check(statement, "1.0.3")
    check(statement, "2.0.0")
    series = series_name("moodle-1", "account:https://lms.example.org|zoe", ACTIVITY, kind, attempt)
    assert read(statement, trusted=True) == [Reading(ACTIVITY, kind, value, length, series, revision, attempt, AT)]


@given(st.sampled_from(Kind), st.sampled_from([None, 0.0, 1.0]))
def test_an_untrusted_register_is_an_event(kind: Kind, value: float | None) -> None:
    readings = read(register(kind, value))
    assert all(reading.series is None and reading.revision is None for reading in readings)
    assert all(reading.kind is kind and reading.value == value for reading in readings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("series", 1),
        ("revision", "5"),
        ("revision", True),
        ("kind", "liked"),
        ("kind", []),
        ("value", "1"),
        ("value", True),
        ("value", 2),
        ("minutes", 10**400),
    ],
)
def test_a_broken_register_is_an_event_even_if_trusted(name: str, value: Any) -> None:
    made = register(Kind.COMPLETED, 1.0)
    made["context"]["extensions"][f"{HUB}/ext/{name}"] = value
    assert [(r.kind, r.series) for r in read(made, trusted=True)] == [(Kind.COMPLETED, None)]


@pytest.mark.parametrize("name", ["series", "revision", "kind", "value"])
def test_an_incomplete_register_is_an_event_even_if_trusted(name: str) -> None:
    made = register(Kind.COMPLETED, 1.0)
    del made["context"]["extensions"][f"{HUB}/ext/{name}"]
    assert [(r.kind, r.series) for r in read(made, trusted=True)] == [(Kind.COMPLETED, None)]


def test_the_verb_says_the_fact_to_others() -> None:
    assert register(Kind.COMPLETED, 1.0)["verb"]["id"] == Verb.COMPLETED
    assert register(Kind.COMPLETED, 0.0)["verb"]["id"] == Verb.WITHDREW
    assert register(Kind.COMPLETED, None)["verb"]["id"] == Verb.WITHDREW
    assert register(Kind.PASSED, 0.0)["verb"]["id"] == Verb.FAILED
    assert register(Kind.SCORE, 0.0)["verb"]["id"] == Verb.SCORED
    assert register(Kind.ATTENDED, 0.0)["verb"]["id"] == Verb.MISSED
    assert register(Kind.ACCEPTED, 0.0)["verb"]["id"] == Verb.RETURNED
    assert register(Kind.SCORE, 0.5, verb=Verb.EARNED)["verb"]["id"] == Verb.EARNED
    assert verb_for(Kind.SPENT, None) == Verb.SPENT


def test_scores_and_minutes_are_told_in_published_words() -> None:
    scored = register(Kind.SCORE, 0.75, raw=15, minimum=0, maximum=20)
    assert scored["result"] == {"score": {"scaled": 0.75, "raw": 15, "min": 0, "max": 20}}
    attended = register(Kind.ATTENDED, 1.0, minutes=210)
    assert attended["result"] == {"duration": "PT12600S"}
    assert [(r.value, r.minutes) for r in read(attended)] == [(1.0, 210.0)]
    assert register(Kind.PROGRESS, 0.4)["result"]["extensions"] == {
        "https://w3id.org/xapi/cmi5/result/extensions/progress": 40
    }


def test_context_of_a_register() -> None:
    trainer = {"mbox": "mailto:t@example.org"}
    made = register(Kind.VALIDATED, 1.0, instructor=trainer, registration=UUID, definition={"name": {"fr": "Pièce"}})
    check(made)
    assert made["context"]["instructor"] == trainer
    assert made["context"]["registration"] == UUID
    assert made["object"]["definition"] == {"name": {"fr": "Pièce"}}


def test_the_same_observation_is_one_statement() -> None:
    one, again = register(Kind.SCORE, 0.5), register(Kind.SCORE, 0.5)
    assert one == again
    assert same(digest(one), digest(again))
    others = [
        register(Kind.SCORE, 0.6),
        register(Kind.SCORE, None),
        register(Kind.SCORE, 0.5, revision=6),
        register(Kind.SCORE, 0.5, minutes=1),
        register(Kind.PROGRESS, 0.5),
        register(Kind.SCORE, 0.5, "2"),
    ]
    assert len({statement["id"] for statement in [one, *others]}) == 7
    assert register(Kind.SCORE, 1)["id"] == register(Kind.SCORE, 1.0)["id"]


def test_series_names_are_opaque_and_apart() -> None:
    names = {
        series_name("a", "b", "c", Kind.SCORE),
        series_name("a", "b", "c", Kind.SCORE, "x"),
        series_name("ab", "", "c", Kind.SCORE),
        series_name("a", "b", "c", Kind.PROGRESS),
    }
    assert len(names) == 4
    assert {len(name) for name in names} == {36}


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_value_outside_its_range_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        register(Kind.SCORE, value)


@pytest.mark.parametrize("raw", [-1, 21])
def test_a_raw_score_outside_its_range_is_refused(raw: float) -> None:
    with pytest.raises(ValueError, match="minimum"):
        register(Kind.SCORE, 0.5, raw=raw, minimum=0, maximum=20)


def test_equal_bounds_are_left_out() -> None:
    made = register(Kind.SCORE, 0.0, raw=0, minimum=0, maximum=0)
    check(made)
    assert made["result"]["score"] == {"scaled": 0.0, "raw": 0}


def test_an_event() -> None:
    made = event_statement(ACTOR, Verb.LAUNCHED, ACTIVITY, at=AT, key=("enrolment", "3"), registration=UUID)
    check(made)
    assert read(made, trusted=True) == [Reading(ACTIVITY, Kind.OPENED, 1.0, None, None, None, UUID, AT)]
    again = event_statement(ACTOR, Verb.LAUNCHED, ACTIVITY, at=AT, key=("enrolment", "4"), result={"completion": True})
    check(again)
    assert again["id"] != made["id"]


def test_a_void() -> None:
    made = void_statement(UUID.upper(), ACTOR, at=AT)
    check(made)
    assert made["object"]["id"] == UUID
    assert made["verb"]["id"] == Verb.VOIDED
    assert read(made, trusted=True) == []
    assert void_statement(UUID, ACTOR, at=AT)["id"] == made["id"]
