"""Small queries of the ingest and of the LRS in the driver's own words: the frame that SQLAlchemy puts around a query
costs several times what the database takes. They run on the driver's connection in the transaction that SQLAlchemy
began on it.

Queries are texts of our own code, the same on both databases: a value is ``?``, and ``{among}`` stands for "is one of
these", a list that is one parameter whatever its length. The names in a text are never a value. What has many shapes or
types of its own is built by SQLAlchemy, once for each database (``Sentence``).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import Dialect, Executable, make_url
from sqlalchemy.orm import Session

from hub.db.uow import Driver, driver


def among(session: Session, query: str, values: Sequence[str] | Sequence[int]) -> list[Any]:
    """The rows of ``query`` for these ``values``, in no order, a value told twice perhaps met twice: a text goes as
    text, an integer as bigint."""
    own = driver(session)
    if own.on_sqlite:
        return _rows(own.asks.execute(_spoken(query, "sqlite"), (orjson.dumps(list(values)).decode(),)))
    kind = "bigint" if values and isinstance(values[0], int) else "text"
    return _rows(own.asks.execute(_spoken(query, kind), (array(values),)))


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
    return _rows(own.asks.execute(_for(own, query), values))


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
        own.asks.executemany(_insert(table, columns, then, "?"), values)
    elif len(values) == 1:
        own.asks.execute(_insert(table, columns, then, "%s"), values[0])
    else:
        told = orjson.dumps([dict(zip(columns, row, strict=True)) for row in values]).decode()
        own.asks.execute(_insert_told(table, columns, then), (told,))


class Sentence:
    """A query or change that SQLAlchemy puts into words when it is first asked, and the driver alone from then on.

    Its values are ``bindparam``s, given by name at each call, in the types of the columns that they meet; rows have the
    columns' names, and values of their types; what the session has changed is written first. Lists of values (``in_``)
    and types that need the place's vault are not for it.
    """

    def __init__(self, build: Callable[[], Executable]) -> None:
        """``build`` gives the statement; it is called once for each kind of database."""
        self._build = build
        self._worded: dict[bool, _Worded] = {}

    def rows(self, session: Session, **values: Any) -> list[Any]:
        """The rows; none of a statement that gives none. Names that it does not know are left alone."""
        own = driver(session)
        worded = self._in(own)
        session.flush()
        cursor = own.asks.execute(worded.text, worded.given(values))
        return [worded.row(row) for row in cursor.fetchall()] if cursor.description is not None else []

    def first(self, session: Session, **values: Any) -> Any:
        """The first row, or None."""
        found = self.rows(session, **values)
        return found[0] if found else None

    def each(self, session: Session, **values: Any) -> Generator[Any]:
        """The rows one by one, as the driver has them: for many or long ones."""
        own = driver(session)
        worded = self._in(own)
        session.flush()
        with closing(own.raw.cursor()) as cursor:
            yield from map(worded.row, cursor.execute(worded.text, worded.given(values)))

    def _in(self, own: Driver) -> _Worded:
        worded = self._worded.get(own.on_sqlite)
        if worded is None:
            worded = self._worded[own.on_sqlite] = _Worded.of(self._build(), _DIALECTS[own.on_sqlite])
        return worded


@dataclass(frozen=True, slots=True)
class _Worded:
    """A statement in the words of one database: its values in their order, each with what brings it into the driver's
    form, and what brings a row of the driver's out of it."""

    text: str
    values: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    constants: dict[str, Any]
    row: Callable[[Any], Any]

    @staticmethod
    def of(statement: Any, dialect: Dialect) -> _Worded:
        compiled = statement.compile(dialect=dialect)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        dumps = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
        constants = {name: bind.value for name, bind in binds.items() if not bind.required}
        values = tuple((name, dumps[name]) for name in compiled.positiontup)
        columns = list(getattr(statement, "exported_columns", ()))
        made = _named(tuple(column.key for column in columns))
        loads = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        converted = [(place, load) for place, load in enumerate(loads) if load is not None]

        def row(found: Any) -> Any:
            if converted:
                found = list(found)
                for place, load in converted:
                    found[place] = load(found[place])
            return made._make(found)

        return _Worded(compiled.string, values, constants, row)

    def given(self, values: dict[str, Any]) -> list[Any]:
        """The values of one call, as the driver takes them."""
        found = [values[name] if name in values else self.constants[name] for name, _ in self.values]
        return [
            value if process is None else process(value) for value, (_, process) in zip(found, self.values, strict=True)
        ]


def _dialect(url: str, **options: str) -> Dialect:
    return make_url(url).get_dialect()(**options)


_DIALECTS: Final = {True: _dialect("sqlite://"), False: _dialect("postgresql+psycopg://", paramstyle="format")}


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
    """A query with its list, in the words of the database.

    While a table is small, PostgreSQL would rather walk it than look up each of a list of values, and keeps such a plan
    while the table grows; the list, told as a text, it would then unpack anew for every row. Asked value by value it
    takes the index, whatever it knows of the table. OFFSET 0 keeps it from making one join of the two.
    """
    if kind == "sqlite":
        return query.format(among="IN (SELECT value FROM json_each(?))")
    each = query.format(among="= wanted.value")
    return f"SELECT found.* FROM unnest(%s::{kind}[]) AS wanted(value) CROSS JOIN LATERAL ({each} OFFSET 0) AS found"  # noqa: S608 own words


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
