"""Bringing every place to the revision of this release: a backup that was tried, the migration, and the way back."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from hub.db import migrate, snapshots
from hub.db.directory import Installation
from hub.db.errors import DatabaseBusy, DatabaseError, SnapshotError
from hub.db.stores import FolderStore, Store, open_store
from hub.services.backup import make
from hub.services.backup.manifest import Manifest
from hub.services.fingerprint import Fingerprint, fingerprint

log = logging.getLogger("hub.backup")
State = Literal["up_to_date", "migrated", "no_backup", "rolled_back"]


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What became of one place. ``no_backup``: not touched, because it could not be backed up first; ``rolled_back``:
    the migration failed and the place is as it was before, at ``before``."""

    key: str
    state: State
    before: str | None
    after: str | None
    backup: str = ""
    error: str = ""


def store_of(installation: Installation) -> Store:
    """Where the backups before an upgrade go: with the others, or into ``backups`` of the data folder."""
    config = installation.config
    return open_store(config.backup_to, config) if config.backup_to else FolderStore(config.data / "backups")


def upgrade(
    installation: Installation, store: Store, now: datetime, keys: Sequence[str] | None = None
) -> Iterator[Upgraded]:
    """Upgrade the places of ``keys``, or all, one at a time; one that fails does not stop the others.

    Raises DatabaseBusy where another upgrade of this installation runs.
    """
    with only_one(installation.config.data / "upgrade.lock"):
        for key in keys or [record.key for record in installation.tenants()]:
            yield upgrade_one(installation, store, key, now)


def upgrade_one(installation: Installation, store: Store, key: str, now: datetime) -> Upgraded:
    """Upgrade one place."""
    before = installation.revision(key)
    if before == migrate.head(migrate.TENANT):
        return Upgraded(key, "up_to_date", before, before)
    try:
        made = make.back_up(installation, key, store, now)
    except DatabaseError as error:
        return Upgraded(key, "no_backup", before, before, error=str(error))
    kept = f"{store.shown}/{key}/{made.stamp}"
    try:
        report = installation.migrate(key)
        if look(installation, key).ledger != made.fingerprint.ledger:
            raise SnapshotError("after the migration the ledger is not the same")
    except Exception as error:
        log.exception("the upgrade of %s failed", key)
        put_back(installation, store, made)
        return Upgraded(key, "rolled_back", before, before, kept, f"{type(error).__name__}: {error}"[:1000])
    return Upgraded(key, "migrated", before, report.after, kept)


def put_back(installation: Installation, store: Store, made: Manifest) -> None:
    """See that a place is as its backup says. A migration is one transaction, so mostly nothing has to be done; one
    that committed half of its work is undone by restoring the backup."""
    key = made.tenant
    if installation.revision(key) == made.revision and look(installation, key) == made.fingerprint:
        return
    with installation.scratch() as scratch:
        make.restore_into(installation, store, made, scratch)
        snapshots.settle(scratch, installation.unchecked(key))
    log.warning("%s was restored from %s", key, made.stamp)


def look(installation: Installation, key: str) -> Fingerprint:
    """The present fingerprint of a place, at whatever revision."""
    with installation.unchecked(key).read() as session:
        return fingerprint(session)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Raises DatabaseBusy where another process is inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseBusy("another upgrade of this installation is running: wait for its end") from None
        yield
    finally:
        os.close(handle)
