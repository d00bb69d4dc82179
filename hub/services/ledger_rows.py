"""The rows of a batch into their tables, each table by the driver's best bulk statement: COPY on PostgreSQL, one
prepared INSERT on SQLite. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect
from sqlalchemy.orm import Session

from hub.db.uow import after_commit, driver
from hub.models import river
from hub.services.dictionaries import tenant_slot
from hub.services.driver_sql import first, in_one_go_now, names, put, types

#: Up to this many rows PostgreSQL takes an INSERT faster than a COPY.
_FEW: Final = 4
_ranges: WeakKeyDictionary[Dialect, set[tuple[Any, int]]] = WeakKeyDictionary()


def insert_rows(session: Session, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    """Write rows that are certainly new. ``table`` and ``columns`` are names of our own code."""
    if not rows:
        return
    own = driver(session)
    if own.on_sqlite or len(rows) <= _FEW or in_one_go_now(own):
        put(session, table, columns, rows)
        return
    # Binary: a text of 1.5 kB is neither escaped here nor searched for escapes there, which took a third of the time.
    told = f"COPY {table} ({names(columns)}) FROM STDIN (FORMAT BINARY)"
    with own.raw.cursor() as cursor, cursor.copy(told) as copy:
        copy.set_types(types(table, columns))  # a binary COPY converts nothing
        for row in rows:
            copy.write_row(row)


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
