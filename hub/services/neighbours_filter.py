"""Which statements a forwarding link takes: the same answer when they are sent and when it is asked who got them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from hub.models.neighbours import LrsLink
from hub.models.river import Ledger, StatementKey, Verb, XapiActivity
from hub.services.dictionaries import known_ids

Passes = Callable[[Any], bool]
"""Whether a row of ``rows`` is taken."""


def rows() -> Select[*tuple[Any, ...]]:
    """What there is to filter by, with the number and the id of each statement."""
    return (
        select(Ledger.seq, Ledger.verb_id, Ledger.source_id, XapiActivity.iri, StatementKey.statement_id)
        .join(StatementKey, StatementKey.seq == Ledger.seq)
        .outerjoin(XapiActivity, XapiActivity.id == Ledger.activity_id)
    )


def passes(session: Session, filters: Mapping[str, Any], endpoint: str) -> Passes:
    """The filter of a link. What was pulled from the same endpoint is not sent back to it."""
    verbs = set(known_ids(session, Verb, filters["verbs"]).values()) if filters.get("verbs") else None
    sources = set(map(UUID, filters.get("sources", ())))
    beginnings = tuple(filters.get("activities", ()))
    origin = set(_pulled_from(session, endpoint))

    def taken(row: Any) -> bool:
        return (
            (verbs is None or row.verb_id in verbs)
            and (not sources or row.source_id in sources)
            and (not beginnings or (row.iri or "").startswith(beginnings))
            and row.source_id not in origin
        )

    return taken


def _pulled_from(session: Session, endpoint: str) -> Sequence[UUID | None]:
    query = select(LrsLink.source_id).where(LrsLink.direction == "in", LrsLink.endpoint == endpoint)
    return session.scalars(query).all()
