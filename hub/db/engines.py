"""Engines set up so that transactions are ours, not the driver's (DESIGN section 6)."""

import select
import time
from pathlib import Path
from typing import Any

import orjson
import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError

from hub.db.filesystem import refuse_network
from hub.db.types import dump_json, use_vault
from hub.db.vault import Vault

UNIT = "hub_unit"
SCHEMA = "hub_schema"
READ, WRITE, MIGRATE = "read", "write", "migrate"
BUSY_TIMEOUT_SECONDS = 30
RESTED_SECONDS = 30.0
_RESTS = "hub.rests"

#: How each SQLite connection is set up, in this order.
SQLITE_SETTINGS = {
    "busy_timeout": str(BUSY_TIMEOUT_SECONDS * 1000),
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "temp_store": "MEMORY",
    "cache_size": "-16000",
    # In pages, 40 MB. A batch touches some thousand; at the usual 1,000 nearly each commit would write them all twice.
    # Of a ledger that grows fast the log is brought into the file beside its writers (hub.db.checkpoints).
    "wal_autocheckpoint": "10000",
}

_WRITING = ("PRAGMA query_only=OFF", "BEGIN IMMEDIATE")
_SQLITE_BEGIN = {READ: ("PRAGMA query_only=ON", "BEGIN"), WRITE: _WRITING, MIGRATE: _WRITING}


def sqlite_engine(path: Path, vault: Vault) -> Engine:
    """Engine over one SQLite file, made when missing. The unit is told by the execution option ``hub_unit``.

    WAL, synchronous FULL, foreign keys on, busy timeout of 30 s; the driver itself begins nothing. Raises
    NetworkFileSystem.
    """
    refuse_network(path.parent)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 512},
        pool_size=16,
        max_overflow=16,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    use_vault(engine.dialect, vault)
    return engine


def postgresql_engine(
    url: str, vault: Vault, pool_size: int = 10, pool_overflow: int = 20, connect_timeout: int | None = None
) -> Engine:
    """An engine on PostgreSQL (psycopg 3); ``hub_schema`` tells the schema at each begin. The driver begins nothing."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=pool_overflow,
        connect_args={"autocommit": True}
        | (
            {}
            if connect_timeout is None
            else {"connect_timeout": connect_timeout, "tcp_user_timeout": connect_timeout * 2000}
        ),
        json_serializer=dump_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _refuse_closed)
    event.listen(engine, "begin", _begin_postgresql)
    use_vault(engine.dialect, vault)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    for name, value in SQLITE_SETTINGS.items():
        connection.execute(f"PRAGMA {name}={value}")


def _begin_sqlite(connection: Connection) -> None:
    raw: Any = connection.connection.driver_connection
    for statement in _SQLITE_BEGIN[connection.get_execution_options().get(UNIT, READ)]:
        raw.execute(statement)  # SQLAlchemy's frame around it takes twenty times as long


def _note_rest(connection: Any, record: Any) -> None:
    if connection is not None:
        record.info[_RESTS] = time.monotonic()


def _refuse_closed(connection: Any, record: Any, _proxy: Any) -> None:
    """Have the pool open new connections where the server has ended this one: what it said last waits to be read, so
    nobody need be asked; a connection at rest has nothing else to hear. One that has rested for long is asked all the
    same: what stands between may have forgotten it, and says so only then."""
    heard = select.poll()
    if not connection.closed:
        heard.register(connection.fileno(), select.POLLIN)
    if connection.closed or heard.poll(0):
        raise InvalidatePoolError
    if time.monotonic() - record.info.get(_RESTS, float("inf")) > RESTED_SECONDS:
        try:
            connection.execute("SELECT 1")
        except psycopg.Error as error:
            raise InvalidatePoolError from error


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    # One snapshot for the whole unit, as SQLite gives.
    reads = options.get(UNIT, READ) == READ
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" if reads else "BEGIN"
    schema = options.get(SCHEMA)
    if schema is not None:
        begin += f"; SET LOCAL search_path TO {connection.dialect.identifier_preparer.quote_identifier(schema)}"
    raw: Any = connection.connection.driver_connection
    raw.execute(begin, prepare=False)  # one question to the server, where the driver would ask for each by itself
