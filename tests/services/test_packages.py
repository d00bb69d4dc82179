"""The intake: accepted whole or refused with nothing kept; versions, packages within a backup, nobody's data."""

import io
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from content.inspect import inspect
from content.packages.cartridge import Cartridge
from hub.db.blobs import BlobStore, LocalBlobs
from hub.db.errors import BlobMissing
from hub.db.uow import TenantDatabase
from hub.domain.roles import Grant, Viewer
from hub.models.learning import Resource
from hub.models.packages import Package, PackageImport
from hub.models.platforms import Job
from hub.services import catalogue, link_export, package_intake, packages, uploads
from hub.services.errors import Forbidden, Invalid, NotFound
from hub.services.jobs import Unleased
from tests.content.archives import PAGE, manifest, with_entry, zipped
from tests.shared import shared_path

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def give(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID, data: bytes, name: str = "cours.zip", of: UUID | None = None
) -> packages.ImportView:
    upload = uploads.store_whole(tenant, blobs, author, name, io.BytesIO(data), NOW, 10_000_000)
    with tenant.write() as session:
        key = packages.begin(session, upload.id, by=author, now=NOW, resource_id=of)
    package_intake.run(tenant, blobs, key, Unleased(tenant), lambda: NOW)
    with tenant.read() as session:
        return packages.view(session, key)


def files_of(blobs: BlobStore) -> int:
    assert isinstance(blobs, LocalBlobs)
    return sum(1 for path in blobs._folder.rglob("*") if path.is_file())


def test_an_accepted_package_is_at_the_catalogue(tenant: TenantDatabase, blobs: BlobStore, author: UUID) -> None:
    data = zipped({"imsmanifest.xml": manifest(title="Se former &lt;b&gt;"), "index.html": PAGE})
    found = give(tenant, blobs, author, data)
    assert found.state == "accepted"
    assert found.report is not None
    assert found.report["format"] == "scorm12"
    ((resource_id, title),) = found.made
    assert title == "Se former <b>"
    with tenant.read() as session:
        entry = catalogue.get(session, resource_id)
        (version,) = packages.versions(session, resource_id)
        assert session.scalars(select(Job.kind)).all() == [packages.IMPORT_JOB]
    assert (entry.kind, entry.own, entry.iri) == ("package", True, resource_id.urn)
    assert (version.number, version.kept, version.size) == (1, True, len(data))
    with blobs.open(version.sha256) as file:
        assert file.read() == data


def test_a_refused_file_leaves_nothing_but_its_report(tenant: TenantDatabase, blobs: BlobStore, author: UUID) -> None:
    found = give(tenant, blobs, author, with_entry("../../evil.txt"))
    assert (found.state, found.made) == ("refused", [])
    assert found.report is not None
    assert found.report["messages"][0]["code"] == "archive_name_climbs"
    assert files_of(blobs) == 0
    with tenant.read() as session:
        assert session.scalars(select(Resource)).all() == []


def test_a_refused_file_that_somebody_else_holds_stays_theirs(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID
) -> None:
    data = with_entry("../../evil.txt")
    uploads.store_whole(tenant, blobs, author, "x.zip", io.BytesIO(data), NOW)
    give(tenant, blobs, author, data)
    assert files_of(blobs) == 1


def test_a_new_version_keeps_the_entry_and_its_identity(tenant: TenantDatabase, blobs: BlobStore, author: UUID) -> None:
    first = give(tenant, blobs, author, zipped())
    resource_id = first.made[0][0]
    again = give(
        tenant, blobs, author, zipped({"imsmanifest.xml": manifest(title="Autre"), "index.html": PAGE}), of=resource_id
    )
    assert again.made[0] == (resource_id, "Accueil")
    with tenant.read() as session:
        assert [one.number for one in packages.versions(session, resource_id)] == [2, 1]
    with tenant.write() as session:
        upload = uploads.begin(session, author, "x.zip", 5, NOW).id
    with pytest.raises(Invalid), tenant.write() as session:
        packages.begin(session, upload, by=author, now=NOW, resource_id=resource_id)


