"""Signed tokens of the other party: read before trust, find the key, check the signature (RFC 7515, 7517, 7519).

The key is always one that the registration names, never one that the token's own header brings (``jwk``, ``jku``,
``x5c`` are not looked at), and the algorithm is the one agreed on, so neither ``none`` nor an HMAC keyed with a public
key passes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from lti.errors import Code, LtiError

MAX_TOKEN: Final = 65_536
"""Longest token read, in characters."""
MAX_HEADER: Final = 8_192
MIN_RSA_BITS: Final = 2048
"""Shorter RSA keys are passed over (RFC 7518 section 3.3)."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """Header and claims of a token before any check: good for finding whose key to check it with, and nothing else."""

    header: Mapping[str, Any] = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)


def read_unverified(text: str) -> Unverified:
    """Take a compact token apart. Raises LtiError (JWT_MALFORMED) for anything but a JWT of 64 KiB at most."""
    if len(text) > MAX_TOKEN:
        raise LtiError(Code.JWT_MALFORMED)
    try:
        token = jws.extract_compact(text.encode(), registry=_registry([]))
        claims = json.loads(token.payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise LtiError(Code.JWT_MALFORMED) from None
    if not isinstance(claims, dict):
        raise LtiError(Code.JWT_MALFORMED)
    return Unverified(token.headers(), claims, text)


def find_key(key_set: Mapping[str, object], kid: object, algorithm: str) -> RSAKey | ECKey | None:
    """The key of a JWK Set that signs with ``algorithm`` under that key id.

    A token may leave ``kid`` out only where the set holds a single fitting key (OpenID Connect Core section 10.1).
    ``alg`` and ``use`` may be absent from a key (RFC 7517 sections 4.2 and 4.4); entries that cannot be read are passed
    over.
    """
    listed = key_set.get("keys")
    fitting = [key for key in listed if _fits(key, algorithm)] if isinstance(listed, list) else []
    if kid is None:
        return _import(fitting[0]) if len(fitting) == 1 else None
    return next((_import(key) for key in fitting if key.get("kid") == kid), None)


def verify_signature(token: Unverified, key: RSAKey | ECKey, algorithm: str) -> Mapping[str, Any]:
    """The claims, now proven to be the key holder's. Raises LtiError (JWT_SIGNATURE_INVALID)."""
    try:
        jws.deserialize_compact(token.text, key, registry=_registry([algorithm]))
    except (JoseError, ValueError, TypeError):
        raise LtiError(Code.JWT_SIGNATURE_INVALID) from None
    return token.claims


def _fits(jwk: object, algorithm: str) -> bool:
    if not isinstance(jwk, dict):
        return False
    key_type = "EC" if algorithm.startswith("ES") else "RSA"
    return jwk.get("kty") == key_type and jwk.get("use", "sig") == "sig" and jwk.get("alg", algorithm) == algorithm


def _import(jwk: Mapping[str, Any]) -> RSAKey | ECKey | None:
    members = tuple((name, jwk[name]) for name in ("kty", "n", "e", "crv", "x", "y") if name in jwk)
    if not all(isinstance(value, str) for _, value in members):
        return None
    return _imported(members)


@lru_cache(maxsize=512)
def _imported(members: tuple[tuple[str, str], ...]) -> RSAKey | ECKey | None:
    """Reading a key costs more than checking a signature with it."""
    public: dict[str, Any] = dict(members)
    try:
        if public["kty"] == "EC":
            return ECKey.import_key(public)
        key = RSAKey.import_key(public)
        return key if key.public_key.key_size >= MIN_RSA_BITS else None
    except (JoseError, ValueError, TypeError):
        return None


def _registry(algorithms: list[str]) -> jws.JWSRegistry:
    # Header parameters unknown to us are ignored (RFC 7515 section 4), and certificates make headers long.
    registry = jws.JWSRegistry(algorithms=algorithms, strict_check_header=False)
    registry.max_header_length = MAX_HEADER
    return registry
