"""Finding keys and checking signatures of the other party."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from lti import Code, LtiError
from lti.signed import find_key, read_unverified, verify_signature
from tests.lti.world import jwks, key_pair

KID = key_pair("tool-1").kid
JWK: dict[str, Any] = dict(key_pair("tool-1").public.jwk)


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in JWK.items() if name not in names}


def test_a_key_without_alg_and_use_is_taken() -> None:
    assert find_key({"keys": [without("alg", "use")]}, KID, "RS256") is not None


@pytest.mark.parametrize(
    "key_set",
    [
        {},
        {"keys": None},
        {"keys": {"a": 1}},
        {"keys": []},
        {"keys": [None, "x", 7, {}]},
        {"keys": [JWK | {"use": "enc"}]},
        {"keys": [JWK | {"alg": "RS512"}]},
        {"keys": [JWK | {"kty": "oct", "k": "c2VjcmV0"}]},
        {"keys": [without("kid")]},
        {"keys": [without("n")]},
        {"keys": [JWK | {"n": 7}]},
        {"keys": [JWK | {"n": "é"}]},
    ],
)
def test_no_fitting_key(key_set: dict[str, Any]) -> None:
    assert find_key(key_set, KID, "RS256") is None


def test_a_key_too_short_to_trust_is_passed_over() -> None:
    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024, private=False)
    with pytest.warns(SecurityWarning):
        found = find_key({"keys": [weak.as_dict() | {"kid": "weak"}]}, "weak", "RS256")
    assert found is None


def test_a_token_without_kid_fits_only_a_set_of_one_key() -> None:
    assert find_key(jwks("tool-1"), None, "RS256") is not None
    assert find_key(jwks("tool-1", "tool-2"), None, "RS256") is None


def test_one_unreadable_key_does_not_hide_the_others() -> None:
    assert find_key({"keys": [{"kty": "RSA", "kid": "x"}, *jwks("tool-1")["keys"]]}, KID, "RS256") is not None


def test_elliptic_curves_are_read_where_agreed_on() -> None:
    key = ECKey.generate_key("P-256")
    jwk = key.as_dict(private=False) | {"kid": "ec"}
    found = find_key({"keys": [jwk]}, "ec", "ES256")
    assert found is not None
    token = read_unverified(jwt.encode({"alg": "ES256", "kid": "ec"}, {"a": 1}, key))
    assert verify_signature(token, found, "ES256") == {"a": 1}
    assert find_key({"keys": [jwk]}, "ec", "RS256") is None


def test_another_algorithm_than_agreed_is_refused() -> None:
    private = RSAKey.import_key(key_pair("tool-1").private_pem)
    token = read_unverified(jwt.encode({"alg": "RS512", "kid": KID}, {"a": 1}, private, algorithms=["RS512"]))
    key = find_key(jwks("tool-1"), KID, "RS256")
    assert key is not None
    with pytest.raises(LtiError) as refused:
        verify_signature(token, key, "RS256")
    assert refused.value.code is Code.JWT_SIGNATURE_INVALID


def test_the_signature_of_another_payload_is_refused() -> None:
    head, _, signature = key_pair("tool-1").sign({"a": 1}).split(".")
    _, payload, _ = key_pair("tool-1").sign({"a": 2}).split(".")
    key = find_key(jwks("tool-1"), KID, "RS256")
    assert key is not None
    with pytest.raises(LtiError) as refused:
        verify_signature(read_unverified(f"{head}.{payload}.{signature}"), key, "RS256")
    assert refused.value.code is Code.JWT_SIGNATURE_INVALID


def test_a_header_with_a_long_certificate_is_read() -> None:
    private = RSAKey.import_key(key_pair("tool-1").private_pem)
    token = read_unverified(jwt.encode({"alg": "RS256", "kid": KID, "x5c": ["A" * 3000]}, {"a": 1}, private))
    key = find_key(jwks("tool-1"), KID, "RS256")
    assert key is not None
    assert verify_signature(token, key, "RS256") == {"a": 1}


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "x" * 65_537, "\udcff.e30.e30"])
def test_what_is_no_token(text: str) -> None:
    with pytest.raises(LtiError) as refused:
        read_unverified(text)
    assert refused.value.code is Code.JWT_MALFORMED


def test_a_token_longer_than_64_kilobytes_is_not_read() -> None:
    assert read_unverified(key_pair("tool-1").sign({"a": "x" * 48_000})).claims["a"]
    with pytest.raises(LtiError) as refused:
        read_unverified(key_pair("tool-1").sign({"a": "x" * 49_000}))
    assert refused.value.code is Code.JWT_MALFORMED
