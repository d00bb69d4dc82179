"""The administrator connects a partner by LTI, in both directions and in each of the three ways."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
import responses
from flask import Response
from sqlalchemy import select

from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.platforms import LtiLegacyKey, LtiPlatform, LtiRegistrationOffer, LtiTool
from hub.services import lti_platforms
from hub.web.app import create_app
from hub.web.views._lti_in import set_browser
from tests.lti.world import jwks
from tests.web.conftest import BASE, Browser, Clock
from tests.web.lti_world import TOOL, LtiWorld, make_lti_world
from tests.web.test_lti_register import DOCUMENT, _serve

CANVAS = "https://canvas.example.com"
FIELDS = {
    "issuer": CANVAS,
    "client_id": "10000000000001",
    "authorization_endpoint": f"{CANVAS}/auth",
    "token_endpoint": f"{CANVAS}/token",
    "jwks_uri": f"{CANVAS}/jwks",
}


@pytest.fixture
def world(tenant: TenantDatabase, clock: Clock) -> LtiWorld:
    return make_lti_world(tenant, clock.now, learners=0, jwks=None, jwks_uri=f"{TOOL}/jwks")


@pytest.fixture
def admin(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Ada", "Roux", "administrator"))


def page_of(world: LtiWorld) -> str:
    return f"/admin/platforms/{world.platform_id}/lti"


def connected(admin: Browser, world: LtiWorld, **changes: str) -> Any:
    page = f"{page_of(world)}/by-hand"
    key = re.search(r'name="key" value="([^"]+)"', admin.get(page).text)
    assert key
    return admin.post(page, {"key": key[1], **FIELDS, **changes})


def test_a_tool_is_let_in_through_its_registration_url(admin: Browser, world: LtiWorld, tenant: TenantDatabase) -> None:
    wrong = admin.post(f"{page_of(world)}/tool", {"url": "javascript:alert(1)"})
    assert wrong.status_code == 422
    answer = admin.post(f"{page_of(world)}/tool", {"url": "https://tool.example.net/register?token=t"})
    assert answer.status_code == 200
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    href = re.search(r'href="([^"]+)" target="_blank"', answer.text)
    assert href
    url = unescape(href[1])
    assert url.startswith(f"https://tool.example.net/register?token=t&openid_configuration={BASE[:4]}")
    with tenant.read() as session:
        offer = session.scalars(select(LtiRegistrationOffer)).one()
        assert offer.token_hash.hex() not in url


def test_a_link_is_made_for_the_partners_lms_and_the_hub_may_register_at_once(
    admin: Browser, world: LtiWorld, tenant: TenantDatabase
) -> None:
    assert f"{BASE}/lti/join/" in admin.post(f"{page_of(world)}/link").text
    with responses.RequestsMock() as net:
        _serve(net)
        pasted = f"{BASE}/lti/join/x?openid_configuration={DOCUMENT}&registration_token=theirs"
        answer = admin.post(f"{page_of(world)}/join", {"configuration": pasted})
        assert net.calls[1].request.headers["Authorization"] == "Bearer theirs"
    assert answer.status_code == 303
    shown = admin.get(answer.headers["Location"]).text
    assert "yPUZ1MnQ4h28Ifw" in shown
    with responses.RequestsMock() as net:
        _serve(net, "token_already_used", 401)
        refused = admin.post(f"{page_of(world)}/join", {"configuration": DOCUMENT})
    assert refused.status_code == 422
    assert "token_already_used" in refused.text


def test_fields_are_exchanged_by_hand(admin: Browser, world: LtiWorld, tenant: TenantDatabase) -> None:
    assert connected(admin, world, jwks_uri="ftp://x").status_code == 422
    assert connected(admin, world, client_id="").status_code == 422
    answer = connected(admin, world, deployment_id="7")
    assert answer.status_code == 303, answer.text[-600:]
    shown = admin.get(answer.headers["Location"]).text
    with tenant.read() as session:
        row = session.scalars(select(LtiPlatform)).one()
        known = lti_platforms.SqlPlatforms(session, development=False).of_key(str(row.id))
        assert known is not None
        assert known.deployment_ids == {"7"}
    assert f"{BASE}/lti/login/{row.id}" in shown
    taken = connected(admin, world)
    assert taken.status_code == 422
    edited = admin.post(f"/admin/lti/registrations/{row.id}/edit", {**FIELDS, "client_id": "2"})
    assert edited.status_code == 303
    assert admin.get(f"/admin/lti/registrations/{row.id}/edit").status_code == 200


def test_R14_a_deployment_that_waits_is_accepted_or_refused(
    admin: Browser, world: LtiWorld, tenant: TenantDatabase, clock: Clock
) -> None:
    key = connected(admin, world).headers["Location"].rsplit("/", 1)[1]
    with tenant.write() as session:
        lti_platforms.note_deployment(session, key, "unknown-7", clock.now)
    assert "unknown-7" in admin.get(page_of(world)).text
    admin.post(f"/admin/lti/registrations/{key}/deployment", {"deployment": "unknown-7", "answer": "approve"})
    assert "unknown-7" not in admin.get(page_of(world)).text
    admin.post(f"/admin/lti/registrations/{key}/deployment", {"deployment": "unknown-7", "answer": "refuse"})
    admin.post(f"/admin/lti/registrations/{key}/state", {"active": "0"})
    with tenant.read() as session:
        assert lti_platforms.deployments(session)[0].state == "refused"
        assert lti_platforms.SqlPlatforms(session, development=False).of_key(key) is None


def test_keys_of_lti_1_1_are_made_or_typed_and_shown_once(
    admin: Browser, world: LtiWorld, tenant: TenantDatabase
) -> None:
    page = f"{page_of(world)}/old-key"
    made = admin.post(page, {"direction": "inward"}).text
    with tenant.read() as session:
        row = session.scalars(select(LtiLegacyKey)).one()
        secret = row.secret.reveal()
    assert row.consumer_key in made
    assert secret in made
    assert secret not in admin.get(page_of(world)).text
    typed = {"direction": "outward", "url": "https://old.example.org/launch", "key": "k", "secret": "s-e-c-r-e-t"}
    assert admin.post(page, typed | {"url": "http://old.example.org"}).status_code == 422
    assert admin.post(page, typed).status_code == 303
    again = admin.post(page, typed)
    assert again.status_code == 422
    assert "s-e-c-r-e-t" not in again.text
    admin.post(f"/admin/lti/old-keys/{row.id}/state", {"active": "0"})
    with tenant.read() as session:
        assert session.get_one(LtiLegacyKey, row.id).active is False


def test_the_self_test_says_which_step_fails_and_writes_to_the_partner(
    admin: Browser, world: LtiWorld, tenant: TenantDatabase
) -> None:
    key = connected(admin, world).headers["Location"].rsplit("/", 1)[1]
    page = f"/admin/lti/registrations/{key}/test"
    with responses.RequestsMock() as net:
        net.get(f"{CANVAS}/jwks", json={"keys": []})
        net.get(f"{CANVAS}/auth", status=400)
        net.post(f"{CANVAS}/token", status=401, json={"error": "invalid_client"})
        shown = admin.post(page).text
        sent = net.calls[2].request
    assert "Le document n’a pas de clés." in shown
    assert "Le partenaire refuse" in shown
    assert "given-letter" in shown
    assert f"{BASE}/lti/jwks" in shown
    assert sent.body
    assert "client_assertion" in str(sent.body)
    assert "eyJ" not in shown
    admin.post(f"/admin/lti/registrations/{key}/deployment", {"deployment": "1", "answer": "approve"})
    with responses.RequestsMock() as net:
        net.get(f"{CANVAS}/jwks", json=jwks("tool-1"))
        net.get(f"{CANVAS}/auth", status=400)
        net.post(f"{CANVAS}/token", status=201, json={"access_token": "t", "expires_in": 3600})
        assert "given-letter" not in admin.post(page).text


def test_a_tools_self_test(admin: Browser, world: LtiWorld) -> None:
    page = f"/admin/tools/{world.tool_id}/test"
    with responses.RequestsMock() as net:
        net.get(f"{TOOL}/jwks", json=jwks("tool-1"))
        net.post(f"{TOOL}/login", status=404, body="<title>Error</title>")
        shown = admin.post(page).text
        asked = dict(parse_qsl(net.calls[1].request.body.decode()))
    assert "given-letter" in shown
    assert "il ne connaît pas encore le hub" in shown
    assert (asked["iss"], asked["client_id"], asked["lti_deployment_id"]) == (BASE, "tool-1", "dep-1")
    with responses.RequestsMock() as net:
        net.get(f"{TOOL}/jwks", json=jwks("tool-1"))
        # A Moodle first leads back to itself, to see whether cookies come.
        net.post(f"{TOOL}/login", status=303, headers={"Location": f"{TOOL}/login?cookiecheck1=1"})
        assert "given-letter" not in admin.post(page).text


def test_changing_a_tool_keeps_what_it_said_of_itself(admin: Browser, world: LtiWorld, tenant: TenantDatabase) -> None:
    typed = {
        "login_initiation_url": f"{TOOL}/login",
        "target_link_uri": f"{TOOL}/launch",
        "redirect_uris": f"{TOOL}/launch",
        "jwks_uri": f"{TOOL}/jwks",
        "selection_uri": f"{TOOL}/pick",
        "privacy": ["name"],
    }
    assert admin.post(f"/admin/tools/{world.tool_id}/edit", typed | {"selection_uri": "x"}).status_code == 422
    assert admin.post(f"/admin/tools/{world.tool_id}/edit", typed).status_code == 303
    with tenant.read() as session:
        told = session.get_one(LtiTool, world.tool_id).registration
        assert told["custom"] == {"place": "$ToolPlatformInstance.guid"}
        assert told["selection_uri"] == f"{TOOL}/pick"
        assert told["privacy"] == {"name": True, "email": False}


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize(("host", "secure"), [("localhost", True), ("10.0.0.7", False), ("campus.test", False)])
def test_on_a_developers_network_the_browser_keeps_the_logins_cookie(
    host: str, secure: bool, make_config: Callable[..., Config]
) -> None:
    installation = Installation(make_config(base_url=f"http://{host}:8080", allow_loopback=True))
    installation.create_tenant("lieu", "Le Générateur", [host])
    app = create_app(installation)
    with app.test_request_context("/sign-in", base_url=f"http://{host}:8080"):
        app.preprocess_request()
        response = Response()
        set_browser(response, "x")
    installation.close()
    told = response.headers["Set-Cookie"]
    assert ("Secure" in told, "SameSite=None" in told, "Partitioned" in told) == (secure,) * 3
    assert ("SameSite" in told) is secure
