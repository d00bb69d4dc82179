"""A tool that registers itself with this platform: its metadata read, and the answer (Dynamic Registration 1.0 section
3; RFC 7591 sections 2 and 3; RFC 7592 for reading and changing)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lti.errors import Code, ConfigurationError, RegistrationRefused
from lti.parameters import is_text
from lti.registration.configuration import MAX_DOCUMENT
from lti.registration.tool import SIGNING_ALGORITHMS
from lti.scopes import SUPPORTED
from lti.urls import require_web_url

TOOL_KEY: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
MAX_REDIRECTS: Final = 20


def _as_text(value: object) -> object:
    return value if isinstance(value, str) else json.dumps(value)


_Texts = dict[str, Annotated[str, BeforeValidator(_as_text)]]


class _Read(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, populate_by_name=True)


class Message(_Read):
    """A message the tool takes: a target of its own, custom parameters of its own."""

    type: str
    target_link_uri: str | None = None
    label: str | None = None
    custom_parameters: _Texts = Field(default_factory=dict)


class ToolConfiguration(_Read):
    """The part of LTI's own. Values of ``custom_parameters`` are kept to the letter."""

    domain: str | None = None
    description: str | None = None
    target_link_uri: str | None = None
    custom_parameters: _Texts = Field(default_factory=dict)
    claims: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()


class _Metadata(_Read):
    initiate_login_uri: str
    redirect_uris: tuple[str, ...] = Field(min_length=1, max_length=MAX_REDIRECTS)
    jwks_uri: str
    client_name: str = ""
    logo_uri: str | None = None
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 the default that RFC 7591 section 2 gives
    token_endpoint_auth_signing_alg: str = "RS256"  # noqa: S105 no password
    scope: str = ""
    configuration: ToolConfiguration = Field(alias=TOOL_KEY)


@dataclass(frozen=True, slots=True)
class ToolMetadata:
    """What a tool asked for, checked. ``scopes`` are those that exist; ``claims`` the personal data it would like;
    ``selection_uri`` is the target of deep linking where the tool takes it, else None."""

    name: str
    login_initiation_url: str
    redirect_uris: tuple[str, ...]
    target_link_uri: str
    jwks_uri: str
    scopes: frozenset[str] = frozenset()
    claims: tuple[str, ...] = ()
    custom: Mapping[str, str] = field(default_factory=dict, repr=False)
    selection_uri: str | None = None
    selection_label: str = ""
    signing_algorithm: str = "RS256"
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_metadata(body: bytes, *, development: bool = False) -> ToolMetadata:
    """The metadata that a tool posts.

    Raises RegistrationRefused: REGISTRATION_REDIRECT_FOREIGN for an address to return to on another host than the
    tool's login, REGISTRATION_METADATA_INVALID with the member at fault for anything else that does not hold.
    """
    told = _decoded(body)
    try:
        found = _Metadata.model_validate(told)
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise RegistrationRefused(Code.REGISTRATION_METADATA_INVALID, str(place[0]) if place else None) from None
    if found.token_endpoint_auth_method != "private_key_jwt":  # noqa: S105 no password
        raise RegistrationRefused(Code.REGISTRATION_METADATA_INVALID, "token_endpoint_auth_method")
    if found.token_endpoint_auth_signing_alg not in SIGNING_ALGORITHMS:
        raise RegistrationRefused(Code.REGISTRATION_METADATA_INVALID, "token_endpoint_auth_signing_alg")
    target = found.configuration.target_link_uri or found.redirect_uris[0]
    selection = next((m for m in found.configuration.messages if m.type == "LtiDeepLinkingRequest"), None)
    _check_addresses(found, target, selection, development)
    return ToolMetadata(
        name=found.client_name.strip()[:200] or (urlsplit(found.initiate_login_uri).hostname or ""),
        login_initiation_url=found.initiate_login_uri,
        redirect_uris=tuple(dict.fromkeys(found.redirect_uris)),
        target_link_uri=target,
        jwks_uri=found.jwks_uri,
        scopes=frozenset(found.scope.split()) & SUPPORTED,
        claims=found.configuration.claims,
        custom=found.configuration.custom_parameters,
        selection_uri=(selection.target_link_uri or target) if selection else None,
        selection_label=(selection.label or "")[:200] if selection else "",
        signing_algorithm=found.token_endpoint_auth_signing_alg,
        told=told,
    )


def registration_answer(
    metadata: ToolMetadata, *, client_id: str, deployment_id: str, scopes: frozenset[str], claims: tuple[str, ...]
) -> dict[str, Any]:
    """What a registered tool is told: its metadata as they stand, its client id, its deployment, what it was granted
    (RFC 7591 section 3.2.1)."""
    known = metadata.told.get(TOOL_KEY)
    configuration = {
        **(known if isinstance(known, dict) else {}),
        "version": "1.3.0",
        "deployment_id": deployment_id,
        "target_link_uri": metadata.target_link_uri,
        "claims": list(claims),
    }
    return {
        **metadata.told,
        "client_id": client_id,
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": metadata.login_initiation_url,
        "redirect_uris": list(metadata.redirect_uris),
        "jwks_uri": metadata.jwks_uri,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(sorted(scopes)),
        TOOL_KEY: configuration,
    }


def _decoded(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_DOCUMENT:
        raise RegistrationRefused(Code.REGISTRATION_METADATA_INVALID)
    try:
        told = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise RegistrationRefused(Code.REGISTRATION_METADATA_INVALID) from None
    if not isinstance(told, dict) or not is_text(json.dumps(told, ensure_ascii=False)) or "\\u0000" in json.dumps(told):
        raise RegistrationRefused(Code.REGISTRATION_METADATA_INVALID)
    return told


def _check_addresses(found: _Metadata, target: str, selection: Message | None, development: bool) -> None:
    named = [
        ("initiate_login_uri", found.initiate_login_uri),
        ("jwks_uri", found.jwks_uri),
        *(("redirect_uris", uri) for uri in found.redirect_uris),
        ("target_link_uri", target),
        *([("messages", selection.target_link_uri)] if selection and selection.target_link_uri else []),
    ]
    for name, address in named:
        try:
            require_web_url(address, name, development=development)
        except ConfigurationError:
            raise RegistrationRefused(Code.REGISTRATION_METADATA_INVALID, name) from None
    home = _host(found.initiate_login_uri)
    for name, address in named:
        if name != "jwks_uri" and not _belongs(_host(address), home, found.configuration.domain):
            code = Code.REGISTRATION_REDIRECT_FOREIGN if name == "redirect_uris" else Code.REGISTRATION_METADATA_INVALID
            raise RegistrationRefused(code, name)


def _belongs(host: str, home: str, domain: str | None) -> bool:
    """Whether an address is the tool's: on the host of its login, or like that one at or below the domain it names."""
    if host == home:
        return True
    base = (domain or "").partition(":")[0].strip(".").lower()
    return base.count(".") > 0 and all(name == base or name.endswith(f".{base}") for name in (host, home))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
