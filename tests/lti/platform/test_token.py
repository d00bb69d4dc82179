"""The token endpoint: rows K1 to K12. Every refusal is the accepted request with one thing changed."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from lti import AccessTokens, Code, ConfigurationError, KeySetUnavailable, TokenRefused
from lti.scopes import AGS_SCOPES, LINE_ITEM, RESULT_READ, SCORE
from tests.fakes.lti_platform import MemoryKeySets
from tests.lti.world import TOKEN_URL, World, jwks, key_pair, registration

YEAR = 365 * 24 * 3600


def claims(world: World, **changes: Any) -> dict[str, Any]:
    now = int(world.clock.now.timestamp())
    content = {
        "iss": "tool-1",
        "sub": "tool-1",
        "aud": TOKEN_URL,
        "iat": now,
        "exp": now + 60,
        "jti": "assertion-1",
    } | changes
    return {name: value for name, value in content.items() if value is not None}


def signed(key: str, content: dict[str, Any]) -> str:
    """Signed by another hand than the hub's, which writes no NaN."""
    pair = key_pair(key)
    private = RSAKey.import_key(pair.private_pem)
    return jws.serialize_compact({"alg": "RS256", "kid": pair.kid}, json.dumps(content).encode(), private)


def form(world: World, *, key: str = "tool-1", claim: dict[str, Any] | None = None, **changes: str | None) -> Any:
    content = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed(key, claims(world, **(claim or {}))),
        "scope": f"{SCORE} {RESULT_READ}",
    } | changes
    return {name: value for name, value in content.items() if value is not None}


def ask(world: World, request: Any) -> tuple[int, dict[str, Any]]:
    response = world.token_endpoint().answer(request, world.one_time, world.grants)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    return response.status, json.loads(response.body)


def assert_refused(world: World, request: Any, error: str, code: Code) -> None:
    assert ask(world, request) == (400, {"error": error, "error_description": code.value})
    assert not world.grants.by_digest


def test_a_correct_request_gets_a_token(world: World) -> None:
    status, body = ask(world, form(world))
    assert status == 200
    token = body.pop("access_token")
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": f"{RESULT_READ} {SCORE}"}
    grant = world.tokens.recognise(f"Bearer {token}", world.grants, world.clock())
    assert (grant.client_id, grant.scopes) == ("tool-1", frozenset({SCORE, RESULT_READ}))
    assert (grant.expires_at - world.clock.now).total_seconds() == 3600


def test_only_a_keyed_hash_of_the_token_is_kept(world: World) -> None:
    _, body = ask(world, form(world))
    assert body["access_token"] not in str(vars(world.grants))
    assert list(world.grants.by_digest) != [body["access_token"]]
    stranger = AccessTokens(b"x" * 32)
    with pytest.raises(Exception, match="bearer_invalid"):
        stranger.recognise(f"Bearer {body['access_token']}", world.grants, world.clock())


def test_K1_expired_assertion(world: World) -> None:
    now = int(world.clock.now.timestamp())
    assert_refused(world, form(world, claim={"exp": now - 60}), "invalid_client", Code.ASSERTION_EXPIRED)
    assert ask(world, form(world, claim={"exp": now - 59}))[0] == 200


def test_K2_wrong_key_under_the_right_kid(world: World) -> None:
    stranger = RSAKey.generate_key(2048)
    text = jwt.encode({"alg": "RS256", "kid": key_pair("tool-1").kid}, claims(world), stranger)
    assert_refused(world, form(world, client_assertion=text), "invalid_client", Code.JWT_SIGNATURE_INVALID)


def test_K2_another_tools_key(world: World) -> None:
    assert_refused(world, form(world, key="tool-2"), "invalid_client", Code.JWT_KEY_UNKNOWN)


def test_K2_key_brought_in_the_header(world: World) -> None:
    stranger = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "kid": key_pair("tool-1").kid, "jwk": stranger.as_dict(private=False)}
    text = jwt.encode(header, claims(world), stranger)
    assert_refused(world, form(world, client_assertion=text), "invalid_client", Code.JWT_SIGNATURE_INVALID)


def test_K2_hmac_keyed_with_the_public_key(world: World) -> None:
    public = RSAKey.import_key(dict(key_pair("tool-1").public.jwk)).as_pem(private=False)
    header = {"alg": "HS256", "kid": key_pair("tool-1").kid}
    text = _hmac_jwt(header, claims(world), public)
    assert_refused(world, form(world, client_assertion=text), "invalid_client", Code.JWT_SIGNATURE_INVALID)


