"""This side registers itself with platforms: the recorded Moodle, and what is known of the others."""

import json
from typing import Any

import pytest

from lti import Code, RegistrationRefused
from lti.registration.as_tool import ToolDescription, read_answer, registration_request
from lti.registration.configuration import PLATFORM_KEY, PlatformConfiguration, read_configuration
from lti.registration.metadata import TOOL_KEY
from lti.registration.profiles import PROFILES, profile_of
from lti.scopes import AGS_SCOPES, MEMBERS_READ, SCORE
from tests.shared import shared_path

MOODLE = "https://moodle.example.org"
DOCUMENT = f"{MOODLE}/mod/lti/openid-configuration.php"
HUB = ToolDescription(
    name="Le Générateur",
    description="Parcours",
    login_initiation_url="https://hub.example.org:8443/lti/login",
    target_link_uri="https://hub.example.org:8443/lti/launch",
    redirect_uris=("https://hub.example.org:8443/lti/launch",),
    jwks_uri="https://hub.example.org:8443/lti/jwks",
    scopes=AGS_SCOPES | {MEMBERS_READ},
    messages={
        "LtiResourceLinkRequest": "https://hub.example.org:8443/lti/launch",
        "LtiDeepLinkingRequest": "https://hub.example.org:8443/lti/launch",
    },
    claims=("name", "email", "picture"),
)


def recorded(name: str) -> Any:
    return json.loads(shared_path(f"fixtures/moodle/lti/{name}.json").read_text())


def document(product: str = "moodle", host: str = MOODLE, **changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "issuer": host,
        "authorization_endpoint": f"{host}/auth",
        "token_endpoint": f"{host}/token",
        "jwks_uri": f"{host}/jwks",
        "registration_endpoint": f"{host}/register",
        "scopes_supported": ["openid", SCORE],
        "claims_supported": ["sub", "iss", "name"],
        PLATFORM_KEY: {
            "product_family_code": product,
            "messages_supported": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
        },
    }
    return {name: value for name, value in (told | changes).items() if value is not ...}


def read(told: Any, url: str = DOCUMENT) -> PlatformConfiguration:
    return read_configuration(json.dumps(told).encode(), url)


def test_what_a_real_moodle_serves_is_read() -> None:
    found = read(recorded("platform_openid_configuration"))
    assert (found.issuer, found.profile.code, found.signing_algorithm) == (MOODLE, "moodle", "RS256")
    assert found.platform.messages_supported == ("LtiResourceLinkRequest", "LtiDeepLinkingRequest")


def test_the_request_for_a_moodle_names_the_port_and_only_what_it_has() -> None:
    request = registration_request(read(recorded("platform_openid_configuration")), HUB)
    assert request[TOOL_KEY]["domain"] == "hub.example.org:8443"
    assert request[TOOL_KEY]["claims"] == ["iss", "sub", "name", "email"]
    assert set(request["scope"].split()) == AGS_SCOPES | {MEMBERS_READ}
    assert request["token_endpoint_auth_method"] == "private_key_jwt"
    sent = recorded("platform_dynamic_registration_exchange")[1]["body"]
    assert set(sent) - {"client_name#fr", "logo_uri", "contacts"} <= set(request)


def test_the_answer_of_a_real_moodle_is_read() -> None:
    answer = read_answer(json.dumps(recorded("platform_dynamic_registration_exchange")[2]["body"]).encode())
    assert (answer.client_id, answer.deployment_id) == ("yPUZ1MnQ4h28Ifw", "1")
    assert answer.scopes >= {SCORE, MEMBERS_READ}


@pytest.mark.parametrize("step", [3, 4, 5, 6, 7])
def test_the_refusals_of_a_real_moodle_are_no_answer(step: int) -> None:
    body = recorded("platform_dynamic_registration_exchange")[step]["body"]
    with pytest.raises(RegistrationRefused) as refused:
        read_answer(body.encode())
    assert refused.value.code is Code.REGISTRATION_ANSWER_INVALID


def test_an_older_moodle_lists_bare_names_after_a_name_with_a_space() -> None:
    told = document()
    told[f"{PLATFORM_KEY} "] = {
        "product_family_code": "moodle",
        "messages_supported": ["LtiResourceLink", "LtiDeepLinkingRequest"],
    }
    del told[PLATFORM_KEY]
    request = registration_request(read(told), HUB)
    assert [m["type"] for m in request[TOOL_KEY]["messages"]] == list(HUB.messages)


