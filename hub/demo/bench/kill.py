"""Web and worker processes killed with SIGKILL under load: what was acknowledged is neither lost nor doubled."""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hub.config import Config
from hub.db.uow import TenantDatabase
from hub.demo.bench.kill_clients import Client, Owing, Roll, Statements, Uploads
from hub.demo.bench.kill_place import KillPlace, filled
from hub.demo.bench.kill_processes import Web, Work, listening
from hub.demo.bench.kill_verdict import judged
from hub.models.platforms import Delivery, Job
from hub.models.river import Dirty
from hub.services import jobs

KILLS, FEW = 1_000, 12
PAUSE = 0.12
"""Seconds from one kill to the next at most: each process lives half a second on the average."""
STILL = 900.0
"""How long what was begun, and the work that waits, may take to the end: a thousand kills leave some thousand jobs."""


def killing(*, quick: bool) -> dict[str, Any]:
    """Two web processes and two workers, one of the four killed some eight times a second, while people and machines
    send statements, rolls and files, and jobs and deliveries are put down. ``HUB_BENCH_DATABASE_URL``: PostgreSQL."""
    kills = FEW if quick else KILLS
    result: dict[str, Any] = {"kills": kills, "SQLite": _killed(kills, None)}
    if url := os.environ.get("HUB_BENCH_DATABASE_URL"):
        result["PostgreSQL"] = _killed(kills, url)
    result["nothing_lost_or_doubled"] = all(
        found["nothing_lost_or_doubled"] for found in result.values() if isinstance(found, dict)
    )
    return result


def _killed(kills: int, url: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        place = filled(Config(data=Path(folder), database_url=url, base_url="http://localhost:8080"), Path(folder))
        try:
            started = time.perf_counter()
            clients = _under_load(place, kills)
            seconds = round(time.perf_counter() - started, 1)
            return {"seconds": seconds, **judged(place, clients)}
        finally:
            place.installation.remove_tenant(place.key)
            place.installation.close()


def _under_load(place: KillPlace, kills: int) -> list[Client]:
    """Kill and start again; then let everybody finish what was begun, and the work that waits."""
    chance, stop = random.Random(5), threading.Event()  # noqa: S311 - a repeatable bench
    door = listening()
    config = place.installation.config
    processes = [Web(config, door), Web(config, door), Work(config), Work(config)]
    clients: list[Client] = [Statements(place, door, stop, n) for n in range(2)]
    clients += [Roll(place, door, stop), Uploads(place, door, stop), Owing(place, door, stop)]
    try:
        for client in clients:
            client.start()
        for _ in range(kills):
            time.sleep(chance.uniform(0.0, PAUSE))
            chance.choice(processes).kill_and_start()
        stop.set()
        for client in clients:
            client.join(STILL)
        _until(lambda: _at_rest(place.tenant))
    finally:
        stop.set()
        for process in processes:
            process.kill()
        door.close()
    return clients


def _at_rest(tenant: TenantDatabase) -> bool:
    with tenant.read() as session:
        waiting = any(jobs.lines(session, model, states=("due", "running"), limit=1) for model in (Job, Delivery))
        return not waiting and session.query(Dirty).first() is None


def _until(met: Callable[[], bool]) -> None:
    """Raises TimeoutError after ``STILL`` seconds."""
    until = time.monotonic() + STILL
    while not met():
        if time.monotonic() > until:
            raise TimeoutError("the work that waits is not done")
        time.sleep(0.1)