def test_a_settled_import_done_twice_changes_nothing(tenant: TenantDatabase, blobs: BlobStore, author: UUID) -> None:
    found = give(tenant, blobs, author, zipped())
    package_intake.run(tenant, blobs, found.id, Unleased(tenant), lambda: NOW)
    with tenant.read() as session:
        assert len(session.scalars(select(Package)).all()) == 1


@pytest.mark.parametrize("people", [True, False])
def test_a_moodle_backup_gives_its_packages_and_links_and_nobodys_data(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID, people: bool
) -> None:
    name = f"cnb-2026-{'with' if people else 'without'}-users.mbz"
    found = give(tenant, blobs, author, shared_path("fixtures", "moodle", "backup", name).read_bytes(), name)
    assert found.made[0][1] == "Compétences numériques de base"
    with tenant.read() as session:
        rows = [session.get_one(Resource, key) for key, _title in found.made]
        main = rows[0]
        formats = {one.format: one.kept for key, _title in found.made for one in packages.versions(session, key)}
    assert [row.kind for row in rows] == ["package", "package", "package", "web"]
    assert [row.title for row in rows[1:3]] == ["Présentation du parcours", "Module SCORM : choisir un mot de passe"]
    assert {row.parent_id for row in rows[1:]} == {main.id}
    assert rows[3].url == "https://www.example.org/ressource"
    assert formats == {"mbz": not people, "scorm12": True, "file": True}
    assert files_of(blobs) == (2 if people else 3)


def test_the_original_is_for_staff_and_for_those_who_follow(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID
) -> None:
    resource_id = give(tenant, blobs, author, zipped()).made[0][0]
    designer = Viewer(author, "D", "fr", (Grant("designer"),))
    learner = Viewer(author, "L", "fr", (Grant("learner"),))
    with tenant.read() as session:
        assert packages.original(session, resource_id, designer).file_name == "cours.zip"
        with pytest.raises(Forbidden):
            packages.original(session, resource_id, learner)
        with pytest.raises(NotFound):
            packages.original(session, resource_id, designer, number=2)


def test_blobs_of_packages_are_kept_by_the_housekeeping(tenant: TenantDatabase, blobs: BlobStore, author: UUID) -> None:
    give(tenant, blobs, author, zipped())
    with tenant.read() as session:
        kept = uploads.referenced(session) | packages.referenced(session)
        sha256 = session.scalars(select(PackageImport.sha256)).one()
    assert blobs.remove_unreferenced(kept.__contains__, older_than=-1) == 0
    blobs.discard(sha256)
    with pytest.raises(BlobMissing):
        blobs.stat(sha256)
    blobs.discard(sha256)


def test_the_links_of_the_catalogue_become_a_thin_cartridge(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        for number, url in enumerate(("https://tool.example.org/launch", "http://old.example.org/lti")):
            session.add(
                Resource(
                    kind="lti_link", iri=f"urn:x:{number}", title=f"Lien n° {number} <&>", url=url,
                    custom={"niveau": "1"}, created_at=NOW,
                )
            )  # fmt: skip
    with tenant.read() as session:
        data = link_export.cartridge(session, "fr")
        assert data == link_export.cartridge(session, "fr")
    inspection = inspect(io.BytesIO(data), "links.imscc")
    assert (inspection.report.verdict, inspection.report.format, inspection.report.version) == (
        "accept",
        "thin-cc",
        "1.2.0",
    )
    assert isinstance(inspection.package, Cartridge)
    links = inspection.package.links
    assert [(one.title, one.url, one.custom) for one in links] == [
        ("Lien n° 0 <&>", "https://tool.example.org/launch", {"niveau": "1"}),
        ("Lien n° 1 <&>", "http://old.example.org/lti", {"niveau": "1"}),
    ]
