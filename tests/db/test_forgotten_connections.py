"""Connections at rest that a gateway between the hub and PostgreSQL has forgotten: nobody is refused for them."""

import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import make_url, text

from hub.db import engines
from hub.db.directory import Installation
from hub.db.replica import Replica
from hub.db.uow import TenantDatabase
from hub.services.driver_sql import first

pytestmark = [pytest.mark.parametrize("dialect", ["postgresql"]), pytest.mark.postgres]


class Gateway:
    """Stands before the server; what it has forgotten it answers by a reset, and not before something comes."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._behind = f"{parsed.query['host']}/.s.PGSQL.5432"
        self._door = socket.create_server(("127.0.0.1", 0))
        self._forgotten = 0
        self.url = parsed.set(host="127.0.0.1", port=self._door.getsockname()[1], query={})
        threading.Thread(target=self._open, daemon=True).start()

    def forget(self) -> None:
        self._forgotten += 1

    def close(self) -> None:
        self._door.close()

    def _open(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._behind)
            threading.Thread(target=self._pump, args=(client, server), daemon=True).start()

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        began = self._forgotten
        with selectors.DefaultSelector() as both, client, server:
            both.register(client, selectors.EVENT_READ, server)
            both.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in both.select():
                    if began != self._forgotten:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    said = key.fileobj.recv(65536)  # type: ignore[union-attr]  # a socket
                    if not said:
                        return
                    key.data.sendall(said)


@pytest.fixture
def gateway(installation: Installation) -> Iterator[Gateway]:
    made = Gateway(str(installation.config.database_url))
    yield made
    made.close()


def test_units_go_on(
    gateway: Gateway, installation: Installation, tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "RESTED_SECONDS", -1.0)
    url = gateway.url.render_as_string(hide_password=False)
    engine = engines.postgresql_engine(url, installation.vault_of(tenant.key))
    place = TenantDatabase(tenant.key, engine, schema=tenant.schema)
    with ExitStack() as units:
        for _ in range(5):
            units.enter_context(place.read())
    gateway.forget()
    for unit in (place.read, place.write, place.read):
        with unit() as session:
            assert first(session, "SELECT 1 AS one").one == 1
    engine.dispose()


def test_a_replica_behind_it_is_away_for_a_moment(
    gateway: Gateway, installation: Installation, tenant: TenantDatabase
) -> None:
    url = gateway.url.render_as_string(hide_password=False)
    replica = Replica(tenant.engine, url, installation.vault_of(tenant.key), 5.0, (10, 20))
    with replica.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    gateway.forget()
    assert replica.state().fault == "away"
    replica.close()
