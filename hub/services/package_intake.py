"""The intake of a package: looked at outside units of work, then written at once, or refused with nothing kept.

An archive that holds packages (a Moodle backup) becomes an entry for itself and one for each of them; its web links
become entries too. A backup with people's data is not kept: only what was taken out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import islice
from typing import Any, BinaryIO, cast
from uuid import UUID

import nh3
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content.inspect import Inspection, inspect
from content.metadata.lheo.reading import Lheo
from content.metadata.record import Record
from content.packages.cartridge import Cartridge
from content.packages.moodle_backup import MoodleBackup
from content.report import Verdict
from hub.db.base import new_id
from hub.db.blobs import Blob, BlobStore
from hub.db.uow import TenantDatabase
from hub.domain.import_report import as_data
from hub.models.learning import Resource
from hub.models.packages import Package, PackageImport
from hub.services import descriptions, offers
from hub.services.jobs import Reporter
from hub.services.journal import record
from hub.services.package_files import opened
from hub.services.package_pictures import stored
from hub.services.packages import is_held
from hub.services.play.formats import brought

#: Progress is told each time so many more bytes were read.
_TOLD_EVERY = 32 << 20
LARGEST_INSIDE = 2 << 30
ACCEPTED, REFUSED = "accepted", "refused"


@dataclass(frozen=True, slots=True)
class Inside:
    """A package found within another: stored already, accepted already."""

    title: str
    file_name: str
    blob: Blob
    inspection: Inspection
    picture: str
    described: Record | None


def run(
    tenant: TenantDatabase, blobs: BlobStore, import_id: UUID, report: Reporter, clock: Callable[[], datetime]
) -> None:
    """Look at the file of an import and settle it. Done twice it does the same: a settled import is left alone."""
    with tenant.read() as session:
        row = session.get(PackageImport, import_id)
    if row is None or row.state != "due":
        return
    with opened(blobs, row.sha256) as file:
        watched = cast(BinaryIO, _Watched(file, row.size, report))
        inspection = inspect(watched, row.file_name)
        accepted = inspection.report.verdict is not Verdict.REJECT
        inside = _inside(inspection, blobs, report) if accepted else []
        picture = stored(inspection, blobs) if accepted else ""
        described = descriptions.of_package(inspection) if accepted else None
        if accepted and isinstance(inspection.package, Lheo):
            _take_offers(inspection.package, report, clock)
    with report.step() as step:
        settled = step.session.get_one(PackageImport, import_id, with_for_update=True)
        if settled.state != "due":
            return
        settled.report, settled.ended_at = as_data(inspection.report), clock()
        if accepted:
            _settle(step.session, settled, inspection, inside, picture, described, clock())
        else:
            settled.state = REFUSED
        step.progress(done=row.size, total=row.size)
    _discard(tenant, blobs, [row.sha256, *(one.blob.sha256 for one in inside)])


def _take_offers(lheo: Lheo, report: Reporter, clock: Callable[[], datetime]) -> None:
    """An offer in LHEO goes into the place's training offer, some courses in each unit; done twice it is the same."""
    courses = offers.documents(lheo)
    while some := list(islice(courses, offers.UNIT)):
        report.check()
        with report.step() as step:
            offers.take(step.session, some, clock())


class _Watched:
    """A file that tells how much of it was read, and stops when the worker is asked to."""

    def __init__(self, file: BinaryIO, size: int, report: Reporter) -> None:
        self._file, self._size, self._report = file, size, report
        self._read, self._told = 0, 0

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        data = self._file.read(size)
        self._read += len(data)
        if self._read - self._told >= _TOLD_EVERY:
            self._told = self._read
            self._report.check()
            with self._report.step() as step:
                step.progress(done=min(self._read, self._size), total=self._size)
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        """As of a file."""
        return self._file.seek(place, whence)


def _inside(inspection: Inspection, blobs: BlobStore, report: Reporter) -> list[Inside]:
    """Packages and files within a Moodle backup, each stored and looked at; those refused are left out."""
    package, archive = inspection.package, inspection.archive
    if not isinstance(package, MoodleBackup) or archive is None:
        return []
    found = []
    for activity in package.activities:
        if not activity.file and not activity.html:
            continue
        report.check()
        name = activity.file_name or f"{activity.title[:80]}.html"
        content = archive.stream(activity.file) if activity.file else [_page(activity.title, activity.html)]
        blob = blobs.put(content, LARGEST_INSIDE)
        with opened(blobs, blob.sha256) as file:
            looked = inspect(file, name)
            if looked.report.verdict is not Verdict.REJECT:
                found.append(
                    Inside(activity.title, name, blob, looked, stored(looked, blobs), descriptions.of_package(looked))
                )
    return found


