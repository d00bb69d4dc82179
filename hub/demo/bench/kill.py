"""Workers killed with SIGKILL at random, many times: what was acknowledged is neither lost nor done twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.registry import Registry
from hub.jobs.report import Report
from hub.jobs.worker import Timing, Worker
from hub.models.platforms import Delivery, Job, Setting
from hub.services import jobs
from hub.services.deliveries import owe

KILLS, FEW = 1_000, 4
JOBS = 8
TIMING = Timing(lease=0.6, poll=0.02, tenants=60.0)
PAUSE = 0.01


def killing(*, quick: bool) -> dict[str, Any]:
    """Jobs that count, each addition in one unit with its cursor, and deliveries, under workers that are killed."""
    kills = FEW if quick else KILLS
    times = 10 if quick else 1_500
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        config, chance = Config(data=Path(folder)), random.Random(5)  # noqa: S311 - a repeatable bench
        installation = Installation(config)
        tenant = installation.create_tenant("bench", "Banc", ["localhost"])
        sent = Path(folder) / "sent"
        with tenant.write() as session:
            for n in range(JOBS):
                jobs.enqueue(session, "count", {"times": times, "counter": f"c{n}"})
            owed = {str(owe(session, "send", {"file": str(sent)})) for _ in range(50)}
        started = time.perf_counter()
        for _ in range(kills):
            _kill(_start(config), chance.uniform(0.0, 0.25))
        process = _start(config)
        _until_done(tenant)
        _kill(process, 0.0)
        seconds = round(time.perf_counter() - started, 1)
        counted = _counted(tenant)
        installation.close()
        received = sent.read_text("utf-8").split()
    return {
        "kills": kills,
        "seconds": seconds,
        "counted": counted,
        "wanted": [times] * JOBS,
        "deliveries_lost": len(owed - set(received)),
        "deliveries_repeated_under_the_same_id": len(received) - len(set(received)),
        "nothing_lost_or_doubled": counted == [times] * JOBS and set(received) == owed,
    }


def _counted(tenant: TenantDatabase) -> list[int]:
    with tenant.read() as session:
        return [int(session.get_one(Setting, f"c{n}").value["n"]) for n in range(JOBS)]


def _until_done(tenant: TenantDatabase, seconds: float = 600.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with tenant.read() as session:
            if not any(jobs.lines(session, model, states=("due", "running"), limit=1) for model in (Job, Delivery)):
                return
        time.sleep(0.1)


def _start(config: Config) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["hub.demo.bench.kill"])
    parent, child = context.Pipe()
    process = context.Process(target=_work, args=(config, child), daemon=True)
    process.start()
    parent.recv()
    return process


def _kill(process: BaseProcess, after: float) -> None:
    time.sleep(after)
    if process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join(10)


def _work(config: Config, ready: Connection) -> None:
    installation = Installation(config)
    ready.send("ready")
    registry = Registry({"count": _count}, {"send": _send})
    Worker(installation, threading.Event(), registry=registry, timing=TIMING).run()


def _count(_tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
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
    with Path(payload["file"]).open("a", encoding="utf-8") as file:
        file.write(f"{report.id}\n")
