"""Checkpoints beside the writers: they copy the log, keep nobody out, and their failure is nobody's."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from hub.db import checkpoints
from hub.db.uow import TenantDatabase

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])


SAID = text(
    "INSERT INTO ledger_clock (id, seq, stored) VALUES (1, 0, 1) ON CONFLICT (id) DO UPDATE SET stored = stored + 1"
)


def written(tenant: TenantDatabase) -> int:
    """When the file itself was written last; commits write to its log."""
    assert tenant.path is not None
    return tenant.path.stat().st_mtime_ns


def note(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        session.execute(SAID)


def until_done(tenant: TenantDatabase) -> None:
    until = time.monotonic() + 30
    while checkpoints._logs[tenant].busy:
        assert time.monotonic() < until
        time.sleep(0.005)


def test_enough_statements_begin_one(tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[str]()
    real = checkpoints.checkpoint
    monkeypatch.setattr(checkpoints, "checkpoint", lambda tenant: (made.append(tenant.key), real(tenant)))
    checkpoints.wrote(tenant, checkpoints.ENOUGH - 1)
    assert made == []
    checkpoints.wrote(tenant, 1)
    until_done(tenant)
    assert made == [tenant.key]
    checkpoints.wrote(tenant, checkpoints.ENOUGH - 1)
    assert made == [tenant.key]


def test_it_copies_the_log_while_a_unit_is_open(tenant: TenantDatabase) -> None:
    before = written(tenant)
    note(tenant)
    assert written(tenant) == before
    with tenant.write() as session:
        session.execute(SAID)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(checkpoints.checkpoint, tenant).result(timeout=30)
        assert written(tenant) > before
    with tenant.read() as session:
        assert session.scalar(text("SELECT stored FROM ledger_clock")) == 2


def test_a_failure_keeps_nobody_from_the_next(tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: TenantDatabase) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    note(tenant)
    before = written(tenant)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "checkpoint", broken)
        checkpoints.wrote(tenant, checkpoints.ENOUGH)
        until_done(tenant)
    assert written(tenant) == before
    checkpoints.wrote(tenant, checkpoints.ENOUGH)
    until_done(tenant)
    assert written(tenant) > before
