"""An installation: its directory of tenants, their databases, their migration.

The host name decides the tenant everywhere. On SQLite each tenant is a file under ``<data>/tenants``; on
PostgreSQL a schema.
"""

import logging
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import SQLAlchemyError

from hub.config import Config
from hub.db import hash_keys, migrate, snapshots_pg
from hub.db.blobs import BlobStore, LocalBlobs
from hub.db.directory_tables import Host, Tenant, TenantState
from hub.db.engines import postgresql_engine, sqlite_engine
from hub.db.errors import DatabaseError, InvalidTenant, TenantNotMigrated, TenantSuspended, UnknownHost, UnknownTenant
from hub.db.replica import Replica
from hub.db.uow import TenantDatabase
from hub.db.vault import Vault

log = logging.getLogger("hub.db")

KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,39}")
HOST_PATTERN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")
DIRECTORY_SCHEMA = "hub_directory"
LOOK_AGAIN_SECONDS = 5.0
"""How long what the directory said, or the revision of a tenant, is believed without asking again."""


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """A line of the directory. ``hosts``: the first is the one that links are written with."""

    key: str
    name: str
    hosts: tuple[str, ...]
    state: TenantState
    created: datetime


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What became of one tenant: the revisions before and after, or why it stayed where it was."""

    key: str
    before: str | None
    after: str | None
    error: str | None = None


class Installation:
    """Everything under one configuration. Safe for threads; make one per process and ``close()`` it."""

    def __init__(self, config: Config) -> None:
        """Opens (and on the first start makes) the key file and the directory. Raises VaultError, NetworkFileSystem."""
        self.config = config
        config.data.mkdir(parents=True, exist_ok=True)
        self.vault = Vault.load(config.keys_path)
        self._shared: Engine | None = None
        if config.database_url is not None:
            self._shared = postgresql_engine(config.database_url, self.vault, config.pool_size, config.pool_overflow)
        self.replica = self._open_replica()
        self.directory = self._database("directory", DIRECTORY_SCHEMA, config.data / "directory.sqlite")
        self._migrate_directory()
        self._lock = threading.Lock()
        self._open: OrderedDict[str, TenantDatabase] = OrderedDict()
        self._checked: dict[str, float] = {}
        self._by_host: dict[str, TenantRecord] = {}
        self._read_at = float("-inf")

    def _open_replica(self) -> Replica | None:
        """What pages may read from besides the database itself; nobody is called yet."""
        config = self.config
        if self._shared is None or config.replica_url is None:
            return None
        sizes = (config.pool_size, config.pool_overflow)
        return Replica(self._shared, config.replica_url, self.vault, config.replica_lag_seconds, sizes)

    def tenants(self) -> list[TenantRecord]:
        """Every tenant, by key."""
        with self.directory.read() as session:
            hosts: dict[str, list[str]] = {}
            for host in session.scalars(select(Host).order_by(Host.tenant_key, Host.position)):
                hosts.setdefault(host.tenant_key, []).append(host.name)
            return [
                TenantRecord(t.key, t.name, tuple(hosts.get(t.key, ())), t.state, t.created)
                for t in session.scalars(select(Tenant).order_by(Tenant.key))
            ]

    def record(self, key: str) -> TenantRecord:
        """The directory's line of a tenant. Raises UnknownTenant."""
        for record in self.tenants():
            if record.key == key:
                return record
        raise UnknownTenant(f"no tenant has the key {key!r}")

    def record_for_host(self, host: str) -> TenantRecord:
        """The line of the tenant that answers at ``host`` (a port is ignored). Raises UnknownHost."""
        name = normal_host(host)
        now = time.monotonic()
        if now - self._read_at > LOOK_AGAIN_SECONDS or name not in self._by_host:
            self._by_host = {h: record for record in self.tenants() for h in record.hosts}
            self._read_at = now
        record = self._by_host.get(name)
        if record is None:
            raise UnknownHost("no tenant answers at this host name")
        return record

    def tenant_for_host(self, host: str) -> TenantDatabase:
        """The data of the tenant that answers at ``host``.

        Raises UnknownHost, TenantSuspended, TenantNotMigrated.
        """
        record = self.record_for_host(host)
        if record.state != "active":
            raise TenantSuspended(f"tenant {record.key!r} is suspended")
        return self._ready(record.key)

    def tenant(self, key: str) -> TenantDatabase:
        """The data of a tenant, suspended or not. Raises UnknownTenant, TenantNotMigrated."""
        if key not in self._open:
            self.record(key)
        return self._ready(key)

    def create_tenant(self, key: str, name: str, hosts: Sequence[str]) -> TenantDatabase:
        """Make a tenant: its database at the present revision, then its line in the directory.

        ``key``: a-z, 0-9, _ (at most 40). Raises InvalidTenant: a malformed key or host, one already taken, no
        host, no name.
        """
        names = [normal_host(host) for host in hosts]
        if not KEY_PATTERN.fullmatch(key) or key == "directory":
            raise InvalidTenant("key: lower-case letters, digits and _, beginning with a letter, at most 40")
        if not name.strip() or not names:
            raise InvalidTenant("a tenant needs a name and at least one host name")
        if any(not HOST_PATTERN.fullmatch(host) for host in names) or len(set(names)) < len(names):
            raise InvalidTenant("a host name is malformed or given twice")
        taken = self.tenants()
        if any(key == other.key for other in taken) or any(set(names) & set(other.hosts) for other in taken):
            raise InvalidTenant("the key or a host name is already taken")
        self.migrate(key)
        self._enter(key, name.strip(), names)
        return self._ready(key)

    def enter(self, key: str, name: str, hosts: Sequence[str]) -> None:
        """The line of a tenant whose database is there already: one that was restored. Raises InvalidTenant."""
        names = [normal_host(host) for host in hosts]
        taken = self.tenants()
        if any(key == other.key for other in taken) or any(set(names) & set(other.hosts) for other in taken):
            raise InvalidTenant("the key or a host name is already taken")
        self._enter(key, name, names)

    def _enter(self, key: str, name: str, hosts: Sequence[str]) -> None:
        with self.directory.write() as session:
            session.add(Tenant(key=key, name=name, created=datetime.now(UTC)))
            session.flush()
            session.add_all(Host(name=host, tenant_key=key, position=n) for n, host in enumerate(hosts))
        self._read_at = float("-inf")
        self._checked.pop(key, None)

    def remove_tenant(self, key: str) -> None:
        """Remove a tenant for good: its line, its hosts, its database, its stored files. Raises UnknownTenant.

        Its hosts answer nobody first, so that no page writes into what goes. Backups are not touched.
        """
        self.set_state(key, "suspended")
        database = self._database_of(key)
        with self.directory.write() as session:
            session.execute(delete(Host).where(Host.tenant_key == key))
            session.execute(delete(Tenant).where(Tenant.key == key))
        self._read_at = float("-inf")
        with self._lock:
            self._open.pop(key, None)
        self._checked.pop(key, None)
        database.close()
        self.blobs(key).remove_unreferenced(lambda _: False, older_than=-1.0)
        if self._shared is not None:
            snapshots_pg.drop(self._shared, f"tenant_{key}")
        elif database.path is not None:
            for end in ("", "-wal", "-shm", ".lock"):
                database.path.with_name(database.path.name + end).unlink(missing_ok=True)

    def set_hosts(self, key: str, hosts: Sequence[str]) -> None:
        """The addresses at which a tenant answers; links are written with the first. Raises UnknownTenant,
        InvalidTenant."""
        names = [normal_host(host) for host in hosts]
        self.record(key)
        if not names or any(not HOST_PATTERN.fullmatch(host) for host in names) or len(set(names)) < len(names):
            raise InvalidTenant("a host name is missing, malformed or given twice")
        if any(set(names) & set(other.hosts) for other in self.tenants() if other.key != key):
            raise InvalidTenant("a host name is already taken")
        with self.directory.write() as session:
            session.execute(delete(Host).where(Host.tenant_key == key))
            session.add_all(Host(name=host, tenant_key=key, position=n) for n, host in enumerate(names))
        self._read_at = float("-inf")

    def set_state(self, key: str, state: TenantState) -> None:
        """Switch a tenant off or on again. Raises UnknownTenant."""
        with self.directory.write() as session:
            row = session.get(Tenant, key)
            if row is None:
                raise UnknownTenant(f"no tenant has the key {key!r}")
            row.state = state
        self._read_at = float("-inf")

    @contextmanager
    def scratch(self) -> Iterator[TenantDatabase]:
        """An empty database of no tenant, without tables, gone at the end: for trying a copy."""
        name = f"scratch_{secrets.token_hex(8)}"
        path = self.config.data / "scratch" / f"{name}.sqlite"
        database = self._database(name, f"hub_{name}", path)
        try:
            yield database
        finally:
            database.close()
            if self._shared is not None:
                snapshots_pg.drop(self._shared, f"hub_{name}")
            for end in ("", "-wal", "-shm", ".lock", "-journal"):
                path.with_name(path.name + end).unlink(missing_ok=True)

    def unchecked(self, key: str) -> TenantDatabase:
        """The data of a tenant whatever revision it is at, or none: for copies and upgrades, never for pages."""
        return self._database_of(key)

    def vault_of(self, key: str) -> Vault:
        """The vault as it is for one tenant: hashes of a place that came from elsewhere stay what they are.

        Raises UnknownTenant, TenantNotMigrated.
        """
        return self.vault.hashing_with(self._ready(key).hash_keys)

    def is_ready(self) -> bool:
        """Whether the directory answers and the folder of the data can be written. Logged when not."""
        try:
            self.tenants()
            probe = self.config.data / f".ready-{secrets.token_hex(8)}"
            probe.touch()
            probe.unlink()
        except (DatabaseError, SQLAlchemyError, OSError) as error:
            log.error("not ready: %s", type(error).__name__)
            return False
        return True

    def blobs(self, key: str) -> BlobStore:
        """The stored files of a tenant."""
        if self.config.blobs_to is None:
            return LocalBlobs(self.config.data / "blobs" / key)
        from hub.db.blobs_s3 import S3Blobs

        return S3Blobs(
            f"{self.config.blobs_to.rstrip('/')}/{key}", self.config.s3_endpoint, self.config.data / "scratch"
        )

    def migrate(self, key: str) -> MigrationReport:
        """Bring one tenant to the present revision. What the migration raises comes through, and nothing is changed."""
        database = self._database_of(key)
        with database.writers_lock(), self._row_lock(key):
            before, after = migrate.upgrade(database.engine, migrate.TENANT, database.schema)
        self._checked.pop(key, None)
        return MigrationReport(key, before, after)

    @contextmanager
    def _row_lock(self, key: str) -> Iterator[None]:
        """On PostgreSQL two migrations of one tenant, on whatever machines, take turns at its line of the directory."""
        if self._shared is None:
            yield
            return
        with self.directory.write() as session:
            session.scalar(select(Tenant.key).where(Tenant.key == key).with_for_update())
            yield

    def migrate_all(self, keys: Sequence[str] | None = None) -> list[MigrationReport]:
        """Migrate every tenant, or those of ``keys``, one at a time; one that fails is reported, the others go on."""
        reports = []
        for key in keys or [record.key for record in self.tenants()]:
            try:
                reports.append(self.migrate(key))
            except Exception as error:
                log.exception("migration of tenant %s failed", key)
                reports.append(MigrationReport(key, None, None, f"{type(error).__name__}: {error}"))
        return reports

    def revision(self, key: str) -> str | None:
        """The revision a tenant is at; None when it never was migrated."""
        with self._database_of(key).read() as session:
            return migrate.current(session.connection())

    def close(self) -> None:
        """Close every pooled connection."""
        with self._lock:
            for database in self._open.values():
                database.close()
            self._open.clear()
        self.directory.engine.dispose()
        if self.replica is not None:
            self.replica.close()

    def _migrate_directory(self) -> None:
        with self.directory.read() as session:
            if migrate.current(session.connection()) == migrate.head(migrate.DIRECTORY):
                return
        with self.directory.writers_lock():
            migrate.upgrade(self.directory.engine, migrate.DIRECTORY, self.directory.schema)

    def _ready(self, key: str) -> TenantDatabase:
        """The tenant's database once its revision is the expected one; asked again after LOOK_AGAIN_SECONDS."""
        database = self._database_of(key)
        now = time.monotonic()
        if now - self._checked.get(key, float("-inf")) > LOOK_AGAIN_SECONDS:
            expected = migrate.head(migrate.TENANT)
            try:
                with database.read() as session:
                    found = migrate.current(session.connection())
                    if found == expected:
                        database.hash_keys = hash_keys.read(session, self.vault)
            except SQLAlchemyError:
                self._checked.pop(key, None)
                raise
            if found != expected:
                raise TenantNotMigrated(key, found, expected)
            self._checked[key] = now
        return database

    def _database_of(self, key: str) -> TenantDatabase:
        with self._lock:
            database = self._open.get(key)
            if database is None:
                database = self._database(key, f"tenant_{key}", self.config.data / "tenants" / f"{key}.sqlite")
                self._open[key] = database
                self._checked.pop(key, None)  # what came with the place is read again, too
            self._open.move_to_end(key)
            while self._shared is None and len(self._open) > self.config.open_tenants:
                _, oldest = self._open.popitem(last=False)
                oldest.close()  # connections in use are closed when they are given back
            return database

    def _database(self, key: str, schema: str, path: Path) -> TenantDatabase:
        slow = self.config.slow_unit_seconds
        if self._shared is not None:
            copy = None if key == "directory" else self.replica
            return TenantDatabase(key, self._shared, schema=schema, slow_unit_seconds=slow, copy=copy)
        path.parent.mkdir(parents=True, exist_ok=True)
        return TenantDatabase(key, sqlite_engine(path, self.vault), path=path, slow_unit_seconds=slow)


def normal_host(host: str) -> str:
    """A host name as the directory keeps it: lower case, without port, without the dot of the root."""
    name = host.strip().lower()
    name = name[: name.index("]") + 1] if name.startswith("[") and "]" in name else name.partition(":")[0]
    return name.rstrip(".")
