"""This side registers itself as a tool with a platform: what is posted, and the answer read (Dynamic Registration 1.0
sections 3 and 4)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from lti.errors import Code, RegistrationRefused
from lti.parameters import is_short_ascii
from lti.registration.configuration import MAX_DOCUMENT, PlatformConfiguration
from lti.registration.metadata import TOOL_KEY

CLOSE_MESSAGE: Final = "org.imsglobal.lti.close"
"""Subject of the message with which the tool's page asks the platform's to close it (section 3.3)."""


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """This tool. ``messages`` maps the types of messages it takes to the addresses they go to; ``claims`` are the
    personal data it would like; ``custom`` may hold substitution variables."""

    name: str
    description: str
    login_initiation_url: str
    target_link_uri: str
    redirect_uris: tuple[str, ...]
    jwks_uri: str
    scopes: frozenset[str]
    messages: Mapping[str, str]
    claims: tuple[str, ...] = ()
    custom: Mapping[str, str] = field(default_factory=dict)
    logo_uri: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class RegistrationAnswer:
    """What a platform answered. ``deployment_id`` is None where the platform gives it later. ``management_url`` and
    ``management_token`` read and change the registration, where the platform offers that."""

    client_id: str
    deployment_id: str | None = None
    management_url: str | None = None
    management_token: str | None = field(default=None, repr=False)
    scopes: frozenset[str] = frozenset()


def registration_request(platform: PlatformConfiguration, tool: ToolDescription) -> dict[str, Any]:
    """What to post to the platform's registration endpoint: only scopes, messages and claims that it says it has."""
    profile = platform.profile
    parts = urlsplit(tool.target_link_uri)
    domain = parts.netloc.lower() if profile.domain_with_port else (parts.hostname or "").lower()
    claims = [name for name in tool.claims if name in platform.claims_supported]
    request = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": tool.login_initiation_url,
        "redirect_uris": list(tool.redirect_uris),
        "client_name": tool.name,
        "jwks_uri": tool.jwks_uri,
        "logo_uri": tool.logo_uri,
        "contacts": [tool.contact] if tool.contact else None,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(sorted(tool.scopes & set(platform.scopes_supported))),
        TOOL_KEY: {
            "domain": domain,
            "description": tool.description,
            "target_link_uri": tool.target_link_uri,
            "custom_parameters": dict(tool.custom),
            "claims": ["iss", "sub", *claims],
            "messages": _messages(platform, tool),
        },
    }
    return {name: value for name, value in request.items() if value is not None}


def read_answer(body: bytes) -> RegistrationAnswer:
    """The platform's answer. Raises RegistrationRefused (REGISTRATION_ANSWER_INVALID) with the member at fault."""
    try:
        told = json.loads(body.decode("utf-8-sig")) if len(body) <= MAX_DOCUMENT else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise RegistrationRefused(Code.REGISTRATION_ANSWER_INVALID)
    client_id = _text(told, "client_id")
    if client_id is None or not client_id.isprintable():
        raise RegistrationRefused(Code.REGISTRATION_ANSWER_INVALID, "client_id")
    configuration = told.get(TOOL_KEY)
    deployment = _text(configuration, "deployment_id") if isinstance(configuration, dict) else None
    if deployment is not None and not is_short_ascii(deployment):
        raise RegistrationRefused(Code.REGISTRATION_ANSWER_INVALID, "deployment_id")
    granted = told.get("scope")
    # RFC 7591 wants one text; Canvas has answered with a list.
    scopes = granted.split() if isinstance(granted, str) else granted if isinstance(granted, list) else []
    return RegistrationAnswer(
        client_id,
        deployment,
        _text(told, "registration_client_uri"),
        _text(told, "registration_access_token"),
        frozenset(str(scope) for scope in scopes),
    )


def _messages(platform: PlatformConfiguration, tool: ToolDescription) -> list[dict[str, Any]]:
    known = platform.platform.messages_supported
    placements = platform.profile.placements or {}
    found: list[dict[str, Any]] = []
    for kind, target in tool.messages.items():
        # Older Moodles leave "Request" out of the name; who lists nothing takes what it can.
        if known and kind not in known and kind.removesuffix("Request") not in known:
            continue
        message: dict[str, Any] = {"type": kind, "target_link_uri": target, "label": tool.name}
        if kind in placements:
            message["placements"] = list(placements[kind])
        found.append(message)
    return found


def _text(told: Mapping[str, Any], name: str) -> str | None:
    """Numbers count as texts: ids of some platforms are numbers."""
    value = told.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
