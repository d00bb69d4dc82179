"""Whom the place has to tell that somebody was erased (RGPD, article 19): the neighbours that got statements of theirs.

A webhook is told by a message that names nobody, only the ids of statements. xAPI has no such message (a voiding
hides a statement and erases nothing), so an administrator tells another LRS, with the list that the hub keeps at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.models.neighbours import ErasureNotice, LrsLink
from hub.models.river import Ledger, StatementAgent
from hub.services import deliveries, neighbours, neighbours_filter
from hub.services.dictionaries import CHUNK
from hub.services.errors import NotFound
from hub.services.journal import record

DELIVERY: Final = "erasure_notice"
IN_FLIGHT: Final = 500
"""Statements behind a cursor that may be on their way just now (``neighbours_out.SCANNED``)."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with the neighbour it is for."""

    notice: ErasureNotice
    link: LrsLink

    @property
    def by_message(self) -> bool:
        """Whether the hub tells it itself."""
        return self.link.version == neighbours.WEBHOOK and self.link.removed_at is None


def naming(session: Session, agents: Sequence[int], after: int = 0, limit: int | None = None) -> list[int]:
    """Sequence numbers of the statements that name one of these agents."""
    own = select(Ledger.seq).where(Ledger.agent_id.in_(agents), Ledger.seq > after)
    elsewhere = select(StatementAgent.seq).where(StatementAgent.agent_id.in_(agents), StatementAgent.seq > after)
    both = union(own, elsewhere).subquery()
    return list(session.scalars(select(both.c.seq).order_by(both.c.seq).limit(limit)))


def recipients(session: Session, seqs: Sequence[int]) -> list[tuple[LrsLink, int]]:
    """The neighbours that got, or may have got, some of these statements, by name, with how many."""
    found = []
    for link in session.scalars(select(LrsLink).where(LrsLink.direction == "out").order_by(LrsLink.name)):
        after, until = _stretch(session, link)
        count = sum(1 for _ in _got(session, seqs, link, after, until, _filters(link)))
        if count:
            found.append((link, count))
    return found


def owe(session: Session, pseudonym: str, agents: Sequence[int], seqs: Sequence[int], now: datetime) -> None:
    """Put down that each neighbour which got statements of these agents has to be told."""
    for link, count in recipients(session, seqs):
        known = select(ErasureNotice).where(ErasureNotice.link_id == link.id, ErasureNotice.pseudonym == pseudonym)
        row = session.scalar(known)
        if row is None:
            after, until = _stretch(session, link)
            row = ErasureNotice(
                id=new_id(), link_id=link.id, pseudonym=pseudonym, agents=[], after=after, until=until,
                filters=_filters(link), statements=0, at=now,
            )  # fmt: skip
            session.add(row)
        row.agents, row.statements = [*row.agents, *agents], row.statements + count
        record(session, now, None, "erasure.to_tell", "lrs_link", link.id, name=link.name, statements=count)
        if Told(row, link).by_message:
            session.flush()
            lane, key = neighbours.lane(link.id), f"{DELIVERY}:{row.id}"
            deliveries.owe(session, DELIVERY, {"notice_id": str(row.id)}, lane=lane, unique_key=key)


def ids(session: Session, notice: ErasureNotice, link: LrsLink) -> list[str]:
    """The ids of the statements that a notice speaks of."""
    seqs = naming(session, notice.agents, notice.after)
    rows = _got(session, seqs, link, notice.after, notice.until, notice.filters)
    return [row.statement_id for row in rows]


def find(session: Session, notice_id: UUID) -> Told:
    """A notice. Raises NotFound."""
    notice = session.get(ErasureNotice, notice_id)
    if notice is None:
        raise NotFound(erasure_notice=str(notice_id))
    return Told(notice, session.get_one(LrsLink, notice.link_id))


def listed(session: Session, limit: int = 50) -> list[Told]:
    """The notices, those that are owed still first, then the newest."""
    query = select(ErasureNotice, LrsLink).join(LrsLink, LrsLink.id == ErasureNotice.link_id)
    order = (ErasureNotice.told_at.is_not(None), ErasureNotice.at.desc(), ErasureNotice.id)
    return [Told(*row) for row in session.execute(query.order_by(*order).limit(limit))]


def told(session: Session, notice_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """The neighbour was told: by a message, or (``by``) by a person. Raises NotFound."""
    found = find(session, notice_id)
    if found.notice.told_at is None:
        found.notice.told_at, found.notice.told_by = now, by
        record(session, now, by, "erasure.told", "lrs_link", found.link.id, name=found.link.name)


def counts(session: Session) -> tuple[int, int]:
    """How many notices there are, and how many are owed still."""
    row = session.execute(select(func.count(), func.count(ErasureNotice.told_at))).one()
    return row[0], row[0] - row[1]


def _stretch(session: Session, link: LrsLink) -> tuple[int, int]:
    """Between which places of the ledger a neighbour got statements; later ones go out under a pseudonym."""
    until = max(link.reached, link.cursor + (IN_FLIGHT if link.active else 0))
    return link.began, min(until, neighbours.head(session))


def _filters(link: LrsLink) -> list[dict[str, Any]]:
    return [link.filters, *link.past_filters]


def _got(
    session: Session, seqs: Sequence[int], link: LrsLink, after: int, until: int, filters: Sequence[dict[str, Any]]
) -> Iterator[Any]:
    taken = [neighbours_filter.passes(session, one, link.endpoint) for one in filters]
    for start in range(0, len(seqs), CHUNK):
        some = [seq for seq in seqs[start : start + CHUNK] if after < seq <= until]
        query = neighbours_filter.rows().where(Ledger.seq.in_(some)).order_by(Ledger.seq)
        yield from (row for row in session.execute(query) if any(passes(row) for passes in taken))
