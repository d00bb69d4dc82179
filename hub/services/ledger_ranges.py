"""The ranges of the ledger, which PostgreSQL keeps as tables of their own (DESIGN section 6)."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect
from sqlalchemy.orm import Session

from hub.db.uow import after_commit
from hub.models import river
from hub.services.dictionaries import tenant_slot
from hub.services.driver_sql import first

_ranges: WeakKeyDictionary[Dialect, set[tuple[Any, int]]] = WeakKeyDictionary()


def ensure_range(session: Session, first: int, last: int) -> None:
    """The ranges of the ledger that these sequence numbers fall into, made where they are missing (PostgreSQL)."""
    dialect, slot = tenant_slot(session)
    if dialect.name == "sqlite":
        return
    known = _ranges.setdefault(dialect, set())
    for number in range(first // river.RANGE, last // river.RANGE + 1):
        if (slot, number) in known:
            continue
        session.connection().exec_driver_sql(river.range_sql(number, river.RANGE))
        after_commit(session, lambda key=(slot, number): known.add(key))  # type: ignore[misc]  # bound now, by its default


def ensure_next_range(session: Session) -> None:
    """The range after the present one, ahead of the first statement that needs it, so that no sender waits for it."""
    last = first(session, "SELECT seq FROM ledger_clock WHERE id = 1")
    following = ((last.seq if last is not None else 0) // river.RANGE + 1) * river.RANGE
    ensure_range(session, following, following)
