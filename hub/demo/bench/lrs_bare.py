"""The bare rate of the LRS's bench: what the database itself takes of the rows that the batches left behind."""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase, driver
from hub.domain.evidence import Standing
from hub.models.river import LedgerClock
from hub.services import group_commit
from hub.services.driver_sql import names, put, types

Rows = list[tuple[Any, ...]]

BATCH: Final = 100
"""Statements of a unit, as of a batch."""
#: Tables that a batch writes, and the columns that the bare run writes again.
TABLES: Final = {
    "statement_key": ("seq", "statement_id", "digest", "redacted"),
    "ledger": ("seq", "stored", "at", "agent_id", "verb_id", "activity_id", "registration", "source_id", "text"),
    "statement_agent": ("agent_id", "seq", "role"),
    "statement_activity": ("activity_id", "seq", "role"),
    "trace": (
        *("seq", "n", "agent_id", "activity_id", "kind", "series", "revision", "attempt"),
        *("value", "seconds", "at", "voided"),
    ),
    "standing": ("agent_id", "activity_id", *Standing._fields),
}
#: Where a row's place among the units comes from: its own number, or that of the statement that it speaks of last.
NUMBERED: Final = {"standing": "(SELECT seq FROM statement_key k WHERE k.statement_id = standing.last_id)"}


def bare(installation: Installation, tenant: TenantDatabase, reached: dict[str, Any]) -> dict[str, Any]:
    """The rows of the batches into an empty tenant, by COPY or one prepared INSERT: BATCH statements in a unit, as they
    are sent; then as many as the hub stores in one."""
    rows: dict[str, Rows] = {}
    with tenant.read() as session:
        last = session.get_one(LedgerClock, 1).seq
        most = min(last, reached["statements"])
        for table, columns in TABLES.items():
            number = NUMBERED.get(table, "seq")
            query = text(
                f"SELECT {number} AS place, {', '.join(columns)} FROM {table} WHERE {number} <= {most} ORDER BY place"  # noqa: S608 our own words
            )
            rows[table] = [tuple(row) for row in session.execute(query)]
    rate, frugal = _written(installation, rows, most, BATCH)
    shared, _ = _written(installation, rows, most, group_commit.MOST)
    return {
        "per_second": round(rate),
        "per_processor_second": round(frugal),
        "batches_of_bare": round(reached["per_second"] / rate, 3),
        "batches_of_bare_by_processor": round(reached["per_processor_second"] / frugal, 3),
        "wanted_at_least": 0.5,
        f"per_second_in_units_of_{group_commit.MOST}": round(shared),
        f"batches_of_bare_in_units_of_{group_commit.MOST}": round(reached["per_second"] / shared, 3),
    }


def _written(installation: Installation, rows: dict[str, Rows], most: int, size: int) -> tuple[float, float]:
    """Statements per second by the clock, and per second of this process, ``size`` of them in a unit."""
    empty = installation.create_tenant(f"bare{time.time_ns() % 10**9}", "Banc nu", [f"bare{most}of{size}.localhost"])
    units = _units(rows, size)
    began, used = time.perf_counter(), time.process_time()
    for unit in units:
        with empty.write() as session:
            for table, some in unit.items():
                _put(session, table, TABLES[table], some)
    return most / (time.perf_counter() - began), most / (time.process_time() - used)


def _put(session: Session, table: str, columns: tuple[str, ...], rows: Rows) -> None:
    own = driver(session)
    if own.on_sqlite:
        put(session, table, columns, rows)
        return
    # Binary: a text of 1.5 kB is neither escaped here nor searched for escapes there, which took a third of the time.
    told = f"COPY {table} ({names(columns)}) FROM STDIN (FORMAT BINARY)"
    with own.raw.cursor() as cursor, cursor.copy(told) as copy:
        copy.set_types(types(table, columns))  # a binary COPY converts nothing
        for row in rows:
            copy.write_row(row)


def _units(rows: dict[str, Rows], size: int) -> list[dict[str, Rows]]:
    units: dict[int, dict[str, Rows]] = {}
    for table, some in rows.items():
        for place, *row in some:
            units.setdefault((place - 1) // size, {}).setdefault(table, []).append(tuple(row))
    return [units[n] for n in sorted(units)]
