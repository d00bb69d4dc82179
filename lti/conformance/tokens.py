"""Tokens as no honest platform makes them."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey

from lti.keys import ALGORITHM, KeyPair

_ALGORITHMS = ["RS256", "RS512"]


def part(value: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def encoded(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """The first two parts of a token."""
    return f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"


def signed(pair: KeyPair, claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """A token whose header says what ``header`` wants."""
    told = {"alg": ALGORITHM, "kid": pair.kid, "typ": "JWT", **header}
    registry = jws.JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
    return jws.serialize_compact(told, json.dumps(claims), _key(pair.private_pem), registry=registry)


def without_key_id(pair: KeyPair, claims: Mapping[str, Any]) -> str:
    """A token that does not say which key signed it."""
    registry = jws.JWSRegistry(algorithms=_ALGORITHMS)
    return jws.serialize_compact({"alg": ALGORITHM}, json.dumps(claims), _key(pair.private_pem), registry=registry)


def tampered(token: str, claims: Mapping[str, Any]) -> str:
    """The token with other claims under its old signature."""
    header, _, signature = token.split(".")
    return f"{header}.{part(json.dumps(claims).encode())}.{signature}"


@lru_cache(maxsize=64)
def _key(private_pem: str) -> RSAKey:
    return RSAKey.import_key(private_pem)
