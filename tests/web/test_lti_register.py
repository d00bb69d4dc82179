"""Dynamic registration over HTTP: tools that register themselves with the hub (row S8), and a partner's LMS that takes
the hub in."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.platforms import LtiDeployment, LtiPlatform, LtiTool, Platform
from hub.services import journal, lti_ports, lti_registering
from lti.registration.configuration import PLATFORM_KEY
from lti.registration.metadata import TOOL_KEY
from lti.scopes import SCORE
from tests.lti.test_dynamic_platform import metadata
from tests.shared import shared_path
from tests.web.conftest import BASE, Clock

MOODLE = "https://moodle.example.org"
DOCUMENT = f"{MOODLE}/mod/lti/openid-configuration.php"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def platform_id(tenant: TenantDatabase, clock: Clock) -> UUID:
    with tenant.write() as session:
        row = Platform(id=new_id(), name="Campus", created_at=clock.now)
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def token(tenant: TenantDatabase, clock: Clock, platform_id: UUID) -> str:
    with tenant.write() as session:
        url = "https://tool.example.net/register?x=1"
        return lti_registering.offer(session, platform_id, url, by=None, now=clock.now, development=False).token


def post(client: FlaskClient, token: str | None, body: Any = None, path: str = "/lti/registrations", **how: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = json.dumps(metadata() if body is None else body)
    call = getattr(client, how.pop("method", "post"))
    return call(path, data=data, headers=headers, content_type="application/json", base_url=BASE)


def test_the_configuration_names_every_address_and_every_variable(client: FlaskClient) -> None:
    answer = client.get("/.well-known/openid-configuration", base_url=BASE)
    told = answer.json
    assert told is not None
    assert told["issuer"] == BASE
    assert told["registration_endpoint"] == f"{BASE}/lti/registrations"
    assert "User.id" in told[PLATFORM_KEY]["variables"]
    assert {m["type"] for m in told[PLATFORM_KEY]["messages_supported"]} == {
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    }


def test_S8_a_tool_registers_itself_once_and_waits_for_the_administrator(
    client: FlaskClient, tenant: TenantDatabase, token: str
) -> None:
    answer = post(client, token)
    assert answer.status_code == 200, answer.text
    told = answer.json
    assert told["scope"] == SCORE
    assert told[TOOL_KEY]["deployment_id"]
    assert told[TOOL_KEY]["custom_parameters"]["where"] == "a=b=c"
    with tenant.read() as session:
        tool = session.scalars(select(LtiTool)).one()
        assert (tool.client_id, tool.active) == (told["client_id"], False)
        assert tool.registration["custom"]["where"] == "a=b=c"
        assert tool.registration["privacy"] == {}
        registration = lti_ports.registration_of(tool, development=False)
        assert not registration.privacy.send_name, "what a tool would like to know is not told by itself"
        assert token not in repr([entry.details for entry in journal.entries(session)])
    again = post(client, token)
    assert (again.status_code, again.json["error"]) == (401, "invalid_token")


def test_S8_the_recorded_request_of_a_moodle_is_taken(client: FlaskClient, token: str) -> None:
    steps = json.loads(shared_path("fixtures/moodle/lti/tool_dynamic_registration_exchange.json").read_text())
    answer = post(client, token, steps[1]["body"])
    assert answer.status_code == 200
    assert answer.json["redirect_uris"] == steps[1]["body"]["redirect_uris"]


def test_S8_an_expired_token(client: FlaskClient, clock: Clock, token: str) -> None:
    clock.advance(hours=1)
    assert post(client, token).status_code == 401


def test_S8_no_token_or_an_unknown_one(client: FlaskClient, token: str) -> None:
    assert {post(client, bad).status_code for bad in (None, "", "unknown", "x" * 5000)} == {401}
    assert post(client, token).status_code == 200


def test_S8_a_failed_attempt_does_not_use_the_token_up(client: FlaskClient, token: str) -> None:
    for changes, error in (
        ({"redirect_uris": ["https://evil.example.com/launch"]}, "invalid_redirect_uri"),
        ({"jwks_uri": ...}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
    ):
        answer = post(client, token, metadata(**changes))
        assert (answer.status_code, answer.json["error"]) == (400, error)
    assert post(client, token).status_code == 200


def test_S8_update_by_put_with_the_returned_token(client: FlaskClient, tenant: TenantDatabase, token: str) -> None:
    told = post(client, token).json
    path = told["registration_client_uri"].removeprefix(BASE)
    mine = told["registration_access_token"]
    changed = metadata(client_name="Quiz 2", custom_parameters={"where": "d=e"})
    answer = post(client, mine, changed, path, method="put")
    assert answer.status_code == 200
    assert answer.json["client_name"] == "Quiz 2"
    read = client.get(path, headers={"Authorization": f"Bearer {mine}"}, base_url=BASE).json
    assert read is not None
    assert (read["client_id"], read[TOOL_KEY]["custom_parameters"]) == (told["client_id"], {"where": "d=e"})
    assert post(client, token, changed, path, method="put").status_code == 401
    assert post(client, None, changed, path, method="put").status_code == 401
    with tenant.read() as session:
        assert session.scalars(select(LtiTool)).one().registration["name"] == "Quiz 2"


def test_a_tool_that_moves_to_another_host_waits_for_the_administrator_again(
    client: FlaskClient, tenant: TenantDatabase, token: str
) -> None:
    told = post(client, token).json
    with tenant.write() as session:
        session.scalars(select(LtiTool)).one().active = True
    path = told["registration_client_uri"].removeprefix(BASE)
    moved = json.loads(json.dumps(metadata()).replace("tool.example.net", "elsewhere.example.com"))
    assert post(client, told["registration_access_token"], moved, path, method="put").status_code == 200
    with tenant.read() as session:
        assert session.scalars(select(LtiTool)).one().active is False


def test_the_address_to_open_keeps_the_tools_own_query() -> None:
    url = lti_registering.address_to_open("https://t.example.net/r?token=abc", f"{BASE}/x", "tok")
    assert url.startswith("https://t.example.net/r?token=abc&openid_configuration=http")
    assert url.endswith("&registration_token=tok")


# --- a partner's LMS takes the hub in


@pytest.fixture
def invited(tenant: TenantDatabase, clock: Clock, platform_id: UUID) -> Callable[..., str]:
    def path(query: str = f"openid_configuration={DOCUMENT}&registration_token=theirs") -> str:
        with tenant.write() as session:
            token = lti_registering.invite(session, platform_id, by=None, now=clock.now).token
        return f"/lti/join/{token}?{query}"

    return path


def recorded(name: str) -> Any:
    return json.loads(shared_path(f"fixtures/moodle/lti/{name}.json").read_text())


@pytest.fixture
def moodle() -> Any:
    """The recorded Moodle, answered by a double of the network."""
    with responses.RequestsMock() as net:
        yield net


def _serve(net: responses.RequestsMock, answer: Any = None, status: int = 200) -> None:
    net.get(DOCUMENT, json=recorded("platform_openid_configuration"))
    body = recorded("platform_dynamic_registration_exchange")[2]["body"] if answer is None else answer
    given = {"json": body} if isinstance(body, dict) else {"body": body}
    net.post(f"{MOODLE}/mod/lti/openid-registration.php", status=status, **given)


def test_the_page_is_only_framed_by_the_lms_that_opens_it(client: FlaskClient, invited: Callable[..., str]) -> None:
    answer = client.get(invited(), base_url=BASE)
    assert answer.status_code == 200
    assert "moodle.example.org" in answer.text
    assert f"frame-ancestors {MOODLE}" in answer.headers["Content-Security-Policy"]


def test_the_hub_registers_itself_with_a_moodle_as_recorded(
    client: FlaskClient, tenant: TenantDatabase, invited: Callable[..., str], moodle: Any
) -> None:
    _serve(moodle)
    answer = client.post(invited(), base_url=BASE)
    assert answer.status_code == 200, answer.text
    assert "org.imsglobal.lti.close" in answer.text
    sent = json.loads(moodle.calls[1].request.body)
    assert moodle.calls[1].request.headers["Authorization"] == "Bearer theirs"
    assert moodle.calls[1].request.headers["User-Agent"]
    with tenant.read() as session:
        row = session.scalars(select(LtiPlatform)).one()
        assert (row.issuer, row.client_id, row.state) == (MOODLE, "yPUZ1MnQ4h28Ifw", "waiting")
        assert sent["initiate_login_uri"] == f"{BASE}/lti/login/{row.id}"
        assert session.scalars(select(LtiDeployment.deployment_id)).all() == ["1"]


def test_without_a_token_of_the_platform_none_is_sent(
    client: FlaskClient, invited: Callable[..., str], moodle: Any
) -> None:
    _serve(moodle)
    assert client.post(invited(f"openid_configuration={DOCUMENT}"), base_url=BASE).status_code == 200
    assert "Authorization" not in moodle.calls[1].request.headers


def test_what_the_platform_refuses_is_shown_and_the_link_still_serves(
    client: FlaskClient, invited: Callable[..., str]
) -> None:
    path = invited()
    for answer, status, shown in (
        ("token_already_used", 401, "token_already_used"),
        ("<!DOCTYPE html><title>Error</title>", 404, "404"),
        ('{"errors":[{"field":"domain"}]}', 422, "domain"),
        ("<html>fine</html>", 200, "lti.registration.answer_invalid"),
    ):
        with responses.RequestsMock() as net:
            _serve(net, answer, status)
            refused = client.post(path, base_url=BASE)
        assert refused.status_code == 422
        assert shown in refused.text
    assert client.get(path, base_url=BASE).status_code == 200


def test_private_addresses_are_not_reached(client: FlaskClient, invited: Callable[..., str]) -> None:
    for url in (
        "http://127.0.0.1/x",
        "https://10.0.0.7/x",
        "https://169.254.169.254/x",
        "https://localhost/x",
        "http://m.example/x",
    ):
        answer = client.post(invited(f"openid_configuration={url}"), base_url=BASE)
        assert answer.status_code == 422, url


def test_a_document_that_is_huge_or_none(client: FlaskClient, invited: Callable[..., str]) -> None:
    for body in (b"x" * 300_000, b"<html>", b"{}"):
        with responses.RequestsMock() as net:
            net.get(DOCUMENT, body=body)
            assert client.post(invited(), base_url=BASE).status_code == 422


def test_a_document_that_leads_to_a_private_address(
    client: FlaskClient, invited: Callable[..., str], moodle: Any
) -> None:
    moodle.get(DOCUMENT, status=302, headers={"Location": "https://192.168.1.1/x"})
    assert client.post(invited(), base_url=BASE).status_code == 422


def test_a_page_opened_by_no_lms_says_so(client: FlaskClient, invited: Callable[..., str]) -> None:
    for query in ("", "openid_configuration=javascript:alert(1)"):
        assert client.post(invited(query), base_url=BASE).status_code == 422


def test_a_used_or_unknown_link_does_nothing(client: FlaskClient, invited: Callable[..., str], moodle: Any) -> None:
    _serve(moodle)
    path = invited()
    assert client.post(path, base_url=BASE).status_code == 200
    assert client.post(path, base_url=BASE).status_code == 410
    assert client.get(f"/lti/join/unknown?openid_configuration={DOCUMENT}", base_url=BASE).status_code == 410
