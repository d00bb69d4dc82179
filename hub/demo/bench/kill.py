"""Web and worker processes killed with SIGKILL under load: what was acknowledged is neither lost nor doubled.

Told to stop (Ctrl-C, SIGTERM), the bench kills no more, lets everybody finish, and says what became of what was done;
told again, it judges at once and says what is left. How far it is stands on standard error.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
from sqlalchemy import func, select

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
EVERY = 10.0
"""Seconds between two lines that say how far it is."""


class Told:
    """How often somebody asked for the end, and when it was last said how far things are."""

    def __init__(self) -> None:
        self.times = 0
        self._said = time.monotonic()

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """A signal came."""
        self.times += 1

    def say(self, text: str) -> None:
        """A line for who waits, every ten seconds at most."""
        if time.monotonic() - self._said >= EVERY:
            self._said = time.monotonic()
            click.echo(text, err=True)


@contextmanager
def _listening_to_signals() -> Iterator[Told]:
    """Signals that would end the program are counted meanwhile; in a thread, which gets none, nothing changes."""
    told = Told()
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, told) for number in numbers}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def killing(*, quick: bool) -> dict[str, Any]:
    """Two web processes and two workers, one of the four killed some eight times a second, while people and machines
    send statements, rolls and files, and jobs and deliveries are put down. ``HUB_BENCH_DATABASE_URL``: PostgreSQL."""
    kills = FEW if quick else KILLS
    places: dict[str, str | None] = {"SQLite": None}
    if url := os.environ.get("HUB_BENCH_DATABASE_URL"):
        places["PostgreSQL"] = url
    found: dict[str, dict[str, Any]] = {}
    with _listening_to_signals() as told:
        for name, where in places.items():
            if not told.times:
                found[name] = _killed(kills, where, told)
                click.echo(f"{name}: {found[name]}", err=True)
    right = len(found) == len(places) and all(one["nothing_lost_or_doubled"] for one in found.values())
    return {"kills": kills, **found, "told_to_stop": told.times > 0, "nothing_lost_or_doubled": right}


def _killed(kills: int, url: str | None, told: Told) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        place = filled(Config(data=Path(folder), database_url=url, base_url="http://localhost:8080"), Path(folder))
        try:
            started = time.perf_counter()
            clients, dealt = _under_load(place, kills, told)
            seconds, left = round(time.perf_counter() - started, 1), _left(place.tenant)
            found = {"kills": dealt, "seconds": seconds, "work_left": left, **judged(place, clients)}
            return {**found, "nothing_lost_or_doubled": found["nothing_lost_or_doubled"] and not left}
        finally:
            place.installation.remove_tenant(place.key)
            place.installation.close()


def _under_load(place: KillPlace, kills: int, told: Told) -> tuple[list[Client], int]:
    """Kill and start again; then let everybody finish what was begun, and the work that waits. Gives the clients, and
    how many kills there were."""
    chance, stop = random.Random(5), threading.Event()  # noqa: S311 - a repeatable bench
    door = listening()
    config = place.installation.config
    processes = [Web(config, door), Web(config, door), Work(config), Work(config)]
    clients: list[Client] = [Statements(place, door, stop, n) for n in range(2)]
    clients += [Roll(place, door, stop), Uploads(place, door, stop), Owing(place, door, stop)]
    dealt = 0
    try:
        for client in clients:
            client.start()
        while dealt < kills and not told.times:
            time.sleep(chance.uniform(0.0, PAUSE))
            try:
                chance.choice(processes).kill_and_start()
            except EOFError:  # a signal to all of us ended it before it was ready
                if not told.times:
                    raise
            dealt += 1
            told.say(f"{dealt} of {kills} kills")
        stop.set()
        if told.times:
            for process in processes:
                process.kill_and_start()
        _wait(told, lambda: sum(client.is_alive() for client in clients), "clients at work")
        _wait(told, lambda: _left(place.tenant), "pieces of work left")
    finally:
        stop.set()
        for process in processes:
            process.kill()
        door.close()
    return clients, dealt


def _left(tenant: TenantDatabase) -> int:
    """Jobs and deliveries that are not done, enrolments that are not projected."""
    with tenant.read() as session:
        owed = [
            select(func.count()).select_from(model).where(model.state.in_(jobs.UNFINISHED)) for model in (Job, Delivery)
        ]
        return sum(session.scalar(query) or 0 for query in (*owed, select(func.count()).select_from(Dirty)))


def _wait(told: Told, left: Callable[[], int], what: str) -> None:
    """Until nothing is left, ``STILL`` seconds at most, or until told to stop (once more, if that was said before)."""
    until, asked = time.monotonic() + STILL, told.times
    while (count := left()) and time.monotonic() < until and told.times == asked:
        told.say(f"{count} {what}")
        time.sleep(0.1)
