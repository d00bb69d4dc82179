"""Client assertions: the JWT by which a tool proves who it is (RFC 7523 section 3; OpenID Connect Core section 9,
``private_key_jwt``; 1EdTech Security Framework 1.0 section 4.1.1)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc.jwk import ECKey, RSAKey

from lti.errors import Code, LtiError
from lti.parameters import is_text
from lti.ports import KeySets, Registrations
from lti.registration import ToolRegistration
from lti.signed import Unverified, find_key, read_unverified, verify_signature

MAX_JTI: Final = 255
LEEWAY: Final = timedelta(seconds=60)
"""How far two clocks may differ."""
MAX_LIFETIME: Final = timedelta(hours=1)
"""How far ahead ``exp`` may lie: a stolen assertion must not be good for long, and used ids are kept until then."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified assertion. It counts once: ``jti`` must be remembered until ``until`` (aware, UTC)."""

    registration: ToolRegistration
    jti: str = field(repr=False)
    until: datetime


def verify_assertion(
    text: str, *, audience: str, registrations: Registrations, key_sets: KeySets, now: datetime
) -> Assertion:
    """The assertion in ``text``, addressed to ``audience``. Writes nothing, so it says nothing about replay.

    Raises LtiError, or KeySetUnavailable where the tool's keys cannot be had.
    """
    token = read_unverified(text)
    registration = registrations.find(_client_of(token.claims))
    if registration is None:
        raise LtiError(Code.ASSERTION_CLIENT_WRONG)
    key = tool_key(token, registration, key_sets)
    claims = verify_signature(token, key, registration.signing_algorithm)
    return _check_claims(claims, registration, audience, now)


def _client_of(claims: Mapping[str, Any]) -> str:
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or issuer != claims.get("sub") or not is_text(issuer):
        raise LtiError(Code.ASSERTION_CLIENT_WRONG)
    return issuer


def tool_key(token: Unverified, registration: ToolRegistration, key_sets: KeySets) -> RSAKey | ECKey:
    """The key that a tool's token names, from what was registered alone. Raises LtiError, or KeySetUnavailable."""
    kid, algorithm = token.header.get("kid"), registration.signing_algorithm
    if registration.jwks is not None:
        key = find_key(registration.jwks, kid, algorithm)
    else:
        key = find_key(key_sets.key_set(registration, refresh=False), kid, algorithm)
        # A key id never seen may be a new key: ask once more (OpenID Connect Core section 10.1.1).
        key = key or find_key(key_sets.key_set(registration, refresh=True), kid, algorithm)
    if key is None:
        raise LtiError(Code.JWT_KEY_UNKNOWN)
    return key


def _check_claims(claims: Mapping[str, Any], registration: ToolRegistration, audience: str, now: datetime) -> Assertion:
    # One audience only: an assertion that other servers accept as well could be replayed by any of them.
    if claims.get("aud") not in (audience, [audience]):
        raise LtiError(Code.ASSERTION_AUDIENCE_WRONG)
    expires_at, issued_at = numeric_date(claims, "exp"), numeric_date(claims, "iat")
    starts_at = numeric_date(claims, "nbf") if "nbf" in claims else issued_at
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
        raise LtiError(Code.ASSERTION_CLAIM_MISSING, "jti")
    present, leeway = now.timestamp(), LEEWAY.total_seconds()
    if expires_at <= present - leeway:
        raise LtiError(Code.ASSERTION_EXPIRED)
    if expires_at > present + leeway + MAX_LIFETIME.total_seconds():
        raise LtiError(Code.ASSERTION_TOO_LONG_LIVED)
    if max(issued_at, starts_at) > present + leeway:
        raise LtiError(Code.ASSERTION_NOT_YET_VALID)
    return Assertion(registration, jti, datetime.fromtimestamp(expires_at + leeway, UTC))


def numeric_date(claims: Mapping[str, Any], name: str) -> float:
    """Seconds since 1970 (RFC 7519 section 2, NumericDate). Not a number, or one that compares with nothing, is
    absent."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(_as_float(value)):
        raise LtiError(Code.ASSERTION_CLAIM_MISSING, name)
    return float(value)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
