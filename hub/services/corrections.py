"""Voiding by hand: an administrator says that a statement should never have existed (DESIGN section 3).

A source voids only what it sent itself; whoever administers the whole place may void any statement, with a reason that
stands in the journal. What was learnt meanwhile from that statement falls, and its steps are shown "à vérifier".
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.emit import void_statement
from hub.domain.roles import Viewer
from hub.models.river import Ledger, StatementKey, Verb, Void
from hub.services import admin_scope, journal
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.identities import hub_agent
from hub.services.ledger import VOIDED, ingest
from hub.services.source import Source

#: An administrator's hand in the ledger: its voids reach the statements of every source.
HAND = Source(name="hub administrator", trusted=True, voids_any=True)


def void(session: Session, viewer: Viewer, statement_id: str, *, why: str, now: datetime) -> None:
    """Void a statement, whoever sent it; journalled with the reason.

    Raises Forbidden unless the viewer administers the whole place, Invalid without a reason, NotFound, Conflict
    (``already_voided``, or ``voiding_stands`` for a voiding statement, which nobody can void: xAPI 1.0.3 Data 2.3.2).
    """
    admin_scope.require_place(viewer)
    reason = why.strip()
    if not reason:
        raise Invalid({"why": "required"})
    target = statement_id.lower()
    query = select(Verb.iri).join(Ledger, Ledger.verb_id == Verb.id).join(StatementKey, StatementKey.seq == Ledger.seq)
    verb = session.scalar(query.where(StatementKey.statement_id == target))
    if verb is None:
        raise NotFound(statement=target)
    if verb == VOIDED:
        raise Conflict("voiding_stands", statement=target)
    by_hand = select(Void.statement_id).where(Void.statement_id == target, Void.any_authority)
    if session.scalar(by_hand.limit(1)) is not None:
        raise Conflict("already_voided", statement=target)
    at = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    statement = void_statement(target, hub_agent(viewer.person_id), at=at, key=("administrator",))
    ingest(session, [statement], HAND, now)
    journal.record(session, now, viewer.person_id, "statement.voided", "statement", target, why=reason)
