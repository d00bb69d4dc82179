"""Sessions of units: the one-time address, the credential, and how a session ends.

Sources: cmi5 (quartz) 8.2 (fetch), 9.3.6 (abandoned), 9.3.8 (terminated). The credential is 256 random bits, kept as a
keyed hash; it opens the LRS for one actor, one registration and one unit, as long as the session lasts.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.types import from_micros, vault_of
from hub.domain.cmi5 import statements
from hub.domain.cmi5.rules import History, Launched
from hub.models.cmi5 import Cmi5Session
from hub.models.play import PlayAttempt
from hub.models.river import XapiSource
from hub.services.dictionaries import add_once
from hub.services.identities import hub_agent
from hub.services.ledger import ingest
from hub.services.play.cmi5.course import SOURCE, course_of, place, unit_at
from hub.services.play.store import Held
from hub.services.source import hub_source

KEY: Final = "cmi5"
"""Key of the source that units' statements come from: one of the place, closed and opened again like any other."""
SILENT: Final = timedelta(hours=3)
"""A session that says nothing for so long is over: its credential ends, and it is abandoned."""
SILENCE_JOB: Final = "cmi5_silence"
_FETCH, _SECRET = "cmi5 fetch", "cmi5 credential"


@dataclass(frozen=True, slots=True)
class Signed:
    """A session whose credential was proved."""

    id: UUID
    attempt_id: UUID
    package_id: UUID
    launched: Launched
    prepared: bool


def source(session: Session) -> XapiSource:
    """The source of units' statements, made when it is not there yet. It has no secret of its own."""
    known = select(XapiSource).where(XapiSource.key == KEY)
    row = session.scalar(known)
    if row is None:
        scopes = ["statements/write", "state", "profile"]
        add_once(session, XapiSource, id=new_id(), key=KEY, name="cmi5", secret_hash=None, scopes=scopes)
        row = session.scalars(known).one()
    return row


def address_part(session: Session, row: Cmi5Session) -> str:
    """What stands behind ``/cmi5/fetch/`` in the one-time address of a new session."""
    nonce = secrets.token_urlsafe(24)
    row.fetch_hash = vault_of(session).keyed_hash(_FETCH, f"{row.id} {nonce}")
    return f"{row.id}/{nonce}"


def fetch(session: Session, session_id: UUID, nonce: str, now: datetime) -> dict[str, str]:
    """The answer of the one-time address: the token, once; afterwards an error of 8.2.3."""
    row = session.get(Cmi5Session, session_id, with_for_update=True)
    vault = vault_of(session)
    given = vault.keyed_hash(_FETCH, f"{session_id} {nonce}")
    if row is None or not hmac.compare_digest(given, row.fetch_hash):
        return {"error-code": "2", "error-text": "This address was not given by this launching system."}
    if row.fetched_at is not None:
        return {"error-code": "1", "error-text": "The authorization token has already been returned."}
    if _over(row, now):
        return {"error-code": "1", "error-text": "The session is over. Launch the unit again."}
    secret = secrets.token_urlsafe(32)
    row.secret_hash, row.fetched_at, row.last_at = vault.keyed_hash(_SECRET, f"{row.id} {secret}"), now, now
    return {"auth-token": base64.b64encode(f"{KEY}.{row.id.hex}:{secret}".encode()).decode()}


def authenticate(session: Session, key: str, secret: str, now: datetime) -> tuple[XapiSource, Signed] | None:
    """Whom ``cmi5.<session>`` and a secret name; None when they name nothing that is open now."""
    try:
        wanted = UUID(hex=key.removeprefix(f"{KEY}."))
    except ValueError:
        return None
    row = session.get(Cmi5Session, wanted)
    given = vault_of(session).keyed_hash(_SECRET, f"{wanted} {secret}")
    if row is None or not hmac.compare_digest(given, row.secret_hash or bytes(32)) or _over(row, now):
        return None
    owner = session.scalar(select(XapiSource).where(XapiSource.key == KEY))
    attempt = session.get_one(PlayAttempt, row.attempt_id)
    if owner is None or not owner.active:
        return None
    return owner, Signed(row.id, attempt.id, attempt.package_id, launched(row, attempt), row.prepared)


def note_prepared(session: Session, session_id: UUID) -> None:
    """The unit has read the learner preferences, as it must before it says anything (11)."""
    session.get_one(Cmi5Session, session_id, with_for_update=True).prepared = True


def launched(row: Cmi5Session, attempt: PlayAttempt) -> Launched:
    """What a session was launched with."""
    return Launched(
        hub_agent(attempt.person_id), str(attempt.registration), str(row.id), row.iri, row.publisher, row.mode,
        row.mastery,
    )  # fmt: skip


def history(row: Cmi5Session, attempt: PlayAttempt) -> History:
    """What a session said, and its unit within the registration."""
    known = attempt.state.get("units", {}).get(row.publisher, {})
    return History(
        {word: from_micros(at) for word, at in row.verbs.items()}, bool(known.get("completed")),
        bool(known.get("passed")),
    )  # fmt: skip


def _over(row: Cmi5Session, now: datetime) -> bool:
    return row.ended_at is not None or now > row.last_at + SILENT


def open_ones(session: Session, attempt_id: UUID) -> Sequence[Cmi5Session]:
    """Sessions of a registration that did not end, the oldest first."""
    query = select(Cmi5Session).where(Cmi5Session.attempt_id == attempt_id, Cmi5Session.ended_at.is_(None))
    return session.scalars(query.order_by(Cmi5Session.id).with_for_update()).all()


def abandon(session: Session, row: Cmi5Session, held: Held, now: datetime) -> None:
    """End a session that did not end itself, and say so (9.3.6); one that has ended stays as it is."""
    if row.ended_at is not None:
        return
    attempt = session.get_one(PlayAttempt, row.attempt_id)
    unit = unit_at(course_of(held), row.unit)
    seconds = (row.last_at - row.launched_at).total_seconds()
    row.ended_at, row.ending = now, "abandoned"
    ingest(session, [statements.abandoned(place(attempt, row.id), unit, seconds, now)], hub_source(SOURCE), now)


def any_open(session: Session, _payload: Mapping[str, Any]) -> bool:
    """Whether some session did not end."""
    return session.scalar(select(Cmi5Session.id).where(Cmi5Session.ended_at.is_(None)).limit(1)) is not None


def silent(session: Session, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Sessions that have been silent too long, with their packages."""
    query = (
        select(Cmi5Session.id, PlayAttempt.package_id)
        .join(PlayAttempt, PlayAttempt.id == Cmi5Session.attempt_id)
        .where(Cmi5Session.ended_at.is_(None), Cmi5Session.last_at < now - SILENT)
        .order_by(Cmi5Session.id)
    )
    return [(one, package) for one, package in session.execute(query.limit(limit))]
