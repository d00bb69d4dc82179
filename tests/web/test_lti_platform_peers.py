"""Foreign platforms launch into the hub, give it tokens and take its scores: lti1p3platform, and lti-consumer-xblock,
which is Open edX's, by LTI 1.3 and 1.1."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from hub.models.platforms import LtiPlatform, Platform
from hub.services.lti_connect import add_inward_key
from hub.urls.addresses import legacy_launch, tool_endpoints
from lti.conformance.browser import Browser
from tests.lti.conformance.peers import free_port, python_platform
from tests.web.lti_in_world import EXERCISE, SHEET, LtiIn, serving
from tests.web.test_lti_in import finish, people

pytestmark = pytest.mark.peer


@pytest.fixture
def world(make_config: Any) -> Iterator[LtiIn]:
    with serving(make_config) as made:
        yield made


@contextmanager
def campus(name: str, world: LtiIn) -> Iterator[str]:
    """The platform, registered on both sides; its address."""
    port = free_port()
    url = f"http://localhost:{port}"
    told: Any = SimpleNamespace(registration={
        "issuer": url, "client_id": "hub", "deployment_id": "1", "authorization_endpoint": f"{url}/auth",
        "token_endpoint": f"{url}/token", "jwks_uri": f"{url}/jwks",
    })  # fmt: skip
    key = world.register(told, "Campus")
    with world.tenant.write() as session:
        platform = session.scalars(select(Platform.id)).one()
        old = add_inward_key(session, platform, by=None, now=datetime.now(UTC))
        old_key, secret = old.consumer_key, old.secret.reveal()
    mine = tool_endpoints(world.url, str(key))
    hub = {
        "client": "hub", "login": mine["login"], "jwks": mine["jwks"], "launch": world.platform.tool.target,
        "redirect": mine["launch"],
        "old": {"url": legacy_launch(world.url), "key": old_key, "secret": secret, "custom": {
            "custom_hub": str(world.path_id)}},
    }  # fmt: skip
    with python_platform(name, port, hub) as address:
        yield address


def sent_on(browser: Browser, address: str) -> str:
    """What comes after the form of a page."""
    asked = browser.follow(browser.get(address))
    found = asked.form()
    assert found, asked.body
    action, fields = found
    return browser.follow(browser.post(action, fields)).body


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize("name", ["lti1p3platform", "lti-consumer-xblock"])
def test_a_foreign_platform_launches_a_path_and_gets_its_score(name: str, world: LtiIn) -> None:
    with campus(name, world) as url:
        assert "Fabriquer une pièce en 3D" in sent_on(Browser(), f"{url}/course")
        with world.tenant.read() as session:
            assert session.scalars(select(LtiPlatform.issuer)).all() == [url]
        (noe,) = people(world)
        assert noe.name == "Noé Petit"
        finish(world, SHEET, EXERCISE)
        (score,) = json.loads(Browser().get(f"{url}/scores").body)
    assert (score["userId"], score["scoreGiven"], score["gradingProgress"]) == ("learner-7", 100, "FullyGraded")


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_open_edx_launches_by_lti_1_1_and_gets_its_outcome(world: LtiIn) -> None:
    with campus("lti-consumer-xblock", world) as url:
        assert "Fabriquer une pièce en 3D" in sent_on(Browser(), f"{url}/old")
        finish(world, SHEET, EXERCISE)
        (body,) = json.loads(Browser().get(f"{url}/outcomes").body)
    assert "course:link:7" in body
    assert "1.0000" in body
