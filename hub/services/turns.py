"""Turns of the ingest within one process: one thread prepares or stores at a time, and who stores goes first.

Python runs one thread at a time, and each query to SQLite gives its lock away. Beside threads that prepare statements
(check, canonical text, readings: nothing but processor time) a unit of some hundred queries would wait for that lock
as often, up to five milliseconds each, while everybody waits for the unit. So preparing stands still while a unit asks
its queries, and goes on during its commit, when the thread that stores waits for the disk.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final


class Turns:
    """Hands a turn from thread to thread, in the order they came but for those who store."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def to_prepare(self) -> AbstractContextManager[None]:
        """A turn for work in memory: nothing in it may wait, for a query, a file or a sender."""
        return self._turn(first=False)

    def to_store(self) -> AbstractContextManager[None]:
        """A turn for the queries of a unit on SQLite, ahead of all who prepare."""
        return self._turn(first=True)

    @contextmanager
    def _turn(self, *, first: bool) -> Iterator[None]:
        self._take(first=first)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, *, first: bool) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = threading.Lock()
            called.acquire()
            if first:
                self._waiting.appendleft(called)
            else:
                self._waiting.append(called)
        called.acquire()  # until the turn is passed on

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


SHORT_SECONDS: Final = 0.0002
_USUAL_SECONDS: Final = sys.getswitchinterval()
_counting = threading.Lock()
_hurried = 0


@contextmanager
def at_short_intervals() -> Iterator[None]:
    """Meanwhile threads take Python's lock from one another every fifth of a millisecond instead of every five.

    For units whose database is a server: at each of its answers another thread has the lock, to prepare, and the
    server, which keeps everybody else waiting, would stand still until the lock is given back. For large units only:
    threads that have little to do each would change too often.
    """
    global _hurried
    with _counting:
        _hurried += 1
        sys.setswitchinterval(SHORT_SECONDS)
    try:
        yield
    finally:
        with _counting:
            _hurried -= 1
            if not _hurried:
                sys.setswitchinterval(_USUAL_SECONDS)


turns = Turns()
"""Those of this process, as Python's lock is: whatever the tenant."""
