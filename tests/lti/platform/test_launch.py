"""The authentication endpoint: rows P1 to P14. Every refusal is the accepted request with one thing changed."""

import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from lti import Accepted, Browser, Code, ConfigurationError, ErrorPage, ErrorToTool, Hints, LaunchPolicy
from tests.lti.world import ISSUER, LEARNER, World, registration

REDIRECT = "https://tool-1.example.net/launch"


def answer(world: World, browser: Browser | None = LEARNER, **changes: str | None) -> Any:
    request = world.authentication_request() | changes
    sent = {name: value for name, value in request.items() if value is not None}
    return world.authentication().authenticate(sent, browser, world.one_time)


def assert_told_to_tool(outcome: Any, error: str, code: Code) -> None:
    assert isinstance(outcome, ErrorToTool)
    assert outcome.code is code
    assert outcome.form.action == REDIRECT
    assert outcome.form.parameters["error"] == error
    assert outcome.form.parameters["error_description"] == code.value
    assert "id_token" not in outcome.form.parameters


def test_a_correct_request_is_accepted(world: World) -> None:
    outcome = answer(world)
    assert isinstance(outcome, Accepted)
    assert (outcome.user_id, outcome.redirect_uri) == ("person-1", REDIRECT)
    assert (outcome.nonce, outcome.state) == ("nonce-of-the-tool", "state-of-the-tool")
    note = outcome.note
    assert (note.deployment_id, note.resource_link_id, note.reference) == ("dep-1", "link-1", "step-7")
    assert note.target_link_uri == world.tool.target_link_uri


def test_the_login_initiation_carries_what_the_standard_names(world: World) -> None:
    form = world.initiate()
    assert form.action == world.tool.login_initiation_url
    assert set(form.parameters) == {
        "iss",
        "login_hint",
        "target_link_uri",
        "lti_message_hint",
        "client_id",
        "lti_deployment_id",
    }
    assert form.parameters["iss"] == ISSUER
    assert form.parameters["lti_deployment_id"] == "dep-1"


def test_the_hints_tell_the_tool_nothing_of_person_or_session(world: World) -> None:
    parameters = world.initiate().parameters
    note = jwt.decode(parameters["lti_message_hint"], _note_key(b"h" * 32)).claims
    for text in [parameters["login_hint"], *map(str, note.values())]:
        assert "person-1" not in text
        assert "session-1" not in text


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example.com/launch",
        "https://tool-1.example.net/launch/",
        "https://tool-1.example.net/launch?x=1",
        "https://TOOL-1.example.net/launch",
        "https://tool-1.example.net/launch#x",
        "http://tool-1.example.net/launch",
        None,
        "",
    ],
)
def test_P1_unregistered_redirect_uri_gives_a_page_and_no_redirect(world: World, redirect_uri: str | None) -> None:
    assert answer(world, redirect_uri=redirect_uri) == ErrorPage(Code.REDIRECT_URI_UNREGISTERED)
    assert answer(world, browser=None, redirect_uri=redirect_uri) == ErrorPage(Code.REDIRECT_URI_UNREGISTERED)


def test_P1_another_registered_uri_is_taken_character_by_character(world: World) -> None:
    outcome = answer(world, redirect_uri=f"{REDIRECT}?variant=2")
    assert isinstance(outcome, Accepted)
    assert outcome.redirect_uri == f"{REDIRECT}?variant=2"


def test_P1_another_tools_redirect_uri_is_not_ours(world: World) -> None:
    assert answer(world, redirect_uri="https://tool-2.example.net/launch") == ErrorPage(Code.REDIRECT_URI_UNREGISTERED)


