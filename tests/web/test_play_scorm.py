"""SCORM attempts: what content says is checked, never falls, is resumed exactly, and reaches the step."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from content.xapi import grammar
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.progress import Result
from hub.domain.translate.scorm import About
from hub.domain.translate.scorm_answers import answers
from hub.models.learning import Enrolment
from hub.models.person import Group, GroupMember
from hub.models.river import Ledger
from tests.content.archives import PAGE, manifest, zipped
from tests.services import builders
from tests.shared import shared_path
from tests.web.conftest import Browser, Clock
from tests.web.play_world import Content, Play, lay_out
from tests.web.scorm2004_manifest import MANIFEST

PASS_MARK = "<adlcp:masteryscore>60</adlcp:masteryscore>"
TIMED = (
    "<adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed><adlcp:timelimitaction>exit,message</adlcp:timelimitaction>"
)


def scorm12(item: str = "") -> bytes:
    return zipped({"imsmanifest.xml": manifest(item=item), "index.html": PAGE})


@pytest.fixture
def learner(add_person: Callable[..., UUID]) -> UUID:
    return add_person("Lina", "Martin", "learner")


@pytest.fixture
def lina(enter: Callable[..., Browser], learner: UUID) -> Browser:
    return enter(learner)


@pytest.fixture
def world(
    installation: Installation, tenant: TenantDatabase, learner: UUID, clock: Clock
) -> Callable[..., Play]:  # fmt: skip
    def made(data: bytes, rule: tuple[str, float | None] = ("completed", None)) -> Play:
        return lay_out(installation, tenant, learner, data, "cours.zip", clock.now, builders.rule(rule))

    return made


def begin(play: Play, lina: Browser) -> Content:
    return Content.enter(lina.client, lina.get(play.open(lina)).text)


def said(content: Content, sco: str = "I1", *, run: int = 1, **more: Any) -> Any:
    """A message of one content; ``cmi`` by keyword with dots for double underscores."""
    flags = {name: more.pop(name) for name in ("end", "closed", "anew", "asset") if name in more}
    elements = {f"cmi.{name.replace('__', '.')}": value for name, value in more.items()}
    return content.say({"scos": [{"id": sco, "run": run, "cmi": elements, **flags}]})


def test_an_attempt_is_resumed_exactly_elsewhere_and_its_score_reaches_the_step(
    world: Callable[..., Play], lina: Browser, clock: Clock
) -> None:
    play = world(scorm12(TIMED + PASS_MARK), ("score", 0.6))
    content = begin(play, lina)
    first = content.data["scos"]["I1"]["cmi"]
    limits = [first[f"cmi.student_data.{name}"] for name in ("max_time_allowed", "time_limit_action")]
    assert limits == ["00:30:00", "exit,message"]
    assert first["cmi.core.student_name"] == "Martin, Lina"
    assert first["cmi.core.entry"] == "ab-initio"
    assert first["cmi.student_data.mastery_score"] == "60"
    bookmark = "é<script>" * 500
    clock.advance(minutes=20)
    said(content, core__lesson_status="incomplete", core__lesson_location="p3", suspend_data=bookmark)
    said(content, core__session_time="00:12:00", core__exit="suspend", end=True)
    assert play.step_view(clock.now).result is Result.IN_PROGRESS
    again = begin(play, lina)
    assert "<script>é" not in again.page.text.partition("stage")[2]
    held = again.data["scos"]["I1"]["cmi"]
    assert (held["cmi.suspend_data"], held["cmi.core.lesson_location"]) == (bookmark, "p3")
    assert (held["cmi.core.entry"], held["cmi.core.total_time"]) == ("resume", "0000:12:00.00")
    said(again, run=2, core__lesson_status="completed", core__score__raw="45", end=True)
    assert play.attempts()[0].summary["passed"] is False
    third = begin(play, lina)
    assert third.data["scos"]["I1"]["cmi"]["cmi.core.lesson_status"] == "failed"
    said(third, run=3, core__lesson_status="completed", core__score__raw="85", end=True)
    view = play.step_view(clock.now)
    assert (view.done, view.best) == (True, pytest.approx(0.85))
    assert play.attempts()[0].summary["passed"] is True
    assert play.attempts()[0].oddities == {}


def group_of(tenant: TenantDatabase, play: Play) -> UUID:
    with tenant.write() as session:
        group = Group(id=new_id(), name="Promo")
        session.add(group)
        session.flush()
        session.add(GroupMember(group_id=group.id, person_id=play.learner))
        session.get_one(Enrolment, play.enrolment).group_id = group.id
        return group.id


def test_lies_are_left_out_and_seen(
    world: Callable[..., Play], lina: Browser, clock: Clock, tenant: TenantDatabase, enter: Callable[..., Browser],
    add_person: Callable[..., UUID],
) -> None:  # fmt: skip
    play = world(scorm12(), ("score", 0.6))
    content = begin(play, lina)
    clock.advance(minutes=1)
    huge = "x" * 10_000_000
    said(content, core__score__raw="50", core__lesson_status="passed", suspend_data="kept")
    answer = said(content, core__score__raw="900", core__lesson_status="best", suspend_data=huge,
                  core__session_time="99:00:00", made_up="1", core__lesson_location="p2")  # fmt: skip
    assert answer.status_code == 200
    for status in ("incomplete", "not attempted", "failed"):
        said(content, core__lesson_status=status)
    said(content, end=True)
    attempt = play.attempts()[0]
    held = attempt.state["scos"]["I1"]["cmi"]
    assert held["cmi.core.score.raw"] == "50"
    assert held["cmi.suspend_data"] == "kept"
    assert held["cmi.core.lesson_location"] == "p2"
    assert held["cmi.core.lesson_status"] == "passed"
    assert attempt.summary["passed"] is True
    assert attempt.summary["seconds"] < 200
    assert set(attempt.oddities) == {"score", "status", "suspend_data", "element", "time", "status_fell"}
    assert attempt.oddities["status_fell"]["count"] == 3
    assert play.step_view(clock.now).best == pytest.approx(0.5)
    trainer = enter(add_person("Tom", "Roy", "trainer", "administrator"))
    group = group_of(tenant, play)
    panel = trainer.get(f"/groups/{group}/why/{play.enrolment}/{play.step}").text
    for text in ("Essai 1", "réussi", "note impossible", "trop de données", "plus de temps", "reste fait"):
        assert text in panel
    assert content.say({"scos": [{"id": "other", "cmi": {}}]}).status_code == 422
    assert content.say({"scos": "x"}).status_code == 422


def test_someone_elses_token_writes_into_their_attempt_only(
    world: Callable[..., Play], lina: Browser, add_person: Callable[..., UUID], enter: Callable[..., Browser],
    installation: Installation, tenant: TenantDatabase, clock: Clock,
) -> None:  # fmt: skip
    play = world(scorm12())
    mine = begin(play, lina)
    max_id = add_person("Max", "Roy", "learner")
    other = lay_out(installation, tenant, max_id, scorm12(), "b.zip", clock.now)
    theirs = Content.enter(enter(max_id).client, enter(max_id).get(other.open(enter(max_id))).text)
    stolen = mine.say({"scos": [{"id": "I1", "cmi": {"cmi.core.lesson_status": "passed"}}]}, token=theirs.data["token"])
    assert stolen.status_code == 200  # it is Max's own attempt that it wrote into
    by_person = {one.person_id: one.summary for one in play.attempts()}
    assert by_person[play.learner] == {}
    assert mine.say({"scos": []}, token=theirs.data["token"][:-3] + "abc").status_code == 410


def test_two_contents_of_2004_roll_up_by_their_rules(world: Callable[..., Play], lina: Browser, clock: Clock) -> None:
    play = world(zipped({"imsmanifest.xml": MANIFEST.encode(), "index.html": PAGE}), ("passed", None))
    content = begin(play, lina)
    assert "quiz=1" in content.page.text
    assert content.data["scos"]["I2"]["cmi"]["cmi.scaled_passing_score"] == "0.7"
    said(content, completion_status="completed", score__scaled="0.1", exit="normal", end=True)
    assert play.step_view(clock.now).result is Result.IN_PROGRESS
    said(content, "I2", completion_status="completed", success_status="passed", score__scaled="0.6", end=True)
    assert play.attempts()[0].summary["passed"] is False
    again = begin(play, lina)
    assert again.data["scos"]["I2"]["cmi"]["cmi.entry"] == "ab-initio"
    answer = said(again, "I2", run=2, anew=True, completion_status="completed", score__scaled="0.8", end=True)
    assert answer.json["done"] == ["I1", "I2"]
    view = play.step_view(clock.now)
    assert (view.done, view.best) == (True, pytest.approx(0.8))


@pytest.mark.parametrize(
    "name", ["golf-singlesco", "golf-minimum-calls-mini", "golf-minimum-calls-multisco"]
)  # fmt: skip
def test_third_parties_packages_open(world: Callable[..., Play], lina: Browser, name: str) -> None:
    play = world(shared_path("fixtures", "content", "scorm12", f"{name}.zip").read_bytes())
    content = begin(play, lina)
    hrefs = [part.partition('"')[0] for part in content.page.text.split('href="/p/')[1:]]
    assert len(hrefs) == len(content.data["scos"])
    for href in hrefs:
        path = "/p/" + href.partition("?")[0]
        assert content.client.get(path, base_url=content.origin).status_code == 200


def test_every_2004_package_of_the_set_opens(
    installation: Installation, tenant: TenantDatabase, learner: UUID, lina: Browser, clock: Clock
) -> None:
    for path in sorted(shared_path("fixtures", "content", "scorm2004").glob("*.zip"))[::4]:
        play = lay_out(installation, tenant, learner, path.read_bytes(), path.name, clock.now)
        content = begin(play, lina)
        assert content.page.status_code == 200, path.name
        assert content.data["scos"], path.name


ASKED = {
    "id": "q1", "type": "choice", "correct_responses__0__pattern": "{a,c}", "student_response": "a,b",
    "result": "wrong", "latency": "00:00:12.50", "weighting": "1",
}  # fmt: skip


def test_what_was_answered_is_told_once_as_questions_of_their_own(
    world: Callable[..., Play], lina: Browser, tenant: TenantDatabase
) -> None:
    play = world(scorm12())
    content = begin(play, lina)
    first = {f"interactions__0__{name}": value for name, value in ASKED.items()}
    said(content, **first, interactions__1__id="q2", interactions__1__type="t", interactions__1__student_response="t",
         interactions__1__result="correct", interactions__2__id="seen", interactions__2__type="numeric")  # fmt: skip
    said(content, core__lesson_location="p2")
    said(content, interactions__0__student_response="a,c", interactions__0__result="correct", end=True)
    with tenant.read() as session:
        kept = [json.loads(text) for text in session.scalars(select(Ledger.text).order_by(Ledger.seq))]
    told = [one for one in kept if one["verb"]["id"].endswith("/responded")]
    assert [one["result"] for one in told] == [
        {"response": "a[,]b", "success": False, "duration": "PT12.50S"},
        {"response": "true", "success": True},
        {"response": "a[,]c", "success": True, "duration": "PT12.50S"},
    ]
    definition = told[0]["object"]["definition"]
    assert definition["interactionType"] == "choice"
    assert definition["correctResponsesPattern"] == ["a[,]c"]
    assert told[0]["object"]["id"] == told[2]["object"]["id"] != told[1]["object"]["id"]
    assert play.attempts()[0].summary["score"] is None


def test_what_is_put_aside_by_its_own_wish_is_found_again(world: Callable[..., Play], lina: Browser) -> None:
    play = world(zipped({"imsmanifest.xml": MANIFEST.encode(), "index.html": PAGE}))
    content = begin(play, lina)
    scos = [
        {"id": "I1", "run": 1, "cmi": {"cmi.suspend_data": "p3"}, "end": True, "aside": True},
        {"id": "I2", "run": 1, "cmi": {"cmi.suspend_data": "p4"}, "end": True},
    ]
    content.say({"scos": scos})
    found = begin(play, lina).data["scos"]
    assert [found[key]["cmi"]["cmi.entry"] for key in ("I1", "I2")] == ["resume", "ab-initio"]
    assert found["I1"]["cmi"]["cmi.suspend_data"] == "p3"


def about_objectives(tenant: TenantDatabase) -> list[tuple[str, str, dict[str, Any]]]:
    with tenant.read() as session:
        kept = [json.loads(text) for text in session.scalars(select(Ledger.text).order_by(Ledger.seq))]
    found = [one for one in kept if one["object"].get("definition", {}).get("type", "").endswith("/objective")]
    for one in found:
        grammar.check(one)
    return [
        (one["object"]["definition"]["name"]["und"], one["verb"]["id"].rpartition("/")[2], one["result"])
        for one in found
    ]


def test_objectives_of_a_content_are_told_once_and_are_no_evidence_of_the_step(
    world: Callable[..., Play], lina: Browser, tenant: TenantDatabase, clock: Clock
) -> None:
    play = world(scorm12(), ("score", 0.6))
    content = begin(play, lina)
    first = {"objectives__0__id": "lire", "objectives__0__status": "incomplete", "objectives__1__id": "dire"}
    said(content, **first, objectives__1__score__raw="40")
    said(content, core__lesson_location="p2", objectives__0__status="incomplete", objectives__3__status="passed")
    message = {
        "scos": [
            {"id": "I1", "run": 1, "cmi": {"cmi.objectives.0.status": "passed", "cmi.objectives.0.score.raw": "90"}}
        ]
    }
    again = [content.say(message, seq=3).get_json(), content.say(message, seq=3).get_json()]
    assert again[0]["done"] == again[1]["done"]
    said(content, objectives__0__status="passed", objectives__0__score__raw="200", end=True)
    passed, completed = {"success": True, "score": {"scaled": 0.9}}, {"completion": True, "score": {"scaled": 0.9}}
    assert about_objectives(tenant) == [
        ("dire", "scored", {"score": {"scaled": 0.4}}), ("lire", "passed", passed), ("lire", "completed", completed),
    ]  # fmt: skip
    view = play.step_view(clock.now)
    assert (view.best, view.done) == (None, False)
    assert begin(play, lina).data["scos"]["I1"]["cmi"]["cmi.objectives.0.status"] == "passed"


def test_objectives_of_2004_are_told_again_in_a_new_attempt_of_the_content(
    world: Callable[..., Play], lina: Browser, tenant: TenantDatabase
) -> None:
    play = world(zipped({"imsmanifest.xml": MANIFEST.encode(), "index.html": PAGE}))
    content = begin(play, lina)
    one = {"objectives__0__id": "dire", "objectives__0__success_status": "failed"}
    said(content, **one, objectives__0__description="Dire", objectives__0__progress_measure="0.5", anew=True)
    said(content, objectives__0__progress_measure="0.25", objectives__0__success_status="unknown", anew=True)
    said(content, **one, run=2, anew=True)
    failed = ("dire", "failed", {"success": False})
    assert [found[:2] for found in about_objectives(tenant)] == [failed[:2], ("dire", "progressed"), failed[:2]]


ANSWERED = ("1[.]a[,]2[.]b", ["1[.]a[,]2[.]c"], {"score": {"raw": 0.5}})


@pytest.mark.parametrize(
    ("version", "kind", "response", "patterns", "result", "expected"),
    [
        ("1.2", "matching", "1.a,2.b", "{1.a,2.c}", "0.5", ANSWERED),
        ("1.2", "likert", "4", "", "neutral", ("4", None, {})),
        ("2004", "long-fill-in", "x" * 5000, "", "correct", ("x" * 1000, None, {"success": True})),
        ("2004", "made-up", "a[.]b", "a[.]b", "unanticipated", ("a[.]b", ["a[.]b"], {})),
    ],
)
def test_answers_are_written_as_xapi_writes_them(
    version: str, kind: str, response: str, patterns: str, result: str,
    expected: tuple[str, list[str] | None, dict[str, Any]],
) -> None:  # fmt: skip
    name = "student_response" if version == "1.2" else "learner_response"
    one = {"id": "é" * 3000, "type": kind, name: response, "result": result, "correct_responses.0.pattern": patterns}
    about = About({"mbox": "mailto:l@example.org"}, str(new_id()), "https://example.org/p", str(new_id()), 1)
    cmi = {f"cmi.interactions.7.{key}": value for key, value in one.items() if value}
    made, marks = answers(about, version, "I1", cmi, {}, "2026-11-23T09:00:00+00:00")
    definition = made[0]["object"]["definition"]
    assert (made[0]["result"].pop("response"), definition.get("correctResponsesPattern"), made[0]["result"]) == expected
    assert len(made[0]["object"]["id"]) == 45
    assert len(definition["name"]["und"]) == 1000
    grammar.check(made[0])
    assert answers(about, version, "I1", cmi, marks, "2026-11-23T10:00:00+00:00") == ([], marks)
