"""Small queries of the ingest in the driver's own words: building them through SQLAlchemy costs several times what the
database takes. Same text on both databases but for the list, which is one parameter whatever its length. On SQLite they
go to the driver's connection itself, in the transaction that SQLAlchemy began on it: half of a small query's cost was
the frame around it."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy.orm import Session


def among(session: Session, query: str, values: Sequence[str] | Sequence[int]) -> list[Any]:
    """The rows of ``query``, in which ``{among}`` stands for "is one of ``values``". Names of our own code only.

    A text goes as text, an integer as bigint; on SQLite the list is a JSON array.
    """
    connection = session.connection()
    if session.get_bind().dialect.name == "sqlite":
        query = query.format(among="IN (SELECT value FROM json_each(?))")
        driver: Any = connection.connection.driver_connection
        return _rows(driver.execute(query, (orjson.dumps(list(values)).decode(),)))
    kind = "bigint" if values and isinstance(values[0], int) else "text"
    return list(connection.exec_driver_sql(query.format(among=f"= ANY(%s::{kind}[])"), (list(values),)))


def first(session: Session, query: str) -> Any:
    """The first row of a query without parameters, or None."""
    connection = session.connection()
    if session.get_bind().dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        found = _rows(driver.execute(query))
        return found[0] if found else None
    return connection.exec_driver_sql(query).first()


def many(session: Session, query: str, rows: Sequence[Sequence[Any]]) -> None:
    """A statement without an answer, once for each row of parameters."""
    connection = session.connection()
    if session.get_bind().dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.executemany(query, rows)
    else:
        connection.exec_driver_sql(query, [tuple(row) for row in rows])


def _rows(cursor: Any) -> list[Any]:
    rows = cursor.fetchall()
    if not rows:
        return []
    made = _named(tuple(column[0] for column in cursor.description))
    return [made._make(row) for row in rows]


@lru_cache(maxsize=256)
def _named(columns: tuple[str, ...]) -> Any:
    """Rows whose columns have names, as SQLAlchemy's have; a column without a name of its own is known by its place."""
    return namedtuple("Row", columns, rename=True)
