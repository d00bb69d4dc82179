"""Putting work down, claiming it, losing and ending leases."""

import errno
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from connectors.errors import RateLimited, RemoteRejected
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.errors import DatabaseFull
from hub.db.uow import TenantDatabase
from hub.jobs import leases
from hub.jobs.leases import Lease
from hub.jobs.report import Report
from hub.jobs.worker import Timing, Worker
from hub.models.platforms import Delivery, Job, Setting, Timetable
from hub.services import jobs
from hub.texts import Translator, speaking
from hub.web.views._admin_words import error_text
from tests.jobs.kinds import registry

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def put(tenant: TenantDatabase, kind: str = "count", **options: Any) -> UUID:
    payload = options.pop("payload", {"times": 1, "counter": "c"})
    with tenant.write() as session:
        return jobs.enqueue(session, kind, payload, **{"due_at": NOW, **options})


def claim(tenant: TenantDatabase, now: datetime = NOW, limit: int = 10, seconds: float = 60) -> list[Lease]:
    with tenant.write() as session:
        return leases.claim(session, Job, worker="w", now=now, seconds=seconds, limit=limit)


def job(tenant: TenantDatabase, row_id: UUID) -> Job:
    with tenant.read() as session:
        return session.get_one(Job, row_id)


def test_work_exists_only_if_its_unit_commits(tenant: TenantDatabase) -> None:
    with pytest.raises(ZeroDivisionError), tenant.write() as session:
        jobs.enqueue(session, "count", {"share": 1 // len(jobs.lines(session, Job, states=("failed",)))})
    assert claim(tenant, NOW + timedelta(days=9999)) == []


def test_a_unique_key_joins_unfinished_work_and_is_free_after_its_end(tenant: TenantDatabase) -> None:
    first = put(tenant, unique_key="k", due_at=NOW + timedelta(hours=1), payload={"v": 1})
    assert put(tenant, unique_key="k", payload={"v": 2}) == first
    (lease,) = claim(tenant)
    assert lease.payload == {"v": 2}
    with tenant.write() as session:
        leases.finish(session, lease, now=NOW)
    assert put(tenant, unique_key="k") != first


def test_putting_running_work_down_again_makes_it_run_once_more(tenant: TenantDatabase) -> None:
    row = put(tenant, unique_key="k", payload={"v": 1})
    (lease,) = claim(tenant)
    put(tenant, unique_key="k", payload={"v": 2}, due_at=NOW + timedelta(seconds=1))
    with tenant.write() as session:
        leases.finish(session, lease, now=NOW)
    (again,) = claim(tenant, NOW + timedelta(seconds=2))
    assert (again.id, again.payload) == (row, {"v": 2})


def test_putting_running_work_down_without_again_leaves_it_alone(tenant: TenantDatabase) -> None:
    row = put(tenant, unique_key="k", payload={"v": 1})
    (lease,) = claim(tenant)
    assert put(tenant, unique_key="k", payload={"v": 2}, again=False) == row
    with tenant.write() as session:
        leases.finish(session, lease, now=NOW)
    assert (job(tenant, row).state, job(tenant, row).payload) == ("done", {"v": 1})


@pytest.mark.parametrize(("asked", "waits"), [(900, 900), (1e15, 24 * 3600)])
def test_putting_failed_work_down_again_does_not_shorten_its_back_off(
    tenant: TenantDatabase, asked: float, waits: float
) -> None:
    row = put(tenant, unique_key="k")
    (lease,) = claim(tenant)
    with tenant.write() as session:
        leases.retry(session, lease, {"code": "x"}, now=NOW, seconds=asked)
    put(tenant, unique_key="k")
    assert job(tenant, row).due_at == NOW + timedelta(seconds=waits)


def test_a_lease_that_runs_out_is_taken_again_and_its_holder_may_not_commit(tenant: TenantDatabase) -> None:
    put(tenant)
    (old,) = claim(tenant, seconds=60)
    assert claim(tenant, NOW + timedelta(seconds=59)) == []
    (new,) = claim(tenant, NOW + timedelta(seconds=61))
    assert (new.id, new.attempts) == (old.id, 2)
    for end in (leases.release, lambda s, it: leases.finish(s, it, now=NOW)):
        with pytest.raises(jobs.LeaseLost), tenant.write() as session:
            end(session, old)
    with pytest.raises(jobs.LeaseLost), tenant.write() as session:
        leases.extend(session, old, now=NOW, seconds=60)


def test_a_report_step_of_a_lost_lease_writes_nothing(installation: Installation, tenant: TenantDatabase) -> None:
    put(tenant)
    (old,) = claim(tenant, seconds=1)
    claim(tenant, NOW + timedelta(seconds=2))
    report = Report(installation, tenant, old, threading.Event(), seconds=1, clock=lambda: NOW)
    with pytest.raises(jobs.LeaseLost), report.step() as step:
        step.session.add(Setting(name="c", value={}))
    with tenant.read() as session:
        assert session.get(Setting, "c") is None


def test_work_that_kills_its_workers_ends_failed(tenant: TenantDatabase) -> None:
    row = put(tenant, max_attempts=3)
    for n in range(3):
        assert len(claim(tenant, NOW + timedelta(minutes=2 * n))) == 1
    assert claim(tenant, NOW + timedelta(minutes=10)) == []
    found = job(tenant, row)
    assert found.state == "failed"
    assert found.last_error is not None
    assert found.last_error["code"] == "worker_lost"


def test_a_platform_lane_runs_one_at_a_time(tenant: TenantDatabase) -> None:
    lane = jobs.lane_of_platform(new_id())
    first, second = put(tenant, lane=lane), put(tenant, lane=lane, due_at=NOW + timedelta(seconds=1))
    put(tenant, lane="default")
    later = NOW + timedelta(seconds=5)
    taken = claim(tenant, later)
    assert {lease.lane for lease in taken} == {"default", lane}
    assert [lease.id for lease in taken if lease.lane == lane] == [first]
    assert claim(tenant, later) == []
    with tenant.write() as session:
        leases.finish(session, next(it for it in taken if it.id == first), now=later)
    assert [lease.id for lease in claim(tenant, later)] == [second]


def test_parallel_claims_share_the_work_and_keep_lanes_apart(tenant: TenantDatabase) -> None:
    lanes = [jobs.lane_of_platform(new_id()) for _ in range(3)]
    for _ in range(4):
        for lane in lanes:
            put(tenant, lane=lane)
    plain = {put(tenant) for _ in range(20)}
    with ThreadPoolExecutor(8) as pool:
        taken = [lease for found in pool.map(lambda _: claim(tenant, limit=4), range(16)) for lease in found]
    assert len({lease.id for lease in taken}) == len(taken)
    in_lanes = [lease.lane for lease in taken if ":" in lease.lane]
    assert len(in_lanes) == len(set(in_lanes))
    rest = {lease.id for _ in range(10) for lease in claim(tenant)}
    assert {lease.id for lease in taken if ":" not in lease.lane} | rest >= plain


def test_the_back_off_doubles_to_a_limit_and_is_spread() -> None:
    assert [leases.backoff(n, 1.0) for n in (1, 2, 3)] == [30, 60, 120]
    assert leases.backoff(1, 0.0) == 15
    assert leases.backoff(40, 1.0) == 6 * 3600


def run(installation: Installation, when: datetime, **handlers: Any) -> int:
    worker = Worker(installation, threading.Event(), registry=registry(**handlers), clock=lambda: when)
    return worker.run_once()


def raises(error: Exception) -> Any:
    def handler(_tenant: TenantDatabase, _payload: Mapping[str, Any], _report: Report) -> None:
        raise error

    return handler


def test_a_failure_is_kept_and_tried_again_until_the_attempts_are_used_up(
    installation: Installation, tenant: TenantDatabase
) -> None:
    row = put(tenant, "bad", max_attempts=2)
    assert run(installation, NOW, bad=raises(ValueError("secret"))) == 1
    found = job(tenant, row)
    assert found.state == "due"
    assert NOW + timedelta(seconds=15) <= found.due_at <= NOW + timedelta(seconds=30)
    assert found.last_error == {"code": "unexpected", "detail": "ValueError", "at": NOW.isoformat()}
    run(installation, NOW + timedelta(minutes=5), bad=raises(ValueError("secret")))
    assert job(tenant, row).state == "failed"
    with tenant.write() as session:
        assert jobs.resend(session, Job, row, now=NOW)
    assert (job(tenant, row).state, job(tenant, row).attempts) == ("due", 0)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space left"), DatabaseFull("no room")])
def test_a_full_disk_is_named_and_waited_for(
    installation: Installation, tenant: TenantDatabase, error: Exception
) -> None:
    row = put(tenant, "bad")
    run(installation, NOW, bad=raises(error))
    found = job(tenant, row)
    assert (found.state, found.last_error) == ("due", {"code": "database-full", "at": NOW.isoformat()})
    with speaking(Translator("fr")):
        assert "Le disque du serveur est plein" in error_text(found.last_error)


def test_retry_after_is_respected(installation: Installation, tenant: TenantDatabase) -> None:
    row = put(tenant, "bad")
    run(installation, NOW, bad=raises(RateLimited("slow down", retry_after=5000.0)))
    assert job(tenant, row).due_at == NOW + timedelta(seconds=5000)


def test_a_refusal_for_good_is_not_tried_again(installation: Installation, tenant: TenantDatabase) -> None:
    row = put(tenant, "bad")
    run(installation, NOW, bad=raises(RemoteRejected("no")))
    found = job(tenant, row)
    assert found.state == "failed"
    assert found.last_error is not None
    assert found.last_error["code"] == "remote_rejected"


def test_an_unknown_kind_fails_visibly(installation: Installation, tenant: TenantDatabase) -> None:
    row = put(tenant, "nobody_does_this")
    run(installation, NOW)
    with tenant.read() as session:
        (line,) = jobs.lines(session, Job, states=("failed",))
    assert (line.id, line.last_error and line.last_error["code"]) == (row, "unknown_kind")


def test_a_stopped_worker_gives_its_work_back(installation: Installation, tenant: TenantDatabase) -> None:
    row = put(tenant, "long")
    stop = threading.Event()

    def long(_tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
        report.progress({"at": 3})
        stop.set()
        report.check()

    Worker(installation, stop, registry=registry(long=long), clock=lambda: NOW).run_once()
    found = job(tenant, row)
    assert (found.state, found.attempts, found.progress) == ("due", 0, {"cursor": {"at": 3}})


def test_a_long_job_keeps_its_lease(installation: Installation, tenant: TenantDatabase) -> None:
    row = put(tenant, "long", due_at=datetime.now(UTC))
    seen = []

    def long(_tenant: TenantDatabase, _payload: Mapping[str, Any], _report: Report) -> None:
        threading.Event().wait(3.0)
        seen.append(claim(tenant, datetime.now(UTC)))

    Worker(installation, threading.Event(), registry=registry(long=long), timing=Timing(lease=2.0)).run_once()
    assert seen == [[]]
    assert job(tenant, row).state == "done"


def test_an_enqueuing_wakes_the_workers_of_the_process(installation: Installation, tenant: TenantDatabase) -> None:
    stop, done = threading.Event(), threading.Event()

    def quick(_tenant: TenantDatabase, _payload: Mapping[str, Any], _report: Report) -> None:
        done.set()

    worker = Worker(installation, stop, registry=registry(quick=quick), timing=Timing(poll=30.0))
    thread = threading.Thread(target=worker.run)
    thread.start()
    threading.Event().wait(0.5)  # it sleeps by now, for 30 seconds
    put(tenant, "quick", due_at=datetime.now(UTC))
    woken = done.wait(20)
    stop.set()
    jobs.wake()
    thread.join(20)
    assert woken
    assert not thread.is_alive()


def test_the_timetable_puts_a_job_down_once_a_turn(installation: Installation, tenant: TenantDatabase) -> None:
    def counted(now: datetime) -> int:
        run(installation, now)  # the place's own recurring work runs beside it
        with tenant.read() as session:
            row = session.get(Setting, "c")
            return int(row.value["n"]) if row else 0

    with tenant.write() as session:
        payload = {"times": 1, "counter": "c"}
        session.add(Timetable(name="t", kind="count", payload=payload, every_seconds=60, next_at=NOW))
    assert counted(NOW - timedelta(seconds=1)) == 0
    assert counted(NOW) == 1
    assert counted(NOW + timedelta(seconds=59)) == 1
    assert counted(NOW + timedelta(minutes=30)) == 2  # missed turns are one
    with tenant.read() as session:
        assert session.get_one(Timetable, "t").next_at == NOW + timedelta(minutes=31)


def test_cancelled_work_is_not_done(installation: Installation, tenant: TenantDatabase) -> None:
    row = put(tenant)
    with tenant.write() as session:
        assert jobs.cancel(session, Job, row, now=NOW)
    assert run(installation, NOW) == 0
    with tenant.write() as session:
        assert not jobs.resend(session, Job, row, now=NOW)
        with pytest.raises(jobs.UnknownWork):
            jobs.resend(session, Job, new_id(), now=NOW)


def test_housekeeping_removes_what_ended_long_ago(installation: Installation, tenant: TenantDatabase) -> None:
    old, new, failed = put(tenant), put(tenant), put(tenant)
    with tenant.write() as session:
        for row, state, days in ((old, "done", 31), (new, "done", 29), (failed, "failed", 31)):
            found = session.get_one(Job, row)
            found.state, found.ended_at = state, NOW - timedelta(days=days)
        jobs.enqueue(session, "housekeeping", {}, due_at=NOW)
    Worker(installation, threading.Event(), clock=lambda: NOW).run_once()
    with tenant.read() as session:
        left = set(session.scalars(select(Job.id).where(Job.kind == "count")))
        assert session.scalars(select(Delivery.id)).all() == []
    assert left == {new, failed}


def test_a_lease_lost_in_the_middle_of_a_unit_takes_the_unit_with_it(
    installation: Installation, tenant: TenantDatabase
) -> None:
    row = put(tenant)
    (lease,) = claim(tenant)
    report = Report(installation, tenant, lease, threading.Event(), seconds=60, clock=lambda: NOW)

    def lose_it() -> None:
        with report.step() as step:
            step.session.add(Setting(name="c", value={}))
            step.session.get_one(Job, row).leased_by = "somebody else"

    with pytest.raises(jobs.LeaseLost):
        lose_it()
    with tenant.read() as session:
        assert session.get(Setting, "c") is None
        assert session.get_one(Job, row).leased_by == lease.token
