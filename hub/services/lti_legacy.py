"""Consumer keys of LTI 1.1 that partners launch into the hub with."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.uow import TenantDatabase
from hub.models.platforms import LtiLegacyKey
from hub.services.errors import NotFound


def inward_key(session: Session, consumer_key: str) -> LtiLegacyKey | None:
    """The key in use under that name, by which a partner launches into the hub."""
    query = select(LtiLegacyKey).where(
        LtiLegacyKey.direction == "inward", LtiLegacyKey.consumer_key == consumer_key, LtiLegacyKey.active
    )
    return session.scalars(query).first()


def legacy_key(session: Session, way: str) -> LtiLegacyKey:
    """The key of a way (see ``LtiInUser``). Raises NotFound where it is closed, or no key."""
    kind, _, key = way.partition(":")
    row = session.get(LtiLegacyKey, UUID(key)) if kind == "k" else None
    if row is None or not row.active:
        raise NotFound(lti_key=way)
    return row


class TenantLegacyKeys:
    """``lti.legacy.launch.LegacyKeys``: each look-up in a reading unit of its own."""

    def __init__(self, tenant: TenantDatabase) -> None:
        self._tenant = tenant

    def secret_of(self, consumer_key: str) -> str | None:
        """The secret shared under that key."""
        with self._tenant.read() as session:
            row = inward_key(session, consumer_key)
            return row.secret.reveal() if row is not None else None
