"""A platform that moved from LTI 1.1 to 1.3 says who its users were (LTI Core 1.3 section 5.4.8, migration claim).

Believed only under the secret of a key that the same partner launched with. Then the user is who they were: the same
person, proved as far as they were proved. A claim that proves nothing changes nothing, and stands in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.lti_in import LtiInUser
from hub.models.platforms import LtiLegacyKey, LtiPlatform
from hub.services.journal import record
from lti.tool.messages import LaunchMessage
from lti.tool.migration import read_migration


@dataclass(frozen=True, slots=True)
class Former:
    """The user of LTI 1.1 that a message proves to be the same."""

    way: str
    sub: str


def former_of(session: Session, key: str, message: LaunchMessage, now: datetime) -> Former | None:
    """Who the user of a proven message was; None without a claim, or where it proves nothing. ``key``: the
    registration's."""
    if message.migration is None or message.subject is None or _known(session, key, message.subject):
        return None
    platform = session.get_one(LtiPlatform, UUID(key))
    rows = session.scalars(
        select(LtiLegacyKey).where(LtiLegacyKey.platform_id == platform.platform_id, LtiLegacyKey.direction == "inward")
    )
    keys = {row.consumer_key: row for row in rows}
    secrets = {name: row.secret.reveal() for name, row in keys.items()}
    found = read_migration(message, platform.client_id, secrets.get)
    if found.proven is None:
        code = found.fault.value if found.fault else ""
        record(session, now, None, "lti_in.migration_unproven", "lti_platform", key, code=code)
        return None
    was = keys[found.proven.oauth_consumer_key or ""]
    return Former(f"k:{was.id}", found.proven.user_id or message.subject)


def user_of(session: Session, former: Former) -> LtiInUser | None:
    """The former user's row, where it reaches a person."""
    query = select(LtiInUser).where(LtiInUser.way == former.way, LtiInUser.sub == former.sub)
    row = session.scalars(query).first()
    return row if row is not None and row.person_id is not None else None


def _known(session: Session, key: str, sub: str) -> bool:
    """Whether this user came by LTI 1.3 before, and is somebody already."""
    query = select(LtiInUser.person_id).where(LtiInUser.way == f"p:{key}", LtiInUser.sub == sub)
    return session.scalar(query) is not None
