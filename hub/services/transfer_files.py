"""The files of exports and imports, when they have to go: their time is over, or somebody in them is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from hub.models.transfers import ImportFault, StatementTransfer

#: How long a file that was made stays; it holds personal data.
KEPT_FOR: Final = timedelta(days=7)
#: How long a file that was brought in stays, with the lines that were not taken.
GIVEN_KEPT_FOR: Final = timedelta(days=30)
ENDED: Final = ("done", "failed", "withdrawn")
_OUT: Final = StatementTransfer.direction == "out"
_IN: Final = StatementTransfer.direction == "in"
#: In the filters of an import that runs while somebody is erased: its file goes when it ends.
MARK: Final = "erased_meanwhile"


_NAMING: Final = (_OUT & StatementTransfer.state.not_in(("withdrawn", "failed"))) | (
    _IN & (StatementTransfer.sha256 != "")
)


def count(session: Session) -> int:
    """How many files an erasure takes away."""
    query = select(func.count()).select_from(StatementTransfer)
    return session.scalar(query.where(_NAMING)) or 0


def withdraw_all(session: Session, now: datetime) -> int:
    """Take every export away, and what is kept of imports: they may name somebody who is erased. An import that runs
    goes on, with the erased replaced; its file goes at its end. Gives how many."""
    rows = session.scalars(select(StatementTransfer).where(_NAMING)).all()
    running = [row for row in rows if row.direction == "in" and row.state not in ENDED]
    for row in running:
        row.filters = {**row.filters, MARK: True}
    take_away(session, [row.id for row in rows if row not in running], now)
    return len(rows)


def expire(session: Session, now: datetime) -> int:
    """Take away the files whose time is over; gives how many."""
    old = (_OUT & (StatementTransfer.ended_at < now - KEPT_FOR)) | (
        _IN & (StatementTransfer.ended_at < now - GIVEN_KEPT_FOR)
    )
    taken = list(session.scalars(select(StatementTransfer.id).where(old, StatementTransfer.sha256 != "")))
    take_away(session, taken, now)
    return len(taken)


def take_away(session: Session, keys: Sequence[UUID], now: datetime) -> None:
    """Forget the files and faulty lines of these; the files themselves go with the next housekeeping."""
    session.execute(delete(ImportFault).where(ImportFault.transfer_id.in_(keys)))
    gone = {"state": "withdrawn", "sha256": "", "size": 0, "ended_at": now}
    session.execute(update(StatementTransfer).where(StatementTransfer.id.in_(keys)).values(**gone))


def referenced(session: Session) -> set[str]:
    """SHA-256 of every file of an export or import, for ``BlobStore.remove_unreferenced``."""
    return set(session.scalars(select(StatementTransfer.sha256).where(StatementTransfer.sha256 != "")))