def test_a_canvas_is_given_placements_and_no_port() -> None:
    told = document("canvas", "https://canvas.instructure.com")
    request = registration_request(read(told, "https://sso.canvaslms.com/api/lti/openid"), HUB)
    assert request[TOOL_KEY]["domain"] == "hub.example.org"
    assert [m["placements"] for m in request[TOOL_KEY]["messages"]] == [
        ["course_navigation"],
        ["link_selection", "assignment_selection"],
    ]


@pytest.mark.parametrize(
    ("product", "code", "later"),
    [
        ("moodle", "moodle", False),
        ("canvas", "canvas", True),
        ("desire2learn", "desire2learn", True),
        ("BrightSpace", "desire2learn", True),
        ("BlackboardLearn", "blackboardlearn", True),
        ("openedx", "", False),
        (None, "", False),
    ],
)
def test_products_are_known_by_their_code(product: str | None, code: str, later: bool) -> None:
    profile = profile_of(product)
    assert (profile.code, profile.deployment_later) == (code, later)
    assert all(profile.code == key for key, profile in PROFILES.items())


def test_brightspace_wants_another_audience() -> None:
    assert profile_of("desire2learn").token_audience == "https://api.brightspace.com/auth/token"


@pytest.mark.parametrize(
    ("issuer", "url", "product"),
    [
        ("https://blackboard.com", "https://developer.blackboard.com/x", "BlackboardLearn"),
        ("https://canvas.instructure.com", "https://school.instructure.com/x", "canvas"),
        (MOODLE, DOCUMENT, "moodle"),
    ],
)
def test_who_may_speak_for_an_issuer(issuer: str, url: str, product: str) -> None:
    assert read(document(product, issuer), url).issuer == issuer


@pytest.mark.parametrize(
    ("issuer", "url", "product"),
    [
        ("https://moodle.example.org", "https://evil.example.com/x", "moodle"),
        ("https://canvas.instructure.com", "https://evil.example.com/x", "canvas"),
        ("https://canvas.instructure.com", "https://evilcanvaslms.com/x", "canvas"),
        ("https://com", "https://evil.com/x", "moodle"),
        ("https://example.org", "https://evilexample.org/x", "moodle"),
        ("no address", "https://evil.example.com/x", "moodle"),
    ],
)
def test_nobody_else_may_speak_for_an_issuer(issuer: str, url: str, product: str) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        read(document(product, "https://evil.example.com", issuer=issuer), url)
    assert refused.value.code is Code.REGISTRATION_ISSUER_ELSEWHERE


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issuer": ...}, "issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"token_endpoint": "http://moodle.example.org/token"}, "token_endpoint"),
        ({"jwks_uri": ...}, "jwks_uri"),
        ({"registration_endpoint": ...}, "registration_endpoint"),
        ({"registration_endpoint": "https://user@moodle.example.org/"}, "registration_endpoint"),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, "id_token_signing_alg_values_supported"),
    ],
)
def test_a_document_with_one_fault_is_refused_by_its_member(changes: dict[str, Any], field: str) -> None:
    assert read(document()).issuer == MOODLE
    with pytest.raises(RegistrationRefused) as refused:
        read(document(**changes))
    assert (refused.value.code, refused.value.field) == (Code.REGISTRATION_DOCUMENT_INVALID, field)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff\xfe", b"[" * 70_000, b" " * 300_000])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        read_configuration(body, DOCUMENT)
    assert refused.value.code is Code.REGISTRATION_DOCUMENT_INVALID


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"client_id": "a"}, ("a", None)),
        ({"client_id": 10000000000001, TOOL_KEY: {"deployment_id": 7}}, ("10000000000001", "7")),
        ({"client_id": "a", TOOL_KEY: None, "scope": [SCORE]}, ("a", None)),
    ],
)
def test_answers_of_other_platforms_are_read(told: dict[str, Any], expected: tuple[str, str | None]) -> None:
    answer = read_answer(json.dumps(told).encode())
    assert (answer.client_id, answer.deployment_id) == expected


@pytest.mark.parametrize("told", [{}, {"client_id": ""}, {"client_id": True}, {"client_id": "a\n"}, []])
def test_an_answer_without_a_client_id_is_none(told: Any) -> None:
    with pytest.raises(RegistrationRefused):
        read_answer(json.dumps(told).encode())
