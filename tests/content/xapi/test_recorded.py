"""Real statements: FUN-MOOC's 22,000 and a learner's session recorded from Moodle's logstore_xapi."""

import gzip
from collections import Counter
from typing import Any, cast

import pytest

from content.xapi.canonical import activities_of, agents_of, digest, with_defaults
from content.xapi.grammar import check, explain_structure
from content.xapi.parse import dump, load
from content.xapi.readings import read
from tests.shared import shared_path


@pytest.fixture(scope="module")
def fun() -> list[bytes]:
    with gzip.open(shared_path("fixtures", "xapi", "fun-mooc-statements.jsonl.gz")) as lines:
        return [line.strip() for line in lines]


@pytest.fixture(scope="module")
def moodle() -> list[dict[str, Any]]:
    body = shared_path("fixtures", "moodle", "xapi", "logstore_xapi_statements.json").read_bytes()
    return cast(list[dict[str, Any]], cast(dict[str, Any], load(body))["statements"])


def test_fun_statements_are_valid_and_told(fun: list[bytes]) -> None:
    kinds: Counter[str] = Counter()
    digests = set()
    for line in fun:
        statement = cast(dict[str, Any], load(line))
        check(statement)
        check(statement, "2.0.0")
        kinds.update(reading.kind.value for reading in read(statement))
        digests.add(digest(statement))
        assert len(agents_of(statement)) == 1
        assert len(activities_of(statement)) == 3
    assert len(fun) == len(digests) == 22_000
    # 636 videos ended; one progress for each that, pause and seek and end that told its share.
    assert kinds == {"opened": 8005, "progress": 10449, "completed": 636}


def test_fun_statements_come_back_as_they_were(fun: list[bytes]) -> None:
    for line in fun[:3000]:
        statement = load(line)
        explain_structure(statement)
        assert load(dump(statement).encode()) == statement
        whole = with_defaults(
            cast(dict[str, Any], statement), stored="2026-11-23T10:00:00Z", authority={"openid": "a:b"}
        )
        check(whole)
    batch = cast(list[Any], load(b"[" + b",".join(fun[:100]) + b"]"))
    assert [dump(statement) for statement in batch] == [dump(load(line)) for line in fun[:100]]


def test_moodle_statements_are_valid_although_they_have_no_id(moodle: list[dict[str, Any]]) -> None:
    assert len(moodle) == 15
    for statement in moodle:
        check(statement)
        check(statement, "2.0.0")
        assert "id" not in statement


def test_moodle_faults_are_read_right(moodle: list[dict[str, Any]]) -> None:
    quiz, course = "/mod/quiz/view.php?id=7", "/course/view.php?id=2"
    told = [
        (reading.activity.removeprefix("https://moodle.example.org"), reading.kind.value, reading.value)
        for statement in moodle
        for reading in read(statement)
    ]
    assert told[:2] == [(course, "opened", 1.0), ("/mod/page/view.php?id=2", "opened", 1.0)]
    # Viewing attempt "8" of a quiz whose attempt is 28 opens the quiz; a failed quiz is not complete; 0 of 20 is 0.
    assert Counter(told)[(quiz, "opened", 1.0)] == 4
    assert [one for one in told if one[1] != "opened"][:3] == [
        (quiz, "passed", 0.0),
        (quiz, "passed", 0.0),
        (quiz, "score", 0.0),
    ]
    assert "completed" not in {kind for _, kind, _ in told}
