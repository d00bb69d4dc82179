"""The hub as launching system of cmi5: launch, one-time token, what units tell, satisfied, abandoned, waived."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from content.xapi.vocabulary import ActivityType, Category, Extension, Verb
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.cmi5 import Cmi5Session
from hub.models.play import PlayAttempt
from hub.models.river import Ledger
from hub.services.errors import Conflict
from hub.services.play.cmi5 import launching, sessions
from hub.services.play.store import PackageStore
from hub.services.projection import project_dirty
from tests.services import builders
from tests.web.cmi5_world import STRUCTURE, Unit, course
from tests.web.conftest import Browser, Clock
from tests.web.play_world import Content, Play, lay_out


@pytest.fixture
def learner(add_person: Callable[..., UUID]) -> UUID:
    return add_person("Lina", "Martin", "learner", language="en")


@pytest.fixture
def play(installation: Installation, tenant: TenantDatabase, learner: UUID, clock: Clock) -> Play:
    return lay_out(installation, tenant, learner, course(), "tour.zip", clock.now, builders.rule(("completed", None)))


@pytest.fixture
def lina(enter: Callable[..., Browser], learner: UUID) -> Browser:
    return enter(learner)


@pytest.fixture
def content(play: Play, lina: Browser) -> Content:
    return Content.enter(lina.client, lina.get(play.open(lina)).text)


def told(tenant: TenantDatabase, registration: str) -> list[dict[str, Any]]:
    """The statements of a registration, in order."""
    with tenant.read() as session:
        rows = session.scalars(select(Ledger.text).where(Ledger.registration == registration).order_by(Ledger.seq))
        return [json.loads(text) for text in rows]


def verbs(tenant: TenantDatabase, unit: Unit) -> list[str]:
    return [one["verb"]["id"].rpartition("/")[2] for one in told(tenant, unit.parameters["registration"])]


def test_a_course_is_played_to_its_end_and_its_score_reaches_the_step(
    play: Play, content: Content, tenant: TenantDatabase, clock: Clock
) -> None:
    assert (
        f"connect-src 'self' data: blob: http://{'hub.localhost:8080'}"
        in content.page.headers["Content-Security-Policy"]
    )
    assert "https://elsewhere.example" in content.page.headers["Content-Security-Policy"]
    unit = Unit.launch(content, 0, clock).start()
    assert unit.url.startswith(f"{content.origin}{content.data['files']}one.html?a=1&endpoint=")
    assert (
        "connect-src 'self' data: blob: http://hub.localhost:8080"
        in content.get("one.html").headers["Content-Security-Policy"]
    )
    assert unit.data["masteryScore"] == 0.8
    assert (unit.data["moveOn"], unit.data["launchMode"]) == ("CompletedAndPassed", "Normal")
    assert unit.data["entitlementKey"] == {"courseStructure": "k-1"}
    assert unit.data["launchParameters"] == '{"p":1}'
    assert (
        unit.client.get(unit.data["returnURL"].removeprefix(content.origin), base_url=content.origin).status_code == 200
    )
    assert (
        unit.document("GET", "agents/profile", profileId="cmi5LearnerPreferences").json["languagePreference"] == "en,fr"
    )
    assert unit.say(Verb.INITIALIZED).status_code == 204
    assert unit.say(Verb.EXPERIENCED, defined=False).status_code == 204
    last = unit.statement(Verb.COMPLETED, {"completion": True, "duration": "PT9S"})
    assert unit.send(last).status_code == 204
    assert unit.send(last).status_code == 204  # the same again is one
    assert unit.passed(0.9).status_code == 204
    assert unit.terminated().status_code == 204
    assert play.step_view(clock.now).best == pytest.approx(0.9)
    assert not play.step_view(clock.now).done
    second = Unit.launch(content, 1, clock).start()
    assert second.url.startswith("https://elsewhere.example/two?b=2&endpoint=")
    assert second.url.endswith("#top")
    assert content.say({"look": True}).json["done"] == ["0"]
    assert second.parameters["activityId"] != unit.parameters["activityId"]
    second.say(Verb.INITIALIZED)
    second.completed()
    assert play.step_view(clock.now).done
    assert verbs(tenant, unit) == [
        "launched", "initialized", "experienced", "completed", "passed", "satisfied", "terminated",
        "launched", "initialized", "completed", "satisfied",
    ]  # fmt: skip
    block, whole = (one for one in told(tenant, unit.parameters["registration"]) if one["verb"]["id"] == Verb.SATISFIED)
    assert block["object"]["definition"]["type"] == ActivityType.CMI5_BLOCK
    assert whole["object"]["id"] == play.attempts()[0].iri
    assert whole["context"]["contextActivities"]["grouping"][0]["id"] == "https://author.example/course"
    assert (
        whole["context"]["extensions"][Extension.CMI5_SESSION]
        == second.data["contextTemplate"]["extensions"][Extension.CMI5_SESSION]
    )
    again = Unit.launch(content, 0, clock).start()
    assert again.data["launchMode"] == "Review"


def test_the_token_is_given_once_and_lives_as_long_as_its_session(content: Content, clock: Clock) -> None:
    unit = Unit.launch(content, 0, clock)
    wrong = Unit(unit.client, clock, unit.url.replace(unit.parameters["fetch"][-8:], "AAAAAAAA"))
    assert wrong.fetch()["error-code"] == "2"
    first = unit.fetch()
    assert set(first) == {"auth-token"}
    assert unit.fetch()["error-code"] == "1"
    unit.auth = f"Basic {first['auth-token']}"
    assert unit.document("GET", "activities/state", stateId="LMS.LaunchData").status_code == 200
    late = Unit.launch(content, 1, clock)
    assert unit.document("GET", "activities/state", stateId="LMS.LaunchData").status_code == 401
    late.start()
    clock.advance(hours=4)
    assert late.document("GET", "activities/state", stateId="LMS.LaunchData").status_code == 401
    assert late.fetch()["error-code"] == "1"


def test_a_unit_reads_and_writes_its_own_only(
    play: Play, content: Content, tenant: TenantDatabase, clock: Clock, add_person: Callable[..., UUID]
) -> None:
    unit = Unit.launch(content, 0, clock)
    unit.auth = f"Basic {unit.fetch()['auth-token']}"
    unit.data = unit.document("GET", "activities/state", stateId="LMS.LaunchData").json
    assert unit.say(Verb.INITIALIZED).status_code == 403  # the preferences were not read
    unit.document("GET", "agents/profile", profileId="cmi5LearnerPreferences")
    assert unit.say(Verb.INITIALIZED).status_code == 204
    other = json.dumps({"account": {"homePage": "https://x.example", "name": "max"}})
    good = {"languagePreference": "en-US,fr-FR", "audioPreference": "off"}
    rows: list[tuple[int, str, str, Any, dict[str, str]]] = [
        (403, "PUT", "activities/state", {"a": 1}, {"stateId": "LMS.LaunchData"}),
        (403, "DELETE", "activities/state", None, {"stateId": "LMS.LaunchData"}),
        (403, "DELETE", "activities/state", None, {}),
        (204, "PUT", "activities/state", {"page": 3}, {"stateId": "bookmark"}),
        (403, "GET", "activities/state", None, {"stateId": "bookmark", "agent": other}),
        (403, "GET", "activities/state", None, {"stateId": "bookmark", "activityId": "https://x.example"}),
        (403, "PUT", "agents/profile", good, {"profileId": "cmi5LearnerPreferences", "agent": other}),
        (403, "PUT", "agents/profile", [], {"profileId": "cmi5LearnerPreferences"}),
        (403, "PUT", "agents/profile", {**good, "languagePreference": ""}, {"profileId": "cmi5LearnerPreferences"}),
        (403, "PUT", "agents/profile", {"languagePreference": "en"}, {"profileId": "cmi5LearnerPreferences"}),
        (403, "GET", "agents", None, {"agent": other}),
        (403, "GET", "activities", None, {"activityId": "https://x.example"}),
    ]
    for status, method, path, body, query in rows:
        assert unit.document(method, path, body, **query).status_code == status, (method, path, body, query)
    mine = unit.ask("GET", "statements").json["statements"]
    assert {one["context"]["registration"] for one in mine} == {unit.parameters["registration"]}
    assert len(mine) == 2
    assert unit.ask("GET", "statements", registration=str(UUID(int=7))).status_code == 403
    with tenant.read() as session:
        foreign = next(
            one for one in map(json.loads, session.scalars(select(Ledger.text)))
            if "registration" not in one.get("context", {})
        )  # fmt: skip
    assert unit.ask("GET", "statements", statementId=foreign["id"]).status_code == 404
    assert unit.ask("GET", "statements", statementId=mine[0]["id"]).status_code == 200
    forged = unit.statement(Verb.COMPLETED, defined=False)
    forged["object"]["id"] = play.attempts()[0].iri
    assert unit.send(forged).status_code == 403
    posted = unit.ask("POST", "statements", {k: v for k, v in unit.statement(Verb.EXPERIENCED).items() if k != "id"})
    assert posted.status_code == 403
    oddities = play.attempts()[0].oddities
    assert oddities["cmi5_preferences_first"]["count"] == 1
    assert oddities["cmi5_foreign"]["count"] >= 4
    assert oddities["cmi5_object"]["count"] == 1


def test_a_launch_abandons_the_session_before_and_silence_ends_one(
    installation: Installation, play: Play, content: Content, tenant: TenantDatabase, clock: Clock
) -> None:
    for wrong in (7, -1, "0", True):
        assert content.say({"launch": wrong}, seq=1).status_code == 422
    content.seq = 0
    first = Unit.launch(content, 0, clock).start()
    first.say(Verb.INITIALIZED)
    clock.advance(minutes=2)
    second = Unit.launch(content, 0, clock).start()
    assert first.say(Verb.EXPERIENCED, defined=False).status_code == 401
    assert verbs(tenant, first) == ["launched", "initialized", "abandoned", "launched"]
    ended = told(tenant, first.parameters["registration"])[2]
    assert ended["result"]["duration"] == "PT1S"
    assert ended["context"]["contextActivities"]["category"] == [{"objectType": "Activity", "id": Category.CMI5}]
    second.say(Verb.INITIALIZED)
    with tenant.write() as session:
        assert sessions.silent(session, clock.now, 10) == []
        clock.advance(hours=4)
        [(session_id, package_id)] = sessions.silent(session, clock.now, 10)
        held = PackageStore(installation).get(tenant.key, package_id)
        sessions.abandon(session, session.get_one(Cmi5Session, session_id), held, clock.now)
        sessions.abandon(session, session.get_one(Cmi5Session, session_id), held, clock.now)
    assert verbs(tenant, first).count("abandoned") == 2


def test_waived_units_count_and_are_waived_once(
    installation: Installation, play: Play, content: Content, tenant: TenantDatabase, learner: UUID, clock: Clock
) -> None:
    unit = Unit.launch(content, 1, clock).start()
    unit.say(Verb.INITIALIZED)
    unit.completed()
    with tenant.write() as session:
        attempt = session.scalars(select(PlayAttempt)).one()
        held = PackageStore(installation).get(tenant.key, attempt.package_id)
        launching.waive(session, attempt, held, 0, "Tested Out", by=learner, now=clock.now)
        with pytest.raises(Conflict, match="already_done"):
            launching.waive(session, attempt, held, 0, "Tested Out", by=learner, now=clock.now)
        with pytest.raises(Conflict, match="already_done"):
            launching.waive(session, attempt, held, 1, "Administrative", by=learner, now=clock.now)
    project_dirty(tenant)
    assert play.step_view(clock.now).done
    said = told(tenant, unit.parameters["registration"])
    waived = next(one for one in said if one["verb"]["id"] == Verb.WAIVED)
    assert waived["result"]["extensions"][Extension.CMI5_REASON] == "Tested Out"
    assert (waived["result"]["success"], waived["result"]["completion"]) == (True, True)
    own = waived["context"]["extensions"][Extension.CMI5_SESSION]
    satisfied = [
        one["context"]["extensions"][Extension.CMI5_SESSION] for one in said if one["verb"]["id"] == Verb.SATISFIED
    ]
    assert satisfied == [own, own]


def test_a_structure_alone_is_launched_where_its_units_are_and_what_never_applies_is_satisfied_at_once(
    installation: Installation, tenant: TenantDatabase, learner: UUID, lina: Browser, clock: Clock
) -> None:
    bare = STRUCTURE.replace("one.html?a=1", "https://elsewhere.example/one").replace(
        'moveOn="CompletedAndPassed" masteryScore="0.8"', 'moveOn="NotApplicable"'
    )
    play = lay_out(installation, tenant, learner, bare.encode(), "cmi5.xml", clock.now)
    content = Content.enter(lina.client, lina.get(play.open(lina)).text)
    unit = Unit.launch(content, 0, clock)
    assert unit.url.startswith("https://elsewhere.example/one?endpoint=")
    assert verbs(tenant, unit) == ["satisfied", "launched"]
    clock.advance(seconds=timedelta(minutes=1).total_seconds())
    assert unit.fetch().keys() == {"auth-token"}
