"""Units of work: one short transaction, opened and committed in one place (DESIGN section 6).

    with tenant.write() as session:
        session.add(Person(...))
        after_commit(session, lambda: cache.put(...))

Leaving the block commits; an exception rolls back. Nothing slow belongs inside a writing unit: no network, no password
hashing, no rendering, no file: gather first, write after.
"""

import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm import Session

from hub.db import replica
from hub.db.engines import BUSY_TIMEOUT_SECONDS, READ, SCHEMA, UNIT, WRITE
from hub.db.errors import DatabaseAway, DatabaseBusy, DatabaseError, DatabaseFull, NestedUnitOfWork, ReadOnlyUnit
from hub.db.replica import Replica
from hub.db.types import HASH_KEYS

log = logging.getLogger("hub.db")

DialectName = Literal["sqlite", "postgresql"]
_AFTER_COMMIT, _DRIVER, _CURSOR, _CURSORS = "hub.after_commit", "hub.driver", "hub.cursor", "hub.cursors"
_OF_DRIVERS = (sqlite3.Error, psycopg.Error)
_held = threading.local()


def after_commit(session: Session, call: Callable[[], object]) -> None:
    """Run ``call`` once the unit of ``session`` has ended well: after the commit and outside the locks.

    Never after a rollback. A call that raises is logged; the unit stands all the same and the other calls run.
    """
    session.info.setdefault(_AFTER_COMMIT, []).append(call)


@contextmanager
def nested(session: Session) -> Iterator[None]:
    """A part of a writing unit that may fail alone: what it wrote, and what it wanted run after the commit, goes with
    it."""
    calls = session.info.setdefault(_AFTER_COMMIT, [])
    before = len(calls)
    try:
        with session.begin_nested():
            session.connection()  # sends the savepoint, which SQLAlchemy would only before its own first query
            yield
    except BaseException:
        del calls[before:]
        raise


@dataclass(frozen=True, slots=True)
class Driver:
    """What a unit runs on: the driver's own connection, and what tells its tenant from others of this process.

    ``asks`` runs queries whose rows are fetched at once: on PostgreSQL a cursor that stays with the connection, because
    a new one learns the types of the columns anew, which takes as long as a small query.
    """

    raw: Any
    asks: Any
    on_sqlite: bool
    dialect: Dialect
    schema: str | None
    cursors: list[Any]

    def several(self, count: int) -> list[Any]:
        """So many cursors that stay with the connection, for queries whose rows are fetched together."""
        while len(self.cursors) < count:
            self.cursors.append(self.raw.cursor())
        return self.cursors[:count]


def driver(session: Session) -> Driver:
    """The driver's connection under a session, in the transaction that the session is in."""
    known: Driver | None = session.info.get(_DRIVER)
    return known or _driver(session)


def _driver(session: Session) -> Driver:
    connection = session.connection()
    dialect = connection.dialect
    raw: Any = connection.connection.driver_connection
    on_sqlite = dialect.name == "sqlite"
    asks = raw if on_sqlite else connection.info.get(_CURSOR)
    if asks is None:
        asks = connection.info[_CURSOR] = raw.cursor()
    schema = connection.get_execution_options().get(SCHEMA)
    return Driver(raw, asks, on_sqlite, dialect, schema, connection.info.setdefault(_CURSORS, []))


class _ReadingSession(Session):
    """A session that refuses to write (``_refuse_flush``). A listener of the class costs each unit nothing."""


