"""A platform's OpenID configuration (Dynamic Registration 1.0 section 2; OpenID Connect Discovery section 3): written
by this platform, read from others."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lti.errors import Code, RegistrationRefused
from lti.registration.profiles import Profile, profile_of
from lti.registration.tool import SIGNING_ALGORITHMS
from lti.urls import require_web_url

PLATFORM_KEY: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
MAX_DOCUMENT: Final = 262_144


class _Read(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, populate_by_name=True)


class PlatformDetails(_Read):
    """The part of LTI's own: the product, and the types of messages it can send."""

    product_family_code: str | None = None
    version: str | None = None
    messages_supported: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    @field_validator("messages_supported", mode="before")
    @classmethod
    def _types(cls, value: object) -> object:
        # Older Moodles list bare names; everybody else objects with a type.
        listed = value if isinstance(value, list) else []
        return tuple(str(entry.get("type", "")) if isinstance(entry, dict) else str(entry) for entry in listed)

    @field_validator("variables", mode="before")
    @classmethod
    def _texts(cls, value: object) -> object:
        return tuple(str(entry) for entry in value) if isinstance(value, list) else ()


class PlatformConfiguration(_Read):
    """A configuration as it was read: the addresses hold, unknown members are kept."""

    issuer: str = Field(min_length=1, max_length=2048)
    authorization_endpoint: str
    token_endpoint: str | None = None
    jwks_uri: str
    registration_endpoint: str
    scopes_supported: tuple[str, ...] = ()
    claims_supported: tuple[str, ...] = ()
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    platform: PlatformDetails = Field(default_factory=PlatformDetails, alias=PLATFORM_KEY)

    @property
    def profile(self) -> Profile:
        """What is known of the product."""
        return profile_of(self.platform.product_family_code)

    @property
    def signing_algorithm(self) -> str:
        """The algorithm its messages are signed with: RS256 where it has it, as the Security Framework asks."""
        offered = self.id_token_signing_alg_values_supported
        return "RS256" if "RS256" in offered or not offered else offered[0]


def read_configuration(body: bytes, url: str, *, development: bool = False) -> PlatformConfiguration:
    """The configuration fetched from ``url``.

    Raises RegistrationRefused: REGISTRATION_DOCUMENT_INVALID with the member at fault for what is no such document, or
    names an address that is no web address; REGISTRATION_ISSUER_ELSEWHERE where the issuer does not belong to the host
    that says so (section 2.1): anybody could speak for it.
    """
    if len(body) > MAX_DOCUMENT:
        raise RegistrationRefused(Code.REGISTRATION_DOCUMENT_INVALID)
    found = _parsed(body)
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        address = getattr(found, name)
        if address is not None:
            _require_address(address, name, development)
    if found.signing_algorithm not in SIGNING_ALGORITHMS:
        raise RegistrationRefused(Code.REGISTRATION_DOCUMENT_INVALID, "id_token_signing_alg_values_supported")
    if not _speaks_for(url, found):
        raise RegistrationRefused(Code.REGISTRATION_ISSUER_ELSEWHERE, "issuer")
    return found


def platform_configuration(
    *,
    issuer: str,
    endpoints: Mapping[str, str],
    scopes: Iterable[str],
    claims: Iterable[str],
    messages: Iterable[str],
    variables: Iterable[str],
    product: str,
    version: str,
) -> dict[str, Any]:
    """The document that this platform serves. ``endpoints``: ``authorization``, ``token``, ``jwks``,
    ``registration``."""
    return {
        "issuer": issuer,
        "authorization_endpoint": endpoints["authorization"],
        "token_endpoint": endpoints["token"],
        "jwks_uri": endpoints["jwks"],
        "registration_endpoint": endpoints["registration"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", *sorted(scopes)],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": list(claims),
        PLATFORM_KEY: {
            "product_family_code": product,
            "version": version,
            "messages_supported": [{"type": name} for name in messages],
            "variables": list(variables),
        },
    }


def _parsed(body: bytes) -> PlatformConfiguration:
    try:
        told = json.loads(body.decode("utf-8-sig"))
        # An older Moodle has a space after the name.
        named = {str(name).strip(): value for name, value in told.items()} if isinstance(told, dict) else told
        return PlatformConfiguration.model_validate(named)
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise RegistrationRefused(Code.REGISTRATION_DOCUMENT_INVALID, str(place[0]) if place else None) from None
    except (ValueError, RecursionError):
        raise RegistrationRefused(Code.REGISTRATION_DOCUMENT_INVALID) from None


def _require_address(address: str, name: str, development: bool) -> None:
    try:
        require_web_url(address, name, development=development)
    except Exception:
        raise RegistrationRefused(Code.REGISTRATION_DOCUMENT_INVALID, name) from None


def _speaks_for(url: str, found: PlatformConfiguration) -> bool:
    """Whether the host of the document may name that issuer: it is the issuer's, lies below it (Blackboard), or is
    known to (Canvas)."""
    host = (urlsplit(url).hostname or "").lower()
    issuer = (urlsplit(found.issuer).hostname or "").lower()
    if host == issuer or (issuer.count(".") > 0 and host.endswith(f".{issuer}")):
        return True
    return host.endswith((found.profile.issuers or {}).get(found.issuer, ("\0",)))
