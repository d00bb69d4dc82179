"""Processes to be killed: forked from one that has imported everything, so that starting one takes a moment."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.registry import Registry
from hub.jobs.report import Report
from hub.jobs.worker import Timing, Worker
from hub.models.platforms import Setting
from hub.web.app import create_app
from hub.web.serving import create_server

TIMING: Final = Timing(lease=0.6, poll=0.02, tenants=60.0)
PAUSE: Final = 0.01
READY_WITHIN: Final = 120


def modules_in(package: str) -> list[str]:
    """What a process finds by looking into folders when it starts: imported once, before the first one is forked."""
    folder = Path(str(import_module(package).__file__)).parent
    names = (path.relative_to(folder).with_suffix("").as_posix().replace("/", ".") for path in folder.rglob("*.py"))
    return [f"{package}.{name}" for name in names if not name.endswith("__init__")]


def listening() -> socket.socket:
    """A port that outlives whoever answers there: who comes between two processes waits for the next one."""
    return socket.create_server(("127.0.0.1", 0), backlog=128)


def killed(process: BaseProcess, after: float = 0.0) -> None:
    """SIGKILL after so many seconds: no handler runs, no lock is given back, no lease ends."""
    time.sleep(after)
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join(10)


class Process(ABC):
    """One that is at work whenever nobody kills it."""

    def __init__(self, *given: Any) -> None:
        self._given = given
        self._process = self._started()

    def kill_and_start(self) -> None:
        """The end of it, and another one in its place."""
        self.kill()
        self._process = self._started()

    def kill(self) -> None:
        """SIGKILL."""
        killed(self._process)

    def _started(self) -> BaseProcess:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(
            ["hub.demo.bench.kill_processes", *modules_in("hub.web"), *modules_in("hub.jobs")]
        )
        parent, child = context.Pipe()
        process = context.Process(target=self.work, args=(*self._given, child), daemon=True)
        process.start()
        child.close()  # so that the end of a process which never got ready is heard at once
        if not parent.poll(READY_WITHIN):
            raise TimeoutError("a process did not start")
        parent.recv()
        return process

    @staticmethod
    @abstractmethod
    def work(*given: Any) -> None:
        """What the process does; ends with the connection on which it says that it is ready."""


class Web(Process):
    """Answers at a socket that was opened before it."""

    @staticmethod
    def work(config: Config, door: socket.socket, ready: Connection) -> None:
        """Pages and the LRS, as ``hub serve`` without workers."""
        gc.freeze()  # what was forked stays; looking at it was most of the time of a start
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # whoever is killed leaves a queue
        server = create_server(create_app(Installation(config)), sockets=[door], threads=4, ident=None)
        ready.send("ready")
        server.run()


class Work(Process):
    """Does jobs and deliveries, and projects what is owed."""

    @staticmethod
    def work(config: Config, ready: Connection) -> None:
        """As ``hub worker``, with two kinds of work of this bench."""
        gc.freeze()
        installation = Installation(config)
        ready.send("ready")
        registry = Registry({"count": _count}, {"send": _send})
        Worker(installation, threading.Event(), registry=registry, timing=TIMING).run()


def _count(_tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Each addition in one unit with its cursor, as the hub's long jobs do."""
    while report.cursor.get("done", 0) < payload["times"]:
        report.check()
        with report.step() as step:
            row = step.session.get(Setting, payload["counter"], with_for_update=True)
            if row is None:
                row = Setting(name=payload["counter"], value={"n": 0})
                step.session.add(row)
            row.value = {"n": row.value["n"] + 1}
            step.progress({"done": report.cursor.get("done", 0) + 1})
        time.sleep(PAUSE)


def _send(_tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """A remote beyond our transactions: it may hear the delivery in hand again, under the same id."""
    with Path(payload["file"]).open("a", encoding="utf-8") as file:
        file.write(f"{report.id}\n")
