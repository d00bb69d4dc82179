"""Up to when the ledger is complete: never past an open writer, at once where there is none, told even where nothing
can be written."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from hub.db.errors import DatabaseFull
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.models.river import Ledger
from hub.services import consistency
from hub.services.ledger import ingest
from hub.services.source import Source
from tests.services.builders import NOW, statement

MOOC = Source(name="mooc")
SECOND = timedelta(seconds=1)


def say(tenant: TenantDatabase, now: datetime = NOW) -> int:
    """A statement stored by somebody whose clock says ``now``; the instant it got."""
    with tenant.write() as session:
        return ingest(
            session, [statement("ines", "completed", "https://lms.example/1", sid=str(uuid4()))], MOOC, now
        ).through


@contextmanager
def asked(tenant: TenantDatabase, now: datetime) -> Iterator[tuple[int, list[int]]]:
    """What a query at ``now`` is told, and the instants it sees."""
    with consistency.reading(tenant, lambda: now) as session:
        yield consistency.through(session), list(session.scalars(select(Ledger.stored)))


def test_a_quiet_ledger_is_complete_up_to_the_question(tenant: TenantDatabase) -> None:
    with asked(tenant, NOW) as (through, _):
        assert through == to_micros(NOW)  # empty, and complete
    say(tenant, NOW + SECOND)
    with asked(tenant, NOW + 2 * SECOND) as (through, _):
        assert through == to_micros(NOW + 2 * SECOND)


def test_no_question_gets_past_an_open_writer(tenant: TenantDatabase) -> None:
    before = say(tenant)
    stored, go_on = threading.Event(), threading.Event()
    late: list[int] = []

    def slow() -> None:
        with tenant.write() as session:
            said = statement("malik", "completed", "https://lms.example/1", sid=str(uuid4()))
            late.append(ingest(session, [said], MOOC, NOW + SECOND).through)
            stored.set()
            assert go_on.wait(20)

    writer = threading.Thread(target=slow)
    writer.start()
    assert stored.wait(20)
    try:
        with asked(tenant, NOW + 60 * SECOND) as (through, seen):  # answered, while the writer is still open
            assert before <= through < late[0]
            assert seen == [before]
    finally:
        go_on.set()
        writer.join()
    with asked(tenant, NOW + 61 * SECOND) as (through, seen):
        assert through == to_micros(NOW + 61 * SECOND)
        assert sorted(seen) == [before, *late]


def test_who_read_the_clock_before_a_question_is_stored_after_it(tenant: TenantDatabase) -> None:
    """A sender that waited for the database long, another machine whose clock is behind, a clock that was put back."""
    say(tenant)
    with asked(tenant, NOW + 60 * SECOND) as (through, _):
        pass
    assert say(tenant, NOW + SECOND) > through


def test_questions_about_a_quiet_ledger_write_once_in_a_while(
    tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consistency, "REST", 3600)
    say(tenant)
    told = []
    for n in range(1, 5):
        with asked(tenant, NOW + n * SECOND) as (through, _):
            told.append(through)
    assert told == [to_micros(NOW + SECOND)] * 4
    say(tenant, NOW + 5 * SECOND)
    with asked(tenant, NOW + 6 * SECOND) as (through, _):
        assert through == to_micros(NOW + 6 * SECOND)  # what was stored meanwhile may be waited for
    monkeypatch.setattr(consistency, "REST", 0)
    with asked(tenant, NOW + 7 * SECOND) as (through, _):
        assert through == to_micros(NOW + 7 * SECOND)


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_the_turn_of_another_process_is_not_waited_for(tenant: TenantDatabase) -> None:
    before = say(tenant)
    assert tenant.path is not None
    with tenant.path.with_name(tenant.path.name + ".lock").open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with asked(tenant, NOW + SECOND) as (through, _):
            assert through == before


def test_where_nothing_can_be_written_questions_are_answered(
    tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = say(tenant)

    def full(*_: object) -> None:
        raise DatabaseFull("full")

    monkeypatch.setattr(consistency, "put", full)
    with asked(tenant, NOW + SECOND) as (through, seen):
        assert (through, seen) == (before, [before])


def test_who_reads_nothing_is_told_what_was_told_a_moment_ago(
    tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consistency, "REST", 3600)
    first = say(tenant)
    assert consistency.told(tenant) == first
    second = say(tenant, NOW + SECOND)
    assert consistency.told(tenant) == first  # promised already; what another process stored is not looked for
    consistency.tell(tenant, second)
    assert consistency.told(tenant) == second
    third = say(tenant, NOW + 2 * SECOND)
    monkeypatch.setattr(consistency, "REST", 0)
    assert consistency.told(tenant) == third
