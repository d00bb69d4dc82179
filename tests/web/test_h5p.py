"""H5P's messages: who and when are the hub's, what lies is bounded and noted."""

from collections.abc import Callable
from uuid import UUID

import pytest

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from tests.services import builders
from tests.shared import shared_path
from tests.web.conftest import Browser, Clock
from tests.web.play_world import Content, lay_out


def test_what_h5p_says_is_the_learners_own_and_bounded(
    installation: Installation, tenant: TenantDatabase, clock: Clock, add_person: Callable[..., UUID],
    enter: Callable[..., Browser],
) -> None:  # fmt: skip
    learner = add_person("Lina", "Martin", "learner")
    package = shared_path("fixtures", "content", "h5p", "truefalse-hello-world.h5p").read_bytes()
    play = lay_out(installation, tenant, learner, package, "vrai.h5p", clock.now, builders.rule(("score", 0.5)))
    lina = enter(learner)
    content = Content.enter(lina.client, lina.get(play.open(lina)).text)
    assert content.data["state"] == ""
    assert content.client.get("/hub/vendor/h5p/frame.bundle.js", base_url=content.origin).status_code == 200
    lies = [
        {"verb": "answered", "score": 900, "max": 1, "completion": True},
        {"verb": "answered", "score": -1, "max": 1},
        {"verb": "answered", "score": 1, "max": 1, "actor": {"mbox": "mailto:x@example.org"}, "part": "../../x"},
        {"verb": "voided"},
        {"verb": "satisfied", "completion": True},
    ]
    assert content.say({"said": lies, "state": "x" * 300_000}).status_code == 200
    assert play.step_view(clock.now).best is None
    assert play.attempts()[0].oddities["h5p_unreadable"]["count"] == len(lies)
    assert play.attempts()[0].oddities["too_much"]["count"] == 1
    said = [{"verb": "interacted", "part": "a-1"}, {"verb": "answered", "score": 3, "max": 4, "success": True,
             "completion": True, "seconds": 12}]  # fmt: skip
    assert content.say({"said": said, "state": '{"answer":"false"}'}).json["done"]
    assert play.step_view(clock.now).best == pytest.approx(0.75)
    assert content.say({"said": [{"verb": "answered", "score": 1, "max": 4, "completion": True}]}).status_code == 200
    assert play.step_view(clock.now).best == pytest.approx(0.75)
    assert play.attempts()[0].summary["score"] == pytest.approx(0.75)
    assert content.say({"said": [{"verb": "consume", "completion": True}]}).status_code == 200
    assert play.attempts()[0].oddities["h5p_unreadable"]["count"] == len(lies)
    for broken in ({}, [1], [{}] * 51):
        assert content.say({"said": broken}, seq=9).status_code == 422
    again = Content.enter(lina.client, lina.get(play.open(lina)).text)
    assert again.data["state"] == '{"answer":"false"}'
