"""Many writers on one ledger: nothing is lost or doubled, numbers commit in order, no cursor can pass an open
writer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from sqlalchemy import func, select

from hub.db.uow import TenantDatabase
from hub.models.river import Agent, AgentDay, Ledger, LedgerClock, StandingRow, XapiActivity
from hub.services.ledger import ingest, prepare, store
from hub.services.source import Source
from tests.services.builders import NOW, statement

MOOC = Source(name="mooc")
IRIS = [f"https://lms.example/a/{n}" for n in range(5)]
WRITERS, BATCHES, SIZE = 8, 6, 10


def batch(writer: int, number: int) -> list[dict[str, object]]:
    """Statements of the same few people about the same few activities, in another order for each writer."""
    made = [
        statement(f"learner{(writer + n) % 4}", "completed", IRIS[(writer * 3 + n + number) % 5], sid=str(uuid4()))
        for n in range(SIZE)
    ]
    return made if writer % 2 else made[::-1]


def test_parallel_batches_over_the_same_actors_are_all_kept_once(tenant: TenantDatabase) -> None:
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> list[str]:
        start.wait()
        ids: list[str] = []
        for number in range(BATCHES):
            ready = prepare(batch(writer, number), MOOC, NOW)
            with tenant.write() as session:
                ids += store(session, ready, MOOC, NOW).ids
        return ids

    with ThreadPoolExecutor(WRITERS) as pool:
        sent = [sid for ids in pool.map(write, range(WRITERS)) for sid in ids]
    with tenant.read() as session:
        rows = session.execute(select(Ledger.seq, Ledger.stored).order_by(Ledger.seq)).all()
        assert len(rows) == len(set(sent)) == WRITERS * BATCHES * SIZE
        assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
        assert [r.stored for r in rows] == sorted(r.stored for r in rows)
        assert session.scalar(select(LedgerClock.seq)) == len(rows)
        assert session.scalar(select(func.count()).select_from(Agent)) == 5  # four learners and the authority
        assert session.scalar(select(func.count()).select_from(XapiActivity)) == 5
        assert session.scalar(select(func.sum(StandingRow.count))) == len(rows)
        assert session.scalar(select(func.sum(AgentDay.count))) == len(rows)


def test_a_reader_never_sees_a_number_before_the_ones_below_it(tenant: TenantDatabase) -> None:
    stop = threading.Event()
    gaps: list[list[int]] = []

    def watch() -> None:
        while not stop.is_set():
            with tenant.read() as session:
                seen = list(session.scalars(select(Ledger.seq).order_by(Ledger.seq)))
            if seen != list(range(1, len(seen) + 1)):
                gaps.append(seen)

    def write(writer: int) -> None:
        for number in range(BATCHES):
            with tenant.write() as session:
                ingest(session, batch(writer, number), MOOC, NOW)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    stop.set()
    watcher.join()
    assert gaps == []


def test_a_rolled_back_key_is_given_to_nobody_else(tenant: TenantDatabase) -> None:
    class Broken(Exception):
        pass

    try:
        with tenant.write() as session:
            ingest(session, [statement("lost", "completed", IRIS[0])], MOOC, NOW)
            raise Broken
    except Broken:
        pass
    with tenant.write() as session:
        ingest(session, [statement("found", "completed", IRIS[1])], MOOC, NOW)
    with tenant.write() as session:
        ingest(session, [statement("lost", "completed", IRIS[0])], MOOC, NOW)
    with tenant.read() as session:
        query = (
            select(Agent.ifi, XapiActivity.iri)
            .join(Ledger, Ledger.agent_id == Agent.id)
            .join(XapiActivity, XapiActivity.id == Ledger.activity_id)
        )
        found = {ifi.rpartition("|")[2]: iri for ifi, iri in session.execute(query)}
    assert found == {"found": IRIS[1], "lost": IRIS[0]}
