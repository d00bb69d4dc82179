"""Resumable uploads: what has arrived stays, a broken line goes on where it stopped.

The bytes wait in a file of a folder apart (the waiting room) until the last one is there; then they become a blob. The
row's ``received`` is the truth: bytes beyond it, left by a killed process, are cut off. Files are written outside units
of work, under a lock of the file itself.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.blobs import BlobStore
from hub.db.errors import BlobTooLarge
from hub.db.uow import TenantDatabase
from hub.domain.media_type import HEAD, UNKNOWN, sniff
from hub.models.learning import Deposit, Upload
from hub.models.river import StatementAttachment
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.settings import get_setting

DEFAULT_MEGABYTES = 200
#: An upload that nobody finishes or hands in is forgotten after so long.
KEPT_FOR = timedelta(days=2)
#: Uploads of one person that may wait at once.
AT_ONCE = 20
_LONGEST_NAME = 200


def budget(session: Session) -> int:
    """Bytes that one file may have: the setting ``uploads`` (``megabytes``), 200 MB (10^6 bytes each) unless set."""
    try:
        megabytes = float(get_setting(session, "uploads").get("megabytes", DEFAULT_MEGABYTES))
    except (TypeError, ValueError):
        megabytes = DEFAULT_MEGABYTES
    return int(megabytes * 1_000_000)


def waiting_room(data: Path, tenant_key: str) -> Path:
    """The folder of a tenant's unfinished uploads, below the data folder of the installation."""
    return data / "uploads" / tenant_key


def clean_name(name: str) -> str:
    """A file name without path and control characters, at most 200 characters."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in bare if c.isprintable()).strip(" .")[-_LONGEST_NAME:] or "fichier"


def begin(session: Session, person_id: UUID, name: str, size: int, now: datetime, most: int | None = None) -> Upload:
    """Announce a file of at most ``most`` bytes (`budget` unless given).

    Raises Invalid (``files``: ``empty_file``, ``file_too_large``, ``too_many_files``).
    """
    if size <= 0:
        raise Invalid({"files": "empty_file"})
    if size > (budget(session) if most is None else most):
        raise Invalid({"files": "file_too_large"})
    mine = select(func.count()).select_from(Upload).where(Upload.person_id == person_id)
    if (session.scalar(mine.where(Upload.started_at > now - KEPT_FOR)) or 0) >= AT_ONCE:
        raise Invalid({"files": "too_many_files"})
    row = Upload(
        id=new_id(), person_id=person_id, name=clean_name(name), content_type=UNKNOWN, size=size, started_at=now
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, upload_id: UUID, person_id: UUID) -> Upload:
    """An upload of this person. Raises NotFound, also for another person's."""
    row = session.get(Upload, upload_id)
    if row is None or row.person_id != person_id:
        raise NotFound(upload=str(upload_id))
    return row


def append(
    tenant: TenantDatabase,
    room: Path,
    blobs: BlobStore,
    upload_id: UUID,
    person_id: UUID,
    offset: int,
    chunks: Iterable[bytes],
) -> Upload:
    """Take the bytes that begin at ``offset``; what arrived before a broken line is kept.

    With the last byte the file becomes a blob and its type is sniffed. Raises NotFound, Conflict (``upload_offset``:
    it stands elsewhere; ``upload_busy``: another request writes), BlobTooLarge beyond the announced size.
    """
    with tenant.read() as session:
        find(session, upload_id, person_id)
    room.mkdir(parents=True, exist_ok=True)
    with _locked(room / upload_id.hex) as file:
        with tenant.read() as session:
            row = find(session, upload_id, person_id)
        if row.received != offset or row.sha256:
            raise Conflict("upload_offset", offset=row.received)
        file.truncate(offset)
        file.seek(offset)
        try:
            for chunk in chunks:
                if file.tell() + len(chunk) > row.size:
                    raise BlobTooLarge("more than was announced")
                file.write(chunk)
        finally:
            file.flush()
            os.fsync(file.fileno())
            # All of it counts as received only with its blob: who asks after a crash sends the last piece once more.
            whole = file.tell() == row.size
            row = _finish(tenant, blobs, row, file) if whole else _note(tenant, upload_id, file.tell())
        if whole:
            (room / upload_id.hex).unlink(missing_ok=True)
    return row


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("upload_busy") from None
        yield file


def _note(tenant: TenantDatabase, upload_id: UUID, received: int) -> Upload:
    with tenant.write() as session:
        row = session.get_one(Upload, upload_id)
        row.received = received
    return row


def _finish(tenant: TenantDatabase, blobs: BlobStore, row: Upload, file: BinaryIO) -> Upload:
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    blob = blobs.put(file, row.size)
    with tenant.write() as session:
        stored = session.get_one(Upload, row.id)
        stored.received, stored.sha256, stored.content_type = row.size, blob.sha256, sniff(head, row.name)
    return stored


def store_whole(
    tenant: TenantDatabase,
    blobs: BlobStore,
    person_id: UUID,
    name: str,
    source: BinaryIO,
    now: datetime,
    most: int | None = None,
) -> Upload:
    """A file that came in one piece with a form. Raises Invalid as `begin` does."""
    if most is None:
        with tenant.read() as session:
            most = budget(session)
    head = source.read(HEAD)
    source.seek(0)
    try:
        blob = blobs.put(source, most)
    except BlobTooLarge:
        raise Invalid({"files": "file_too_large"}) from None
    with tenant.write() as session:
        row = begin(session, person_id, name, blob.size, now, most)
        row.received, row.sha256, row.content_type = blob.size, blob.sha256, sniff(head, row.name)
    return row


def drop(tenant: TenantDatabase, room: Path, upload_id: UUID, person_id: UUID) -> None:
    """Give an upload up. Raises NotFound."""
    with tenant.write() as session:
        session.delete(find(session, upload_id, person_id))
    (room / upload_id.hex).unlink(missing_ok=True)


def forget_stale(tenant: TenantDatabase, room: Path, now: datetime) -> int:
    """Forget the uploads that nobody handed in for two days, and files that no row speaks of; gives how many rows."""
    with tenant.write() as session:
        stale = list(session.scalars(select(Upload).where(Upload.started_at <= now - KEPT_FOR)))
        for row in stale:
            session.delete(row)
        session.flush()
        alive = {key.hex for key in session.scalars(select(Upload.id))}
    for path in room.glob("*"):
        if path.name not in alive and path.stat().st_mtime < (now - KEPT_FOR).timestamp():
            path.unlink(missing_ok=True)
    return len(stale)


def referenced(session: Session) -> set[str]:
    """SHA-256 of every blob that an upload, a deposit or a statement speaks of, for
    ``BlobStore.remove_unreferenced``."""
    found = set(session.scalars(select(Upload.sha256).where(Upload.sha256 != "")))
    found.update(session.scalars(select(StatementAttachment.sha256).distinct()))
    for files in session.scalars(select(Deposit.files)):
        found.update(str(file["sha256"]) for file in files)
    return found
