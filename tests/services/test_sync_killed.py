"""A reading killed at random points ends with the same ledger as one that was left alone."""

import random
import time
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db import migrate
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.registry import discovered
from hub.jobs.worker import Timing
from hub.models.platforms import Job, Platform, SyncRun
from hub.services import sync
from tests import conftest
from tests.jobs.killing import kill, start
from tests.services.sync_place import Clock, add_platform, everybody_works, ledger, moodle, read

KILLS, LEARNERS, LATENCY = 12, 25, 0.012
TIMING = Timing(lease=0.5, poll=0.02)


def reference(installation: Installation) -> TenantDatabase:
    """A second tenant, to read the same platform undisturbed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", conftest._create_tables)
        return installation.create_tenant("reference", "Référence", ["reference.localhost"])


def copy_platform(of: TenantDatabase, to: TenantDatabase, platform_id: UUID) -> None:
    """The same row, so that the same series have the same names."""
    with of.read() as session:
        row = session.get_one(Platform, platform_id)
        values = {column.name: getattr(row, column.name) for column in Platform.__table__.c}
    with to.write() as session:
        session.add(Platform(**values))


def test_a_killed_reading_ends_with_the_same_ledger(installation: Installation, tenant: TenantDatabase) -> None:
    undisturbed, clock, chance = reference(installation), Clock(), random.Random(11)
    with moodle(learners=LEARNERS) as state:
        everybody_works(state)
        platform_id = add_platform(tenant, state)
        copy_platform(tenant, undisturbed, platform_id)
        expected_run = read(undisturbed, installation.config, platform_id, clock)
        expected = ledger(undisturbed)
        state.latency = LATENCY
        with tenant.write() as session:
            sync.request_sync(session, platform_id, by=None, now=clock.now)
        cursors: set[str] = set()
        for _ in range(KILLS):
            process = start(installation.config, discovered, TIMING)
            cursors.add(let_it_get_on(tenant, chance.randint(1, 2)))
            time.sleep(chance.uniform(0.0, 0.03))
            kill(process)
            if not jobs_left(tenant):
                break  # it was done between two kills
        process = start(installation.config, discovered, TIMING)
        deadline = time.monotonic() + 60
        while jobs_left(tenant) and time.monotonic() < deadline:
            time.sleep(0.1)
        kill(process)
    with tenant.read() as session:
        # A kill between a run's end and its job's lets the job begin a second run, which finds nothing new.
        done = session.scalars(select(SyncRun).where(SyncRun.state == "done")).all()
    assert expected
    assert ledger(tenant) == expected
    assert len(cursors) >= KILLS // 2  # it was killed in different places
    assert sum(run.counts.get("statements", 0) for run in done) == expected_run.counts["statements"]


def let_it_get_on(tenant: TenantDatabase, units: int) -> str:
    """Wait until the run has committed so many times, or is done; gives where it stands."""
    seen, deadline = [where(tenant)], time.monotonic() + 30
    while len(seen) <= units and jobs_left(tenant):
        assert time.monotonic() < deadline, "the killed reading was not taken up again"
        time.sleep(0.003)
        seen += [now] if (now := where(tenant)) != seen[-1] else []
    return seen[-1]


def where(tenant: TenantDatabase) -> str:
    with tenant.read() as session:
        return str([(run.cursor, run.counts) for run in session.scalars(select(SyncRun))])


def jobs_left(tenant: TenantDatabase) -> int:
    with tenant.read() as session:
        return len(session.scalars(select(Job.id).where(Job.state.in_(("due", "running")))).all())
