"""Packages that lead by their own rules: the hub answers what comes next, keeps it, and counts the whole by them."""

from collections.abc import Callable
from typing import Any

import pytest

from hub.db.uow import TenantDatabase
from hub.models.play import PlayAttempt
from tests.shared import shared_path
from tests.web import play_world
from tests.web.conftest import Browser, Clock
from tests.web.play_sequenced import led
from tests.web.play_world import Content, Play, begin

learner, lina, world = play_world.learner, play_world.lina, play_world.world


def goes(content: Content, item: str, request: str, said: dict[str, str] | None = None, **wish: Any) -> dict[str, Any]:
    """The content ends with what it said, and asks; gives the hub's answer."""
    scos = [] if said is None else [{"id": item, "run": 1, "cmi": said, "end": True}]
    answer = content.say({"scos": scos, "go": {"n": content.seq + 1, "request": request, "target": "", **wish}})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_who_fails_reads_again_and_who_passes_comes_to_the_end(
    world: Callable[..., Play], lina: Browser, clock: Clock
) -> None:
    play = world(led(), ("score", 0.7))
    content = begin(play, lina)
    assert (content.data["at"], content.data["way"]["now"]) == ("READ", "READ")
    assert content.data["way"]["choice"] == ["READ", "TEST"]
    assert 'id="steps"' in content.page.text
    test = goes(content, "READ", "continue", {"cmi.exit": "normal"})
    assert (test["deliver"]["id"], test["way"]["hide"]) == ("TEST", ["previous"])
    assert test["deliver"]["cmi"]["cmi.objectives.0.id"] == "test"
    assert test["deliver"]["cmi"]["cmi.scaled_passing_score"] == "0.7"
    assert test["deliver"]["cmi"]["cmi.max_time_allowed"] == "PT45M"
    assert test["deliver"]["cmi"]["cmi.time_limit_action"] == "exit,message"
    failed = goes(content, "TEST", "continue", {"cmi.score.scaled": "0.4"})
    assert failed["deliver"]["id"] == "READ"
    assert failed["deliver"]["cmi"]["cmi.entry"] == "ab-initio"
    again = begin(play, lina)  # elsewhere, with what was shown last
    assert again.data["at"] == "READ"
    assert goes(again, "READ", "choice", {}, target="TEST")["deliver"]["id"] == "TEST"
    passed = goes(again, "TEST", "continue", {"cmi.score.scaled": "0.9"})
    assert passed["deliver"]["id"] == "END"
    assert passed["deliver"]["cmi"]["cmi.objectives.0.success_status"] == "passed"
    over = goes(again, "END", "exitAll", {})
    assert (over["way"]["over"], "deliver" in over) == (True, False)
    view = play.step_view(clock.now)
    assert view.done
    assert view.best == pytest.approx(0.9)
    assert play.attempts()[0].summary["passed"] is True
    assert play.attempts()[0].oddities == {}
    assert begin(play, lina).data["at"] == "READ"  # after its end it begins anew, and nothing falls
    assert play.step_view(clock.now).best == pytest.approx(0.9)


def test_a_wish_counts_once_and_an_impossible_one_changes_nothing(world: Callable[..., Play], lina: Browser) -> None:
    play = world(led())
    content = begin(play, lina)
    wish = {"n": 1, "request": "continue", "target": ""}
    assert content.say({"scos": [], "go": wish}).get_json()["deliver"]["id"] == "TEST"
    assert "deliver" not in content.say({"scos": [], "go": wish}).get_json()
    refused = goes(content, "TEST", "choice", None, target="END")
    assert (refused["way"]["now"], "deliver" in refused) == ("", False)
    assert refused["way"]["choice"] == ["READ", "TEST"]
    assert goes(content, "", "choice", None, target="TEST")["deliver"]["id"] == "TEST"
    for broken in ({"n": 9, "request": "start"}, {"n": 10, "request": "choice", "target": "x" * 5000}):
        assert content.say({"scos": [], "go": broken}).status_code == 422
    aside = goes(content, "TEST", "suspendAll", {"cmi.suspend_data": "p3", "cmi.session_time": "PT10S"})
    assert aside["way"]["over"] is True
    found = begin(play, lina).data
    assert found["at"] == "TEST"
    kept = found["scos"]["TEST"]["cmi"]
    assert kept["cmi.suspend_data"] == "p3"
    assert "cmi.session_time" not in kept


def test_an_attempt_from_before_goes_on_where_it_was(
    world: Callable[..., Play], lina: Browser, tenant: TenantDatabase
) -> None:
    play = world(led())
    content = begin(play, lina)
    content.say({"scos": [{"id": "TEST", "run": 1, "cmi": {"cmi.suspend_data": "p3"}, "closed": True}]})
    with tenant.write() as session:
        row = session.get_one(PlayAttempt, play.attempts()[0].id)
        row.state = {name: value for name, value in row.state.items() if name not in ("way", "worth")}
    found = begin(play, lina).data
    assert found["at"] == "TEST"
    assert found["scos"]["TEST"]["cmi"]["cmi.suspend_data"] == "p3"


def test_the_rules_of_an_adl_package_are_followed_through_the_hub_and_previews_are_free(
    world: Callable[..., Play], lina: Browser, clock: Clock
) -> None:
    play = world(shared_path("fixtures", "content", "scorm2004", "adl-lms-test-RU-10.zip").read_bytes())
    content = begin(play, lina)
    passed = {"cmi.success_status": "passed"}
    for item, following in (("1", "3"), ("3", "4"), ("4", "5"), ("5", "6")):
        answer = goes(content, f"activity_{item}", "continue", passed)
        assert answer["deliver"]["id"] == f"activity_{following}"
    assert answer["way"]["choice"] == []
    assert {"continue", "previous"} <= set(answer["way"]["hide"])
    goes(content, "activity_6", "exitAll", {})
    assert play.step_view(clock.now).done
    preview = Content.enter(lina.client, lina.get(f"/catalogue/{play.resource}/preview").text)
    assert "way" not in preview.data
    assert 'id="steps"' not in preview.page.text
