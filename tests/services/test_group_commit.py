"""Group commit: writers share a unit, a refused part takes nobody else's with it, everyone is answered after the
commit."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.river import Agent, Ledger, TraceRow
from hub.services import group_commit
from hub.services.errors import StatementConflict, VoidForbidden
from hub.services.group_commit import LARGE
from hub.services.ledger import IngestResult, Prepared, prepare, store
from hub.services.source import Source
from tests.services.builders import NOW, statement

MOOC = Source(name="mooc")
COURSE = "https://lms.example/course/1"


def post(tenant: TenantDatabase, *said: dict[str, object]) -> IngestResult:
    ready = prepare(said, MOOC, NOW)
    return group_commit.write(tenant, lambda session: store(session, ready, MOOC, NOW), len(ready))


def count(tenant: TenantDatabase) -> int:
    with tenant.read() as session:
        return session.scalar(select(func.count()).select_from(Ledger)) or 0


def test_what_is_answered_is_committed(tenant: TenantDatabase) -> None:
    assert post(tenant, statement("ines", "completed", COURSE)).stored == 1
    assert count(tenant) == 1


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_writers_who_wait_share_the_next_unit(tenant: TenantDatabase) -> None:
    commits = []
    event.listen(tenant.engine, "commit", lambda _: commits.append(1))
    start = threading.Barrier(9)

    def hold(session: Session) -> None:
        start.wait()  # the others are at the door before this unit ends
        threading.Event().wait(0.3)

    def one(number: int) -> int:
        start.wait()
        return post(tenant, statement(f"learner{number}", "completed", COURSE)).stored

    with ThreadPoolExecutor(9) as pool:
        holder = pool.submit(group_commit.write, tenant, hold, 1)
        assert list(pool.map(one, range(8))) == [1] * 8
        holder.result()
    assert count(tenant) == 8
    assert len(commits) < 9


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_large_unit_lines_up_at_the_server_while_another_is_stored(tenant: TenantDatabase) -> None:
    both = threading.Barrier(2)

    def part(name: str) -> int:
        def work(session: Session) -> int:
            both.wait(30)  # each unit has begun, neither has ended
            return store(session, ready, MOOC, NOW).stored

        ready = prepare([statement(f"{name}{n}", "completed", COURSE) for n in range(LARGE)], MOOC, NOW)
        joint = group_commit.Joint(MOOC, ready, lambda session, _: work(session))
        return group_commit.write(tenant, work, LARGE, joint)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(part, ["a", "b"])) == [LARGE] * 2
    assert count(tenant) == 2 * LARGE


def test_a_refused_part_is_refused_alone(tenant: TenantDatabase) -> None:
    taken = str(uuid4())
    post(tenant, statement("first", "completed", COURSE, sid=taken))
    start = threading.Barrier(6)

    def one(number: int) -> str:
        start.wait()
        bad = number % 2 == 1
        said = [statement(f"learner{number}", "completed", COURSE)]
        said += [statement("first", "passed", COURSE, sid=taken)] if bad else []
        try:
            post(tenant, *said)
        except StatementConflict:
            return "conflict"
        return "stored"

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(6))) == ["stored", "conflict"] * 3
    assert count(tenant) == 4
    post(tenant, statement("learner1", "completed", COURSE))
    with tenant.read() as session:
        query = select(Agent.ifi).join(Ledger, Ledger.agent_id == Agent.id).order_by(Ledger.seq.desc()).limit(1)
        assert session.scalar(query) == "account:https://lms.example|learner1"


def test_a_unit_that_fails_whole_fails_for_all_its_writers(tenant: TenantDatabase) -> None:
    def broken(session: Session) -> None:
        raise RuntimeError("no room on the disk")

    with pytest.raises(RuntimeError):
        group_commit.write(tenant, broken, 1)
    assert post(tenant, statement("ines", "completed", COURSE)).stored == 1


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_who_was_stored_does_not_wait_for_the_next_unit(tenant: TenantDatabase) -> None:
    entered, go, served = threading.Event(), threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        entered.set()
        assert go.wait(30)

    def large(session: Session) -> bool:
        return served.wait(30)  # a unit that ends only once both small writers have their answer

    with ThreadPoolExecutor(4) as pool:
        holder = pool.submit(group_commit.write, tenant, hold, 1)
        assert entered.wait(30)
        small = []
        for _ in range(2):
            small.append(pool.submit(group_commit.write, tenant, lambda _: None, 1))
            waits_for(tenant, len(small))
        last = pool.submit(group_commit.write, tenant, large, group_commit.MOST)
        waits_for(tenant, 3)
        go.set()
        for one in (holder, *small):
            one.result(timeout=30)
        served.set()
        assert last.result(timeout=30)


def waits_for(tenant: TenantDatabase, writers: int) -> None:
    """Until so many writers wait for the unit that is open."""
    until = time.monotonic() + 30
    while len(group_commit._queues[tenant].waiting) < writers:
        assert time.monotonic() < until
        time.sleep(0.005)


def voiding(target: str, number: int) -> dict[str, object]:
    said = statement(
        "ines", "http://adlnet.gov/expapi/verbs/voided", COURSE, sid=f"{number:08d}-0000-4000-8000-000000000000"
    )
    return said | {"object": {"objectType": "StatementRef", "id": target}}


def test_a_forbidden_voiding_takes_nothing_along_and_leaves_nothing(tenant: TenantDatabase) -> None:
    """All names are known by then, so that no query before the refusal is SQLAlchemy's."""
    theirs, mine = (statement("ines", "completed", COURSE, sid=str(uuid4())) for _ in range(2))
    other = Source("other", id=new_id())
    with tenant.write() as session:
        store(session, prepare([theirs], other, NOW), other, NOW)
    post(tenant, mine, voiding(str(mine["id"]), 1))
    said = [[statement("ines", "completed", COURSE, score={"scaled": n / 10})] for n in range(5)]
    said.append([voiding(str(theirs["id"]), 2)])
    parts = [group_commit._Part(lambda _: None, 1, joint(prepare(some, MOOC, NOW))) for some in said]
    for part in parts:
        part.work = lambda session, load=part.joint.load: store(session, load, MOOC, NOW)  # type: ignore[misc, union-attr]  # bound now
    before = count(tenant)
    group_commit._store(tenant, parts)
    assert [type(part.error) for part in parts] == [type(None)] * 5 + [VoidForbidden]
    assert count(tenant) == before + 5
    with tenant.read() as session:
        traces = select(func.count()).select_from(TraceRow).where(TraceRow.seq > before, TraceRow.n == 0)
        assert session.scalar(traces) == 5


def joint(load: list[Prepared]) -> group_commit.Joint:
    def together(session: Session, loads: list[list[Prepared]]) -> IngestResult:
        return store(session, [p for some in loads for p in some], MOOC, NOW)

    return group_commit.Joint("kind", load, together)
