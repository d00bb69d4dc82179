"""Up to when the ledger is complete, told with every answer about statements (ADR "consistent through").

The word is the ledger's own: ``ledger_clock.stored`` in the very snapshot that is answered from. Who stores later has
to take that row and gets a later instant, on whichever machine and whatever its clock says. On a quiet ledger the word
would stay in the past, so a reader sets it to now; where a writer has the row, or where nothing can be written, it
leaves it as it is.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hub.db.errors import DatabaseBusy, DatabaseError
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase, driver
from hub.services.driver_sql import first, put

log = logging.getLogger("hub.ledger")

REST: Final = 0.5
"""Seconds between two settings of one process while nothing is stored: a client that polls each second is served, and
a thousand of them cost no more."""

_told: WeakKeyDictionary[TenantDatabase, tuple[float, int]] = WeakKeyDictionary()
_KNOWN: Final = "hub.consistency.known"
"""Key of what a session of ``reading`` knows already: its snapshot stays the same."""

_tried: WeakKeyDictionary[TenantDatabase, tuple[int, float]] = WeakKeyDictionary()


def through(session: Session) -> int:
    """Instant (µs UTC) up to which every statement that has it as ``stored``, or ever will, is in this snapshot."""
    known: int | None = session.info.get(_KNOWN)
    return _word(session)[1] if known is None else known


def told(tenant: TenantDatabase) -> int:
    """``through`` for an answer that reads nothing, as of a refused statement: what this process told a moment ago, a
    promise that is made already, else what the row says."""
    at, word = _told.get(tenant, (float("-inf"), 0))
    if time.monotonic() - at > REST:
        with tenant.read() as session:
            word = through(session)
        tell(tenant, word)
    return word


def tell(tenant: TenantDatabase, word: int) -> None:
    """Let ``told`` repeat what somebody was just told."""
    _told[tenant] = time.monotonic(), word


@contextmanager
def reading(tenant: TenantDatabase, clock: Callable[[], datetime]) -> Iterator[Session]:
    """A reading unit for a client's query: complete up to now by ``clock`` (aware), unless a writer is open just
    then."""
    with tenant.read() as session:
        seq, stored = _word(session)
        if not _due(tenant, seq, stored, to_micros(clock())):
            session.info[_KNOWN] = stored
            yield session
            return
    _set(tenant, clock)
    with tenant.read() as session:
        yield session


def _word(session: Session) -> tuple[int, int]:
    row = first(session, "SELECT seq, stored FROM ledger_clock WHERE id = 1")
    return (row.seq, row.stored) if row is not None else (0, 0)


def _due(tenant: TenantDatabase, seq: int, stored: int, moment: int) -> bool:
    """Whether to set it: it lies behind, and something was stored since this process tried, or a while has passed."""
    if stored >= moment:
        return False
    before, tried = _tried.get(tenant, (-1, 0.0))
    if before == seq and time.monotonic() - tried < REST:
        return False
    _tried[tenant] = seq, time.monotonic()
    return True


def _set(tenant: TenantDatabase, clock: Callable[[], datetime]) -> None:
    try:
        with tenant.write(wait=False) as session:
            if _is_free(session):
                put(session, "ledger_clock", ("id", "seq", "stored"), [(1, 0, to_micros(clock()))], _FORWARD)
    except DatabaseBusy:
        return
    except (DatabaseError, DBAPIError, sqlite3.Error, psycopg.Error, OSError) as error:  # nobody is kept from reading
        log.warning("the ledger's clock of tenant %s stays: %s", tenant.key, type(error).__name__)


def _is_free(session: Session) -> bool:
    """Whether no writer has the row; on SQLite this unit is the only one. Before the first statement there is none."""
    only = "" if driver(session).on_sqlite else " FOR UPDATE SKIP LOCKED"
    row = "SELECT id FROM ledger_clock WHERE id = 1"
    return first(session, row + only) is not None or first(session, row) is None


_FORWARD: Final = (
    "ON CONFLICT (id) DO UPDATE SET "
    "stored = CASE WHEN excluded.stored > ledger_clock.stored THEN excluded.stored ELSE ledger_clock.stored END"
)
