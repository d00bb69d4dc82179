"""Small queries of the ingest in the driver's own words: the frame that SQLAlchemy puts around a query costs several
times what the database takes. They run on the driver's connection in the transaction that SQLAlchemy began on it.

Queries are texts of our own code, the same on both databases: a value is ``?``, and ``{among}`` stands for "is one of
these", a list that is one parameter whatever its length. The names in a text are never a value.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy.orm import Session

from hub.db.uow import Driver, driver


def among(session: Session, query: str, values: Sequence[str] | Sequence[int]) -> list[Any]:
    """The rows of ``query`` for these ``values``: a text goes as text, an integer as bigint."""
    own = driver(session)
    if own.on_sqlite:
        return _rows(own.raw.execute(_spoken(query, "sqlite"), (orjson.dumps(list(values)).decode(),)))
    kind = "bigint" if values and isinstance(values[0], int) else "text"
    return _rows(own.raw.execute(_spoken(query, kind), (array(values),)))


def array(values: Sequence[str] | Sequence[int]) -> str:
    """Values as PostgreSQL writes an array in a text (documentation, 8.15.2): the driver looks at each of a list by
    itself, which for a unit's ids takes as long as the query."""
    if not values or isinstance(values[0], int):
        return f"{{{','.join(map(str, values))}}}"
    some = [str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(some) + '"}'


def rows(session: Session, query: str, values: Sequence[Any] = ()) -> list[Any]:
    """The rows of a query."""
    own = driver(session)
    return _rows(own.raw.execute(_for(own, query), values))


def first(session: Session, query: str, values: Sequence[Any] = ()) -> Any:
    """The first row of a query, or None."""
    found = rows(session, query, values)
    return found[0] if found else None


def put(
    session: Session, table: str, columns: tuple[str, ...], values: Sequence[Sequence[Any]], then: str = ""
) -> None:
    """Insert rows, ``then``: what the statement says after them (ON CONFLICT …). All are names of our own code.

    PostgreSQL takes several rows as one JSON text, which costs the hub a quarter of what a statement for each row
    does, and its server the same.
    """
    own = driver(session)
    if own.on_sqlite:
        own.raw.executemany(_insert(table, columns, then, "?"), values)
    elif len(values) == 1:
        own.raw.execute(_insert(table, columns, then, "%s"), values[0])
    else:
        told = orjson.dumps([dict(zip(columns, row, strict=True)) for row in values]).decode()
        own.raw.execute(_insert_told(table, columns, then), (told,))


@lru_cache(maxsize=256)
def _insert(table: str, columns: tuple[str, ...], then: str, value: str) -> str:
    return f"INSERT INTO {table} ({names(columns)}) VALUES ({', '.join([value] * len(columns))}) {then}"  # noqa: S608 own names


@lru_cache(maxsize=256)
def _insert_told(table: str, columns: tuple[str, ...], then: str) -> str:
    rows = f"SELECT {names(columns)} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608 own names
    return f"INSERT INTO {table} ({names(columns)}) {rows} {then}"


def names(columns: Sequence[str]) -> str:
    """Columns as a statement lists them."""
    return ", ".join(f'"{name}"' for name in columns)


def _for(own: Driver, query: str) -> str:
    return query if own.on_sqlite else query.replace("?", "%s")


@lru_cache(maxsize=256)
def _spoken(query: str, kind: str) -> str:
    """A query with its list, in the words of the database."""
    listed = "IN (SELECT value FROM json_each(?))" if kind == "sqlite" else f"= ANY(%s::{kind}[])"
    return query.format(among=listed)


def _rows(cursor: Any) -> list[Any]:
    found = cursor.fetchall()
    if not found:
        return []
    made = _named(tuple(column[0] for column in cursor.description))
    return [made._make(row) for row in found]


@lru_cache(maxsize=256)
def _named(columns: tuple[str, ...]) -> Any:
    """Rows whose columns have names, as SQLAlchemy's have; a column without a name of its own is known by its place."""
    return namedtuple("Row", columns, rename=True)
