"""A tool within a page of the hub: only on wide screens, only a tool or a link made for it, and the tool is told so."""

from collections.abc import Callable
from html import unescape

import pytest

from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.models.platforms import LtiTool
from hub.services.roles import grant_role
from lti.claims import LAUNCH_PRESENTATION
from lti.signed import read_unverified
from tests.web.conftest import BASE, Browser, Clock
from tests.web.lti_world import TOOL, LtiWorld, make_lti_world
from tests.web.test_lti_selection import form_of


@pytest.fixture
def world(tenant: TenantDatabase, clock: Clock) -> LtiWorld:
    made = make_lti_world(tenant, clock.now, learners=1)
    with tenant.write() as session:
        grant_role(session, made.learners[0], "learner", clock.now)
    return made


@pytest.fixture
def learner(world: LtiWorld, enter: Callable[..., Browser]) -> Browser:
    return enter(world.learners[0])


def opened(learner: Browser, world: LtiWorld, **fields: str) -> str:
    path = f"/path/{world.enrolments[0]}/step/{world.step_id}/open/{world.activity_id}"
    return learner.post(path, fields).text


@pytest.mark.parametrize(
    ("framed", "shown", "wide", "within"),
    [
        (True, {}, True, True),
        (True, {}, False, False),
        (False, {}, True, False),
        (False, {"iframe": {"width": 800}}, True, True),
        (False, {"iframe": {}, "window": {}}, True, False),
    ],
)
def test_what_opens_within_the_page(
    framed: bool, shown: dict[str, object], wide: bool, within: bool, world: LtiWorld, learner: Browser,
    tenant: TenantDatabase,
) -> None:  # fmt: skip
    with tenant.write() as session:
        tool = session.get_one(LtiTool, world.tool_id)
        tool.registration = {**tool.registration, "framed": framed}
        session.get_one(Resource, world.resource_id).custom = {"shown": shown}
    page = opened(learner, world, **({"wide": "1"} if wide else {}))
    assert ("data-lti-stage" in page) is within
    assert ('name="lti_storage_target" value="_parent"' in page) is within


def test_the_tool_is_told_that_it_is_in_a_frame_and_only_our_page_may_frame_its_login(
    world: LtiWorld, learner: Browser, tenant: TenantDatabase
) -> None:
    with tenant.write() as session:
        tool = session.get_one(LtiTool, world.tool_id)
        tool.registration = {**tool.registration, "framed": True}
    answer = learner.post(f"/path/{world.enrolments[0]}/step/{world.step_id}/open/{world.activity_id}", {"wide": "1"})
    policy = f"{answer.headers['Content-Security-Policy']};"
    assert "form-action 'self' https:;" in policy
    assert "frame-src 'self' https:;" in policy
    page = answer.text
    assert f'data-origins="{TOOL}"' in unescape(page)
    stage = page.partition("data-stage-open")[2].partition("</form>")[0]
    login = dict(part.split('" value="') for part in unescape(stage).split('name="')[1:] if '" value="' in part)
    told = {name: value.partition('"')[0] for name, value in login.items()}
    request = {
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none", "state": "s",
        "client_id": told["client_id"], "redirect_uri": f"{TOOL}/launch", "nonce": "n",
        "login_hint": told["login_hint"], "lti_message_hint": told["lti_message_hint"],
    }  # fmt: skip
    framed = learner.get("/lti/auth", query_string=request, headers={"Sec-Fetch-Dest": "iframe"})
    assert f"frame-ancestors {BASE}" in framed.headers["Content-Security-Policy"]
    _, form = form_of(framed.text)
    claims = read_unverified(form["id_token"]).claims
    assert claims[LAUNCH_PRESENTATION]["document_target"] == "iframe"
