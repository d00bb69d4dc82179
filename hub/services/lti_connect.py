"""What one partner and the hub hold of each other by LTI, in both directions; keys of LTI 1.1."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.types import Secret
from hub.models.platforms import LtiLegacyKey, LtiPlatform, LtiTool, Platform
from hub.services import lti_platforms, platform_admin, platforms
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record
from lti import ConfigurationError
from lti.urls import require_web_url

INWARD: Final = "inward"
OUTWARD: Final = "outward"


@dataclass(frozen=True, slots=True)
class Connections:
    """A partner: its tools that the hub opens, its LMS that open the hub, keys of LTI 1.1, deployments that wait."""

    platform: Platform
    tools: Sequence[LtiTool]
    inward: Sequence[LtiPlatform]
    legacy: Sequence[LtiLegacyKey] = field(repr=False)
    waiting: Sequence[lti_platforms.DeploymentLine]


def connections(session: Session, platform_id: UUID) -> Connections:
    """Everything of one partner. Raises NotFound."""
    platform = platforms.find(session, platform_id)
    inward = select(LtiPlatform).where(LtiPlatform.platform_id == platform_id).order_by(LtiPlatform.id)
    keys = select(LtiLegacyKey).where(LtiLegacyKey.platform_id == platform_id).order_by(LtiLegacyKey.id)
    rows, legacy = session.scalars(inward).all(), session.scalars(keys).all()
    mine = {row.id for row in rows}
    waiting = [line for line in lti_platforms.deployments(session, state="waiting") if line.lti_platform_id in mine]
    return Connections(platform, platform_admin.tools(session, platform_id), rows, legacy, waiting)


def add_inward_key(session: Session, platform_id: UUID, *, by: UUID | None, now: datetime) -> LtiLegacyKey:
    """A new key and secret for a partner's LMS that only speaks LTI 1.1. Raises NotFound."""
    platforms.find(session, platform_id)
    row = LtiLegacyKey(
        platform_id=platform_id,
        direction=INWARD,
        consumer_key=f"hub-{secrets.token_hex(8)}",
        secret=Secret(secrets.token_urlsafe(32)),
        created_at=now,
    )
    return _add(session, row, by, now)


def add_outward_key(
    session: Session,
    platform_id: UUID,
    *,
    url: str,
    key: str,
    secret: str,
    by: UUID | None,
    now: datetime,
    development: bool,
) -> LtiLegacyKey:
    """Key and secret that a tool's maker gave, for a tool that only speaks LTI 1.1. Raises NotFound, Invalid."""
    platforms.find(session, platform_id)
    faults = {name: "required" for name, text in (("key", key), ("secret", secret)) if not text.strip()}
    try:
        require_web_url(url.strip(), "url", development=development)
    except ConfigurationError:
        faults["url"] = "not_a_web_address"
    held = select(LtiLegacyKey.id).where(LtiLegacyKey.direction == OUTWARD, LtiLegacyKey.consumer_key == key.strip())
    if session.scalars(held).first() is not None:
        faults["key"] = "taken"
    if faults:
        raise Invalid(faults)
    row = LtiLegacyKey(
        platform_id=platform_id,
        direction=OUTWARD,
        consumer_key=key.strip(),
        secret=Secret(secret.strip()),
        launch_url=url.strip(),
        created_at=now,
    )
    return _add(session, row, by, now)


def set_key_active(session: Session, key_id: UUID, *, active: bool, by: UUID | None, now: datetime) -> LtiLegacyKey:
    """Let a key of LTI 1.1 serve, or not. Raises NotFound."""
    row = session.get(LtiLegacyKey, key_id)
    if row is None:
        raise NotFound(lti_key=str(key_id))
    row.active = active
    record(session, now, by, "lti_legacy.opened" if active else "lti_legacy.closed", "platform", row.platform_id)
    return row


def _add(session: Session, row: LtiLegacyKey, by: UUID | None, now: datetime) -> LtiLegacyKey:
    session.add(row)
    session.flush()
    record(session, now, by, "lti_legacy.added", "platform", row.platform_id, direction=row.direction)
    return row
