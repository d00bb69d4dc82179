"""No token, secret, key or personal datum shows in a repr, a str or an error."""

import json
import traceback
from typing import Any

import pytest

from lti import Accepted, Browser, KeyRing, LaunchUser, LtiError, ResourceLink, ResourceLinkLaunch, answer_launch
from lti.platform.service import ServiceRequest
from lti.platform.token import TokenRequest
from lti.signed import read_unverified
from tests.lti.platform.test_token import form
from tests.lti.world import ISSUER, LEARNER, World, jwks, key_pair, registration

USER = LaunchUser("u1", (), name="Ada Secret", given_name="Ada", family_name="Secret", email="ada@secret.example")


def everything(world: World) -> dict[str, tuple[Any, list[str]]]:
    """Objects, each with the texts that may not show."""
    request = world.authentication_request()
    accepted = world.authentication().check(request, LEARNER)
    assert isinstance(accepted, Accepted)
    launch = ResourceLinkLaunch(USER, ResourceLink(id="link-1"), custom={"k": "custom-secret"})
    message = answer_launch(accepted, launch, issuer=ISSUER, key=key_pair("platform"), clock=world.clock)
    asked = form(world)
    verified = world.token_endpoint().verify(asked)
    response = world.token_endpoint().answer(asked, world.one_time, world.grants)
    token = json.loads(response.body)["access_token"]
    (grant,) = world.grants.by_digest.values()
    pem = key_pair("platform").private_pem
    login = world.initiate()
    return {
        "key pair": (key_pair("platform"), [pem, pem[60:120]]),
        "key ring": (KeyRing(key_pair("platform")), [pem, pem[60:120]]),
        "browser": (Browser("ada", "session-secret"), ["session-secret"]),
        "hints": (world.hints, ["hhhh"]),
        "tokens": (world.tokens, ["tttt"]),
        "login form": (login, [login.parameters["lti_message_hint"], login.parameters["login_hint"]]),
        "accepted": (accepted, [request["nonce"], request["state"]]),
        "launch": (launch, ["Ada", "Secret", "ada@", "custom-secret"]),
        "message form": (message, [message.parameters["id_token"]]),
        "token request": (verified, [asked["client_assertion"], "assertion-1"]),
        "token response": (response, [token]),
        "grant": (grant, [token, grant.digest]),
        "service request": (
            ServiceRequest("GET", authorization=f"Bearer {token}", body=b"body-secret"),
            [token, "body-s"],
        ),
        "registration": (registration(jwks_uri=None, jwks=jwks("tool-1")), [jwks("tool-1")["keys"][0]["n"]]),
        "unverified": (read_unverified(asked["client_assertion"]), ["assertion-1", asked["client_assertion"]]),
    }


def test_no_object_shows_a_secret(world: World) -> None:
    for name, (item, hidden) in everything(world).items():
        for text in hidden:
            assert text not in repr(item), name
            assert text not in str(item), name


def test_no_error_shows_what_was_sent(world: World) -> None:
    sent = form(world, claim={"aud": "https://secret-audience.example"}) | {"scope": "secret-scope"}
    with pytest.raises(LtiError) as refused:
        world.token_endpoint().verify(sent)
    text = str(refused.value) + repr(refused.value)
    assert "secret" not in text
    assert sent["client_assertion"] not in text
    assert "lti.token.assertion_audience_wrong" in text


def test_no_error_keeps_the_librarys_own_error_beneath_it(world: World) -> None:
    with pytest.raises(LtiError) as refused:
        read_unverified("c2VjcmV0.c2VjcmV0.c2VjcmV0")
    shown = "".join(traceback.format_exception_only(refused.value))
    assert refused.value.__suppress_context__
    assert shown.strip().endswith("lti.jwt.malformed")


def test_a_verified_request_still_tells_who_asks(world: World) -> None:
    verified = world.token_endpoint().verify(form(world))
    assert isinstance(verified, TokenRequest)
    assert "tool-1" in repr(verified)
