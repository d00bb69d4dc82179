"""Taking a file in: stored, its columns looked at, the mapping kept for the next one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.files import PROFILES, Kind, Reader, propose, targets
from connectors.files.columns import lacking
from connectors.tables import LARGEST, TableRefused
from hub.db.base import new_id
from hub.db.blobs import BlobStore
from hub.db.errors import BlobMissing, BlobTooLarge
from hub.db.types import vault_of
from hub.db.uow import TenantDatabase
from hub.models.files import FileImport
from hub.models.platforms import Platform
from hub.services import jobs, platforms, uploads
from hub.services import remote_records as records
from hub.services.errors import Conflict, Invalid, NotFound, ServiceError
from hub.services.journal import record

CONNECTOR: Final = "files"
COLUMNS: Final = "file_columns"
"""Kind of the record that remembers the mapping of a platform's files."""
CHECK_JOB, APPLY_JOB = "file_check", "file_apply"
MAPPING, CHECKING, CHECKED, APPLYING, DONE, REFUSED, DROPPED = (
    "columns", "checking", "checked", "applying", "done", "refused", "dropped",
)  # fmt: skip
PURPOSE: Final = "partner files"


class FileRefused(ServiceError):
    """The file as a whole cannot be read; ``code`` is ``file_`` and what the reader says."""

    code = "file_refused"


@dataclass(frozen=True, slots=True)
class Columns:
    """What people map: the columns of the file with samples of each, the meanings, and what the hub proposes."""

    row: FileImport
    headers: tuple[str, ...]
    samples: Mapping[str, tuple[str, ...]]
    proposed: Mapping[str, str]


def kinds_of(platform: Platform) -> list[Kind]:
    """Kinds of files that the system behind a platform owns: each fact has one owner."""
    owned = PROFILES.get(str(platform.settings.get("profile")), PROFILES["any"]).owns
    return [kind for kind in Kind if kind in owned]


def find_platform(session: Session, platform_id: UUID) -> Platform:
    """A platform whose files are handed in. Raises NotFound for any other."""
    row = platforms.find(session, platform_id)
    if row.connector != CONNECTOR:
        raise NotFound(platform=str(platform_id))
    return row


def find(session: Session, import_id: UUID, *, lock: bool = False) -> FileImport:
    """An import. Raises NotFound."""
    row = session.get(FileImport, import_id, with_for_update=lock)
    if row is None:
        raise NotFound(file=str(import_id))
    return row


def give(
    tenant: TenantDatabase,
    blobs: BlobStore,
    platform_id: UUID,
    kind: Kind,
    name: str,
    file: BinaryIO,
    *,
    by: UUID,
    now: datetime,
) -> UUID:
    """Take a file in; gives the id of its import, whose columns are to be mapped.

    Raises NotFound, Invalid (``kind``: not this system's to tell), FileRefused.
    """
    with tenant.read() as session:
        platform = find_platform(session, platform_id)
        if kind not in kinds_of(platform):
            raise Invalid({"kind": "not_its_own"})
    try:
        blob = blobs.put(file, LARGEST)
    except BlobTooLarge:
        raise FileRefused("file_too_large") from None
    # Should it be refused, nothing refers to it and housekeeping takes it away.
    with blobs.open(blob.sha256) as stored, _told():
        if not _reader(tenant, platform, stored, name, kind).samples(1):
            raise FileRefused("file_empty")
    with tenant.write() as session:
        row = FileImport(
            id=new_id(), platform_id=platform_id, kind=kind.value, name=uploads.clean_name(name), sha256=blob.sha256,
            size=blob.size, created_at=now, created_by=by,
        )  # fmt: skip
        session.add(row)
        session.flush()
        record(session, now, by, "file.given", "platform", platform_id, file=row.name, kind=row.kind)
    return row.id


