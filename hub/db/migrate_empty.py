"""Giving an empty database its tables again: what the revisions said to the first one of a process is said to others.

An empty database has nothing that a revision could look at, so every one gets the same statements. Making them by
Alembic takes a quarter of a second of processor, saying them again a twentieth: many places are made or tried so.
"""

from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy import Connection, event, inspect

#: What only looks is not said again.
_LOOKS = ("SELECT", "PRAGMA")
_KEPT = 4
_said: dict[Hashable, list[tuple[str, Any, bool]]] = {}


def is_empty(connection: Connection, schema: str | None) -> bool:
    """Whether there is no table, of whatever kind, nor a view."""
    found = inspect(connection)
    return not found.get_table_names(schema) and not found.get_view_names(schema)


def make(connection: Connection, key: Hashable, from_revisions: Callable[[], None]) -> None:
    """Say to an empty database what ``from_revisions`` said to the first one under ``key``, which names the revisions,
    the kind of database and where to stop. Within the caller's transaction; on an error nothing is remembered."""
    known = _said.get(key)
    if known is None:
        _said[key] = _listened(connection, from_revisions)
        while len(_said) > _KEPT:
            del _said[next(iter(_said))]
        return
    for statement, parameters, many in known:
        if many or parameters:
            connection.exec_driver_sql(statement, parameters)
        else:
            connection.exec_driver_sql(statement)


def _listened(connection: Connection, call: Callable[[], None]) -> list[tuple[str, Any, bool]]:
    said: list[tuple[str, Any, bool]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not statement.lstrip().upper().startswith(_LOOKS):
            said.append((statement, parameters, many))

    event.listen(connection, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return said
