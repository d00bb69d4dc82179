"""The play: the acts of the script in order, with progress that the terminal and ``/healthz`` show."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from hub.demo.acts import perform
from hub.demo.script import Act
from hub.demo.stage import Stage, World

log = logging.getLogger("hub.demo")


class Play:
    """Runs the acts once. Safe to be looked at from other threads while it goes on."""

    def __init__(self, acts: list[Act], *, played: bool = False) -> None:
        """``played``: it was played before, nothing is left to do."""
        self.acts = [] if played else acts
        self.performed: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.finished = threading.Event()
        self.at: datetime | None = None
        self._done = 0
        if played:
            self.finished.set()

    @property
    def share(self) -> float:
        """How much is played, 0..1."""
        return 1.0 if self.finished.is_set() or not self.acts else self._done / len(self.acts)

    def health(self) -> dict[str, Any]:
        """What ``/healthz`` adds: ``played``, ``progress`` 0..1, ``demo_instant`` of the play, acts that failed."""
        return {
            "played": self.finished.is_set(),
            "progress": round(self.share, 3),
            "demo_instant": self.at.isoformat() if self.at else None,
            "failed": sum(self.failed.values()),
        }

    def run(self, world: World, stop: threading.Event, tell: Callable[[Act, float], None]) -> bool:
        """Perform every act until ``stop``; an act that fails is logged and the play goes on. True when it ended."""
        stage = Stage(world)
        try:
            for number, act in enumerate(self.acts, 1):
                if stop.is_set():
                    return False
                self.at = act.at
                try:
                    perform(stage, act)
                    self.performed[act.kind] += 1
                except Exception:
                    if stop.is_set():
                        return False
                    self.failed[act.kind] += 1
                    log.exception("%s of %s failed", act.kind, act.who)
                self._done = number
                tell(act, self.share)
        finally:
            stage.close()
        self.finished.set()
        return True