def columns(tenant: TenantDatabase, blobs: BlobStore, import_id: UUID) -> Columns:
    """The columns of a file and what the hub takes them for: as the last time, else by their names. Raises NotFound,
    FileRefused."""
    with tenant.read() as session:
        row = find(session, import_id)
        platform = platforms.find(session, row.platform_id)
        kept = records.load(session, row.platform_id, COLUMNS, [row.kind]).get(row.kind)
    kind = Kind(row.kind)
    with opened(tenant, blobs, row, platform) as reader:
        some = reader.samples()
    samples = {
        header: tuple(filter(None, (cells[at] if at < len(cells) else "" for cells in some)))
        for at, header in enumerate(reader.headers)
        if header
    }
    own = PROFILES.get(str(platform.settings.get("profile")), PROFILES["any"]).names.get(kind, {})
    remembered = dict(kept.value) if kept else {}
    proposed = row.mapping or propose(kind, reader.headers, own, remembered)
    return Columns(row, tuple(samples), samples, {str(key): str(header) for key, header in proposed.items()})


def set_columns(
    session: Session, import_id: UUID, mapping: Mapping[str, str], headers: Sequence[str], *, by: UUID, now: datetime
) -> None:
    """Say what the columns mean, remember it for the next file of this kind, and have the file checked.

    Raises NotFound, Conflict (``file_not_waiting``), Invalid (``<target>``: ``unknown``, ``twice``; the first target
    of a group of which one is due: ``required``).
    """
    row = find(session, import_id, lock=True)
    if row.state not in (MAPPING, CHECKED, REFUSED) or not row.sha256:
        raise Conflict("file_not_waiting")
    kind, known = Kind(row.kind), {it.key for it in targets(Kind(row.kind))}
    said = {key: header for key, header in mapping.items() if header and key in known}
    faults = {key: "unknown" for key, header in said.items() if header not in headers}
    faults |= {key: "twice" for key, header in said.items() if list(said.values()).count(header) > 1}
    faults |= {group[0]: "required" for group in lacking(kind, said)}
    if faults:
        raise Invalid(faults)
    row.mapping, row.state, row.done, row.planned, row.error = said, CHECKING, 0, {}, None
    before = records.load(session, row.platform_id, COLUMNS, [row.kind])
    records.save(session, row.platform_id, COLUMNS, records.changes(before, {row.kind: said}), now)
    enqueue(session, CHECK_JOB, row, by=by, now=now)


def enqueue(session: Session, job: str, row: FileImport, *, by: UUID, now: datetime) -> None:
    """Have a pass over a file made, in the lane of its platform: one thing at a time."""
    lane, unique = jobs.lane_of_platform(row.platform_id), f"{job}:{row.id}"
    jobs.enqueue(session, job, {"import": str(row.id)}, lane=lane, unique_key=unique, due_at=now, by=by)


@contextmanager
def opened(tenant: TenantDatabase, blobs: BlobStore, row: FileImport, platform: Platform) -> Iterator[Reader]:
    """The reader of a stored file. Raises FileRefused, also while it is read."""
    try:
        with blobs.open(row.sha256) as stored, _told():
            yield _reader(tenant, platform, stored, row.name, Kind(row.kind))
    except BlobMissing:
        raise FileRefused("file_gone") from None


def _reader(tenant: TenantDatabase, platform: Platform, file: BinaryIO, name: str, kind: Kind) -> Reader:
    with tenant.read() as session:
        vault = vault_of(session)
    zone = str(platform.settings.get("zone") or "Europe/Paris")
    return Reader(
        file, name, kind, base_url=platform.base_url, zone=zone,
        opaque=lambda text: vault.keyed_hash(PURPOSE, text).hex()[:24],
    )  # fmt: skip


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except TableRefused as refused:
        raise FileRefused(f"file_{refused.code}", **refused.details) from refused


def referenced(session: Session) -> set[str]:
    """SHA-256 of every blob that an import still speaks of."""
    return set(session.scalars(select(FileImport.sha256).where(FileImport.sha256 != "")))
