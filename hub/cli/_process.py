"""What the long-running commands share: log lines, an orderly end, threads of work."""

import gc
import signal
import threading
from types import FrameType

from hub.cli import _logs
from hub.config import Config
from hub.db.directory import Installation
from hub.jobs import worker

STOP_SECONDS = 30
"""How long a worker may take to finish or give back what it holds."""


def log_to_stderr(config: Config) -> None:
    """One line an event with its time, as ``log_format`` says; without personal data (``hub.cli._logs``)."""
    _logs.install(config.log_format)


def end_on_sigterm() -> None:
    """Have SIGTERM unwind the program as a keyboard interrupt does: units end, workers give back their leases."""
    signal.signal(signal.SIGTERM, _unwind)


def _unwind(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def leave_out_of_collections() -> None:
    """Have the garbage collector look no more at what was loaded so far: the program's own objects, which stay to its
    end. Looking at all of them took a page in five a fifth of a second."""
    gc.collect()
    gc.freeze()
    # A batch of statements is some ten thousand objects, which are freed without any collection.
    gc.set_threshold(20_000, 20, 20)


def start_workers(installation: Installation, stop: threading.Event, count: int) -> list[threading.Thread]:
    """``count`` threads that do jobs and deliveries until ``stop`` is set."""
    threads = [
        threading.Thread(target=worker.run, args=(installation, stop), name=f"hub-worker-{n}", daemon=True)
        for n in range(count)
    ]
    for thread in threads:
        thread.start()
    return threads


def finish(stop: threading.Event, threads: list[threading.Thread]) -> None:
    """Tell the workers to stop and wait for them, STOP_SECONDS at most each."""
    stop.set()
    for thread in threads:
        thread.join(timeout=STOP_SECONDS)