@pytest.mark.parametrize("grant_type", ["password", "authorization_code", None])
def test_K3_wrong_grant_type(world: World, grant_type: str | None) -> None:
    request = form(world, grant_type=grant_type)
    assert_refused(world, request, "unsupported_grant_type", Code.GRANT_TYPE_UNSUPPORTED)


@pytest.mark.parametrize(
    "audience",
    ["https://hub.example.org", f"{TOKEN_URL}/", [TOKEN_URL, "https://other.example"], [], None, 7, {"a": TOKEN_URL}],
)
def test_K4_aud_is_not_our_token_endpoint(world: World, audience: Any) -> None:
    request = form(world, claim={"aud": audience})
    assert_refused(world, request, "invalid_client", Code.ASSERTION_AUDIENCE_WRONG)


def test_K4_aud_may_be_a_list_of_us_alone(world: World) -> None:
    assert ask(world, form(world, claim={"aud": [TOKEN_URL]}))[0] == 200


@pytest.mark.parametrize(
    "claim",
    [
        {"iss": "tool-2"},
        {"sub": "tool-2"},
        {"iss": "nobody", "sub": "nobody"},
        {"iss": None},
        {"sub": None},
        {"iss": "tool-1\0", "sub": "tool-1\0"},
        {"iss": 1},
    ],
)
def test_K5_iss_or_sub_not_the_client(world: World, claim: dict[str, Any]) -> None:
    assert_refused(world, form(world, claim=claim), "invalid_client", Code.ASSERTION_CLIENT_WRONG)


def test_K5_another_client_id_beside_the_assertion(world: World) -> None:
    assert ask(world, form(world, client_id="tool-1"))[0] == 200
    status, body = ask(world, form(world, client_id="tool-2", claim={"jti": "2"}))
    assert (status, body["error"]) == (400, "invalid_client")


@pytest.mark.parametrize("value", [None, "soon", True, float("nan"), float("inf"), 10**400])
def test_K6_no_exp_that_is_an_instant(world: World, value: Any) -> None:
    assert_refused(world, form(world, claim={"exp": value}), "invalid_client", Code.ASSERTION_CLAIM_MISSING)


@pytest.mark.parametrize("value", [None, "", 7, "j" * 256])
def test_K7_no_jti(world: World, value: Any) -> None:
    assert_refused(world, form(world, claim={"jti": value}), "invalid_client", Code.ASSERTION_CLAIM_MISSING)


@pytest.mark.parametrize("kind", ["urn:ietf:params:oauth:client-assertion-type:saml2-bearer", None])
def test_K8_wrong_client_assertion_type(world: World, kind: str | None) -> None:
    request = form(world, client_assertion_type=kind)
    assert_refused(world, request, "invalid_client", Code.ASSERTION_TYPE_UNSUPPORTED)


def test_K9_jti_replayed(world: World) -> None:
    request = form(world)
    assert ask(world, request)[0] == 200
    replay = (400, {"error": "invalid_client", "error_description": Code.ASSERTION_REPLAYED.value})
    assert ask(world, request) == replay
    assert ask(world, form(world, claim={"iat": int(world.clock.now.timestamp()) - 1})) == replay
    assert len(world.grants.by_digest) == 1


def test_K9_a_jti_is_remembered_as_long_as_the_assertion_could_be_accepted(world: World) -> None:
    ask(world, form(world))
    (until,) = world.one_time.used.values()
    assert (until - world.clock.now).total_seconds() == 120


def test_K9_two_tools_may_choose_the_same_jti(world: World) -> None:
    assert ask(world, form(world))[0] == 200
    assert ask(world, form(world, key="tool-2", claim={"iss": "tool-2", "sub": "tool-2"}))[0] == 200


def test_K10_an_assertion_valid_for_ten_years(world: World) -> None:
    now = int(world.clock.now.timestamp())
    for lifetime in (10 * YEAR, 3661, 10**12):
        request = form(world, claim={"exp": now + lifetime})
        assert_refused(world, request, "invalid_client", Code.ASSERTION_TOO_LONG_LIVED)
    assert ask(world, form(world, claim={"exp": now + 3660}))[0] == 200


@pytest.mark.parametrize("scope", ["https://purl.imsglobal.org/spec/lti-ags/scope/all", "openid", "", None])
def test_K11_only_unknown_scopes(world: World, scope: str | None) -> None:
    assert_refused(world, form(world, scope=scope), "invalid_scope", Code.SCOPE_REFUSED)


def test_K11_an_unknown_scope_beside_a_known_one_is_left_out(world: World) -> None:
    assert ask(world, form(world, scope=f"openid {SCORE}"))[1]["scope"] == SCORE


