"""The ledger in its order, page by page, for who takes statements out: whatever its size, one page is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from content.xapi.parse import dump
from hub.db.uow import TenantDatabase
from hub.models.river import Agent, Ledger, StatementAgent, StatementAttachment, StatementKey
from hub.services import erasure
from hub.services.ledger import head
from hub.services.source_days import HUB
from hub.services.xapi_query import last_stored, voided_row

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which statements: of a source (``HUB``: the hub's own), stored from ``since`` on and before ``until`` (aware),
    that name a person under any account."""

    source: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    person: UUID | None = None

    def as_filters(self) -> dict[str, str]:
        """As kept in a row; ``of_filters`` reads it back."""
        dated = {"since": self.since.isoformat() if self.since else "", "until": _iso(self.until)}
        named = {"source": str(self.source or ""), "person": str(self.person or "")}
        return {name: text for name, text in (dated | named).items() if text}


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def of_filters(kept: dict[str, Any]) -> Chosen:
    """The choice that ``Chosen.as_filters`` wrote. Raises ValueError."""
    moments = {name: datetime.fromisoformat(kept[name]) for name in ("since", "until") if kept.get(name)}
    ids = {name: UUID(kept[name]) for name in ("source", "person") if kept.get(name)}
    return Chosen(ids.get("source"), moments.get("since"), moments.get("until"), ids.get("person"))


@dataclass(frozen=True, slots=True)
class Kept:
    """The content of an attachment: hash as the statement names it, name of the blob, bytes, media type."""

    sha2: str
    sha256: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Row:
    """One statement taken out. ``stored`` in µs UTC; ``text`` its JSON without ``stored``; ``redacted``: somebody it
    named was erased; ``voided``: it does not count any more. ``attachments``: contents, where they are asked for."""

    seq: int
    id: str
    stored: int
    source_id: UUID | None
    redacted: bool
    voided: bool
    text: str
    attachments: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the ledger's order; ``share`` 0..1 of the way when they are done with."""

    rows: tuple[Row, ...]
    share: float


def pages(tenant: TenantDatabase, chosen: Chosen, *, attachments: bool = False) -> Iterator[Page]:
    """Everything chosen up to what the ledger holds now, each page read in a unit of its own. ``attachments``: with
    the contents that came along."""
    with tenant.read() as session:
        first = last_stored(session, chosen.since) if chosen.since else 0
        last = last_stored(session, chosen.until) if chosen.until else head(session)
    after = first
    while after < last:
        with tenant.read() as session:
            rows = _page(session, chosen, after, last)
            rows = _clean(session, _with_contents(session, rows) if attachments else rows)
        after = rows[-1].seq if len(rows) == PAGE else last
        yield Page(rows, (after - first) / (last - first))


def _page(session: Session, chosen: Chosen, after: int, last: int) -> tuple[Row, ...]:
    voided = voided_row(session)
    flag = voided.label("voided") if voided is not None else (Ledger.seq < 0).label("voided")
    query = (
        select(
            Ledger.seq,
            StatementKey.statement_id,
            Ledger.stored,
            Ledger.source_id,
            StatementKey.redacted,
            flag,
            Ledger.text,
        )
        .join(StatementKey, StatementKey.seq == Ledger.seq)
        .where(Ledger.seq > after, Ledger.seq <= last, *_conditions(session, chosen))
        .order_by(Ledger.seq)
        .limit(PAGE)
    )
    return tuple(
        Row(r.seq, r.statement_id, r.stored, r.source_id, bool(r.redacted), bool(r.voided), r.text)
        for r in session.execute(query)
    )


def _with_contents(session: Session, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """What came along with whom was erased since goes with the rewriting of the text; none of it is given before."""
    found: dict[int, list[Kept]] = {}
    query = select(StatementAttachment).where(
        StatementAttachment.seq.in_([row.seq for row in rows if not row.redacted])
    )
    for one in session.scalars(query.order_by(StatementAttachment.seq, StatementAttachment.sha2)):
        found.setdefault(one.seq, []).append(Kept(one.sha2, one.sha256, one.size, one.content_type))
    return tuple(replace(row, attachments=tuple(found.get(row.seq, ()))) for row in rows)


def _clean(session: Session, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Whoever was erased under a pseudonym also in texts that the job of a long erasure has not reached yet."""
    redacted = [row for row in rows if row.redacted]
    clean = erasure.scrub(session, [row.text for row in redacted]) if redacted else ()
    texts = {row.seq: dump(said) for row, said in zip(redacted, clean, strict=True) if said is not None}
    return tuple(replace(row, text=texts[row.seq]) if row.seq in texts else row for row in rows) if texts else rows


def _conditions(session: Session, chosen: Chosen) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.source is not None:
        hub = chosen.source == HUB
        found.append(Ledger.source_id.is_(None) if hub else Ledger.source_id == chosen.source)
    if chosen.person is not None:
        agents = list(session.scalars(select(Agent.id).where(Agent.person_id == chosen.person)))
        elsewhere = exists().where(StatementAgent.agent_id.in_(agents), StatementAgent.seq == Ledger.seq)
        found.append(or_(Ledger.agent_id.in_(agents), elsewhere))
    return found
