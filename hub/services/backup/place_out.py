"""A place as one file: what another installation needs to go on with it (docs/operations.md, "Several places").

A zip of ``place.json`` (the manifest of a backup, the erasures, the secrets that a printed passphrase opens),
``data.zip`` (hub.db.snapshots) and ``files/<sha256>``. The sealed part names the digest of everything else, so nobody
without the passphrase can change the archive.
"""

from __future__ import annotations

import hashlib
import logging
import secrets as random
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from hub.db import sealed_key, snapshots
from hub.db.directory import Installation
from hub.db.errors import BlobMissing, SnapshotError, StoreError
from hub.services.backup import erasures, make, secrets
from hub.services.backup.manifest import DATA, Manifest, stamp_of
from hub.services.fingerprint import Fingerprint, fingerprint

log = logging.getLogger("hub.backup")
PLACE: Final = "place.json"
FILES: Final = "files/"
FORMAT: Final = 1


def export_place(installation: Installation, key: str, target: Path, now: datetime) -> tuple[Manifest, str]:
    """Write the place ``key`` to the new file ``target``; gives its manifest and the passphrase, which is kept nowhere.

    People may go on working meanwhile; what they do later is not in it. Raises UnknownTenant, TenantNotMigrated,
    SnapshotError (the file is there already, the disk is full); nothing half is left under ``target``.
    """
    record, tenant = installation.record(key), installation.tenant(key)
    if target.exists():
        raise SnapshotError(f"{target.name} is there already: it is not replaced")
    part = target.with_name(f"{target.name}.{random.token_hex(8)}.part")
    try:
        with make.scratch_folder(installation) as folder, _closed(part) as archive:
            copy = folder / DATA
            # Before and after, as for a backup: what is added or removed meanwhile is in it whichever way.
            written = _write_files(installation, key, archive, ())
            measured, open_secrets = snapshots.save(tenant, copy, _measure)
            files = tuple(sorted(written | _write_files(installation, key, archive, written)))
            made = make.manifest_of(installation, record, copy, measured, files, stamp_of(now), now)
            archive.write(copy, DATA, zipfile.ZIP_STORED)
            passphrase = sealed_key.new_passphrase()
            archive.writestr(PLACE, _told(made, erasures.known(installation, key, []), open_secrets, passphrase))
        make.settle_file(part, target)
    except OSError as error:
        raise SnapshotError(f"the place cannot be written to {target.name}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    log.info("exported %s: %s bytes, %s files", key, target.stat().st_size, len(files))
    return made, passphrase


def digest_of(manifest: dict[str, Any], history: dict[str, Any]) -> str:
    """SHA-256 of what stands open in ``place.json``; the manifest names the digests of the other members."""
    return hashlib.sha256(orjson.dumps([manifest, history], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _measure(session: Session) -> tuple[Fingerprint, dict[str, Any]]:
    """In the very state that is copied."""
    return fingerprint(session), secrets.gather(session)


def _told(made: Manifest, history: erasures.Log, open_secrets: dict[str, Any], passphrase: str) -> bytes:
    manifest = orjson.loads(made.dump())
    sealed = orjson.dumps({**open_secrets, "of": digest_of(manifest, history)})
    told = {
        "format": FORMAT,
        "manifest": manifest,
        "erasures": history,
        "secrets": sealed_key.seal_bytes(sealed, passphrase),
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def _write_files(installation: Installation, key: str, archive: zipfile.ZipFile, there: Iterable[str]) -> set[str]:
    """Add the stored files that are not ``there`` yet; gives their hashes."""
    blobs, known, added = installation.blobs(key), set(there), set()
    for sha256 in blobs.hashes():
        if sha256 in known:
            continue
        with make.scratch_folder(installation) as folder:
            try:
                with blobs.open(sha256) as source:
                    found = make.fetch(source, folder / "file")
            except BlobMissing:
                continue  # removed a moment ago, because nothing refers to it
            if found != sha256:
                raise StoreError(f"a stored file of {key} is damaged: {sha256}")
            archive.write(folder / "file", FILES + sha256, zipfile.ZIP_STORED)
        added.add(sha256)
    return added


def _closed(part: Path) -> zipfile.ZipFile:
    """A new archive that only its owner can read."""
    part.touch(0o600, exist_ok=False)
    return zipfile.ZipFile(part, "w", zipfile.ZIP_STORED)
