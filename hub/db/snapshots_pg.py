"""A schema of PostgreSQL as COPY text, and back (PostgreSQL 14 to 18, "COPY" and "ALTER SCHEMA")."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine

from hub.db import migrate
from hub.db.engines import UNIT, WRITE
from hub.db.errors import SnapshotError

TABLES: Final = "tables.json"
_CHUNK: Final = 1 << 18
_END = r"\((?:MINVALUE|MAXVALUE|'\d+'|\d+)\)"
_BOUND: Final = re.compile(rf"FOR VALUES FROM {_END} TO {_END}")

_COLUMNS = """
    SELECT c.relname, a.attname FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' AND c.relname <> 'alembic_version'
    ORDER BY c.relname, a.attnum"""
_RANGES = """
    SELECT c.relname, p.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_inherits i ON i.inhrelid = c.oid
    JOIN pg_class p ON p.oid = i.inhparent
    WHERE n.nspname = %s AND c.relispartition AND c.relkind = 'r' ORDER BY c.relname"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = %s AND last_value IS NOT NULL"
_REFERENCES = """
    SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND k.contype = 'f'"""


def copy_out(connection: Connection, schema: str, archive: zipfile.ZipFile) -> None:
    """Write every table of ``schema`` as this transaction sees it."""
    driver = _driver(connection)
    with driver.cursor() as cursor:
        columns: dict[str, list[str]] = {}
        for table, column in cursor.execute(_COLUMNS, (schema,)).fetchall():
            columns.setdefault(table, []).append(column)
        sequences = dict(cursor.execute(_SEQUENCES, (schema,)).fetchall())
        ranges = cursor.execute(_RANGES, (schema,)).fetchall()
        told = {"columns": columns, "sequences": sequences, "ranges": ranges}
        archive.writestr(TABLES, orjson.dumps(told))
        for table, names in columns.items():
            # A table in ranges cannot be copied by its name; its rows can.
            query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_listed(names), sql.Identifier(schema, table))
            with (
                archive.open(zipfile.ZipInfo(_member(table)), "w", force_zip64=True) as file,
                cursor.copy(query) as copy,
            ):
                for chunk in _gathered(copy):
                    file.write(chunk)


def _gathered(rows: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """The server gives a row at a time; packing each by itself costs more than reading it."""
    held = bytearray()
    for row in rows:
        held += row
        if len(held) >= _CHUNK:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def copy_in(engine: Engine, schema: str, archive: zipfile.ZipFile, revision: str | None) -> None:
    """Make ``schema`` at ``revision`` and fill it, in one transaction after the migration's. Raises SnapshotError."""
    if revision is None:
        raise SnapshotError("this copy holds no revision")
    migrate.upgrade(engine, migrate.TENANT, schema, to=revision)
    told = orjson.loads(archive.read(TABLES))
    try:
        with _writing(engine) as connection:
            _fill(_driver(connection), schema, archive, told)
    except psycopg.Error as error:
        raise SnapshotError(f"the copy does not fit its tables: {type(error).__name__}") from error


def _fill(driver: Any, schema: str, archive: zipfile.ZipFile, told: dict[str, Any]) -> None:
    with driver.cursor() as cursor:
        references = cursor.execute(_REFERENCES, (schema,)).fetchall()
        for table, name, _ in references:
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            cursor.execute(drop.format(sql.Identifier(schema, table), sql.Identifier(name)))
        _make_ranges(cursor, schema, told.get("ranges", []))
        for table, columns in told["columns"].items():
            query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(schema, table), _listed(columns))
            with archive.open(_member(table)) as file, cursor.copy(query) as copy:
                while chunk := file.read(_CHUNK):
                    copy.write(chunk)
        for name, value in told["sequences"].items():
            cursor.execute("SELECT setval(%s::regclass, %s)", (sql.Identifier(schema, name).as_string(None), value))
        # A definition names the tables it refers to as this search_path needs them.
        cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        for table, name, definition in references:
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
            cursor.execute(add.format(sql.Identifier(schema, table), sql.Identifier(name), sql.SQL(definition)))


def _make_ranges(cursor: Any, schema: str, wanted: list[list[str]]) -> None:
    """The ranges of tables that the copy had and a fresh schema has not yet. A bound is PostgreSQL's own text."""
    there = {name for name, _, _ in cursor.execute(_RANGES, (schema,)).fetchall()}
    for name, table, bound in wanted:
        if name not in there:
            query = sql.SQL("CREATE TABLE {} PARTITION OF {} {}")
            names = sql.Identifier(schema, name), sql.Identifier(schema, table)
            cursor.execute(query.format(*names, sql.SQL(_checked(bound))))


def _checked(bound: str) -> str:
    """A bound as ``pg_get_expr`` writes those of ranges of numbers: a changed copy brings no other SQL in."""
    if _BOUND.fullmatch(bound) is None:
        raise SnapshotError("a range of the copy has no bounds")
    return bound


def swap(engine: Engine, fresh: str, live: str) -> None:
    """Give the schema ``fresh`` the name of ``live`` and ``live`` that of ``fresh``, in one transaction."""
    between = f"{fresh}_out"[:63]
    with _writing(engine) as connection, _driver(connection).cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(live)))
        for one, other in ((live, between), (fresh, live), (between, fresh)):
            rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
            cursor.execute(rename.format(sql.Identifier(one), sql.Identifier(other)))


def drop(engine: Engine, schema: str) -> None:
    """Remove a schema with all it holds, if it is there."""
    with _writing(engine) as connection, _driver(connection).cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.execution_options(**{UNIT: WRITE}).connect() as connection, connection.begin():
        yield connection


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _listed(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _member(table: str) -> str:
    return f"tables/{table}.copy"
