"""The write-ahead log of an SQLite file, brought into the file beside its writers.

A commit that finds the log long (``wal_autocheckpoint``) copies it into the file itself, while everybody who writes
waits. A thread that does the same ahead of it keeps nobody out (a passive checkpoint), and leaves that commit little
to copy. Source: SQLite, "Write-Ahead Logging", 2.1 and 3.2.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy.exc import SQLAlchemyError

from hub.db.uow import TenantDatabase

log = logging.getLogger("hub.db")

ENOUGH: Final = 500
"""Statements after which it is worth it: some two thousand pages, a fifth of what a commit is patient for."""


class _Log:
    """How much was written since a checkpoint was begun, and whether one is under way."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.written = 0
        self.busy = False


_logs: WeakKeyDictionary[TenantDatabase, _Log] = WeakKeyDictionary()
_making = threading.Lock()


def wrote(tenant: TenantDatabase, statements: int) -> None:
    """Statements were committed: begin a checkpoint in a thread of its own when there are enough, one at a time."""
    if tenant.dialect != "sqlite":
        return
    with _making:
        own = _logs.setdefault(tenant, _Log())
    with own.guard:
        own.written += statements
        if own.busy or own.written < ENOUGH:
            return
        own.busy, own.written = True, 0
    try:
        threading.Thread(target=_run, args=(tenant, own), name="hub-checkpoint", daemon=True).start()
    except RuntimeError:  # no thread to be had: what was committed is committed all the same
        own.busy = False


def _run(tenant: TenantDatabase, own: _Log) -> None:
    try:
        checkpoint(tenant)
    except (sqlite3.Error, SQLAlchemyError) as error:  # the commit that finds the log long meets it, and tells it
        log.info("a checkpoint of %s beside its writers was not made: %s", tenant.key, type(error).__name__)
    finally:
        with own.guard:
            own.busy = False


def checkpoint(tenant: TenantDatabase) -> None:
    """Copy into the file what no reader is in the way of; writers go on. Raises sqlite3.Error, SQLAlchemyError."""
    connection = tenant.engine.raw_connection()
    try:
        raw: Any = connection.driver_connection
        raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    finally:
        connection.close()
