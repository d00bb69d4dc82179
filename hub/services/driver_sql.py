"""Small queries of the ingest in the driver's own words: building them through SQLAlchemy costs several times what the
database takes. Same text on both databases but for the list, which is one parameter whatever its length."""

from __future__ import annotations

from collections.abc import Sequence
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
        return list(connection.exec_driver_sql(query, (orjson.dumps(list(values)).decode(),)))
    kind = "bigint" if values and isinstance(values[0], int) else "text"
    return list(connection.exec_driver_sql(query.format(among=f"= ANY(%s::{kind}[])"), (list(values),)))


def first(session: Session, query: str) -> Any:
    """The first row of a query without parameters, or None."""
    return session.connection().exec_driver_sql(query).first()