class TenantDatabase:
    """The data of one tenant: an SQLite file, or a schema of the installation's PostgreSQL."""

    def __init__(
        self,
        key: str,
        engine: Engine,
        *,
        schema: str | None = None,
        path: Path | None = None,
        slow_unit_seconds: float = 2.0,
        slow_read_seconds: float = 5.0,
        copy: Replica | None = None,
    ) -> None:
        """``path``: the SQLite file, whose writers take turns. ``schema``: that of PostgreSQL. ``copy``: what pages may
        read from. Slower is logged.

        ``hash_keys``: those that came with the place (hub.db.hash_keys), set by the installation.
        """
        self.key = key
        self.path = path
        self.schema = schema
        self.engine = engine
        self.dialect: DialectName = "sqlite" if engine.dialect.name == "sqlite" else "postgresql"
        self._engines = {unit: engine.execution_options(**{UNIT: unit, SCHEMA: schema}) for unit in (READ, WRITE)}
        self._copy = copy
        self._copied = copy.engine.execution_options(**{UNIT: READ, SCHEMA: schema}) if copy is not None else None
        self._slow = {READ: slow_read_seconds, WRITE: slow_unit_seconds}
        self.hash_keys: Mapping[str, bytes] = {}
        self._row = _WritersRow(path.with_name(path.name + ".lock")) if path is not None else None

    def __repr__(self) -> str:
        return f"TenantDatabase({self.key!r}, {self.dialect})"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A reading unit: one snapshot. A changed object raises ReadOnlyUnit; the database itself refuses writes.

        It may be one of the read replica's, where the request said that this will do (hub.db.replica).
        """
        request = replica.current() if self._copy is not None else None
        engine = self._copied if self._copy and request and self._copy.serves(request) else None
        with self._unit(READ, engine) as session:
            yield session
            session.commit()  # a rollback would expire what was read
        _run_after_commit(session)

    @contextmanager
    def write(self, *, wait: bool = True, before: Callable[[], object] = lambda: None) -> Iterator[Session]:
        """A writing unit: committed on leaving, rolled back on an exception. ``before`` is called when it is this
        unit's turn, before it begins.

        Raises NestedUnitOfWork inside another writing unit of this thread, DatabaseBusy when its turn does not come
        in 30 s; without ``wait``, when it is not at once (on PostgreSQL rows have turns, not units: where two units
        wait for each other's, one of them is told so).
        """
        holder = getattr(_held, "tenant", None)
        if holder is not None:
            raise NestedUnitOfWork(
                f"write() on {self.key!r} inside a write() on {holder!r} of the same thread: "
                "pass the session on instead of opening a second unit"
            )
        _held.tenant = self.key
        try:
            with self._writers_lock(wait=wait):
                before()
                with self._unit(WRITE) as session:
                    yield session
                    session.commit()
        finally:
            _held.tenant = None
        request = replica.current()
        if request is not None:
            request.wrote = True
        _run_after_commit(session)

    @contextmanager
    def writers_lock(self) -> Iterator[None]:
        """Keeps other writers of the tenant out without a unit: for migrations and copies of the file."""
        with self._writers_lock():
            yield

    def close(self) -> None:
        """Close the pooled connections of an SQLite tenant (PostgreSQL's engine belongs to the installation)."""
        if self.dialect == "sqlite":
            self.engine.dispose()

    @contextmanager
    def _writers_lock(self, *, wait: bool = True) -> Iterator[None]:
        if self._row is None:
            yield
            return
        with self._row.turn(wait=wait):
            yield

    @contextmanager
    def _unit(self, unit: str, engine: Engine | None = None) -> Iterator[Session]:
        started = time.monotonic()
        kind = _ReadingSession if unit == READ else Session
        with (
            _foreseen(),
            kind(engine or self._engines[unit], expire_on_commit=False, info={HASH_KEYS: self.hash_keys}) as session,
        ):
            # Begin now: the lock is held, or the snapshot is taken, from here.
            session.info[_DRIVER] = _driver(session)
            try:
                yield session
            except BaseException as error:
                # A connection that went away has nothing to roll back; trying must not hide why.
                with suppress(DBAPIError) if foreseen(error) else nullcontext():
                    session.rollback()
                raise
            finally:
                took = time.monotonic() - started
                if took > self._slow[unit]:
                    log.warning("slow %s unit on tenant %s: %.2f s", unit, self.key, took)


@contextmanager
def _foreseen() -> Iterator[None]:
    """Say what any unit may meet without being wrong by an error of our tree."""
    try:
        yield
    except (DBAPIError, PendingRollbackError, *_OF_DRIVERS) as error:
        found = foreseen(error)
        if found is None:
            raise
        raise found from error


def foreseen(error: BaseException) -> DatabaseError | None:
    """DatabaseAway, DatabaseFull or DatabaseBusy where an error of the driver means that the unit cannot go on; None
    for any other."""
    if isinstance(error, PendingRollbackError):  # what follows in a unit whose connection went away
        return DatabaseAway("the database server went away")
    own = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(own, _OF_DRIVERS):
        return None
    state, kind = getattr(own, "sqlstate", None) or "", type(own)
    if state == "53100" or getattr(own, "sqlite_errorname", "") == "SQLITE_FULL":
        return DatabaseFull("the disk of the database is full: make room; what was taken before is kept")
    if state == "40P01":
        return DatabaseBusy("two units waited for each other, and the server ended this one: it may be sent again")
    # 57P: the server is told to stop, starts, or recovers; no state: nobody answered (PostgreSQL, appendix A).
    silent = not state and isinstance(own, psycopg.OperationalError)
    if getattr(error, "connection_invalidated", False) or state.startswith("57P") or silent:
        return DatabaseAway(f"the database server does not answer ({kind.__name__})")
    return None


class _WritersRow:
    """Writers of one SQLite file, one at a time: a lock among the threads, flock among the processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def turn(self, *, wait: bool = True) -> Iterator[None]:
        seconds = BUSY_TIMEOUT_SECONDS if wait else 0
        if not self._threads.acquire(timeout=seconds):
            raise DatabaseBusy(f"no turn to write in {seconds} s")
        try:
            # Opened each time: a descriptor inherited through fork would share the parent's lock.
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                except BlockingIOError:
                    raise DatabaseBusy("another process has its turn to write") from None
                yield
            finally:
                os.close(file)
        finally:
            self._threads.release()


def _refuse_flush(session: Session, *_: Any) -> None:
    raise ReadOnlyUnit("a reading unit was asked to write: open it with write()")


event.listen(_ReadingSession, "before_flush", _refuse_flush)


def _run_after_commit(session: Session) -> None:
    for call in session.info.pop(_AFTER_COMMIT, []):
        try:
            call()
        except Exception:
            log.exception("a call after the commit failed")
