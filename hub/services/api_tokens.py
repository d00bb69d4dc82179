"""Tokens of the JSON API: a person makes them for a program, which then acts as that person and never beyond.

A token is 256 random bits behind the prefix ``hub_``, by which a leaked one can be recognised. Only a keyed hash of it
is kept (no slow password hash: there is nothing to guess). What a call may do is the overlap of the token's scopes and
of what its person may do at that instant: a role taken back is taken back from their tokens too.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.vault import Vault
from hub.domain.roles import Viewer
from hub.models.person import ApiToken
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record
from hub.services.roles import viewer_of

Area = Literal["people", "groups", "paths", "catalogue", "learning", "sessions", "platforms", "administration"]
AREAS: Final[tuple[Area, ...]] = (
    "people", "groups", "paths", "catalogue", "learning", "sessions", "platforms", "administration",
)  # fmt: skip
SCOPES: Final[tuple[str, ...]] = tuple(f"{area}:{act}" for area in AREAS for act in ("read", "write"))
"""``<area>:read`` and ``<area>:write``; the right to write does not hold the right to read."""

PREFIX: Final = "hub_"
PURPOSE: Final = "api token"
LONGEST_NAME: Final = 80
MOST: Final = 20
"""Tokens that a person may have in force at once."""
VALID_DAYS: Final = (30, 90, 365)
TOUCH_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever shows a valid token. ``due``: the use is worth noting."""

    token_id: UUID
    name: str
    viewer: Viewer
    scopes: frozenset[str]
    expires_at: datetime | None
    due: bool


def create(
    session: Session,
    vault: Vault,
    person_id: UUID,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    *,
    valid_days: int = 90,
) -> tuple[ApiToken, str]:
    """A new token of a person and its text (47 characters), which nothing gives a second time; journalled.

    ``valid_days``: one of ``VALID_DAYS``. Raises Invalid (``name``, ``scopes``, ``valid_days``), Conflict
    (``too_many_tokens``).
    """
    fields = _checked(name, scopes, valid_days)
    if len(_in_force(session, person_id, now)) >= MOST:
        raise Conflict("too_many_tokens", most=MOST)
    text = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        id=new_id(),
        person_id=person_id,
        name=fields[0],
        token_hash=vault.keyed_hash(PURPOSE, text),
        scopes=fields[1],
        created_at=now,
        expires_at=now + timedelta(days=valid_days),
    )
    session.add(row)
    record(session, now, person_id, "api_token.created", "person", person_id, name=row.name, scopes=row.scopes)
    return row, text


def _checked(name: str, scopes: Iterable[str], valid_days: int) -> tuple[str, list[str]]:
    faults: dict[str, str] = {}
    name, wanted = " ".join(name.split()), set(scopes)
    if not name:
        faults["name"] = "required"
    elif len(name) > LONGEST_NAME:
        faults["name"] = "too_long"
    if not wanted:
        faults["scopes"] = "required"
    elif wanted - set(SCOPES):
        faults["scopes"] = "unknown"
    if valid_days not in VALID_DAYS:
        faults["valid_days"] = "unknown"
    if faults:
        raise Invalid(faults)
    return name, [scope for scope in SCOPES if scope in wanted]


def listed(session: Session, person_id: UUID, now: datetime) -> Sequence[ApiToken]:
    """A person's tokens that are not revoked, the newest first; of those that ran out, the ones of the last 30 days."""
    query = select(ApiToken).where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
    recent = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now - timedelta(days=30))
    return session.scalars(query.where(recent).order_by(ApiToken.created_at.desc(), ApiToken.id.desc())).all()


def _in_force(session: Session, person_id: UUID, now: datetime) -> list[ApiToken]:
    return [row for row in listed(session, person_id, now) if row.expires_at is None or row.expires_at > now]


def revoke(session: Session, person_id: UUID, token_id: UUID, now: datetime) -> ApiToken:
    """Close one of a person's own tokens for good, journalled. Raises NotFound, also for another person's."""
    row = session.get(ApiToken, token_id)
    if row is None or row.person_id != person_id or row.revoked_at is not None:
        raise NotFound("token_not_found")
    row.revoked_at = now
    record(session, now, person_id, "api_token.revoked", "person", person_id, name=row.name)
    return row


def authenticate(session: Session, vault: Vault, text: str, now: datetime) -> Bearer | None:
    """Whom a token names, with the roles of this instant; None for one that is unknown, revoked, too old, or whose
    person is gone: one answer for all."""
    query = select(ApiToken).where(ApiToken.token_hash == vault.keyed_hash(PURPOSE, text))
    row = session.scalar(query)
    if row is None or row.revoked_at is not None or (row.expires_at is not None and now >= row.expires_at):
        return None
    viewer = viewer_of(session, row.person_id)
    if viewer is None:
        return None
    due = row.last_used_at is None or now - row.last_used_at >= TOUCH_EVERY
    return Bearer(row.id, row.name, viewer, frozenset(row.scopes), row.expires_at, due)


def touch(session: Session, token_id: UUID, now: datetime) -> None:
    """Note that a token was used now; it never goes back in time."""
    earlier = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now)
    session.execute(update(ApiToken).where(ApiToken.id == token_id, earlier).values(last_used_at=now))
