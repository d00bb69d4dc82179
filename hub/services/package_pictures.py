"""Pictures that packages bring for their cards; entries of earlier imports get what newer ones get at once: pictures,
what they bring back, their description."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.errors import ContentError
from content.inspect import Inspection, inspect
from content.packages.picture import picture
from hub.db.blobs import BlobStore
from hub.db.uow import TenantDatabase
from hub.domain.picture import MOST_BYTES, BadPicture, read
from hub.models.exchange import ResourceDescription
from hub.models.learning import Resource
from hub.models.packages import Package
from hub.services.descriptions import of_package
from hub.services.package_files import opened
from hub.services.play.formats import brought


def stored(inspection: Inspection, blobs: BlobStore) -> str:
    """Keep the picture of a package, while its file is open, without what its author's tools noted in it; gives the
    SHA-256, empty where it has none that a card may show."""
    archive = inspection.archive
    name = picture(archive, inspection.root, inspection.package) if archive is not None else ""
    if archive is None or not name or archive.entries[name].size > MOST_BYTES:
        return ""
    try:
        found = read(archive.read(name, MOST_BYTES))
    except (BadPicture, ContentError):
        return ""
    return blobs.put([found.data], MOST_BYTES).sha256


@dataclass(slots=True)
class Refreshed:
    """How many entries were looked at, got a picture, got what they bring back, got their description."""

    looked: int = 0
    pictures: int = 0
    brings: int = 0
    descriptions: int = 0


def refresh(tenant: TenantDatabase, blobs: BlobStore) -> Refreshed:
    """Give entries of earlier imports their pictures, what they can bring back and their descriptions; what people
    chose stays. Each entry in a unit of its own, so that it may be stopped and begun again."""
    done = Refreshed()
    with tenant.read() as session:
        due = [key for key, brings, held, document in _packages(session) if not brings or not held or document is None]
    for key in due:
        with tenant.read() as session:
            row = session.scalars(
                select(Package).where(Package.resource_id == key).order_by(Package.number.desc()).limit(1)
            ).first()
        if row is None:
            continue
        found, document = _look(blobs, row)
        with tenant.write() as session:
            resource = session.get_one(Resource, key, with_for_update=True)
            done.looked += 1
            if found and not resource.picture:
                resource.picture, done.pictures = found, done.pictures + 1
            brings = [one.model_dump(mode="json") for one in brought(row.format)]
            if brings and not resource.brings:
                resource.brings, done.brings = brings, done.brings + 1
            if session.get(ResourceDescription, key) is None:  # an empty one says that it was looked for
                session.add(ResourceDescription(resource_id=key, document=document))
                done.descriptions += bool(document)
    return done


def _packages(session: Session) -> list[tuple[UUID, list[object], str, str | None]]:
    query = (
        select(Resource.id, Resource.brings, Resource.picture, ResourceDescription.document)
        .outerjoin(ResourceDescription, ResourceDescription.resource_id == Resource.id)
        .where(Resource.kind == "package", Resource.withdrawn_at.is_(None))
    )
    return [(key, brings, held, document) for key, brings, held, document in session.execute(query)]


def _look(blobs: BlobStore, row: Package) -> tuple[str, str]:
    """Picture and description of a package; empty where it has none, or its original was not kept."""
    if not row.sha256:
        return "", ""
    with opened(blobs, row.sha256) as file:
        inspection = inspect(file, row.file_name)
        described = of_package(inspection)
        return stored(inspection, blobs), described.document if described else ""
