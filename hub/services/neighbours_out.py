"""Forwarding: what the ledger holds behind a link's cursor, and keeping what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from content.xapi.parse import dump
from content.xapi.versions import for_1_0
from hub.db.base import new_id
from hub.models.neighbours import LrsLink, LrsRefusal
from hub.models.river import Ledger, StatementAttachment, StatementKey
from hub.services import erasure, neighbours_filter
from hub.services.dictionaries import upsert

SCANNED: Final = 500
"""Rows of the ledger looked at in one reading unit."""
BATCH_BYTES: Final = 1024 * 1024
"""A batch is cut before this size; a single statement may be larger."""


Attachments = dict[int, list[tuple[str, str, str]]]


@dataclass(frozen=True, slots=True)
class Item:
    """A statement to send. ``attachments``: hash as the statement names it, name of the blob, media type."""

    seq: int
    id: str
    text: str
    attachments: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What to send next, in order, and the sequence number reached; ``until`` None: nothing lies behind the cursor."""

    items: Sequence[Item]
    until: int | None


def next_batch(session: Session, link: LrsLink) -> Batch:
    """The statements behind the cursor that pass the filters, at most `SCANNED` rows further on.

    Voided statements go as well as their voidings, in the order of the ledger, so that the neighbour ends with what the
    hub holds. What was pulled from the same endpoint is not sent back to it.
    """
    behind = neighbours_filter.rows().add_columns(StatementKey.redacted, Ledger.text)
    query = behind.where(Ledger.seq > link.cursor).order_by(Ledger.seq).limit(SCANNED)
    taken = neighbours_filter.passes(session, link.filters, link.endpoint)
    items: list[Item] = []
    until, size = None, 0
    rows = session.execute(query).all()
    along = _attachments(session, [row.seq for row in rows if not row.redacted])
    for row in rows:
        passes = taken(row)
        if passes and items and (size + len(row.text) > BATCH_BYTES or row.seq in along):
            break
        until = row.seq
        if passes:
            items.append(_item(session, link, row, along))
            size += len(row.text)
        if passes and row.seq in along:
            break
    return Batch(items, until)


def refused_items(session: Session, link: LrsLink, after: UUID | None) -> list[tuple[UUID, Item]]:
    """The next refused statements of a link with the ids of their rows, the oldest first."""
    query = (
        select(LrsRefusal.id, Ledger.seq, LrsRefusal.statement_id, StatementKey.redacted, Ledger.text)
        .join(Ledger, Ledger.seq == LrsRefusal.seq)
        .join(StatementKey, StatementKey.seq == Ledger.seq)
        .where(LrsRefusal.link_id == link.id)
        .order_by(LrsRefusal.id)
        .limit(100)
    )
    if after is not None:
        query = query.where(LrsRefusal.id > after)
    rows = session.execute(query).all()
    along = _attachments(session, [row.seq for row in rows if not row.redacted])
    return [(row.id, _item(session, link, row, along)) for row in rows]


def _item(session: Session, link: LrsLink, row: Any, along: Attachments) -> Item:
    # Somebody was erased, and the job that rewrites a long history may not have come to this one yet.
    clean = erasure.scrub(session, [row.text])[0] if row.redacted else None
    said = row.text if clean is None else dump(clean)
    text = for_1_0(said) if link.version.startswith("1") else said
    return Item(row.seq, row.statement_id, text, tuple(along.get(row.seq, ())))


def _attachments(session: Session, seqs: Sequence[int]) -> Attachments:
    found: Attachments = {}
    query = select(StatementAttachment).where(StatementAttachment.seq.in_(seqs))
    for row in session.scalars(query.order_by(StatementAttachment.seq, StatementAttachment.sha2)):
        found.setdefault(row.seq, []).append((row.sha2, row.sha256, row.content_type))
    return found


def note_progress(session: Session, link: LrsLink, cursor: int, done: int, now: datetime) -> bool:
    """The link has got from where it was read to ``cursor``. False, and the cursor stays, where somebody has set it
    back meanwhile: a replay is not lost."""
    values: dict[str, Any] = {"cursor": cursor, "last_error": None}
    if done:
        values |= {"done": LrsLink.done + done, "last_done_at": now}
    moved = update(LrsLink).where(LrsLink.id == link.id, LrsLink.cursor == link.cursor).values(**values)
    return session.execute(moved.returning(LrsLink.id)).first() is not None


def note_refusals(
    session: Session, link_id: UUID, found: Sequence[tuple[str, int | None, dict[str, Any]]], now: datetime
) -> None:
    """Keep refused statements (id, sequence number, error); one refused before keeps its row, with the new error."""
    for statement_id, seq, error in found:
        values = {"link_id": link_id, "statement_id": statement_id, "seq": seq, "error": error, "at": now}
        insert = upsert(session, LrsRefusal.__table__).values(id=new_id(), **values)
        changed = {"error": insert.excluded.error, "at": insert.excluded.at}
        session.execute(insert.on_conflict_do_update(index_elements=["link_id", "statement_id"], set_=changed))
    _count_refused(session, link_id)


def forget_refusals(session: Session, link_id: UUID, ids: Sequence[UUID]) -> None:
    """Refused statements were taken after all."""
    session.execute(delete(LrsRefusal).where(LrsRefusal.id.in_(ids)))
    _count_refused(session, link_id)


def _count_refused(session: Session, link_id: UUID) -> None:
    count = select(func.count()).select_from(LrsRefusal).where(LrsRefusal.link_id == link_id).scalar_subquery()
    session.execute(update(LrsLink).where(LrsLink.id == link_id).values(refused=count))


def note_error(session: Session, link_id: UUID, error: dict[str, Any]) -> None:
    """The neighbour could not be asked; the page says so until it can."""
    session.execute(update(LrsLink).where(LrsLink.id == link_id).values(last_error=error))
