"""What tells whether two databases say the same: a sum over rows that no order and no dialect changes.

Rows are read as they lie, so a database at an earlier revision has a fingerprint too. Two fingerprints are compared
only at one revision: a later one may add columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import MetaData, func, inspect, select
from sqlalchemy.orm import Session

LEDGER = ("statement_key", "void")
PROJECTION = ("standing", "step_state", "path_state")
_AT_ONCE = 10_000
_MODULUS = 1 << 256
_OPENING = ("[", "{")
_TABLES = 100
"""Counted by one query; SQLite joins 500 at most."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``ledger``: which statements there are, under which numbers. ``projection``: what is computed of them.
    ``shape``: which tables and columns. All hexadecimal. ``rows``: how many rows each table has."""

    ledger: str
    projection: str
    shape: str
    rows: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """For a manifest."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Fingerprint:
        """From a manifest. Raises KeyError."""
        rows = {str(k): int(v) for k, v in value["rows"].items()}
        return cls(str(value["ledger"]), str(value["projection"]), str(value["shape"]), rows)


def fingerprint(session: Session) -> Fingerprint:
    """The fingerprint of the tenant behind ``session``."""
    connection = session.connection()
    inspector, schema = inspect(connection), _schema(session)
    names = sorted(set(inspector.get_table_names(schema)) - {"alembic_version"})
    columns = inspector.get_multi_columns(schema, filter_names=names)
    shape = sorted((str(table[1]), sorted(c["name"] for c in found)) for table, found in columns.items())
    tables = MetaData()
    wanted = [name for name in (*LEDGER, *PROJECTION) if name in names]
    tables.reflect(connection, only=wanted, resolve_fks=False)
    return Fingerprint(
        ledger=_sum(session, tables, LEDGER),
        projection=_sum(session, tables, PROJECTION),
        shape=hashlib.blake2b(orjson.dumps(shape), digest_size=16).hexdigest(),
        rows=_counts(session, names),
    )


def _schema(session: Session) -> str | None:
    """On PostgreSQL the search_path of the unit names it."""
    bind = session.connection()
    return None if bind.dialect.name == "sqlite" else str(session.scalar(select(func.current_schema())))


def _counts(session: Session, names: list[str]) -> dict[str, int]:
    """Rows of each table; many tables in one query, since most of a small place's time is asking."""
    connection = session.connection()
    counts: dict[str, int] = {}
    quote = connection.dialect.identifier_preparer.quote
    for first in range(0, len(names), _TABLES):
        some = names[first : first + _TABLES]
        query = " UNION ALL ".join(f"SELECT {n}, count(*) FROM {quote(name)}" for n, name in enumerate(some))  # noqa: S608 - names of our own tables, quoted
        counts |= {some[n]: count for n, count in connection.exec_driver_sql(query)}
    return counts


def _sum(session: Session, tables: MetaData, names: Iterable[str]) -> str:
    total = 0
    for name in names:
        table = tables.tables.get(name)
        if table is None:
            continue
        columns = sorted(table.c, key=lambda column: column.name)
        query = select(*columns).execution_options(yield_per=_AT_ONCE)
        for rows in session.execute(query).partitions():
            total += sum(_number(name.encode(), row) for row in rows)
    return f"{total % _MODULUS:064x}"


def _number(start: bytes, row: Iterable[Any]) -> int:
    """What one row adds. Most values are plain whole numbers and words: a large place has millions of them."""
    told = [
        value
        if (kind := value.__class__) is int or value is None or (kind is str and value[:1] not in _OPENING)
        else _same(value)
        for value in row
    ]
    line = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.blake2b(start + line, digest_size=32).digest(), "big")


def _same(value: Any) -> Any:
    """One form of what SQLite and PostgreSQL give differently."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value[:1] in _OPENING:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
