"""How hard we may lean on one platform."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Throttle:
    """At most ``concurrency`` calls at once, their starts at least ``interval`` seconds apart. Safe between threads."""

    def __init__(
        self,
        concurrency: int,
        interval: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._places = threading.BoundedSemaphore(concurrency)
        self._interval = interval
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_start = float("-inf")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place and for the interval, then hold the place for the length of the block."""
        with self._places:
            with self._lock:
                now = self._clock()
                start = max(now, self._next_start)
                self._next_start = start + self._interval
            if start > now:
                self._sleep(start - now)
            yield
