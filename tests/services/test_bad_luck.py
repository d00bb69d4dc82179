"""Bad luck: a full disk, a clock that jumps. Nothing acknowledged is lost or doubled."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select, text

from hub.db.errors import DatabaseFull
from hub.db.uow import TenantDatabase
from hub.models.river import Ledger, StatementKey
from hub.services.ledger import ingest
from hub.services.source import Source
from tests.services.builders import NOW, statement

MOOC = Source(name="mooc")


@contextmanager
def full_after(tenant: TenantDatabase, pages: int) -> Iterator[None]:
    """The disk has room for so many pages more: SQLite itself says that it is full, at whatever write meets the end."""
    with tenant.read() as session:
        present = int(session.scalar(text("PRAGMA page_count")) or 0)

    def limit(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={present + pages}")

    event.listen(tenant.engine, "begin", limit)
    try:
        yield
    finally:
        event.remove(tenant.engine, "begin", limit)
        with tenant.write() as session:
            session.execute(text("PRAGMA max_page_count=1073741823"))


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing_that_it_took(tenant: TenantDatabase) -> None:
    taken, refused = [], []
    with full_after(tenant, 40):
        for n in range(200):
            sid = str(uuid4())
            said = statement(f"p{n}", "completed", f"https://lms.example/{n}", sid=sid, when=n)
            try:
                with tenant.write() as session:
                    ingest(session, [said], MOOC, NOW)
                taken.append(sid)
            except DatabaseFull:
                refused.append(said)
    assert taken
    assert refused
    with tenant.read() as session:
        assert session.scalars(select(StatementKey.statement_id).order_by(StatementKey.seq)).all() == taken
    with tenant.write() as session:  # there is room again: the sender's second try is taken
        assert ingest(session, refused, MOOC, NOW).stored == len(refused)
        assert session.scalars(select(Ledger.seq).order_by(Ledger.seq)).all() == list(range(1, 201))


def test_a_clock_that_jumps_back_and_forth_keeps_the_order_of_the_ledger(tenant: TenantDatabase) -> None:
    for hours in (0, 5, -3, 0, 1):
        with tenant.write() as session:
            ingest(session, [statement(f"p{hours}", "completed", "urn:x")], MOOC, NOW + timedelta(hours=hours))
    with tenant.read() as session:
        rows = session.execute(select(Ledger.seq, Ledger.stored).order_by(Ledger.seq)).all()
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert [row.stored for row in rows] == sorted(row.stored for row in rows)
