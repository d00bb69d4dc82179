"""Making a backup of a tenant and trying it: what has not been restored once is no backup."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from hub.db import sealed_key, snapshots
from hub.db.directory import Installation, TenantRecord
from hub.db.errors import SnapshotError, StoreError
from hub.db.sealed_key import SEALED_NAME
from hub.db.stores import Store
from hub.db.uow import TenantDatabase
from hub.services.backup import erasures, manifest
from hub.services.backup.manifest import DATA, MANIFEST, Manifest
from hub.services.fingerprint import Fingerprint, fingerprint

log = logging.getLogger("hub.backup")
_CHUNK = 1 << 20


def back_up(installation: Installation, key: str, store: Store, now: datetime) -> Manifest:
    """Copy a tenant into ``store``, restore the copy from there into a scratch database and compare.

    Raises SnapshotError (what is left has no manifest and counts for nothing), StoreError.
    """
    record = installation.record(key)
    tenant = installation.unchecked(key)
    stamp = _free_stamp(store, key, now)
    with scratch_folder(installation) as folder:
        copy = folder / DATA
        # Before and after: a file that is added or removed meanwhile is in the backup whichever way the copy saw it.
        before = copy_files(installation, key, store)
        measured = snapshots.save(tenant, copy, fingerprint)
        files = tuple(sorted({*before, *copy_files(installation, key, store)}))
        made = manifest_of(installation, record, copy, measured, files, stamp, now)
        store.put(f"{key}/{stamp}/{DATA}", copy)
    copy_sealed_key(installation, store)
    erasures.publish(installation, key, [store])
    verified = replace(made, verified_at=now)
    verify(installation, store, verified)
    store.put_bytes(f"{key}/{stamp}/{MANIFEST}", verified.dump())
    log.info("backup %s/%s: %s bytes, %s files", key, stamp, made.size, len(files))
    return verified


def manifest_of(
    installation: Installation,
    record: TenantRecord,
    copy: Path,
    measured: Fingerprint,
    files: tuple[str, ...],
    stamp: str,
    now: datetime,
) -> Manifest:
    """What is said of a copy of a tenant, whichever way it goes; not verified yet."""
    revision, dialect = meta(copy)
    return Manifest(
        tenant=record.key,
        stamp=stamp,
        name=record.name,
        hosts=record.hosts,
        hub_version=version("tiers-lieu-hub"),
        made_at=now,
        revision=revision,
        dialect=dialect,
        keys=installation.vault.fingerprints,
        sha256=sha256_of(copy),
        size=copy.stat().st_size,
        fingerprint=measured,
        files=files,
    )


def verify(installation: Installation, store: Store, made: Manifest) -> None:
    """Restore the copy that lies in the store into a scratch database. Raises SnapshotError when it is not the same."""
    with installation.scratch() as scratch:
        found = restore_into(installation, store, made, scratch)
        if found != made.fingerprint:
            raise SnapshotError(f"the backup {made.tenant}/{made.stamp} does not give back what was copied")


def restore_into(installation: Installation, store: Store, made: Manifest, scratch: TenantDatabase) -> Fingerprint:
    """Fill a scratch database from the store; gives its fingerprint. Raises SnapshotError, StoreError."""
    with scratch_folder(installation) as folder:
        copy = folder / DATA
        with store.open(f"{made.tenant}/{made.stamp}/{DATA}") as source:
            digest = fetch(source, copy)
        if digest != made.sha256:
            raise SnapshotError(f"the backup {made.tenant}/{made.stamp} was changed or damaged: its digest differs")
        snapshots.load(copy, scratch)
    snapshots.check_file(scratch)
    with scratch.read() as session:
        return fingerprint(session)


def copy_files(installation: Installation, key: str, store: Store) -> tuple[str, ...]:
    """Copy the stored files that the store lacks; gives the hashes of all."""
    blobs = installation.blobs(key)
    there = {name.rpartition("/")[2] for name in store.names(f"{key}/blobs/")}
    hashes = tuple(blobs.hashes())
    for sha256 in hashes:
        if sha256 in there:
            continue
        with scratch_folder(installation) as folder, blobs.open(sha256) as source:
            if fetch(source, folder / "file") != sha256:
                log.error("a stored file of %s is damaged: %s", key, sha256)
                continue
            store.put(f"{key}/blobs/{sha256}", folder / "file")
    return hashes


def copy_sealed_key(installation: Installation, store: Store) -> None:
    """Put the sealed copy of the key file beside the backups, where there is one of the present key."""
    path = sealed_key.sealed_path(installation.config.keys_path)
    if not path.exists():
        return
    content = path.read_bytes()
    if set(installation.vault.fingerprints) <= set(sealed_key.held_by(content)):
        store.put_bytes(SEALED_NAME, content)


@contextmanager
def scratch_folder(installation: Installation) -> Iterator[Path]:
    """A folder on the disk of the data, gone at the end. Raises SnapshotError when the disk is full."""
    parent = installation.config.data / "scratch"
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(dir=parent))
    except OSError as error:
        raise SnapshotError(f"no room for a copy on the disk of the data: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetch(source: BinaryIO, target: Path) -> str:
    """Write a stream to a file; gives its SHA-256. Raises StoreError."""
    digest = hashlib.sha256()
    try:
        with target.open("wb") as file:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
    except OSError as error:
        raise StoreError(f"a file of the backup cannot be read or kept: {error.strerror or error}") from error
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def meta(copy: Path) -> tuple[str | None, str]:
    """Revision and kind of database of a copy."""
    with zipfile.ZipFile(copy) as archive:
        meta = snapshots.read_meta(archive)
    return meta["revision"], str(meta["dialect"])


def settle_file(part: Path, target: Path) -> None:
    """Have ``part`` on the disk, then give it the name ``target``."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _free_stamp(store: Store, key: str, now: datetime) -> str:
    """Two backups of one second have different names."""
    taken, base = set(manifest.parts(store, key)), manifest.stamp_of(now)
    return next(name for n in range(1000) if (name := f"{base}-{n}" if n else base) not in taken)
