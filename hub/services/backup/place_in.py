"""A place that comes from another installation as one file: tried in a scratch database, its secrets sealed anew, then
put in place in one step."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from hub.db import migrate, sealed_key, snapshots
from hub.db.directory import KEY_PATTERN, Installation, normal_host
from hub.db.errors import InvalidTenant, SnapshotError
from hub.db.uow import TenantDatabase
from hub.services.backup import erasures, make, manifest, secrets
from hub.services.backup.manifest import DATA, Manifest
from hub.services.backup.place_out import FILES, FORMAT, PLACE, digest_of
from hub.services.backup.restore import Restored, put_in_place
from hub.services.fingerprint import fingerprint

log = logging.getLogger("hub.backup")
_LARGEST_PLACE = 64 << 20


@dataclass(frozen=True, slots=True)
class Arriving:
    """An archive that the passphrase opened. ``told``: the secrets (``services.backup.secrets``), in no repr."""

    archive: zipfile.ZipFile = field(repr=False)
    manifest: Manifest
    history: erasures.Log = field(repr=False)
    told: dict[str, Any] = field(repr=False)


@contextmanager
def opened_place(source: Path, passphrase: str) -> Iterator[Arriving]:
    """Raises SnapshotError (no archive of a place, interrupted, changed), WrongPassphrase."""
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise SnapshotError(f"{source.name} is no archive of a place, or its writing was interrupted") from error
    with archive:
        read = _read(source, archive)
        told = orjson.loads(sealed_key.open_bytes(read["secrets"], passphrase))
        if told.get("of") != digest_of(read["manifest"], read["erasures"]):
            raise SnapshotError(f"{source.name} was changed after it was written")
        made = manifest.parse(orjson.dumps(read["manifest"]))
        yield Arriving(archive, made, read["erasures"], told)


def import_place(
    installation: Installation,
    arriving: Arriving,
    now: datetime,
    *,
    key: str | None = None,
    hosts: Sequence[str] = (),
    replace: bool = False,
) -> Restored:
    """Put the place into this installation, under ``key`` and at ``hosts`` where given.

    ``replace``: a place of that key is here and its content is replaced; a copy is kept first, its hosts stay.
    Raises SnapshotError, StoreError, InvalidTenant (key or host), VaultError. Until the last step nothing is changed.
    """
    made = arriving.manifest
    key = key or made.tenant
    wanted = tuple(normal_host(host) for host in hosts) or made.hosts
    present = _refuse_taken(installation, key, wanted, replace=replace, named=bool(hosts))
    with installation.scratch() as scratch:
        _fill(installation, arriving, scratch)
        with scratch.write() as session:
            lost = secrets.put_in(session, arriving.told)
        replayed, before = put_in_place(
            installation, scratch, key, arriving.history, lambda: _bring_files(installation, key, arriving), now,
            present=present,
        )  # fmt: skip
    if not present:
        installation.enter(key, made.name, wanted)
    erasures.publish(installation, key, [])
    log.info("imported %s as %s", made.tenant, key)
    return Restored(made, replayed, before, lost)


def _refuse_taken(installation: Installation, key: str, hosts: Sequence[str], *, replace: bool, named: bool) -> bool:
    """Whether a place of this key is here, to be replaced."""
    if not KEY_PATTERN.fullmatch(key) or key == "directory":
        raise InvalidTenant("key: lower-case letters, digits and _, beginning with a letter, at most 40")
    others = [record for record in installation.tenants() if record.key != key]
    present = any(record.key == key for record in installation.tenants())
    if present and not replace:
        raise SnapshotError(f"a place {key!r} is here already: give --as another key, or --replace what it holds")
    if present and named:
        raise InvalidTenant("a place that is replaced keeps its host names: leave --host out")
    taken = sorted(set(hosts) & {host for record in others for host in record.hosts})
    if taken and not present:
        raise InvalidTenant(f"another place answers at {', '.join(taken)} here: give --host")
    return present


def _fill(installation: Installation, arriving: Arriving, scratch: TenantDatabase) -> None:
    """The database, as it was when it was exported, at the present revision."""
    made = arriving.manifest
    with make.scratch_folder(installation) as folder:
        copy = folder / DATA
        with _member(arriving, DATA) as source:
            if make.fetch(source, copy) != made.sha256:
                raise SnapshotError("the archive was changed or damaged: the digest of its database differs")
        snapshots.load(copy, scratch)
    snapshots.check_file(scratch)
    with scratch.read() as session:
        if fingerprint(session) != made.fingerprint:
            raise SnapshotError("the archive does not give back what was exported")
    migrate.upgrade(scratch.engine, migrate.TENANT, scratch.schema)


def _bring_files(installation: Installation, key: str, arriving: Arriving) -> None:
    blobs = installation.blobs(key)
    here = set(blobs.hashes())
    for sha256 in arriving.manifest.files:
        if sha256 in here:
            continue
        with _member(arriving, FILES + sha256) as source:
            found = blobs.put(source, limit=1 << 62)
        if found.sha256 != sha256:
            blobs.discard(found.sha256)
            raise SnapshotError(f"a stored file of the archive is damaged: {sha256}")


@contextmanager
def _member(arriving: Arriving, name: str) -> Iterator[Any]:
    try:
        with arriving.archive.open(name) as source:
            yield source
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise SnapshotError(f"the archive is damaged: {name} cannot be read") from error


def _read(source: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        if archive.getinfo(PLACE).file_size > _LARGEST_PLACE:
            raise SnapshotError(f"{source.name} is no archive of a place")
        read: dict[str, Any] = orjson.loads(archive.read(PLACE))
        if read["format"] != FORMAT:
            raise SnapshotError("this archive has another format: import it with the hub that made it")
        _ = read["manifest"], read["erasures"]["persons"], read["erasures"]["identities"], read["secrets"]
    except (KeyError, TypeError, zipfile.BadZipFile, orjson.JSONDecodeError) as error:
        raise SnapshotError(f"{source.name} is no archive of a place, or it is damaged") from error
    return read
