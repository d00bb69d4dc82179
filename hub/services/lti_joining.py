"""The hub registers itself as a tool with a partner's platform (Dynamic Registration 1.0), or is registered by hand.

Three steps, because the middle one waits for the network: the permission is looked at, ``exchange`` speaks to the
platform through the address policy, ``keep`` writes what was agreed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.http import HttpClient, HttpOptions
from hub.db.types import Secret
from hub.models.platforms import LtiPlatform
from hub.services import lti_platforms, platforms
from hub.services.errors import Invalid
from hub.services.journal import record
from hub.urls.addresses import tool_endpoints
from lti import ConfigurationError
from lti.registration.as_tool import RegistrationAnswer, ToolDescription, read_answer, registration_request
from lti.registration.configuration import MAX_DOCUMENT, PlatformConfiguration, read_configuration
from lti.scopes import AGS_SCOPES, MEMBERS_READ

#: What the hub would like of a platform that takes it in.
SCOPES: Final = AGS_SCOPES | {MEMBERS_READ}
#: The messages that the hub takes, all at one address.
MESSAGES: Final = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest")
#: A registration is made while somebody waits.
LIMITS: Final = HttpOptions(connect_timeout=5, read_timeout=10, deadline=20, max_bytes=MAX_DOCUMENT, retries=0)


@dataclass(frozen=True, slots=True)
class Joined:
    """What a platform and the hub agreed on. ``key`` is the id that the registration's row will have."""

    key: UUID
    platform: PlatformConfiguration
    answer: RegistrationAnswer = field(repr=False)


@dataclass(frozen=True, slots=True)
class ByHand:
    """A platform's fields as its administrator gives them. Exactly one deployment is known to begin with, or none."""

    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    deployment_id: str = ""
    token_audience: str = ""


def description(base: str, key: UUID, place: str) -> ToolDescription:
    """The hub as a tool."""
    addresses = tool_endpoints(base, str(key))
    return ToolDescription(
        name=place,
        description=place,
        login_initiation_url=addresses["login"],
        target_link_uri=addresses["launch"],
        redirect_uris=(addresses["launch"],),
        jwks_uri=addresses["jwks"],
        scopes=SCOPES,
        messages=dict.fromkeys(MESSAGES, addresses["launch"]),
        claims=("name", "given_name", "family_name", "email"),
    )


def exchange(
    client: HttpClient,
    configuration_url: str,
    token: str | None,
    tool: ToolDescription,
    key: UUID,
    *,
    development: bool,
) -> Joined:
    """Read the platform's configuration and post the registration; no unit of work may be open.

    ``token`` is the platform's, sent as a bearer only where one came (D2L sends none). Raises ConnectorError,
    RegistrationRefused.
    """
    document = client.get_bytes(configuration_url, headers={"Accept": "application/json"}, max_bytes=MAX_DOCUMENT)
    platform = read_configuration(document, configuration_url, development=development)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = registration_request(platform, tool)
    said = client.post_json(platform.registration_endpoint, body, headers=headers, max_bytes=MAX_DOCUMENT)
    return Joined(key, platform, read_answer(said.body))


def keep(session: Session, platform_id: UUID, joined: Joined, *, by: UUID | None, now: datetime) -> LtiPlatform:
    """Write an agreement made over the network. A deployment that the platform named is approved with it. Raises
    Invalid (``client_id``: ``taken``)."""
    told, answer = joined.platform, joined.answer
    row = LtiPlatform(
        id=joined.key,
        platform_id=platform_id,
        issuer=told.issuer,
        client_id=answer.client_id,
        authorization_endpoint=told.authorization_endpoint,
        token_endpoint=told.token_endpoint,
        token_audience=told.profile.token_audience,
        jwks_uri=told.jwks_uri,
        registration=_agreed(told, answer),
        management_token=Secret(answer.management_token) if answer.management_token else None,
        state=lti_platforms.WAITING if told.profile.pending else lti_platforms.ACTIVE,
        created_at=now,
    )
    return _add(session, row, answer.deployment_id or "", by, now)


