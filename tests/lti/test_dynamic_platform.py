"""Tools that register themselves with this platform: row S8, and the recorded request of a real Moodle."""

import json
from typing import Any

import pytest

from lti import Code, RegistrationRefused
from lti.registration.metadata import TOOL_KEY, ToolMetadata, read_metadata, registration_answer
from lti.scopes import AGS_SCOPES, MEMBERS_READ, SCORE
from tests.shared import shared_path

HOST = "https://tool.example.net"


def metadata(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "application_type": "web",
        "initiate_login_uri": f"{HOST}/login",
        "redirect_uris": [f"{HOST}/launch", f"{HOST}/deep"],
        "client_name": "Quiz",
        "jwks_uri": f"{HOST}/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"{SCORE} https://example.org/other",
        TOOL_KEY: {
            "domain": "tool.example.net",
            "target_link_uri": f"{HOST}/launch",
            "custom_parameters": {"where": "a=b=c", "level": 3, "user": "$User.id"},
            "claims": ["iss", "sub", "name", "email"],
            "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": f"{HOST}/deep", "label": "Choisir"}],
        },
    }
    for name, value in changes.items():
        place = told[TOOL_KEY] if name in told[TOOL_KEY] else told
        place[name] = value
    return {name: value for name, value in told.items() if value is not ...}


def read(told: Any) -> ToolMetadata:
    return read_metadata(json.dumps(told).encode())


def refusal(told: Any) -> RegistrationRefused:
    assert read(metadata()).name == "Quiz", "the correct request is accepted in the same run"
    with pytest.raises(RegistrationRefused) as refused:
        read(told)
    return refused.value


def test_what_a_tool_says_is_read_and_only_scopes_that_exist_count() -> None:
    found = read(metadata())
    assert found.login_initiation_url == f"{HOST}/login"
    assert found.redirect_uris == (f"{HOST}/launch", f"{HOST}/deep")
    assert found.scopes == {SCORE}
    assert found.claims == ("iss", "sub", "name", "email")
    assert (found.selection_uri, found.selection_label) == (f"{HOST}/deep", "Choisir")


def test_S8_equals_signs_inside_custom_values_are_kept() -> None:
    assert read(metadata()).custom == {"where": "a=b=c", "level": "3", "user": "$User.id"}


@pytest.mark.parametrize("uri", ["https://evil.example.com/launch", "https://tool.example.net.evil.com/launch"])
def test_S8_foreign_redirect_uri_host(uri: str) -> None:
    error = refusal(metadata(redirect_uris=[f"{HOST}/launch", uri]))
    assert (error.code, error.field) == (Code.REGISTRATION_REDIRECT_FOREIGN, "redirect_uris")


def test_S8_hosts_below_the_domain_that_the_tool_names_are_its_own() -> None:
    told = metadata(domain="example.net", redirect_uris=["https://eu.example.net/launch"])
    assert read(told).redirect_uris == ("https://eu.example.net/launch",)
    assert refusal(metadata(domain="net", redirect_uris=["https://eu.example.net/launch"]))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"jwks_uri": ...}, "jwks_uri"),
        ({"jwks_uri": "http://tool.example.net/jwks"}, "jwks_uri"),
        ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": ...}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_signing_alg": "none"}, "token_endpoint_auth_signing_alg"),
        ({"token_endpoint_auth_signing_alg": "HS256"}, "token_endpoint_auth_signing_alg"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"redirect_uris": [f"{HOST}/{n}" for n in range(21)]}, "redirect_uris"),
        ({"initiate_login_uri": ...}, "initiate_login_uri"),
        ({"initiate_login_uri": "data:text/html,x"}, "initiate_login_uri"),
        ({"target_link_uri": "https://other.example.org/"}, "target_link_uri"),
        ({TOOL_KEY: ...}, TOOL_KEY),
    ],
)
def test_S8_metadata_with_one_fault(changes: dict[str, Any], field: str) -> None:
    error = refusal(metadata(**changes))
    assert (error.code, error.field) == (Code.REGISTRATION_METADATA_INVALID, field)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"[" * 70_000, b" " * 300_000, b'{"client_name":"a\\u0000"}']
)
def test_S8_a_body_that_is_no_metadata(body: bytes) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        read_metadata(body)
    assert refused.value.code is Code.REGISTRATION_METADATA_INVALID


def test_what_a_real_moodle_posted_is_accepted() -> None:
    steps = json.loads(shared_path("fixtures/moodle/lti/tool_dynamic_registration_exchange.json").read_text())
    body = steps[1]["body"]
    found = read(body)
    assert found.name == "Tiers-lieu de test"
    assert found.selection_uri == "https://moodle.example.org/enrol/lti/launch_deeplink.php"
    assert found.scopes == AGS_SCOPES & set(body["scope"].split()) | {MEMBERS_READ}
    answer = registration_answer(found, client_id="c-1", deployment_id="1", scopes=found.scopes, claims=("iss", "sub"))
    assert (answer["client_id"], answer[TOOL_KEY]["deployment_id"]) == ("c-1", "1")
    assert answer["redirect_uris"] == body["redirect_uris"]
    assert answer[TOOL_KEY]["messages"] == body[TOOL_KEY]["messages"]
    assert answer[TOOL_KEY]["claims"] == ["iss", "sub"]
