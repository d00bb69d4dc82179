"""What units may say, rule by rule, and when units, blocks and courses are satisfied."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from content.packages.cmi5 import Au, Block, Course
from content.xapi.vocabulary import Category, Extension, Verb
from hub.domain.cmi5.move_on import Facts, met, outcome, satisfied, settled
from hub.domain.cmi5.rules import History, Launched, Violation, check_form, check_order

ACTOR = {"objectType": "Agent", "account": {"homePage": "https://hub.example", "name": "lina"}}
LAUNCHED = Launched(ACTOR, "r-1", "s-1", "urn:uuid:au", "https://author.example/au", "Normal", 0.8)
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
Statement = dict[str, Any]


def said(verb: str, result: Statement | None = None, *, defined: bool = True) -> Statement:
    """A statement that breaks no rule."""
    moves = result is not None and ("success" in result or "completion" in result)
    names = [Category.CMI5, *([Category.CMI5_MOVE_ON] if moves else [])] if defined else []
    extensions: Statement = {Extension.CMI5_SESSION: "s-1", Extension.CMI5_MASTERY_SCORE: 0.8}
    activities = {"grouping": [{"id": LAUNCHED.publisher}], "category": [{"id": one} for one in names]}
    return {
        "id": "7f1d0c6e-0d4b-4e52-a4fd-64f1bf6ae7a1", "timestamp": "2026-11-23T09:00:00Z", "actor": ACTOR,
        "verb": {"id": verb}, "object": {"id": "urn:uuid:au"}, "result": result or {},
        "context": {"registration": "r-1", "contextActivities": activities, "extensions": extensions},
    }  # fmt: skip


def passed() -> Statement:
    return said(Verb.PASSED, {"success": True, "duration": "PT1S", "score": {"scaled": 0.8}})


def failed() -> Statement:
    return said(Verb.FAILED, {"success": False, "duration": "PT1S", "score": {"scaled": 0.79}})


def completed() -> Statement:
    return said(Verb.COMPLETED, {"completion": True, "duration": "PT1S"})


def allowed() -> Statement:
    return said(Verb.EXPERIENCED, defined=False)


def change(*path: str, to: Any = None) -> Callable[[Statement], None]:
    """Set a member, or take it away."""

    def act(statement: Statement) -> None:
        *before, last = path
        for name in before:
            statement = statement[name]
        if to is None:
            statement.pop(last)
        else:
            statement[last] = to

    return act


ROWS: list[tuple[str, Callable[[], Statement], Callable[[Statement], None]]] = [
    ("id", allowed, change("id")),
    ("timestamp", allowed, change("timestamp")),
    ("timestamp_utc", allowed, change("timestamp", to="2026-11-23T09:00:00-06:00")),
    ("voiding", allowed, change("verb", "id", to=Verb.VOIDED)),
    ("lms_verb", allowed, change("verb", "id", to=Verb.SATISFIED)),
    ("lms_verb", passed, change("verb", "id", to=Verb.WAIVED)),
    ("verb", passed, change("verb", "id", to=Verb.EXPERIENCED)),
    ("actor", passed, change("actor", to={**ACTOR, "objectType": "Group"})),
    ("actor", passed, change("actor", to={"mbox": "mailto:x@example.org"})),
    ("actor", allowed, change("actor", to={"account": {"homePage": "https://hub.example", "name": "max"}})),
    ("actor", allowed, change("actor", to=[])),
    ("registration", allowed, change("context")),
    ("registration", passed, change("context", "registration")),
    ("registration", passed, change("context", "registration", to="r-2")),
    ("session", allowed, change("context", "extensions", Extension.CMI5_SESSION)),
    ("template", allowed, change("context", "contextActivities", "grouping")),
    ("object", passed, change("object", "id", to="https://elsewhere.example")),
    ("object", allowed, change("object", "id", to="urn:uuid:another-step")),
    ("move_on", allowed, change("context", "contextActivities", "category", to=[{"id": Category.CMI5_MOVE_ON}])),
    ("move_on", passed, change("context", "contextActivities", "category", to=[{"id": Category.CMI5}])),
    ("score", completed, change("result", "score", to={"scaled": 1})),
    ("score", passed, change("result", "score", to={"raw": 9, "min": 0})),
    ("score", passed, change("result", "score", to={"scaled": 900})),
    ("score", passed, change("result", "score", to={"scaled": "much"})),
    ("success", passed, change("result", "success")),
    ("success", passed, change("result", "success", to=False)),
    ("success", completed, change("result", "success", to=True)),
    ("success", failed, change("result", "success", to=True)),
    ("completion", completed, change("result", "completion", to=False)),
    ("completion", passed, change("result", "completion", to=True)),
    ("duration", passed, change("result", "duration")),
    ("duration", lambda: said(Verb.TERMINATED, {"duration": "PT1S"}), change("result")),
    ("mastery", passed, change("result", "score", to={"scaled": 0.79})),
    ("mastery", failed, change("result", "score", to={"scaled": 0.8})),
    ("mastery", passed, change("context", "extensions", Extension.CMI5_MASTERY_SCORE)),
    ("mastery", passed, change("context", "extensions", Extension.CMI5_MASTERY_SCORE, to=0.7)),
]


@pytest.mark.parametrize(("code", "make", "alter"), ROWS)
def test_a_statement_that_breaks_a_rule_is_told_which(
    code: str, make: Callable[[], Statement], alter: Callable[[Statement], None]
) -> None:
    statement = make()
    check_form(statement, LAUNCHED)
    alter(statement)
    with pytest.raises(Violation) as refused:
        check_form(statement, LAUNCHED)
    assert refused.value.code == code


@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_outside_normal_mode_nothing_is_judged(mode: str) -> None:
    quiet = Launched(ACTOR, "r-1", "s-1", "urn:uuid:au", LAUNCHED.publisher, mode, None)
    check_form(said(Verb.INITIALIZED), quiet)
    for statement in (passed(), failed(), completed()):
        with pytest.raises(Violation, match="mode"):
            check_form(statement, quiet)


def began(**more: datetime) -> dict[str, datetime]:
    return {"initialized": AT, **more}


@pytest.mark.parametrize(
    ("code", "statement", "at", "told"),
    [
        ("first", allowed(), AT, History({}, False, False)),
        ("first", passed(), AT, History({}, False, False)),
        ("first", allowed(), AT - timedelta(seconds=1), History(began(), False, False)),
        ("repeated", said(Verb.INITIALIZED), AT, History(began(), False, False)),
        ("repeated", completed(), AT, History(began(completed=AT), True, False)),
        ("judged", failed(), AT, History(began(passed=AT), False, True)),
        ("judged", passed(), AT, History(began(failed=AT), False, False)),
        ("completed", completed(), AT, History(began(), True, False)),
        ("passed", passed(), AT, History(began(), False, True)),
        ("failed", failed(), AT, History(began(), False, True)),
        ("last", allowed(), AT + timedelta(seconds=9), History(began(terminated=AT), False, False)),
    ],
)
def test_statements_come_in_order_and_once(code: str, statement: Statement, at: datetime, told: History) -> None:
    with pytest.raises(Violation) as refused:
        check_order(statement, at, LAUNCHED, told)
    assert refused.value.code == code


def test_a_failure_may_be_followed_by_a_pass_in_another_session() -> None:
    check_order(said(Verb.INITIALIZED), AT, LAUNCHED, History({}, False, False))
    check_order(passed(), AT, LAUNCHED, History(began(), True, False))
    check_order(said(Verb.TERMINATED, {"duration": "PT1S"}), AT, LAUNCHED, History(began(passed=AT), True, True))


def unit(name: str, move_on: str = "Completed", mastery: float | None = None) -> Au:
    return Au(name, {}, {}, "a.html", "a.html", move_on, mastery, "AnyWindow", "", "", "", ())


def course(*children: Au | Block) -> Course:
    return Course("course", {}, {}, (), children)


@pytest.mark.parametrize(
    ("criterion", "completed_", "passed_", "both"),
    [
        ("NotApplicable", True, True, True),
        ("Completed", True, False, True),
        ("Passed", False, True, True),
        ("CompletedAndPassed", False, False, True),
        ("CompletedOrPassed", True, True, True),
    ],
)
def test_the_five_criteria(criterion: str, completed_: bool, passed_: bool, both: bool) -> None:
    one = unit("a", criterion)
    assert met(one, Facts()) is (criterion == "NotApplicable")
    assert met(one, Facts(completed=True)) is completed_
    assert met(one, Facts(passed=True)) is passed_
    assert met(one, Facts(completed=True, passed=True)) is both
    assert met(one, Facts(waived=True))


def test_inner_blocks_are_satisfied_before_outer_ones_and_the_course_last() -> None:
    inner = Block("inner", {}, {}, (), (unit("a"),))
    outer = Block("outer", {}, {}, (), (inner, unit("b")))
    whole = course(outer, unit("c"))
    done, open_ = Facts(completed=True), Facts()
    assert [one.id for one in satisfied(whole, [done, open_, open_])] == ["inner"]
    assert [one.id for one in satisfied(whole, [done, Facts(waived=True), open_])] == ["inner", "outer"]
    assert [one.id for one in satisfied(whole, [done, done, done])] == ["inner", "outer", "course"]


def test_what_a_course_comes_to() -> None:
    whole = course(unit("a"), unit("b", "Passed", 0.5), unit("c", "Passed", 0.5))
    half = outcome(whole, [Facts(completed=True), Facts(passed=True, score=0.6), Facts()])
    assert (half.completed, half.passed, half.score) == (False, None, None)
    assert half.progress == pytest.approx(2 / 3)
    lost = outcome(whole, [Facts(), Facts(passed=True, score=0.6), Facts(failed=True, score=0.2)])
    assert (lost.passed, lost.score) == (False, pytest.approx(0.4))
    won = outcome(whole, [Facts(completed=True), Facts(passed=True, score=0.6), Facts(waived=True)])
    assert (won.completed, won.passed, won.score) == (True, True, pytest.approx(0.6))
    plain = outcome(course(unit("a")), [Facts(passed=True, score=0.9)])
    assert (plain.completed, plain.passed, plain.score) == (False, True, pytest.approx(0.9))


def test_a_unit_is_reviewed_once_nothing_is_left_to_tell() -> None:
    assert settled(unit("a"), Facts(completed=True))
    assert not settled(unit("a", mastery=0.5), Facts(completed=True))
    assert settled(unit("a", mastery=0.5), Facts(completed=True, passed=True))
    assert settled(unit("a", "Passed"), Facts(waived=True))