def test_K12_scope_not_granted_to_this_registration(world: World) -> None:
    world.registrations.by_client["tool-1"] = registration(scopes=AGS_SCOPES - {LINE_ITEM})
    assert_refused(world, form(world, scope=LINE_ITEM), "invalid_scope", Code.SCOPE_REFUSED)
    assert ask(world, form(world, scope=f"{LINE_ITEM} {SCORE}"))[1]["scope"] == SCORE


@pytest.mark.parametrize("claim", [{"iat": None}, {"iat": "now"}, {"nbf": None, "iat": True}])
def test_an_assertion_without_iat_is_refused(world: World, claim: dict[str, Any]) -> None:
    assert_refused(world, form(world, claim=claim), "invalid_client", Code.ASSERTION_CLAIM_MISSING)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_an_assertion_from_the_future_is_refused_beyond_the_leeway(world: World, name: str) -> None:
    now = int(world.clock.now.timestamp())
    times = {"exp": now + 600}
    request = form(world, claim={**times, name: now + 61})
    assert_refused(world, request, "invalid_client", Code.ASSERTION_NOT_YET_VALID)
    assert ask(world, form(world, claim={**times, name: now + 60}))[0] == 200


@pytest.mark.parametrize("text", ["", "garbage", "a.b.c", "e30.e30.e30", "x" * 65_536, "é.é.é"])
def test_garbage_for_an_assertion(world: World, text: str) -> None:
    status, body = ask(world, form(world, client_assertion=text))
    assert (status, body["error"]) == (400, "invalid_client")


def test_an_assertion_that_is_no_object(world: World) -> None:
    key = RSAKey.import_key(key_pair("tool-1").private_pem)
    text = jws.serialize_compact({"alg": "RS256", "kid": key_pair("tool-1").kid}, b"[1]", key)
    assert_refused(world, form(world, client_assertion=text), "invalid_client", Code.JWT_MALFORMED)


def test_alg_none(world: World) -> None:
    header = {"alg": "none", "kid": key_pair("tool-1").kid}
    text = f"{_part(header)}.{_part(claims(world))}."
    assert_refused(world, form(world, client_assertion=text), "invalid_client", Code.JWT_SIGNATURE_INVALID)


def test_a_repeated_parameter(world: World) -> None:
    pairs = [*form(world).items(), ("scope", LINE_ITEM)]
    assert_refused(world, pairs, "invalid_request", Code.PARAMETER_REPEATED)


def test_a_key_id_never_seen_leads_to_one_refresh(world: World) -> None:
    world.key_sets.stale["tool-1"] = jwks("old")
    assert ask(world, form(world))[0] == 200
    assert world.key_sets.refreshes == 1


def test_a_key_id_known_leads_to_no_refresh(world: World) -> None:
    assert ask(world, form(world))[0] == 200
    assert world.key_sets.refreshes == 0


def test_an_inline_key_set_is_used_alone(world: World) -> None:
    world.registrations.by_client["tool-1"] = registration(jwks_uri=None, jwks=jwks("inline"))
    assert ask(world, form(world, key="inline"))[0] == 200
    status, body = ask(world, form(world, claim={"jti": "2"}))
    assert (status, body["error_description"]) == (400, Code.JWT_KEY_UNKNOWN.value)
    assert world.key_sets.refreshes == 0


def test_a_key_set_that_cannot_be_had_is_a_passing_fault(world: World) -> None:
    world.key_sets = MemoryKeySets()
    status, body = ask(world, form(world))
    assert (status, body["error"]) == (503, "temporarily_unavailable")
    with pytest.raises(KeySetUnavailable):
        world.token_endpoint().verify(form(world))


def test_verify_writes_nothing(world: World) -> None:
    request = world.token_endpoint().verify(form(world))
    assert request.scopes == {SCORE, RESULT_READ}
    assert not world.one_time.used
    assert not world.grants.by_digest
    with pytest.raises(TokenRefused) as refused:
        world.token_endpoint().verify(form(world, scope="none"))
    assert refused.value.oauth_error == "invalid_scope"


def test_access_tokens_need_a_real_secret() -> None:
    with pytest.raises(ConfigurationError):
        AccessTokens(b"short")


def _part(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content).encode())


def _hmac_jwt(header: dict[str, Any], content: dict[str, Any], key: bytes) -> str:
    """Made by hand: libraries refuse a public key as a secret, an attacker does not."""
    text = f"{_part(header)}.{_part(content)}"
    return f"{text}.{_base64(hmac.new(key, text.encode(), hashlib.sha256).digest())}"


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
