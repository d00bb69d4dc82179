"""Restoring a tenant from a backup: tried in a scratch database, brought up to date, erasures applied, then put in
place in one step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub.db import hash_keys, migrate, sealed_key, snapshots
from hub.db.directory import Installation
from hub.db.errors import DatabaseError, SnapshotError, VaultError
from hub.db.sealed_key import SEALED_NAME
from hub.db.stores import Store
from hub.db.uow import TenantDatabase
from hub.db.vault import write_closed
from hub.services.backup import erasures, make, manifest
from hub.services.backup.erasures import Replayed
from hub.services.backup.manifest import Manifest
from hub.services.backup.secrets import sealed_columns
from hub.services.deliveries import MAIL
from hub.services.messages import SMS
from hub.services.rebuild import rebuild
from hub.services.settings import get_setting, set_setting

log = logging.getLogger("hub.backup")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. ``before``: where the content that was replaced lies, if there was any; ``lost``: secrets
    that no key opens any more and that have to be given anew."""

    manifest: Manifest
    replayed: Replayed
    before: str | None
    lost: tuple[str, ...] = ()


def fetch_key(path: Path, store: Store, passphrase: str) -> tuple[str, ...]:
    """Make the key file ``path`` of a new installation from the sealed copy in ``store``; gives the keys' fingerprints.

    Raises VaultError where a key file is there already, WrongPassphrase, StoreError where the store has no copy.
    """
    if path.exists():
        raise VaultError(f"the key file {path.name} is there already: it is not replaced")
    with store.open(SEALED_NAME) as file:
        content = file.read()
    vault = sealed_key.open_key(content, passphrase)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_closed(path, vault.export())
    beside = sealed_key.sealed_path(path)
    if not beside.exists():
        write_closed(beside, content)
    return vault.fingerprints


def restore(
    installation: Installation,
    store: Store,
    key: str,
    now: datetime,
    *,
    stamp: str | None = None,
    hosts: Sequence[str] = (),
    replace: bool = False,
    without_key: bool = False,
) -> Restored:
    """Restore the tenant ``key`` from its backup ``stamp`` (the newest by default).

    ``replace``: a tenant of this key is there and its content is replaced; a copy of that content is kept first on
    this disk, if it can be read. ``without_key``: the key file is lost; sealed secrets are emptied and told.

    Raises SnapshotError, StoreError, VaultError (another key), InvalidTenant (a host is taken).
    """
    made = find(store, key, stamp)
    present = any(record.key == key for record in installation.tenants())
    if present and not replace:
        raise SnapshotError(f"a place {key!r} is here already: restoring would replace what it holds (--replace)")
    if not without_key:
        refuse_other_key(installation, made)
    wanted = tuple(hosts) or made.hosts
    history = erasures.known(installation, key, [store])
    with installation.scratch() as scratch:
        if make.restore_into(installation, store, made, scratch) != made.fingerprint:
            raise SnapshotError(f"the backup {key}/{made.stamp} does not give back what was copied")
        migrate.upgrade(scratch.engine, migrate.TENANT, scratch.schema)
        lost = _forget_sealed(scratch) if without_key else ()
        replayed, before = put_in_place(
            installation, scratch, key, history, lambda: fetch_files(installation, store, made), now, present=present
        )
    if not present:
        installation.enter(key, made.name, wanted)
    erasures.publish(installation, key, [store])
    log.info("restored %s/%s", key, made.stamp)
    return Restored(made, replayed, before, lost)


def put_in_place(
    installation: Installation,
    scratch: TenantDatabase,
    key: str,
    history: erasures.Log,
    bring_files: Callable[[], object],
    now: datetime,
    *,
    present: bool,
) -> tuple[Replayed, str | None]:
    """Apply the erasures to what was read into ``scratch``, bring its files, and let it take the place of ``key`` in
    one step. Gives what was erased again, and the copy kept of what was there (``present``)."""
    with scratch.read() as session:
        scratch.hash_keys = hash_keys.read(session, installation.vault)
    replayed = erasures.replay(scratch, history)
    if replayed != Replayed():
        rebuild(scratch)
    bring_files()
    before = keep_present(installation, key, now) if present else None
    snapshots.settle(scratch, installation.unchecked(key))
    return replayed, before


def find(store: Store, key: str, stamp: str | None) -> Manifest:
    """The manifest of a backup, of the newest by default. Raises SnapshotError."""
    there = manifest.stamps(store, key)
    if not there:
        raise SnapshotError(f"{store.shown} holds no backup of {key!r}")
    if stamp is not None and stamp not in there:
        raise SnapshotError(f"{store.shown} holds no backup {stamp!r} of {key!r}; it holds {', '.join(there[-5:])}")
    return manifest.read(store, key, stamp or there[-1])


def refuse_other_key(installation: Installation, made: Manifest) -> None:
    """Raises VaultError where this installation's key file does not open the backup's secrets."""
    mine = installation.vault.fingerprints
    if not set(made.keys) <= set(mine) or made.keys[-1] != mine[-1]:
        raise VaultError(
            "this backup was made under another key file: bring that file, or open its sealed copy with the printed "
            "passphrase (hub key restore), or give --without-key and enter the partners' credentials again"
        )


def fetch_files(installation: Installation, store: Store, made: Manifest) -> int:
    """Bring the stored files of a backup that are not here; gives how many. Raises StoreError."""
    blobs = installation.blobs(made.tenant)
    here = set(blobs.hashes())
    brought = 0
    for sha256 in made.files:
        if sha256 not in here:
            with store.open(f"{made.tenant}/blobs/{sha256}") as source:
                found = blobs.put(source, limit=1 << 62)
            if found.sha256 != sha256:
                raise SnapshotError(f"a stored file of the backup is damaged: {sha256}")
            brought += 1
    return brought


def keep_present(installation: Installation, key: str, now: datetime) -> str | None:
    """Keep a copy of what a restore replaces, on this disk; None where it cannot be read any more."""
    target = installation.config.data / "before-restore" / f"{key}-{manifest.stamp_of(now)}.zip"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        snapshots.save(installation.unchecked(key), target, lambda _: None)
    except (DatabaseError, SQLAlchemyError):
        return None
    target.chmod(0o600)
    return str(target)


def _forget_sealed(tenant: TenantDatabase) -> tuple[str, ...]:
    """Empty what the lost key sealed; gives what has to be entered again, table and id."""
    lost: list[str] = []
    with tenant.write() as session:
        for table, column in sealed_columns():
            ids = list(session.scalars(select(*table.primary_key.columns).where(column.is_not(None))))
            if ids and column.nullable:
                session.execute(update(table).values({column: None}))
            elif ids:
                session.execute(table.delete())
            lost += [f"{table.name}:{one}" for one in ids]
        lost += _forget_settings(session)
    return tuple(lost)


def _forget_settings(session: Session) -> list[str]:
    lost = []
    mail = get_setting(session, MAIL)
    if mail.get("password"):
        set_setting(session, MAIL, {**mail, "password": ""})
        lost.append("setting:mail")
    if get_setting(session, SMS).get("token"):
        set_setting(session, SMS, {**get_setting(session, SMS), "token": ""})
        lost.append("setting:sms")
    if get_setting(session, hash_keys.SETTING):
        set_setting(session, hash_keys.SETTING, {})
        lost.append("setting:hash_keys")
    return lost