def add_by_hand(
    session: Session, platform_id: UUID, key: UUID, data: ByHand, *, by: UUID | None, now: datetime, development: bool
) -> LtiPlatform:
    """Write an agreement whose fields were exchanged by hand. ``key`` was in the addresses given to the partner.

    Raises NotFound, Invalid (field -> ``required``, ``not_a_web_address``, ``taken``).
    """
    platforms.find(session, platform_id)
    row = LtiPlatform(id=key, platform_id=platform_id, registration={}, state=lti_platforms.ACTIVE, created_at=now)
    _fill(row, data, development)
    return _add(session, row, data.deployment_id.strip(), by, now)


def change_by_hand(
    session: Session, key: UUID, data: ByHand, *, by: UUID | None, now: datetime, development: bool
) -> LtiPlatform:
    """Change the fields of a registration. Raises NotFound, Invalid."""
    row = lti_platforms.find(session, key)
    with session.no_autoflush:
        _fill(row, data, development)
        _require_free(session, row)
    if data.deployment_id.strip():
        lti_platforms.approve_deployment(session, key, data.deployment_id.strip(), by=by, now=now)
    record(session, now, by, "lti_platform.changed", "lti_platform", key)
    return row


def set_open(session: Session, key: UUID, *, is_open: bool, by: UUID | None, now: datetime) -> None:
    """Let launches of a platform in, or keep them out. Raises NotFound."""
    row = lti_platforms.find(session, key)
    row.state = lti_platforms.ACTIVE if is_open else lti_platforms.CLOSED
    record(session, now, by, "lti_platform.opened" if is_open else "lti_platform.closed", "lti_platform", key)


def _fill(row: LtiPlatform, data: ByHand, development: bool) -> None:
    values = {name: getattr(data, name).strip() for name in ByHand.__dataclass_fields__}
    needed = ("issuer", "client_id", "authorization_endpoint", "token_endpoint", "jwks_uri")
    missing = {name: "required" for name in needed if not values[name]}
    if missing:
        raise Invalid(missing)
    row.issuer, row.client_id = values["issuer"], values["client_id"]
    row.authorization_endpoint, row.token_endpoint = values["authorization_endpoint"], values["token_endpoint"]
    row.jwks_uri, row.token_audience = values["jwks_uri"], values["token_audience"] or None
    deployments = frozenset({values["deployment_id"]} - {""})
    try:
        lti_platforms.registration_of(row, deployments, development=development)
    except ConfigurationError as error:
        field_name = {"deployment_ids": "deployment_id"}.get(error.field or "", error.field or "issuer")
        raise Invalid(
            {field_name: "not_a_web_address" if field_name.endswith(("endpoint", "uri")) else "invalid"}
        ) from None


def _add(session: Session, row: LtiPlatform, deployment_id: str, by: UUID | None, now: datetime) -> LtiPlatform:
    _require_free(session, row)
    session.add(row)
    session.flush()
    if deployment_id:
        lti_platforms.approve_deployment(session, row.id, deployment_id, by=by, now=now)
    host = urlsplit(row.issuer).hostname or row.issuer
    record(session, now, by, "lti_platform.registered", "lti_platform", row.id, issuer=host)
    return row


def _require_free(session: Session, row: LtiPlatform) -> None:
    query = select(LtiPlatform.id).where(
        LtiPlatform.issuer == row.issuer, LtiPlatform.client_id == row.client_id, LtiPlatform.id != row.id
    )
    if session.scalars(query).first() is not None:
        raise Invalid({"client_id": "taken"})


def _agreed(told: PlatformConfiguration, answer: RegistrationAnswer) -> dict[str, Any]:
    return {
        "product": told.platform.product_family_code or "",
        "version": told.platform.version or "",
        "scopes": sorted(answer.scopes),
        "management_url": answer.management_url,
        "signing_algorithm": told.signing_algorithm,
        "deployment_later": told.profile.deployment_later and not answer.deployment_id,
        "dynamic": True,
    }