def test_P2_redirect_uri_javascript(world: World) -> None:
    assert answer(world, redirect_uri="javascript:alert(1)") == ErrorPage(Code.REDIRECT_URI_UNREGISTERED)


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:text/html,x", "https://user@host/", "//host/x", "https:///x"]
)
def test_P2_such_an_address_cannot_even_be_registered(uri: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        registration(redirect_uris=frozenset({uri}))
    assert refused.value.field == "redirect_uris"


@pytest.mark.parametrize("client_id", ["nobody", None])
def test_P3_unknown_client_id(world: World, client_id: str | None) -> None:
    assert answer(world, client_id=client_id) == ErrorPage(Code.CLIENT_UNKNOWN)


@pytest.mark.parametrize(
    ("row", "changes", "error", "code"),
    [
        ("P4", {"nonce": None}, "invalid_request", Code.NONCE_MISSING),
        ("P4", {"nonce": ""}, "invalid_request", Code.NONCE_MISSING),
        ("P4", {"nonce": "n" * 1025}, "invalid_request", Code.PARAMETER_TOO_LONG),
        ("P5", {"state": None}, "invalid_request", Code.STATE_MISSING),
        ("P6", {"response_type": "code"}, "unsupported_response_type", Code.RESPONSE_TYPE_UNSUPPORTED),
        ("P6", {"response_type": "id_token token"}, "unsupported_response_type", Code.RESPONSE_TYPE_UNSUPPORTED),
        ("P6", {"response_type": None}, "unsupported_response_type", Code.RESPONSE_TYPE_UNSUPPORTED),
        ("P7", {"scope": "profile"}, "invalid_scope", Code.OPENID_SCOPE_MISSING),
        ("P7", {"scope": "openidx"}, "invalid_scope", Code.OPENID_SCOPE_MISSING),
        ("P7", {"scope": None}, "invalid_scope", Code.OPENID_SCOPE_MISSING),
        ("P8", {"response_mode": None}, "invalid_request", Code.RESPONSE_MODE_UNSUPPORTED),
        ("P8", {"response_mode": "fragment"}, "invalid_request", Code.RESPONSE_MODE_UNSUPPORTED),
        ("P9", {"prompt": "login"}, "invalid_request", Code.PROMPT_NOT_NONE),
        ("P9", {"prompt": None}, "invalid_request", Code.PROMPT_NOT_NONE),
        ("P10", {"login_hint": "person-2"}, "login_required", Code.LOGIN_HINT_OF_ANOTHER),
        ("P11", {"login_hint": None}, "invalid_request", Code.LOGIN_HINT_MISSING),
        ("P12", {"lti_message_hint": None}, "invalid_request", Code.MESSAGE_HINT_INVALID),
        ("P12", {"lti_message_hint": "garbage"}, "invalid_request", Code.MESSAGE_HINT_INVALID),
    ],
)
def test_a_request_with_one_fault_is_refused_towards_the_tool(
    world: World, row: str, changes: dict[str, Any], error: str, code: Code
) -> None:
    outcome = answer(world, **changes)
    assert_told_to_tool(outcome, error, code)
    assert outcome.form.parameters.get("state") == ("state-of-the-tool" if row != "P5" else None)
    assert not world.one_time.used


def test_P5_a_platform_may_choose_not_to_ask_for_state(world: World) -> None:
    request = world.authentication_request()
    del request["state"]
    outcome = world.authentication(policy=LaunchPolicy(require_state=False)).check(request, LEARNER)
    assert isinstance(outcome, Accepted)
    assert outcome.state is None


@pytest.mark.parametrize("browser", [Browser("person-2", "session-1"), Browser("person-1", "session-2")])
def test_P10_login_hint_of_another_user_or_session(world: World, browser: Browser) -> None:
    assert_told_to_tool(answer(world, browser=browser), "login_required", Code.LOGIN_HINT_OF_ANOTHER)


@pytest.mark.parametrize("name", ["client_id", "login_hint", "state"])
@pytest.mark.parametrize("value", ["\udcff", "a\0b"])
def test_a_parameter_that_is_no_text_gives_a_page(world: World, name: str, value: str) -> None:
    assert answer(world, None, **{name: value}) == ErrorPage(Code.PARAMETER_NO_TEXT)


def test_P12_message_hint_of_another_user(world: World) -> None:
    other = world.initiate(Browser("person-2", "session-2")).parameters["lti_message_hint"]
    assert_told_to_tool(answer(world, lti_message_hint=other), "invalid_request", Code.MESSAGE_HINT_INVALID)


def test_P12_message_hint_of_another_tool(world: World) -> None:
    other = world.initiate(client_id="tool-2").parameters["lti_message_hint"]
    assert_told_to_tool(answer(world, lti_message_hint=other), "invalid_request", Code.MESSAGE_HINT_INVALID)


def test_P12_message_hint_with_one_character_changed(world: World) -> None:
    hint = world.authentication_request()["lti_message_hint"]
    head, payload, mac = hint.split(".")
    for tampered in (
        f"{head}.{'A' if payload[0] != 'A' else 'B'}{payload[1:]}.{mac}",
        f"{head}.{payload}.{'A' if mac[0] != 'A' else 'B'}{mac[1:]}",
        f"{head}.{payload}.",
    ):
        outcome = answer(world, lti_message_hint=tampered)
        assert_told_to_tool(outcome, "invalid_request", Code.MESSAGE_HINT_INVALID)


def test_P12_message_hint_signed_with_another_secret(world: World) -> None:
    stranger = World(hints=Hints(b"x" * 32)).authentication_request()["lti_message_hint"]
    assert_told_to_tool(answer(world, lti_message_hint=stranger), "invalid_request", Code.MESSAGE_HINT_INVALID)


def test_P12_message_hint_of_another_type_under_the_same_key(world: World) -> None:
    claims = jwt.decode(world.authentication_request()["lti_message_hint"], _note_key(b"h" * 32)).claims
    other = jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, _note_key(b"h" * 32))
    assert_told_to_tool(answer(world, lti_message_hint=other), "invalid_request", Code.MESSAGE_HINT_INVALID)


