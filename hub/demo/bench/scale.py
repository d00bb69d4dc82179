"""The bench of several web processes: pages a second by eight of them on one core and on two.

Clients, web processes and the database's server are all held to the same cores, so that the second core is all that
differs. PostgreSQL where HUB_BENCH_DATABASE_URL names a database, else SQLite; the server of a database that runs
elsewhere, or belongs to somebody else, cannot be held, and the figures say so.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any, Final

from sqlalchemy import text

from hub.db.base import new_id
from hub.demo.bench.lrs_client import free_port, wait_for
from hub.demo.bench.world import HOST, World, world
from hub.models.person import Person
from hub.services import sessions
from hub.services.roles import grant_role
from hub.web.cookies import session_name

PROCESSES: Final = 8
CLIENTS: Final = 8


def scaling(*, quick: bool) -> dict[str, Any]:
    """A group's page, asked for by trainers all the time."""
    size, learners, seconds = (1_000, 10, 1.0) if quick else (20_000, 100, 15.0)
    processes = 2 if quick else PROCESSES
    cores = sorted(os.sched_getaffinity(0))[:2]
    with world(size, learners=learners, database_url=os.environ.get("HUB_BENCH_DATABASE_URL")) as place:
        cookie = _trainer(place)
        servers = _database_processes(place)
        try:
            taken = [_pages(place, cookie, processes, cores[:n], servers, seconds) for n in range(1, len(cores) + 1)]
        finally:
            _hold((os.getpid(), *servers), cores)
    return {
        "database": place.tenant.dialect,
        "database_held_to_the_cores": bool(servers) or place.tenant.dialect == "sqlite",
        "processes": processes,
        "pages_per_second_by_cores": {str(n): round(rate, 1) for n, rate in enumerate(taken, 1)},
        "ratio": round(taken[-1] / taken[0], 2),
        "wanted_at_least": 1.7,
    }


def _trainer(place: World) -> str:
    """The cookie of somebody who sees the group."""
    now = datetime.now(UTC)
    with place.tenant.write() as session:
        person = Person(id=new_id(), given_name="Claire", family_name="Fabre", created_at=now)
        session.add(person)
        session.flush()
        grant_role(session, person.id, "trainer", now)
        token = sessions.start(session, place.installation.vault, person.id, now, shared=False, how="password")
    return f"{session_name(False)}={token}"


def _pages(
    place: World, cookie: str, processes: int, cores: list[int], servers: tuple[int, ...], seconds: float
) -> float:
    """Pages a second."""
    _hold((os.getpid(), *servers), cores)
    with _serving(place, processes) as port:
        _asked(port, place, cookie, seconds / 5)  # each process has its caches and connections
        return _asked(port, place, cookie, seconds) / seconds


@contextmanager
def _serving(place: World, processes: int) -> Iterator[int]:
    port, config = free_port(), place.installation.config
    settings = {
        "HUB_DATA": str(config.data), "HUB_DATABASE_URL": config.database_url or "", "HUB_BASE_URL": config.base_url,
    }  # fmt: skip
    command = [sys.executable, "-m", "hub.cli.main", "serve", "--port", str(port), "--processes", str(processes)]
    process = Popen(command, env={**os.environ, **settings}, stdout=DEVNULL, stderr=DEVNULL)  # noqa: S603 ourselves
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def _asked(port: int, place: World, cookie: str, seconds: float) -> int:
    """Pages that came within so many seconds. Raises RuntimeError for another answer than a page."""
    counted: list[int] = []
    refused: list[int] = []
    until = time.perf_counter() + seconds

    def ask() -> None:
        connection, number = HTTPConnection("127.0.0.1", port, timeout=60), 0
        while time.perf_counter() < until and not refused:
            headers = {"Host": f"{HOST}:{port}", "Cookie": cookie, "Accept-Encoding": "gzip"}
            connection.request("GET", f"/groups/{place.group}", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                refused.append(answer.status)
            number += 1
        counted.append(number)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise RuntimeError(f"the group's page answered {refused[0]}")
    return sum(counted)


def _database_processes(place: World) -> tuple[int, ...]:
    """The database server's process and its children, where they run here and we may hold them; else none."""
    if place.tenant.dialect == "sqlite":
        return ()
    with place.tenant.read() as session:
        backend = session.scalar(text("SELECT pg_backend_pid()"))
    try:
        parent = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        found = (parent, *map(int, children))
        _hold(found, sorted(os.sched_getaffinity(0)))
    except OSError:
        return ()
    return found


def _hold(processes: tuple[int, ...], cores: list[int]) -> None:
    """Let processes, and those that they start, run on these cores alone. One that has ended is left."""
    for process in processes:
        try:
            os.sched_setaffinity(process, cores)
        except ProcessLookupError:
            continue
