"""A copy of the database that pages may read from: PostgreSQL's streaming replica (setting ``replica_url``).

A request says what it may do (`reading`); a reading unit of it goes to the copy when that is at hand, not later than
``replica_lag_seconds``, and has what the person wrote before (a position in the primary's log). Else it goes to the
primary. Jobs, the API, the LRS and whatever writes never ask for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from hub.db.engines import postgresql_engine
from hub.db.errors import DatabaseError
from hub.db.vault import Vault

log = logging.getLogger("hub.db")

LOOK_AGAIN_SECONDS: Final = 1.0
AWAY_SECONDS: Final = 10.0
"""How long a copy that failed is left alone."""
CONNECT_SECONDS: Final = 2
NO_REPLICA: Final = "no_replica"
FAILURES: Final = (DatabaseError, SQLAlchemyError, psycopg.Error)
"""What a reading unit may meet that would not have happened at the primary."""
_HEAD: Final = text("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint")
_WRITTEN: Final = text("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint")
_COPY: Final = text(
    "SELECT pg_is_in_recovery(), coalesce((pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, 0),"
    " extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())"
)


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """How the copy was when last looked at. ``replayed``: position in the primary's log; ``fault``: ``away``,
    ``no_replica`` (a server that copies nothing), or empty."""

    replayed: int = -1
    lag_seconds: float = float("inf")
    fault: str = ""


@dataclass(slots=True)
class Reading:
    """What the request of this thread may do. ``allowed``: read from the copy; ``wanted``: it must have replayed so
    far; ``used`` and ``wrote`` say what was done."""

    allowed: bool
    wanted: int = 0
    used: bool = False
    wrote: bool = False


_thread = threading.local()


@contextmanager
def reading(allowed: bool, wanted: int = 0) -> Iterator[Reading]:
    """What the reading units of this thread may do until the block ends."""
    before = getattr(_thread, "reading", None)
    _thread.reading = found = Reading(allowed, wanted)
    try:
        yield found
    finally:
        _thread.reading = before


def current() -> Reading | None:
    """What was said by `reading`; None outside."""
    found = getattr(_thread, "reading", None)
    return found if isinstance(found, Reading) else None


class Replica:
    """The copy of one installation. Safe for threads."""

    def __init__(self, primary: Engine, url: str, vault: Vault, most_seconds: float, sizes: tuple[int, int]) -> None:
        """``most_seconds``: a copy further behind is not read. ``sizes``: of the pool, and its overflow."""
        self.engine = postgresql_engine(url, vault, *sizes, connect_timeout=CONNECT_SECONDS)
        self.reads = 0
        self._primary, self._most = primary, most_seconds
        self._lock = threading.Lock()
        self._state = ReplicaState()
        self._look_at = float("-inf")
        self._heads: deque[tuple[float, int]] = deque(maxlen=600)

    def serves(self, request: Reading) -> bool:
        """Whether a reading unit of ``request`` goes to the copy; noted there when it does."""
        if not request.allowed or request.wrote:
            return False
        state = self.state()
        if state.fault or state.lag_seconds > self._most or state.replayed < request.wanted:
            return False
        request.used = True
        self.reads += 1
        return True

    def state(self) -> ReplicaState:
        """How it is, looked at again after a second; while one thread looks, the others go by what it was."""
        if time.monotonic() >= self._look_at and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._state

    def give_up(self) -> None:
        """It failed under a request: leave it alone for a while."""
        self._state, self._look_at = ReplicaState(fault="away"), time.monotonic() + AWAY_SECONDS

    def written(self) -> int:
        """A position of the primary's log that holds everything committed before this call."""
        with self._primary.connect() as connection:
            return int(connection.execute(_WRITTEN).scalar_one())

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()

    def _look(self) -> None:
        now = time.monotonic()
        try:
            with self._primary.connect() as connection:
                head = int(connection.execute(_HEAD).scalar_one())
            with self.engine.connect() as connection:
                copies, replayed, age = connection.execute(_COPY).one()
        except (SQLAlchemyError, psycopg.Error) as error:
            if self._state.fault != "away":
                log.warning("the read replica is away: %s", type(error).__name__)
            self.give_up()
            return
        self._look_at = time.monotonic() + LOOK_AGAIN_SECONDS
        self._heads.append((now, head))
        if not copies:
            self._state = ReplicaState(fault=NO_REPLICA)
        else:
            self._state = ReplicaState(replayed, self._behind(now, replayed, age), "")

    def _behind(self, now: float, replayed: int, age: object) -> float:
        """Seconds since the primary was where the copy is: by our own clock, so that a quiet primary is no delay."""
        missing = next((at for at, head in self._heads if head > replayed), None)
        while len(self._heads) > 1 and self._heads[1][1] <= replayed:
            self._heads.popleft()
        if missing is None:
            return 0.0
        if missing == now and age is not None:  # first look: by the age of what it replayed last
            with suppress(TypeError, ValueError):
                return max(float(str(age)), 0.0)
        return now - missing
