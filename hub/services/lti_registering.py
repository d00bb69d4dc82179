"""Tools that register themselves with the hub (Dynamic Registration 1.0): the permission, once; the registration, which
waits until an administrator opens it; its later changes.

A permission is a token of 256 random bits, good for one registration within an hour; only its keyed hash is kept. A
failed attempt does not use it up.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hub.db.types import vault_of
from hub.models.platforms import LtiRegistrationOffer, LtiTool
from hub.services import platforms
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record
from lti import Code, ConfigurationError, RegistrationRefused
from lti.registration.metadata import ToolMetadata
from lti.urls import require_web_url

LIFETIME: Final = timedelta(hours=1)
#: How long a link for a partner's administrator is good, who may answer an e-mail days later.
INVITATION_LIFETIME: Final = timedelta(days=7)
TOKEN: Final = "lti registration token"  # noqa: S105 the purpose of a hash
MANAGEMENT: Final = "lti management token"


@dataclass(frozen=True, slots=True)
class Offer:
    """A permission just given. ``token`` is shown this once."""

    id: UUID
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registered:
    """A tool just registered; ``management_token`` is told to it this once."""

    tool: LtiTool
    management_token: str = field(repr=False)


def offer(session: Session, platform_id: UUID, url: str, *, by: UUID | None, now: datetime, development: bool) -> Offer:
    """Let the tool behind a registration URL register itself. Raises NotFound, Invalid (``url``)."""
    platforms.find(session, platform_id)
    try:
        require_web_url(url, "url", development=development)
    except ConfigurationError:
        raise Invalid({"url": "not_a_web_address"}) from None
    return _offer(session, platform_id, url, LIFETIME, by, now)


def invite(session: Session, platform_id: UUID, *, by: UUID | None, now: datetime) -> Offer:
    """Let a partner's LMS take the hub in as a tool, through a link that its administrator types there."""
    platforms.find(session, platform_id)
    return _offer(session, platform_id, "", INVITATION_LIFETIME, by, now)


def address_to_open(url: str, configuration: str, token: str) -> str:
    """The tool's registration URL with what it needs added, its own query kept (section 3.1)."""
    parts = urlsplit(url)
    added = urlencode({"openid_configuration": configuration, "registration_token": token})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def find_offer(session: Session, token: str, now: datetime, *, invitation: bool) -> LtiRegistrationOffer:
    """The permission of a token, while it is good. Raises RegistrationRefused (REGISTRATION_TOKEN_INVALID)."""
    digest = vault_of(session).keyed_hash(TOKEN, token)
    row = session.scalars(select(LtiRegistrationOffer).where(LtiRegistrationOffer.token_hash == digest)).first()
    if row is None or row.used_at is not None or row.expires_at <= now or bool(row.url) is invitation:
        raise RegistrationRefused(Code.REGISTRATION_TOKEN_INVALID)
    return row


def use_up(session: Session, row: LtiRegistrationOffer, now: datetime) -> None:
    """Of two simultaneous uses exactly one succeeds. Raises RegistrationRefused (REGISTRATION_TOKEN_INVALID)."""
    taken = update(LtiRegistrationOffer).where(
        LtiRegistrationOffer.id == row.id, LtiRegistrationOffer.used_at.is_(None)
    )
    done = session.execute(taken.values(used_at=now).returning(LtiRegistrationOffer.id)).first()
    if done is None:
        raise RegistrationRefused(Code.REGISTRATION_TOKEN_INVALID)


def register(session: Session, token: str, metadata: ToolMetadata, now: datetime) -> Registered:
    """Register a tool under a new client id. It opens for nobody until an administrator says so, and learns no name.

    Raises RegistrationRefused.
    """
    permission = find_offer(session, token, now, invitation=False)
    use_up(session, permission, now)
    management = secrets.token_urlsafe(32)
    tool = LtiTool(
        platform_id=permission.platform_id,
        client_id=secrets.token_urlsafe(15),
        deployment_id=secrets.token_hex(4),
        registration=_registration(metadata, {}),
        active=False,
        management_hash=vault_of(session).keyed_hash(MANAGEMENT, management),
    )
    session.add(tool)
    session.flush()
    permission.tool_id = tool.id
    record(session, now, None, "lti_tool.registered_itself", "lti_tool", tool.id, name=metadata.name)
    return Registered(tool, management)


def managed(session: Session, client_id: str, token: str) -> LtiTool:
    """The tool that its own management token names. Raises RegistrationRefused (REGISTRATION_TOKEN_INVALID)."""
    digest = vault_of(session).keyed_hash(MANAGEMENT, token)
    query = select(LtiTool).where(LtiTool.client_id == client_id, LtiTool.management_hash == digest)
    tool = session.scalars(query).first()
    if tool is None:
        raise RegistrationRefused(Code.REGISTRATION_TOKEN_INVALID)
    return tool


def change(session: Session, tool: LtiTool, metadata: ToolMetadata, now: datetime) -> None:
    """Take over what a tool says of itself now. What it may do and learn stays what the administrator decided; where
    its addresses move to another host, it waits for the administrator again."""
    before = urlsplit(tool.registration["login_initiation_url"]).hostname
    tool.registration = _registration(metadata, tool.registration)
    if urlsplit(metadata.login_initiation_url).hostname != before:
        tool.active = False
    record(session, now, None, "lti_tool.changed_itself", "lti_tool", tool.id, name=metadata.name)


def offered(session: Session, offer_id: UUID) -> LtiRegistrationOffer:
    """A permission as the administrator follows it. Raises NotFound."""
    row = session.get(LtiRegistrationOffer, offer_id)
    if row is None:
        raise NotFound(offer=str(offer_id))
    return row


def _offer(session: Session, platform_id: UUID, url: str, lifetime: timedelta, by: UUID | None, now: datetime) -> Offer:
    token = secrets.token_urlsafe(32)
    row = LtiRegistrationOffer(
        token_hash=vault_of(session).keyed_hash(TOKEN, token),
        platform_id=platform_id,
        url=url,
        created_by=by,
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(row)
    session.flush()
    record(session, now, by, "lti_registration.offered", "platform", platform_id, host=urlsplit(url).hostname or "")
    return Offer(row.id, token)


def _registration(metadata: ToolMetadata, before: dict[str, Any]) -> dict[str, Any]:
    asked = set(metadata.scopes)
    kept = asked & set(before["scopes"]) if "scopes" in before else asked
    return {
        "name": metadata.name,
        "login_initiation_url": metadata.login_initiation_url,
        "target_link_uri": metadata.target_link_uri,
        "redirect_uris": list(metadata.redirect_uris),
        "jwks_uri": metadata.jwks_uri,
        "scopes": sorted(kept),
        "privacy": before.get("privacy", {}),
        "signing_algorithm": metadata.signing_algorithm,
        "custom": dict(metadata.custom),
        "selection_uri": metadata.selection_uri,
        "claims_wanted": list(metadata.claims),
        "told": dict(metadata.told),
    }
