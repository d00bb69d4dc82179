"""The checks of a message's claims, one row each (LTI Core 1.3 sections 5.3 and 5.4; 1EdTech Security Framework 1.0
section 5.1.3; OpenID Connect Core 1.0 section 3.1.3.7; Deep Linking 2.0 section 4.4).

The table is the whole of it: a message is accepted when every row holds, and an empty table accepts nothing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lti import claims as names
from lti.errors import Code, LaunchRefused
from lti.parameters import is_short_ascii, is_text
from lti.registration import PlatformRegistration
from lti.tool.settings import ToolSettings
from lti.urls import origin_of

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a message is compared with."""

    registration: PlatformRegistration
    settings: ToolSettings
    nonce: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement: ``holds`` says whether the claims meet it, ``code`` what is wrong where they do not."""

    code: Code
    holds: Callable[[Claims, Expected], bool]
    field: str | None = None


def require_all(claims: Claims, expected: Expected, checks: Sequence[Check]) -> None:
    """Raise LaunchRefused for the first check that does not hold, and NOTHING_CHECKED for an empty table."""
    if not checks:
        raise LaunchRefused(Code.NOTHING_CHECKED)
    for check in checks:
        if not check.holds(claims, expected):
            raise LaunchRefused(check.code, check.field)


def instant(value: object) -> float | None:
    """A NumericDate (RFC 7519 section 2) in seconds since 1970; None for what is none, or compares with nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _audiences(claims: Claims) -> list[object]:
    told = claims.get("aud")
    return told if isinstance(told, list) else [told]


def _party(claims: Claims, expected: Expected) -> bool:
    # OpenID Connect Core section 3.1.3.7: azp must be there with several audiences, and be us wherever it is.
    if "azp" in claims:
        return bool(claims["azp"] == expected.registration.client_id)
    return len(_audiences(claims)) == 1


def _not_expired(claims: Claims, expected: Expected) -> bool:
    until = instant(claims.get("exp"))
    return until is not None and until > (expected.now - expected.settings.policy.leeway).timestamp()


def _not_ahead(claims: Claims, expected: Expected) -> bool:
    latest = (expected.now + expected.settings.policy.leeway).timestamp()
    times = [instant(claims.get(name)) for name in ("iat", "nbf") if name in claims]
    return all(at is not None and at <= latest for at in times)


def _young(claims: Claims, expected: Expected) -> bool:
    policy, issued = expected.settings.policy, instant(claims.get("iat"))
    if policy.max_age is None:
        return True
    return issued is not None and issued >= (expected.now - policy.max_age - policy.leeway).timestamp()


def _subject(claims: Claims, expected: Expected) -> bool:
    subject = claims.get("sub")
    if subject is None:
        return (
            expected.settings.policy.allow_anonymous and claims.get(names.MESSAGE_TYPE) == names.RESOURCE_LINK_REQUEST
        )
    return isinstance(subject, str) and is_short_ascii(subject) and is_text(subject)


def _deployment(claims: Claims, _: Expected) -> bool:
    value = claims.get(names.DEPLOYMENT_ID)
    return isinstance(value, str) and is_short_ascii(value) and is_text(value)


def _roles(claims: Claims, _: Expected) -> bool:
    told = claims.get(names.ROLES)
    return isinstance(told, list) and all(isinstance(role, str) for role in told)


def _target(claims: Claims, expected: Expected) -> bool:
    target = claims.get(names.TARGET_LINK_URI)
    if target is None and claims.get(names.MESSAGE_TYPE) != names.RESOURCE_LINK_REQUEST:
        return True  # required of resource link messages only (LTI Core 5.3.4)
    return isinstance(target, str) and expected.settings.owns(target)


def _object(claims: Claims, name: str) -> Mapping[str, Any]:
    value = claims.get(name)
    return value if isinstance(value, dict) else {}


def _resource_link(claims: Claims, _: Expected) -> bool:
    if claims.get(names.MESSAGE_TYPE) == names.DEEP_LINKING_REQUEST:
        return True
    key = _object(claims, names.RESOURCE_LINK).get("id")
    return isinstance(key, str) and is_short_ascii(key) and is_text(key)


def _for_deep_linking(holds: Callable[[Mapping[str, Any]], bool]) -> Callable[[Claims, Expected], bool]:
    def check(claims: Claims, _: Expected) -> bool:
        if claims.get(names.MESSAGE_TYPE) != names.DEEP_LINKING_REQUEST:
            return True
        return holds(_object(claims, names.DEEP_LINKING_SETTINGS))

    return check


def _texts(settings: Mapping[str, Any], name: str) -> bool:
    told = settings.get(name)
    return isinstance(told, list) and bool(told) and all(isinstance(one, str) for one in told)


def _return_url(settings: Mapping[str, Any]) -> bool:
    url = settings.get("deep_link_return_url")
    return isinstance(url, str) and origin_of(url) is not None


def _for_user(claims: Claims, _: Expected) -> bool:
    if claims.get(names.MESSAGE_TYPE) != names.SUBMISSION_REVIEW_REQUEST:
        return True
    return isinstance(_object(claims, names.FOR_USER).get("user_id"), str)


MESSAGE_TYPES: Final = frozenset(
    {names.RESOURCE_LINK_REQUEST, names.DEEP_LINKING_REQUEST, names.SUBMISSION_REVIEW_REQUEST}
)

CHECKS: Final[tuple[Check, ...]] = (
    Check(Code.ISSUER_DIFFERENT, lambda c, e: c.get("iss") == e.registration.issuer),
    Check(Code.AUDIENCE_WRONG, lambda c, e: e.registration.client_id in _audiences(c)),
    Check(Code.AUTHORISED_PARTY_WRONG, _party),
    Check(Code.EXPIRY_MISSING, lambda c, _: instant(c.get("exp")) is not None),
    Check(Code.MESSAGE_EXPIRED, _not_expired),
    Check(Code.ISSUED_AT_MISSING, lambda c, _: instant(c.get("iat")) is not None),
    Check(Code.ISSUED_IN_FUTURE, _not_ahead),
    Check(Code.MESSAGE_TOO_OLD, _young),
    Check(Code.NONCE_ABSENT, lambda c, _: isinstance(c.get("nonce"), str)),
    Check(Code.NONCE_UNKNOWN, lambda c, e: c.get("nonce") == e.nonce),
    Check(Code.VERSION_UNSUPPORTED, lambda c, _: c.get(names.LTI_VERSION) == names.VERSION),
    Check(Code.MESSAGE_TYPE_UNSUPPORTED, lambda c, _: c.get(names.MESSAGE_TYPE) in MESSAGE_TYPES),
    Check(Code.DEPLOYMENT_MISSING, _deployment),
    Check(Code.SUBJECT_INVALID, _subject),
    Check(Code.ROLES_INVALID, _roles),
    Check(Code.RESOURCE_LINK_INVALID, _resource_link),
    Check(Code.TARGET_INVALID, _target),
    Check(Code.DEEP_LINKING_INVALID, _for_deep_linking(bool), "deep_linking_settings"),
    Check(Code.DEEP_LINKING_INVALID, _for_deep_linking(_return_url), "deep_link_return_url"),
    Check(Code.DEEP_LINKING_INVALID, _for_deep_linking(lambda s: _texts(s, "accept_types")), "accept_types"),
    Check(
        Code.DEEP_LINKING_INVALID,
        _for_deep_linking(lambda s: _texts(s, "accept_presentation_document_targets")),
        "accept_presentation_document_targets",
    ),
    Check(Code.FOR_USER_INVALID, _for_user),
)
"""Every check of a message, in the order in which they are reported."""
