"""Processes that are killed with SIGKILL in the middle of their work.

They are forked from a server that has imported everything already, so that starting one takes a moment, not seconds.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from hub.config import Config
from hub.db.directory import Installation
from hub.jobs.registry import Registry
from hub.jobs.worker import Timing, Worker

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.jobs.kinds", "hub.jobs.handlers.sync", "hub.jobs.handlers.housekeeping"])


def start(config: Config, registry: Callable[[], Registry], timing: Timing) -> BaseProcess:
    """A worker process, at work."""
    parent, child = _context.Pipe()
    process = _context.Process(target=_work, args=(config, registry, timing, child), daemon=True)
    process.start()
    assert parent.poll(60), "the worker process did not start"
    assert parent.recv() == "ready"
    return process


def kill(process: BaseProcess) -> None:
    """SIGKILL: no handler runs, no lock is given back, no lease ends."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    assert process.exitcode == -signal.SIGKILL


def _work(config: Config, registry: Callable[[], Registry], timing: Timing, ready: Connection) -> None:
    installation = Installation(config)
    ready.send("ready")
    Worker(installation, threading.Event(), registry=registry(), timing=timing).run()