def test_P12_message_hint_expired(world: World) -> None:
    request = world.authentication_request()
    world.clock.advance(minutes=4, seconds=59)
    assert isinstance(world.authentication().check(request, LEARNER), Accepted)
    world.clock.advance(seconds=1)
    outcome = world.authentication().check(request, LEARNER)
    assert_told_to_tool(outcome, "invalid_request", Code.MESSAGE_HINT_EXPIRED)


def test_P12_message_hint_for_a_deployment_withdrawn_since(world: World) -> None:
    request = world.authentication_request()
    world.registrations.by_client["tool-1"] = replace(world.tool, deployment_ids=frozenset({"dep-2"}))
    outcome = world.authentication().check(request, LEARNER)
    assert_told_to_tool(outcome, "invalid_request", Code.MESSAGE_HINT_INVALID)


def test_P13_the_same_request_replayed(world: World) -> None:
    request = world.authentication_request()
    endpoint = world.authentication()
    assert isinstance(endpoint.authenticate(request, LEARNER, world.one_time), Accepted)
    again = endpoint.authenticate(request, LEARNER, world.one_time)
    assert_told_to_tool(again, "invalid_request", Code.LAUNCH_REPLAYED)
    with_new_nonce = endpoint.authenticate(request | {"nonce": "another"}, LEARNER, world.one_time)
    assert_told_to_tool(with_new_nonce, "invalid_request", Code.LAUNCH_REPLAYED)


def test_P13_a_launch_is_remembered_as_long_as_its_hint_lives(world: World) -> None:
    outcome = answer(world)
    assert list(world.one_time.used.values()) == [outcome.note.expires_at]


def test_P13_two_launches_by_the_same_user_both_hold(world: World) -> None:
    assert isinstance(answer(world), Accepted)
    assert isinstance(answer(world), Accepted)


def test_P13_the_replayed_request_without_state_is_answered_without_state(world: World) -> None:
    endpoint = world.authentication(policy=LaunchPolicy(require_state=False))
    request = world.authentication_request()
    del request["state"]
    endpoint.authenticate(request, LEARNER, world.one_time)
    again = endpoint.authenticate(request, LEARNER, world.one_time)
    assert isinstance(again, ErrorToTool)
    assert "state" not in again.form.parameters


def test_P14_not_signed_in(world: World) -> None:
    outcome = answer(world, browser=None)
    assert_told_to_tool(outcome, "login_required", Code.SIGN_IN_REQUIRED)
    assert outcome.form.parameters["state"] == "state-of-the-tool"
    assert not world.one_time.used


def test_P14_signing_in_afterwards_lets_the_same_request_through(world: World) -> None:
    request = world.authentication_request()
    assert isinstance(world.authentication().authenticate(request, None, world.one_time), ErrorToTool)
    assert isinstance(world.authentication().authenticate(request, LEARNER, world.one_time), Accepted)


def test_a_repeated_parameter_gives_a_page(world: World) -> None:
    pairs = [*world.authentication_request().items(), ("redirect_uri", "https://evil.example.com/")]
    assert world.authentication().check(pairs, LEARNER) == ErrorPage(Code.PARAMETER_REPEATED)


def test_an_endless_parameter_gives_a_page(world: World) -> None:
    assert answer(world, state="s" * 65_537) == ErrorPage(Code.PARAMETER_TOO_LONG)


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("deployment_id", {"deployment_id": "dep-9", "resource_link_id": "link-1"}),
        ("resource_link_id", {"deployment_id": "dep-1", "resource_link_id": "x" * 256}),
        ("resource_link_id", {"deployment_id": "dep-1", "resource_link_id": "liaison-é"}),
        (
            "target_link_uri",
            {"deployment_id": "dep-1", "resource_link_id": "link-1", "target_link_uri": "javascript:x"},
        ),
    ],
)
def test_a_launch_that_breaks_the_standard_is_not_started(world: World, field: str, arguments: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        world.authentication().initiate(world.tool, LEARNER, **arguments)
    assert refused.value.field == field


@pytest.mark.parametrize("other", [Browser("ab", "cd"), Browser("a", "bcd"), Browser("abc", "d")])
def test_no_other_split_of_the_same_characters_has_the_same_hint(world: World, other: Browser) -> None:
    splits = [Browser("ab", "cd"), Browser("a", "bcd"), Browser("abc", "d")]
    same = [b for b in splits if world.hints.is_login_hint_of(world.hints.login_hint(other, "t"), b, "t")]
    assert same == [other]


def test_hints_need_a_real_secret() -> None:
    with pytest.raises(ConfigurationError):
        Hints(b"short")


def _note_key(secret: bytes) -> OctKey:
    return OctKey.import_key(hmac.new(secret, b"lti lti_message_hint", hashlib.sha256).digest())
