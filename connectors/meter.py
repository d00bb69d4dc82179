"""What talking to a platform costs."""

import threading
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cost:
    """Requests sent (each attempt counts), seconds spent waiting for their answers, bytes of the bodies that came."""

    calls: int = 0
    seconds: float = 0.0
    received: int = 0

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.calls - other.calls, self.seconds - other.seconds, self.received - other.received)


@dataclass
class Meter:
    """Adds up. Safe between threads. ``clock_offset``: seconds by which the remote's clock, as its last ``Date`` header
    told it, is ahead of ours (to the second); None before the first answer."""

    _cost: Cost = Cost()
    clock_offset: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def cost(self) -> Cost:
        """Everything so far."""
        return self._cost

    def add(self, seconds: float, received: int) -> None:
        """One attempt that took so long and brought so many bytes."""
        with self._lock:
            so_far = self._cost
            self._cost = Cost(so_far.calls + 1, so_far.seconds + seconds, so_far.received + received)