def _page(title: str, html: str) -> bytes:
    """A page of its own out of a page of a course: its text and links, nothing that runs."""
    body = nh3.clean(html)
    head = f"<meta charset='utf-8'><title>{escape(title)}</title>"
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def _settle(
    session: Session, row: PackageImport, inspection: Inspection, inside: list[Inside], picture: str,
    described: Record | None, now: datetime,
) -> None:  # fmt: skip
    package = inspection.package
    if isinstance(package, Lheo):
        row.state = ACCEPTED
        record(session, now, row.created_by, "offer.imported", "import", row.id, file=row.file_name)
        return
    main = _entry(session, row, inspection, row.file_name, now)
    if described is not None:
        _describe(session, main, described, is_new=row.resource_id is None)
    main.picture = main.picture or picture
    keeps = not (isinstance(package, MoodleBackup) and package.with_users)
    _version(session, main, row, inspection, Blob(row.sha256 if keeps else "", row.size), row.file_name, now)
    made = [main]
    for one in inside:
        child = _new(session, one.inspection, one.file_name, now, main.id, one.title)
        child.megabytes, child.picture = one.blob.size / 1_000_000, one.picture
        if one.described is not None:
            _describe(session, child, one.described, is_new=True)
        _version(session, child, row, one.inspection, one.blob, one.file_name, now)
        made.append(child)
    made += _links(session, package, main.id, now)
    row.state, row.made = ACCEPTED, [str(one.id) for one in made]
    record(session, now, row.created_by, "package.imported", "resource", main.id, file=row.file_name, entries=len(made))


def _entry(session: Session, row: PackageImport, inspection: Inspection, file_name: str, now: datetime) -> Resource:
    if row.resource_id is not None:
        resource = session.get_one(Resource, row.resource_id)
    else:
        resource = _new(session, inspection, file_name.rpartition(".")[0] or file_name, now, None)
    resource.megabytes = row.size / 1_000_000
    return resource


def _describe(session: Session, resource: Resource, described: Record, *, is_new: bool) -> None:
    """Keep the description; a new entry takes from it what it does not say yet, but its title."""
    descriptions.keep(session, resource.id, described)
    for name, value in descriptions.values(described).items() if is_new else ():
        if value and name != "title":
            setattr(resource, name, value)


def _new(
    session: Session, inspection: Inspection, otherwise: str, now: datetime, parent: UUID | None, known_as: str = ""
) -> Resource:
    """A new entry, titled as the course knows it (``known_as``), else as it says itself."""
    said, key = inspection.report, new_id()
    resource = Resource(
        id=key, kind="package", iri=key.urn, title=known_as or said.title or otherwise,
        summary=descriptions.text(said.description)[:2000],
        language=descriptions.spoken(said.language) or "fr", licence=said.licence[:200],
        parent_id=parent, created_at=now, brings=[one.model_dump(mode="json") for one in brought(said.format)],
    )  # fmt: skip
    session.add(resource)
    session.flush()
    return resource


def _version(
    session: Session, resource: Resource, row: PackageImport, inspection: Inspection, blob: Blob, name: str,
    now: datetime,
) -> None:  # fmt: skip
    latest = session.scalar(select(func.max(Package.number)).where(Package.resource_id == resource.id)) or 0
    said = inspection.report
    session.add(
        Package(
            id=new_id(), resource_id=resource.id, number=latest + 1, sha256=blob.sha256, size=blob.size,
            file_name=name, format=said.format, format_version=said.version[:80], root=inspection.root,
            import_id=row.id, created_at=now,
        )
    )  # fmt: skip
    session.flush()


def _links(session: Session, package: Any, parent: UUID, now: datetime) -> list[Resource]:
    """The web links of a cartridge or a backup that the catalogue does not have yet."""
    if isinstance(package, Cartridge):
        links = [(link.title, link.url) for link in package.links if link.kind == "web"]
    elif isinstance(package, MoodleBackup):
        links = [(one.title, one.url) for one in package.activities if one.kind == "url" and one.url]
    else:
        links = []
    urls = [url for _title, url in links]
    known = set(session.scalars(select(Resource.iri).where(Resource.iri.in_(urls), Resource.withdrawn_at.is_(None))))
    made = []
    for title, url in links:
        if url in known:
            continue
        known.add(url)
        link = Resource(id=new_id(), kind="web", iri=url, url=url, title=title[:300], parent_id=parent, created_at=now)
        session.add(link)
        made.append(link)
    session.flush()
    return made


def _discard(tenant: TenantDatabase, blobs: BlobStore, hashes: list[str]) -> None:
    """Remove at once what nothing speaks of: a refused file, a backup with people's data."""
    for sha256 in hashes:
        with tenant.read() as session:
            held = is_held(session, sha256)
        if not held:
            blobs.discard(sha256)
