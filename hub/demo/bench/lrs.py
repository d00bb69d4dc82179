"""The bench of the LRS: statements over HTTP into a server process of its own, against the bare insert rate.

"Bare" is what the database itself takes of the very rows that the batches left behind: the same columns and indexes,
in units of a batch and in units as large as the hub's, by the driver's best bulk statement (``lrs_bare``). All in one
run, so that the ratio says something on any machine. SQLite, and PostgreSQL where HUB_BENCH_DATABASE_URL names an empty
database.
HUB_BENCH_PROCESSES=2 has the server run as so many processes (``hub serve --processes``, extra ``server``).

The clients are threads of this process that send real HTTP over kept connections. Their statements are written once and
get a new id for each request, so that they take a tenth of a core, not a half.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

import orjson

from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.bench.lrs_bare import BATCH, bare
from hub.demo.bench.lrs_client import Client, free_port, wait_for
from hub.demo.bench.measure import repeated
from hub.services import xapi_sources
from hub.services.driver_sql import rows

SECONDS: Final = 8.0
CLIENTS: Final = 8
LMS: Final = "https://lms.example"
VERBS: Final = ("experienced", "completed", "passed", "attempted", "answered", "interacted", "progressed")


def statement(rng: random.Random) -> dict[str, Any]:
    """About 1.3 kB, as Moodle writes: 2,000 actors, 500 activities, 40 courses."""
    actor, activity, course = rng.randrange(2000), rng.randrange(500), rng.randrange(40)
    words = "Découvrir l’atelier, régler la découpe, tracer la pièce à l’échelle et vérifier les côtes. " * 2
    home = {"id": LMS, "definition": {"type": "http://id.tincanapi.com/activitytype/lms", "name": {"fr": "Campus"}}}
    kind = "http://id.tincanapi.com/activitytype/lms/course"
    return {
        "id": str(uuid4()),
        "actor": {"name": f"Apprenant {actor}", "account": {"homePage": LMS, "name": str(actor)}},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{rng.choice(VERBS)}", "display": {"fr": "a fait"}},
        "object": {
            "id": f"{LMS}/mod/{activity}",
            "definition": {"name": {"fr": f"Activité {activity}"}, "description": {"fr": words}},
        },
        "result": {"score": {"raw": rng.randrange(20), "min": 0, "max": 20}, "duration": "PT12M3S", "completion": True},
        "context": {
            "platform": "Moodle",
            "language": "fr",
            "registration": f"00000000-0000-4000-8000-{actor:06d}{course:06d}",
            "contextActivities": {
                "parent": [{"id": f"{LMS}/course/{course}", "definition": {"type": kind, "name": {"fr": "Atelier"}}}],
                "grouping": [home],
                "category": [{"id": "https://w3id.org/xapi/video"}],
            },
        },
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


@dataclass
class Load:
    """What the clients of one cell saw."""

    statements: int = 0
    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def figures(self) -> dict[str, Any]:
        taken = sorted(self.taken) or [0.0]
        return {
            "statements": self.statements,
            "per_second": round(self.statements / self.seconds),
            "p50_ms": round(taken[len(taken) // 2] * 1000, 1),
            "p95_ms": round(taken[int(len(taken) * 0.95)] * 1000, 1),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
        }


def lrs(*, quick: bool) -> dict[str, Any]:
    """Batches, singles, concurrent batches over the same actors, queries, authentication."""
    result: dict[str, Any] = {"SQLite": _measure(None, quick=quick)}
    result["batches_of_bare_by_processor"] = result["SQLite"]["bare"]["batches_of_bare_by_processor"]
    url = os.environ.get("HUB_BENCH_DATABASE_URL")
    if url:
        result["PostgreSQL"] = _measure(url, quick=quick)
    return result


def _measure(url: str | None, *, quick: bool) -> dict[str, Any]:
    seconds = 1.0 if quick else SECONDS
    with TemporaryDirectory(prefix="hub-bench-") as folder:
        config = Config(data=Path(folder), database_url=url, base_url="http://localhost:8080")
        installation = Installation(config)
        tenant = installation.create_tenant(f"lrs{time.time_ns() % 10**9}", "Banc", ["localhost"])
        with tenant.write() as session:
            row, secret = xapi_sources.create_source(
                session, installation.vault, "bench", ["all"], None, datetime.now(UTC)
            )
            key = row.key
        try:
            with _serving(config, key, secret) as (client, process):
                figures = _over_http(client, process, seconds, quick=quick)
                figures["authentication"] = _authentication(installation, tenant, key, secret)
            figures["bare"] = bare(installation, tenant, figures["batches"])
        finally:
            installation.close()
    return figures


@contextmanager
def _serving(config: Config, key: str, secret: str) -> Iterator[tuple[Callable[[], Client], int]]:
    """A server process; gives a maker of clients, and its process id."""
    port = free_port()
    settings = {"HUB_DATA": str(config.data), "HUB_DATABASE_URL": config.database_url or "", "HUB_WORKER_THREADS": "0"}
    command = [sys.executable, "-m", "hub.cli.main", "serve", "--port", str(port)]
    processes = os.environ.get("HUB_BENCH_PROCESSES", "")
    command += ["--processes", processes] if processes else []
    process = Popen(command, env={**os.environ, **settings}, stdout=DEVNULL, stderr=DEVNULL)  # noqa: S603 ourselves
    try:
        wait_for(port, process)
        yield lambda: Client(port, key, secret), process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _over_http(client: Callable[[], Client], process: int, seconds: float, *, quick: bool) -> dict[str, Any]:
    _load(client, 2, BATCH, 0.5)  # caches and connections
    figures: dict[str, Any] = {}
    for name, batch in (("batches", BATCH), ("singles", 1)):
        before = _processor_seconds(process)
        load = _load(client, CLIENTS, batch, seconds)
        used = _processor_seconds(process) - before
        figures[name] = load.figures() | {"per_processor_second": round(load.statements / used) if used else 0}
    figures["same_actors"] = _same_actors(client, 4 if quick else 32)
    figures["queries"] = _queries(client(), 10 if quick else 100)
    return figures


def _processor_seconds(process: int) -> float:
    """What a process and its children have used of processors so far: on a machine that does other things too, the
    fairer clock."""
    try:
        used = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0.0
    own = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_processor_seconds(int(child)) for child in children)


def _load(client: Callable[[], Client], clients: int, batch: int, seconds: float) -> Load:
    load = Load()
    rng = random.Random(7)  # noqa: S311 a repeatable load, no secret
    until = time.perf_counter() + seconds
    pool = [[_written(statement(rng)) for _ in range(batch)] for _ in range(max(20, 200 // batch))]

    def work(number: int) -> None:
        mine = client()
        own = random.Random(number)  # noqa: S311 a repeatable load, no secret
        while time.perf_counter() < until:
            said = b",".join(b'{"id":"%b%b' % (str(uuid4()).encode(), rest) for rest in own.choice(pool))
            body = b"[%b]" % said if batch > 1 else said
            began = time.perf_counter()
            status = mine.post(body)
            with load.guard:
                load.taken.append(time.perf_counter() - began)
                load.statuses[status] = load.statuses.get(status, 0) + 1
                load.statements += batch if status == 200 else 0

    began = time.perf_counter()
    _together([lambda n=n: work(n) for n in range(clients)])  # type: ignore[misc]  # bound now, by its default
    load.seconds = time.perf_counter() - began
    return load


def _written(said: dict[str, Any]) -> bytes:
    """A statement as it is sent, from the end of its id on."""
    return orjson.dumps(said).partition(said["id"].encode())[2]


def _together(calls: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _same_actors(client: Callable[[], Client], count: int) -> dict[str, Any]:
    """``count`` batches at once over one set of actors, each in another order; then each is sent once more."""
    rng = random.Random(3)  # noqa: S311 a repeatable load, no secret
    base = [statement(rng) for _ in range(BATCH)]
    batches = [
        [{**s, "id": str(uuid4())} for s in random.Random(n).sample(base, BATCH)]  # noqa: S311 a repeatable load, no secret
        for n in range(count)
    ]
    statuses: list[int] = []
    marker = f"{LMS}/same/{uuid4()}"
    for said in (s for batch in batches for s in batch):
        said["object"] = {"id": marker}

    def send(body: bytes) -> None:
        statuses.append(client().post(body))

    for _ in range(2):
        _together([partial(send, orjson.dumps(batch)) for batch in batches])
    found = list(client().all(activity=marker))
    sent = {s["id"] for batch in batches for s in batch}
    return {
        "batches": count,
        "server_errors": sum(s >= 500 for s in statuses),
        "lost": len(sent - set(found)),
        "doubled": len(found) - len(set(found)),
    }


def _queries(client: Client, times: int) -> dict[str, Any]:
    agent = orjson.dumps({"account": {"homePage": LMS, "name": "1"}}).decode()
    verb, activity, course = f"http://adlnet.gov/expapi/verbs/{VERBS[1]}", f"{LMS}/mod/1", f"{LMS}/course/1"
    since = "2026-01-01T00:00:00Z"
    shapes: dict[str, dict[str, str]] = {
        "latest": {},
        "agent": {"agent": agent},
        "verb": {"verb": verb},
        "activity": {"activity": activity},
        "activity_related": {"activity": course, "related_activities": "true"},
        "agent_related": {"agent": agent, "related_agents": "true"},
        "agent_verb_since": {"agent": agent, "verb": verb, "since": since},
    }
    figures: dict[str, Any] = {
        name: repeated(lambda q=query: client.get(limit="50", **q), times)  # type: ignore[misc]  # bound now, by its default
        for name, query in shapes.items()
    }
    more = client.get(limit="1")["more"]
    for _ in range(min(times * 10, 1000)):
        more = client.follow(more)["more"]
    figures["page_1000"] = repeated(lambda: client.follow(more), times)
    return figures


def _authentication(installation: Installation, tenant: TenantDatabase, key: str, secret: str) -> dict[str, Any]:
    """What a request pays: once a second and process a query, else what the process remembers. Beside it, what the
    database takes to answer at all."""
    vault = installation.vault
    with tenant.read() as session:
        query = repeated(lambda: xapi_sources.authenticate(session, vault, key, secret), 500)
        nothing = repeated(lambda: rows(session, "SELECT 1"), 500)
        row = xapi_sources.authenticate(session, vault, key, secret).source
    if row is not None:
        xapi_sources.remember(tenant, row, secret)
    remembered = repeated(lambda: xapi_sources.recall(tenant, key, secret), 500)
    return {"remembered": remembered, "with_its_query": query, "any_query": nothing, "wanted_ms_at_most": 0.1}
