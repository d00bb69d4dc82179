"""Many writers on one counter: no update lost, no lock error (DESIGN section 6, the contention test)."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from tests.db.tables import Counter, make_tables

PROCESSES, THREADS, ADDITIONS = 2, 4, 60


def add_many(data: Path, url: str | None) -> float:
    """Adds one, ADDITIONS times on each of THREADS threads; gives the longest wait for one unit, in seconds."""
    installation = Installation(Config(data=data, database_url=url))
    tenant = installation.tenant("generateur")

    def work(_: int) -> float:
        return max(add_one(tenant) for _ in range(ADDITIONS))

    with ThreadPoolExecutor(THREADS) as pool:
        longest = max(pool.map(work, range(THREADS)))
    installation.close()
    return longest


def add_one(tenant: TenantDatabase) -> float:
    started = time.perf_counter()
    with tenant.write() as session:
        # The lock of the row is PostgreSQL's way; SQLite has one writer and leaves the clause out.
        counter = session.scalars(select(Counter).where(Counter.id == 1).with_for_update()).one()
        counter.value = counter.value + 1
    return time.perf_counter() - started


def test_no_update_is_lost_between_processes_and_threads(installation: Installation, tenant: TenantDatabase) -> None:
    make_tables(tenant)
    with tenant.write() as session:
        session.add(Counter(id=1, value=0))
    arguments = [(installation.config.data, installation.config.database_url)] * PROCESSES
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        waits = pool.starmap(add_many, arguments)  # a lock error in a process is raised here
    with tenant.read() as session:
        assert session.get_one(Counter, 1).value == PROCESSES * THREADS * ADDITIONS
    assert max(waits) < 5.0


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_readers_are_not_held_up_by_a_writer(tenant: TenantDatabase) -> None:
    make_tables(tenant)
    with tenant.write() as session:
        session.add(Counter(id=1, value=1))
    with tenant.write() as session:
        session.get_one(Counter, 1).value = 2
        session.flush()
        with tenant.read() as reader:
            assert reader.get_one(Counter, 1).value == 1
