"""Bench of reading platforms: calls and seconds against the Moodle double with the latencies measured on a real one."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from connectors.http import HttpOptions
from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.bench.measured_moodle import LATENCIES, measured
from hub.demo.moodle import Course, Module, MoodleState, Person, create_moodle_double
from hub.demo.servers import Served
from hub.models.platforms import Platform, SyncRun
from hub.models.river import Ledger, StatementKey
from hub.services import platforms, sync
from hub.services.jobs import Unleased
from hub.services.platforms import Connection, PlatformData
from hub.services.sync import negotiated

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of the double alone
PORT = 9490
ACTIVITY = "core_completion_get_activities_completion_status"
CONTENTS = "core_course_get_contents"


def moodle(
    port: int, courses: int, learners: int, enrolled: int, *, latencies: bool, active: float = 1.0
) -> MoodleState:
    """A site: each learner is in ``enrolled`` courses; the ``active`` share of them has done the first module of each
    and passed its quiz, the others have not begun."""
    state = MoodleState(f"http://moodle.localhost:{port}", TOKEN, latency={}, now=lambda: NOW)
    state.measured = measured(state) if latencies else None
    for n in range(courses):
        modules = [
            Module(10_000 + 10 * n, "page", "Lire", "Début"),
            Module(10_001 + 10 * n, "quiz", "Questionnaire", "Fin", grademax=20.0, gradepass=10.0),
        ]
        state.add_course(Course(2 + n, f"C{n:04}", f"Cours {n}", f"C{n:04}", modules=modules))
    start = NOW - timedelta(days=30)
    with state.locked():
        for n in range(learners):
            who = Person(1000 + n, f"u{n:05}", "Prénom", f"Nom {n}", f"u{n}@example.org", f"TL-{n}")
            state.people[who.id] = who
            for k in range(enrolled):
                course = 2 + (n * enrolled + k) % courses
                state.enrol(who.id, course)
                if n >= learners * active:
                    continue
                at = start + timedelta(minutes=n % 40_000)
                state.complete(who.id, 10_000 + 10 * (course - 2), at)
                state.complete(who.id, 10_001 + 10 * (course - 2), at, 2)
                state.grade(who.id, 10_001 + 10 * (course - 2), 15.0, at)
    return state


@contextmanager
def place() -> Iterator[tuple[Installation, TenantDatabase]]:
    """A tenant in a folder of its own."""
    with TemporaryDirectory(prefix="hub-bench-") as folder:
        installation = Installation(
            Config(data=Path(folder), base_url="http://hub.localhost:8080", allow_loopback=True)
        )
        try:
            yield installation, installation.create_tenant("bench", "Banc", ["hub.localhost"])
        finally:
            installation.close()


class Bench:
    """One platform read again and again."""

    def __init__(self, installation: Installation, tenant: TenantDatabase, state: MoodleState) -> None:
        self.tenant, self.state = tenant, state
        self._config = installation.config
        values = {"url": state.url, "token": TOKEN}
        with tenant.write() as session:
            data = PlatformData(f"Moodle {state.url}", "moodle", values)
            self.platform: UUID = platforms.add(session, data, by=None, now=NOW).id
        tested = platforms.probe(Connection("moodle", {**values, "report": "", "role": ""}), self._config)
        with tenant.write() as session:
            negotiated.save(session, self.platform, negotiated.of(tested.negotiation), NOW)
        self.connecting = sum(state.calls.values())

    def read(self, now: datetime, *, full: bool) -> dict[str, Any]:
        """One reading: calls by kind, seconds of ours and of the double, statements."""
        self.state.calls.clear()
        self.state.spent = 0.0
        before, started = self.statements(), perf_counter()
        run_id = sync.run_sync(self.tenant, self.platform, self.connect, full=full, clock=lambda: now)
        seconds = perf_counter() - started
        with self.tenant.read() as session:
            state = session.get_one(SyncRun, run_id).state
        calls = Counter(self.state.calls)
        activity, contents = calls.pop(ACTIVITY, 0), calls.pop(CONTENTS, 0)
        return {
            "state": state,
            "calls": sum(calls.values()),
            "calls_for_activity_completion": activity,
            "calls_for_contents": contents,
            "seconds": round(seconds, 2),
            "seconds_of_the_double": round(self.state.spent, 2),
            "statements": self.statements() - before,
        }

    def statements(self) -> int:
        """Rows of the ledger."""
        with self.tenant.read() as session:
            return session.scalar(select(func.count()).select_from(Ledger)) or 0

    def connect(self, to: Connection) -> Any:
        """A connector with patience."""
        return platforms.connect(to, self._config, HttpOptions(read_timeout=120, deadline=180))


def _move(state: MoodleState, learners: range, at: datetime) -> None:
    for n in learners:
        course = next(one for one in state.courses if state.is_enrolled(1000 + n, one))
        module = 10_001 + 10 * (course - 2)
        state.complete(1000 + n, module, at, 2)
        state.grade(1000 + n, module, 18.0, at)


def small_site(quick: bool) -> dict[str, Any]:
    """25 learners in 3 courses: the first reading, one where nothing moved, one where two learners did."""
    with place() as (installation, tenant):
        state = moodle(PORT, 3, 6 if quick else 25, 3, latencies=not quick)
        with Served("bench-moodle", create_moodle_double(state), PORT).start():
            bench = Bench(installation, tenant, state)
            first = bench.read(NOW, full=True)
            still = bench.read(NOW + timedelta(hours=1), full=False)
            _move(state, range(2), NOW + timedelta(hours=1))
            moved = bench.read(NOW + timedelta(hours=2), full=False)
    wanted = {"first_calls": "< 10", "next_calls": "< 3", "activity_calls": "<= pairs that moved"}
    return {
        "calls_of_connecting": bench.connecting,
        "first": first,
        "nothing_moved": still,
        "two_moved": moved,
        "wanted": wanted,
    }


def large_site(quick: bool) -> dict[str, Any]:
    """50,000 enrolments (10,000 learners in 5 of 50 courses) refreshed when nothing and when 1 % moved; what is known
    before was read without latencies, 2 % having begun."""
    learners, courses = (100, 10) if quick else (10_000, 50)
    with place() as (installation, tenant):
        state = moodle(PORT, courses, learners, 5, latencies=False, active=0.02)
        with Served("bench-moodle", create_moodle_double(state), PORT).start():
            bench = Bench(installation, tenant, state)
            first = bench.read(NOW, full=True)
            state.measured = measured(state)
            tracemalloc.start()
            still = bench.read(NOW + timedelta(hours=1), full=False)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            _move(state, range(learners // 100), NOW + timedelta(hours=1))
            moved = bench.read(NOW + timedelta(hours=2), full=False)
    return {
        "enrolments": learners * 5,
        "first_without_latencies": first,
        "nothing_moved": still,
        "one_percent_moved": moved,
        "peak_mb_of_a_refresh": round(peak / 1e6, 1),
        "wanted": {"seconds_of_the_double": "< 120"},
    }


def many_sites(quick: bool) -> dict[str, Any]:
    """Ten platforms at once against one alone: readings of an hour where nothing moved, with latencies."""
    count = 2 if quick else 10
    with place() as (installation, tenant):
        states = [moodle(PORT + n, 3, 5 if quick else 25, 3, latencies=False) for n in range(count)]
        served = [Served(f"bench-{n}", create_moodle_double(one), PORT + n).start() for n, one in enumerate(states)]
        try:
            benches = [Bench(installation, tenant, one) for one in states]
            for bench in benches:
                bench.read(NOW, full=True)
            for one in states:
                one.measured = measured(one)
            alone = benches[0].read(NOW + timedelta(hours=1), full=True)["seconds"]
            started = perf_counter()
            with ThreadPoolExecutor(count) as pool:
                times = list(pool.map(lambda it: it.read(NOW + timedelta(hours=2), full=True)["seconds"], benches))
            together = perf_counter() - started
        finally:
            for server in served:
                server.__exit__(None, None, None)
    return {"platforms": count, "alone_seconds": alone, "slowest_of_all_seconds": max(times),
            "all_at_once_seconds": round(together, 2)}  # fmt: skip


class Cut(Exception):
    """Stands for a process that was killed."""


class Falling(Unleased):
    """A reporter under which the work is cut off after some units, in one of them or right after it."""

    def __init__(self, tenant: TenantDatabase, units: int, inside: bool) -> None:
        super().__init__(tenant)
        self._left, self._inside = units, inside

    @contextmanager
    def step(self) -> Iterator[Any]:
        """A unit, or the last one."""
        self._left -= 1
        with super().step() as step:
            yield step
            if self._left <= 0 and self._inside:
                raise Cut  # before the commit: nothing of this unit stays
        if self._left <= 0:
            raise Cut


def cut_off(quick: bool) -> dict[str, Any]:
    """A reading cut off at random units, again and again, against one left alone: their ledgers have to be equal.

    In one process: a test kills real workers, fewer times.
    """
    cuts, chance = 4 if quick else 100, random.Random(5)  # noqa: S311 - no secret
    with place() as (installation, tenant):
        alone = installation.create_tenant("alone", "Seul", ["alone.localhost"])
        state = moodle(PORT, 3, 5 if quick else 25, 3, latencies=False)
        with Served("bench-moodle", create_moodle_double(state), PORT).start():
            bench = Bench(installation, tenant, state)
            copy_platform(tenant, alone, bench.platform)
            sync.run_sync(alone, bench.platform, bench.connect, full=True, clock=lambda: NOW)
            happened = 0
            for _ in range(cuts):
                report = Falling(tenant, chance.randint(1, 6), chance.random() < 0.5)
                with suppress(Cut):
                    sync.run_sync(tenant, bench.platform, bench.connect, report, full=True, clock=lambda: NOW)
                    continue
                happened += 1
            sync.run_sync(tenant, bench.platform, bench.connect, full=True, clock=lambda: NOW)
            return {"cuts": happened, "same_ledger": told(tenant) == told(alone), "statements": bench.statements()}


def copy_platform(of: TenantDatabase, to: TenantDatabase, platform_id: UUID) -> None:
    """The same row, so that the same series have the same names."""
    with of.read() as session:
        row = session.get_one(Platform, platform_id)
        values = {column.name: getattr(row, column.name) for column in Platform.__table__.c}
    with to.write() as session:
        session.add(Platform(**values))


def told(tenant: TenantDatabase) -> dict[str, str]:
    """Every statement by its id."""
    query = select(StatementKey.statement_id, Ledger.text).join(Ledger, Ledger.seq == StatementKey.seq)
    with tenant.read() as session:
        return {row.statement_id: row.text for row in session.execute(query)}


def reading(*, quick: bool) -> dict[str, Any]:
    """All of it."""
    started = perf_counter()
    parts = {"small": small_site, "large": large_site, "many": many_sites, "cut_off": cut_off}
    figures: dict[str, Any] = {name: part(quick) for name, part in parts.items()}
    figures["latencies_ms"] = {name: round(1000 * fixed, 1) for name, (fixed, _each) in LATENCIES.items()}
    return {**figures, "seconds": round(perf_counter() - started, 1)}
