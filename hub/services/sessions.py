"""Signed-in browsers. The cookie holds a random token; the database only its keyed hash.

How long a session lives:

- on a device of the place (``shared``, the default): 10 idle minutes;
- on one's own device: 30 days without a visit for a learner, 12 hours for whoever sees other people's data;
- after a launch from a partner's platform: 4 hours, as opening it again is easy;
- 90 days in all, after which one proves oneself again.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hub.db.vault import Vault
from hub.domain.roles import Viewer
from hub.models.person import WebSession
from hub.models.second_factor import SecondFactor
from hub.services.errors import NotFound
from hub.services.roles import viewer_of

SHARED_IDLE = timedelta(minutes=10)
OWN_IDLE_LEARNER = timedelta(days=30)
OWN_IDLE_STAFF = timedelta(hours=12)
LONGEST = timedelta(days=90)
TOUCH_SHARED, TOUCH_OWN = timedelta(seconds=10), timedelta(minutes=5)
PENDING_FOR = timedelta(minutes=10)
"""How long the second factor may be owed."""
PURPOSE = "web session"
LTI_IDLE = timedelta(hours=4)
UNPROVED, PROVED = "lti", "lti_proved"
"""How a launch signs in whose account was never proved: as a learner and nothing more (DESIGN section 5); and one that
was."""


ASKS_MORE = frozenset({"password", "link", "oidc", "lti_proved"})
"""Ways of signing in after which the second factor of whoever has one is asked for."""


def _has_second_factor(session: Session, person_id: UUID) -> bool:
    query = select(SecondFactor.id).where(SecondFactor.person_id == person_id, SecondFactor.confirmed_at.is_not(None))
    return session.scalar(query.limit(1)) is not None


def pending(session: Session, vault: Vault, token: str | None, now: datetime) -> WebSession | None:
    """The session of a token that still owes the second factor, None where none does."""
    row = session.get(WebSession, vault.keyed_hash(PURPOSE, token)) if token else None
    if row is None or not row.pending or row.ended_at is not None or now >= row.created_at + PENDING_FOR:
        return None
    return row


def is_shared(session: Session, vault: Vault, token: str) -> bool:
    """Whether the session of a token was begun on a device of the place; yes for none."""
    row = session.get(WebSession, vault.keyed_hash(PURPOSE, token))
    return row is None or row.shared


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session and its person. ``key`` names the session towards its owner; ``due``: the visit is worth
    noting."""

    key: str
    viewer: Viewer
    shared: bool
    how: str
    due: bool
    framed_by: str | None = None


def start(
    session: Session,
    vault: Vault,
    person_id: UUID,
    now: datetime,
    *,
    shared: bool,
    how: str,
    ending: str | None = None,
    framed_by: str | None = None,
) -> str:
    """Begin a session and give its token, 256 bits. ``ending``: the token that the browser had before, ended here.

    Rows of the person's sessions that began over 90 days ago, which cannot live any more, go.

    ``how``: ``password``, ``link``, ``card``, ``oidc``, ``second`` (with a second factor), ``lti`` (a partner's
    platform: the person is a learner, whatever roles they hold), ``lti_proved`` (the same, for an account that its
    person proved). Of whoever has a second factor a ``password``, ``link``, ``oidc`` or ``lti_proved`` only begins a
    *pending* session, which signs nobody in (``services.second_factor``). ``framed_by``: see ``WebSession``.
    """
    if ending:
        end(session, vault, ending, now)
    session.execute(delete(WebSession).where(WebSession.person_id == person_id, WebSession.created_at <= now - LONGEST))
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_hash=vault.keyed_hash(PURPOSE, token),
            person_id=person_id,
            created_at=now,
            seen_at=now,
            shared=shared,
            how=how,
            pending=how in ASKS_MORE and _has_second_factor(session, person_id),
            framed_by=framed_by,
        )
    )
    return token


def look_up(session: Session, vault: Vault, token: str, now: datetime) -> SignedIn | None:
    """The live session of a token; None when there is none, or it ended, or its time is over, or its person is gone."""
    row = session.get(WebSession, vault.keyed_hash(PURPOSE, token))
    if row is None or row.ended_at is not None or row.pending:
        return None
    viewer = viewer_of(session, row.person_id)
    if viewer is None or now >= _lives_until(row, viewer):
        return None
    if row.how == UNPROVED:
        viewer = replace(viewer, grants=tuple(grant for grant in viewer.grants if grant.role == "learner"))
    due = now - row.seen_at >= (TOUCH_SHARED if row.shared else TOUCH_OWN)
    return SignedIn(row.token_hash.hex(), viewer, row.shared, row.how, due, row.framed_by)


def touch(session: Session, key: str, now: datetime) -> None:
    """Note that the session of ``key`` was seen now; it never goes back in time and wakes no ended session."""
    session.execute(
        update(WebSession)
        .where(WebSession.token_hash == bytes.fromhex(key), WebSession.seen_at < now, WebSession.ended_at.is_(None))
        .values(seen_at=now)
    )


def end(session: Session, vault: Vault, token: str, now: datetime) -> None:
    """End the session of a token, if it lives."""
    row = session.get(WebSession, vault.keyed_hash(PURPOSE, token))
    if row is not None and row.ended_at is None:
        row.ended_at = now


def end_by_key(session: Session, person_id: UUID, key: str, now: datetime) -> None:
    """End one of a person's own sessions. Raises NotFound for another person's, an unknown or an ended one."""
    row = session.get(WebSession, bytes.fromhex(key)) if _is_key(key) else None
    if row is None or row.person_id != person_id or row.ended_at is not None:
        raise NotFound("session_not_found")
    row.ended_at = now


def end_all(session: Session, person_id: UUID, now: datetime, *, but: str | None = None, how: str | None = None) -> int:
    """End a person's sessions (those opened by ``how`` when given), except that of the key ``but``; gives how many."""
    query = select(WebSession).where(WebSession.person_id == person_id, WebSession.ended_at.is_(None))
    if how is not None:
        query = query.where(WebSession.how == how)
    rows = [row for row in session.scalars(query) if row.token_hash.hex() != but]
    for row in rows:
        row.ended_at = now
    return len(rows)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A live session as its owner sees it. ``until``: when it ends by itself, unless used before."""

    key: str
    how: str
    shared: bool
    created_at: datetime
    seen_at: datetime
    until: datetime


def live_sessions(session: Session, viewer: Viewer, now: datetime) -> Sequence[SessionLine]:
    """The viewer's own live sessions, the one seen last first."""
    query = (
        select(WebSession)
        .where(WebSession.person_id == viewer.person_id, WebSession.ended_at.is_(None), WebSession.pending.is_(False))
        .order_by(WebSession.seen_at.desc())
    )
    return [
        SessionLine(row.token_hash.hex(), row.how, row.shared, row.created_at, row.seen_at, until)
        for row in session.scalars(query)
        if now < (until := _lives_until(row, viewer))
    ]


def _lives_until(row: WebSession, viewer: Viewer) -> datetime:
    own = OWN_IDLE_STAFF if viewer.is_staff else OWN_IDLE_LEARNER
    if row.how in (UNPROVED, PROVED):
        own = LTI_IDLE
    return min(row.seen_at + (SHARED_IDLE if row.shared else own), row.created_at + LONGEST)


def _is_key(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)
