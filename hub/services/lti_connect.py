"""What one partner and the hub hold of each other by LTI, in both directions; keys of LTI 1.1."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.types import Secret
from hub.models.platforms import LtiLegacyKey, LtiPlatform, LtiTool, Platform
from hub.services import lti_legacy_tools, lti_platforms, platform_admin, platforms
from hub.services.errors import NotFound
from hub.services.journal import record

INWARD: Final = "inward"


@dataclass(frozen=True, slots=True)
class Connections:
    """A partner: its tools that the hub opens, its LMS that open the hub, keys of LTI 1.1, deployments that wait.
    ``legacy_tools``: the tools opened with a key, by the key's id."""

    platform: Platform
    tools: Sequence[LtiTool]
    inward: Sequence[LtiPlatform]
    legacy: Sequence[LtiLegacyKey] = field(repr=False)
    legacy_tools: Mapping[UUID, LtiTool]
    waiting: Sequence[lti_platforms.DeploymentLine]


def connections(session: Session, platform_id: UUID) -> Connections:
    """Everything of one partner. Raises NotFound."""
    platform = platforms.find(session, platform_id)
    inward = select(LtiPlatform).where(LtiPlatform.platform_id == platform_id).order_by(LtiPlatform.id)
    keys = select(LtiLegacyKey).where(LtiLegacyKey.platform_id == platform_id).order_by(LtiLegacyKey.id)
    rows, legacy = session.scalars(inward).all(), session.scalars(keys).all()
    mine = {row.id for row in rows}
    waiting = [line for line in lti_platforms.deployments(session, state="waiting") if line.lti_platform_id in mine]
    opened = select(LtiTool).where(LtiTool.platform_id == platform_id, LtiTool.legacy_key_id.is_not(None))
    by_key = {tool.legacy_key_id: tool for tool in session.scalars(opened) if tool.legacy_key_id is not None}
    return Connections(platform, platform_admin.tools(session, platform_id), rows, legacy, by_key, waiting)


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


def set_key_active(session: Session, key_id: UUID, *, active: bool, by: UUID | None, now: datetime) -> LtiLegacyKey:
    """Let a key of LTI 1.1 serve, or not. Raises NotFound."""
    row = session.get(LtiLegacyKey, key_id)
    if row is None:
        raise NotFound(lti_key=str(key_id))
    row.active = active
    tool = lti_legacy_tools.of_key(session, key_id)
    if tool is not None:
        tool.active = active
    record(session, now, by, "lti_legacy.opened" if active else "lti_legacy.closed", "platform", row.platform_id)
    return row


def _add(session: Session, row: LtiLegacyKey, by: UUID | None, now: datetime) -> LtiLegacyKey:
    session.add(row)
    session.flush()
    record(session, now, by, "lti_legacy.added", "platform", row.platform_id, direction=row.direction)
    return row
