"""Workers killed with SIGKILL in the middle of their work: nothing lost, nothing doubled."""

import random
import time
from pathlib import Path

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.platforms import Delivery, Job, Setting
from hub.services import jobs
from hub.services.deliveries import owe
from tests.jobs.killing import kill, start
from tests.jobs.kinds import QUICK, registry

KILLS, JOBS, TIMES, DELIVERIES = 14, 3, 60, 25


def unfinished(tenant: TenantDatabase) -> int:
    with tenant.read() as session:
        return sum(len(jobs.lines(session, model, states=("due", "running"), limit=500)) for model in (Job, Delivery))


def test_killed_workers_lose_and_double_nothing(
    installation: Installation, tenant: TenantDatabase, tmp_path: Path
) -> None:
    sent = tmp_path / "sent"
    with tenant.write() as session:
        for n in range(JOBS):
            jobs.enqueue(session, "count", {"times": TIMES, "counter": f"c{n}", "pause": 0.02})
        owed = {str(owe(session, "send", {"file": str(sent)})) for _ in range(DELIVERIES)}
    chance = random.Random(7)
    for _ in range(KILLS):
        process = start(installation.config, registry, QUICK)
        time.sleep(chance.uniform(0.05, 0.8))
        kill(process)
    process = start(installation.config, registry, QUICK)
    deadline = time.monotonic() + 60
    while unfinished(tenant) and time.monotonic() < deadline:
        time.sleep(0.1)
    kill(process)
    states = ("done", "failed", "due", "running")
    with tenant.read() as session:
        lines = [line for model in (Job, Delivery) for line in jobs.lines(session, model, states=states)]
        assert {line.state for line in lines} == {"done"}
        assert [session.get_one(Setting, f"c{n}").value for n in range(JOBS)] == [{"n": TIMES}] * JOBS
    # A remote outside our transactions may hear the one in hand again, under the same id; none is lost.
    received = sent.read_text().split()
    assert set(received) == owed
    assert len(received) <= len(owed) + KILLS
