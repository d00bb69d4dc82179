"""Key pairs, key sets and their speed."""

from dataclasses import replace

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from lti import ConfigurationError, KeyPair, KeyRing
from lti.keys import _parsed
from tests.lti.world import key_pair


def test_a_published_key_carries_kid_alg_and_use_and_nothing_private() -> None:
    pair = key_pair("platform")
    (jwk,) = KeyRing(pair).jwks()["keys"]
    assert set(jwk) == {"kty", "kid", "alg", "use", "n", "e"}
    assert (jwk["kty"], jwk["kid"], jwk["alg"], jwk["use"]) == ("RSA", pair.kid, "RS256", "sig")
    assert RSAKey.import_key(dict(jwk)).thumbprint() == pair.kid


def test_during_a_rotation_all_live_keys_are_published_and_the_new_one_signs() -> None:
    old, new = key_pair("old"), key_pair("new")
    before = KeyRing(old, (new.public,))
    after = KeyRing(new, (old.public, new.public))
    assert [key["kid"] for key in before.jwks()["keys"]] == [old.kid, new.kid]
    assert [key["kid"] for key in after.jwks()["keys"]] == [new.kid, old.kid]
    tools_copy = KeySet.import_key_set(before.jwks())
    for ring in (before, after):
        token = jwt.decode(ring.signing.sign({"sub": "u1"}), tools_copy, algorithms=["RS256"])
        assert token.header == {"typ": "JWT", "alg": "RS256", "kid": ring.signing.kid}
        assert token.claims == {"sub": "u1"}


def test_two_keys_never_share_an_id() -> None:
    assert key_pair("old").kid != key_pair("new").kid


def test_a_key_kept_as_text_is_the_same_key() -> None:
    pair = key_pair("platform")
    assert KeyPair(pair.kid, pair.private_pem).public == pair.public


@pytest.mark.parametrize(
    ("pair", "field"),
    [
        (KeyPair("k", "garbage"), "private_pem"),
        (KeyPair("k", ""), "private_pem"),
        (replace(key_pair("old"), kid=key_pair("new").kid), "kid"),
        (KeyPair(key_pair("old").kid, RSAKey.import_key(key_pair("old").private_pem).as_pem(False).decode()), "kid"),
    ],
    ids=["garbage", "empty", "another key's id", "public half"],
)
def test_a_key_that_is_not_what_it_says_does_not_sign(pair: KeyPair, field: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        pair.sign({})
    assert refused.value.field == field


def test_weak_keys_are_not_made() -> None:
    with pytest.raises(ConfigurationError):
        KeyPair.generate(1024)


def test_a_private_key_is_parsed_once() -> None:
    pair = KeyPair.generate()
    pair.sign({})
    before = _parsed.cache_info()
    KeyPair(pair.kid, pair.private_pem).sign({})
    after = _parsed.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 1)
