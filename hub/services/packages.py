"""Packages of the catalogue: give a file to the intake, its report, the versions, the untouched original.

What is read and decided outside units of work is in ``package_intake``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.domain.roles import Role, Viewer
from hub.models.learning import Deposit, Enrolment, Resource, Upload
from hub.models.packages import Package, PackageImport
from hub.models.platforms import Job
from hub.models.river import BindingRow
from hub.services import jobs
from hub.services.errors import Forbidden, Invalid, NotFound
from hub.services.settings import get_setting

IMPORT_JOB: Final = "import_package"
LANE: Final = "import:packages"
DEFAULT_MEGABYTES: Final = 2000
#: Who may take any package of the place home; a learner those of the paths they follow.
STAFF: tuple[Role, ...] = ("designer", "administrator", "trainer", "mediator")


def budget(session: Session) -> int:
    """Bytes that a package may have: the setting ``packages`` (``megabytes``), 2,000 MB (10^6 bytes) unless set."""
    try:
        megabytes = float(get_setting(session, "packages").get("megabytes", DEFAULT_MEGABYTES))
    except (TypeError, ValueError):
        megabytes = DEFAULT_MEGABYTES
    return int(megabytes * 1_000_000)


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import as it stands. ``done`` and ``total``: bytes read so far; ``job_state`` that of the work."""

    id: UUID
    file_name: str
    size: int
    state: str
    job_state: str
    done: int
    total: int
    report: dict[str, Any] | None
    made: list[tuple[UUID, str]]
    at: datetime


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a package."""

    id: UUID
    number: int
    file_name: str
    size: int
    sha256: str
    format: str
    format_version: str
    import_id: UUID
    at: datetime

    @property
    def kept(self) -> bool:
        """Whether the original can be had."""
        return bool(self.sha256)


@dataclass(frozen=True, slots=True)
class Original:
    """A file to give out: the blob, its size in bytes, the name its author gave it."""

    sha256: str
    size: int
    file_name: str


def begin(session: Session, upload_id: UUID, *, by: UUID, now: datetime, resource_id: UUID | None = None) -> UUID:
    """Give an uploaded file to the intake, as a new entry or as the next version of ``resource_id``; gives the import.

    Raises NotFound, Invalid (``files``: ``upload_unfinished``; ``resource_id``: ``not_a_package``).
    """
    upload = session.get(Upload, upload_id)
    if upload is None or upload.person_id != by:
        raise NotFound(upload=str(upload_id))
    if not upload.sha256:
        raise Invalid({"files": "upload_unfinished"})
    if resource_id is not None:
        resource = session.get(Resource, resource_id)
        if resource is None or resource.kind != "package":
            raise Invalid({"resource_id": "not_a_package"})
    found = Original(upload.sha256, upload.size, upload.name)
    session.delete(upload)
    return take(session, found, by=by, now=now, resource_id=resource_id)


def take(session: Session, file: Original, *, by: UUID, now: datetime, resource_id: UUID | None = None) -> UUID:
    """Give a blob to the intake, as ``begin`` does; gives the import."""
    row = PackageImport(
        id=new_id(), file_name=file.file_name, sha256=file.sha256, size=file.size, resource_id=resource_id,
        created_at=now, created_by=by,
    )  # fmt: skip
    session.add(row)
    session.flush()
    row.job_id = jobs.enqueue(session, IMPORT_JOB, {"import": str(row.id)}, lane=LANE, by=by, due_at=now)
    return row.id


def view(session: Session, import_id: UUID) -> ImportView:
    """One import. Raises NotFound."""
    row = session.get(PackageImport, import_id)
    if row is None:
        raise NotFound(kind="import", id=str(import_id))
    return _views(session, [row])[0]


def recent(session: Session, limit: int = 20) -> list[ImportView]:
    """The latest imports, the newest first, without their reports."""
    rows = list(session.scalars(select(PackageImport).order_by(PackageImport.id.desc()).limit(limit)))
    return _views(session, rows)


def _views(session: Session, rows: list[PackageImport]) -> list[ImportView]:
    work = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_([row.job_id for row in rows])))}
    keys = [UUID(key) for row in rows for key in row.made]
    titles = dict(session.execute(select(Resource.id, Resource.title).where(Resource.id.in_(keys))).all())
    found = []
    for row in rows:
        job = work.get(row.job_id) if row.job_id else None
        progress = job.progress if job else {}
        made = [(UUID(key), titles.get(UUID(key), "")) for key in row.made]
        found.append(
            ImportView(
                row.id, row.file_name, row.size, row.state, job.state if job else jobs.DONE,
                int(progress.get("done", 0)), int(progress.get("total", 0)), row.report, made, row.created_at,
            )
        )  # fmt: skip
    return found


def versions(session: Session, resource_id: UUID) -> list[VersionView]:
    """The versions of a package, the newest first; empty for an entry that is no package."""
    query = select(Package).where(Package.resource_id == resource_id).order_by(Package.number.desc())
    return [
        VersionView(
            row.id, row.number, row.file_name, row.size, row.sha256, row.format, row.format_version, row.import_id,
            row.created_at,
        )
        for row in session.scalars(query)
    ]  # fmt: skip


def original(session: Session, resource_id: UUID, viewer: Viewer, number: int | None = None) -> Original:
    """The untouched file of a version (the newest unless said). Staff may have any; a learner those that a path they
    follow is tied to. Raises NotFound, Forbidden."""
    query = select(Package).where(Package.resource_id == resource_id, Package.sha256 != "")
    if number is not None:
        query = query.where(Package.number == number)
    row = session.scalars(query.order_by(Package.number.desc()).limit(1)).first()
    if row is None:
        raise NotFound(kind="package", id=str(resource_id))
    if not viewer.has(*STAFF) and not _follows(session, viewer.person_id, resource_id):
        raise Forbidden()
    return Original(row.sha256, row.size, row.file_name)


def _follows(session: Session, person_id: UUID, resource_id: UUID) -> bool:
    query = (
        select(func.count())
        .select_from(Enrolment)
        .join(BindingRow, BindingRow.version_id == Enrolment.version_id)
        .where(
            Enrolment.person_id == person_id,
            BindingRow.resource_id == resource_id,
            Enrolment.state.in_(("active", "completed")),
        )
    )
    return bool(session.scalar(query))


def referenced(session: Session) -> set[str]:
    """SHA-256 of every blob that a package, a card's picture or an import not looked at yet speaks of."""
    found = set(session.scalars(select(Package.sha256).where(Package.sha256 != "")))
    found |= set(session.scalars(select(Resource.picture).where(Resource.picture != "")))
    return found | set(session.scalars(select(PackageImport.sha256).where(PackageImport.state == "due")))


def is_held(session: Session, sha256: str) -> bool:
    """Whether anything of the place speaks of a blob."""
    for column in (Package.sha256, Upload.sha256, Resource.picture):
        if session.scalars(select(column).where(column == sha256).limit(1)).first():
            return True
    waiting = select(PackageImport.id).where(PackageImport.sha256 == sha256, PackageImport.state == "due").limit(1)
    if session.scalars(waiting).first():
        return True
    return any(sha256 == file.get("sha256") for files in session.scalars(select(Deposit.files)) for file in files)
