"""Small queries of the ingest and of the LRS in the driver's own words: the frame that SQLAlchemy puts around a query
costs several times what the database takes. They run on the driver's connection in the transaction that SQLAlchemy
began on it.

Queries are texts of our own code, the same on both databases: a value is ``?``, and ``{among}`` stands for "is one of
these", a list that is one parameter whatever its length. The names in a text are never a value. What has many shapes or
types of its own is built by SQLAlchemy, once for each database (``Sentence``).
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Dialect, Executable, make_url
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from hub.db.base import LONG, Base
from hub.db.uow import Driver, driver


@dataclass(frozen=True, slots=True)
class Question:
    """A query and its values: those of each ``?``, or where it is ``listed`` those of ``{among}``, of that type.

    A value that a list tells twice is perhaps met twice."""

    query: str
    values: Sequence[Any] = ()
    listed: Literal["", "text", "bigint"] = ""

    def worded(self, own: Driver) -> tuple[str, Sequence[Any]]:
        """In the words of the driver."""
        if not self.listed:
            return _for(own, self.query), self.values
        if own.on_sqlite:
            return _spoken(self.query, "sqlite"), (orjson.dumps(list(self.values)).decode(),)
        return _spoken(self.query, self.listed), (array(self.values),)


def among(session: Session, query: str, values: Sequence[str]) -> list[Any]:
    """The rows of ``query`` for a list of texts."""
    return together(session, Question(query, values, "text"))[0]


def together(session: Session, *questions: Question) -> list[list[Any]]:
    """The rows of each question, asked in this order. PostgreSQL gets them all at once: to send and wait takes longer
    than a small query."""
    own = driver(session)
    if own.on_sqlite or len(questions) == 1:
        return [_rows(own.asks.execute(*question.worded(own))) for question in questions]
    cursors = own.several(len(questions))
    with own.raw.pipeline():
        for cursor, question in zip(cursors, questions, strict=True):
            cursor.execute(*question.worded(own))
    return [_rows(cursor) for cursor in cursors]


def in_one_go(session: Session) -> AbstractContextManager[object]:
    """What is written inside is sent to PostgreSQL without waiting for each answer: it works on one thing while the hub
    makes the next. Errors are raised on leaving at the latest. Nothing is read inside, nothing asked by SQLAlchemy."""
    own = driver(session)
    return nullcontext() if own.on_sqlite else own.raw.pipeline()


def array(values: Sequence[Any]) -> str:
    """Values of one type, or None, as PostgreSQL writes an array in a text (documentation, 8.15.2): the driver looks at
    each of a list by itself, which for a unit's ids takes as long as the query. JSON is written at once and the same
    but for its brackets, and for escapes: there a backslash stands before the character itself."""
    told = orjson.dumps(values).decode()
    if _OTHER_ESCAPES.search(told):
        escaped = (None if v is None else v.replace("\\", "\\\\").replace('"', '\\"') for v in values)
        told = "[" + ",".join("NULL" if v is None else f'"{v}"' for v in escaped) + "]"
    return f"{{{told[1:-1]}}}"


_OTHER_ESCAPES: Final = re.compile(r'\\[^"\\]')


def rows(session: Session, query: str, values: Sequence[Any] = ()) -> list[Any]:
    """The rows of a query."""
    return together(session, Question(query, values))[0]


def first(session: Session, query: str, values: Sequence[Any] = ()) -> Any:
    """The first row of a query, or None."""
    found = rows(session, query, values)
    return found[0] if found else None


def put(
    session: Session, table: str, columns: tuple[str, ...], values: Sequence[Sequence[Any]], then: str = ""
) -> None:
    """Insert rows, ``then``: what the statement says after them (ON CONFLICT …). All are names of our own code.

    PostgreSQL takes several rows as an array for each column, told as one text (``LONG`` ones in binary): a statement
    for each row costs the hub ten times as much, and its server more.
    """
    if not values:
        return
    own = driver(session)
    if own.on_sqlite:
        own.asks.executemany(_insert(table, columns, then, "?"), values)
    elif len(values) == 1:
        own.asks.execute(_insert(table, columns, then, "%s"), values[0])
    else:
        told = [
            list(some) if long else array(some)
            for long, some in zip(_long(table, columns), zip(*values, strict=True), strict=True)
        ]
        own.asks.execute(_insert_told(table, columns, then), told)


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
    told = zip(_long(table, columns), types(table, columns), strict=True)
    arrays = ", ".join(f"{'%b' if long else '%s'}::{kind}[]" for long, kind in told)
    return f"INSERT INTO {table} ({names(columns)}) SELECT * FROM unnest({arrays}) {then}"  # noqa: S608 own names


@lru_cache(maxsize=256)
def _long(table: str, columns: tuple[str, ...]) -> tuple[bool, ...]:
    """Which of these columns are told in binary: long texts, of which neither side then looks at every character."""
    model = Base.metadata.tables[table]
    return tuple(model.columns[name].info == LONG for name in columns)


@lru_cache(maxsize=256)
def types(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """What PostgreSQL calls the types of these columns."""
    model = Base.metadata.tables[table]
    words = (model.columns[name].type.compile(postgresql.dialect()).lower() for name in columns)  # type: ignore[no-untyped-call]  # the dialect is untyped in SQLAlchemy
    return tuple(word.partition("(")[0] for word in words)


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
    found = cursor.fetchall() if cursor.description is not None else None
    if not found:
        return []
    made = _named(tuple(column[0] for column in cursor.description))
    return [made._make(row) for row in found]


@lru_cache(maxsize=256)
def _named(columns: tuple[str, ...]) -> Any:
    """Rows whose columns have names, as SQLAlchemy's have; a column without a name of its own is known by its place."""
    return namedtuple("Row", columns, rename=True)
