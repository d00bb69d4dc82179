"""A description that an entry came with: taken into the catalogue's fields, kept, served again with its identifiers."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from content.metadata.record import Record
from content.oai import provider
from hub.db.blobs import BlobStore
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.exchange import ResourceDescription
from hub.models.learning import Resource
from hub.services import catalogue, descriptions, harvest, oai_serve, package_pictures
from hub.services.jobs import Unleased
from tests.content.archives import PAGE, manifest, zipped
from tests.content.metadata.test_lom_document import FICHE
from tests.services.builders import person
from tests.services.test_packages import give

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SAID = FICHE.replace(
    "</educational>", "<typicalLearningTime><duration>PT1H30M</duration></typicalLearningTime></educational>"
).replace(
    "</general>",
    "<description><string language='fr'>Trains &lt;b&gt;simples&lt;/b&gt;</string>"
    "<string language='en'>Gears</string></description>"
    "<keyword><string language='fr'>engrenage</string></keyword></general>",
)
INSIDE = f"<metadata>{SAID}<schema>".encode()


@pytest.fixture
def blobs(installation: Installation, tenant: TenantDatabase) -> BlobStore:
    return installation.blobs(tenant.key)


@pytest.fixture
def author(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        return person(session)


def package(lom: bytes = INSIDE, files: dict[str, bytes] | None = None) -> bytes:
    """A SCORM package whose manifest holds these metadata."""
    whole = manifest(title="Les engrenages").replace(b"<metadata><schema>", lom)
    return zipped({"imsmanifest.xml": whole, "index.html": PAGE, **(files or {})})


def served(tenant: TenantDatabase, prefix: str = "lomfr") -> str:
    """The one record that the place serves."""
    oai_serve.refresh(tenant, Unleased(tenant), lambda: NOW)
    with tenant.read() as session:
        repository = oai_serve.CatalogueRepository(session, "hub.localhost")
        asked = [("verb", "ListRecords"), ("metadataPrefix", prefix)]
        return provider.answer(asked, repository, "http://hub.localhost/oai", NOW).decode()


def row_of(tenant: TenantDatabase) -> Resource:
    with tenant.read() as session:
        return session.scalars(select(Resource)).one()


def test_a_packages_description_is_kept_and_served_with_its_identifiers(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID
) -> None:
    found = give(tenant, blobs, author, package())
    assert found.state == "accepted"
    row = row_of(tenant)
    assert (row.title, row.summary, row.minutes, row.keywords) == (
        "Les engrenages",
        "Trains simples",
        90,
        ["engrenage"],
    )
    with tenant.read() as session:
        said = descriptions.told(session, row.id)
    assert (said["level"], said["activity"], said["class"]) == (["bac+2"], ["visionner"], ["CAP > CAP Menuisier"])
    out = served(tenant)
    for term in ("005-num-029", "019-num-029", "017-num-009", "029-1", "029-1-4", "references", "author"):
        assert f"{term}<" in out
    assert ">Gears<" in out
    assert row.iri in out
    assert "0601020304" not in out
    assert "scolomfr:" not in served(tenant, "lom")
    assert ">Gears<" not in served(tenant, "oai_dc") or ">Les engrenages<" in served(tenant, "oai_dc")


def test_what_a_designer_changes_is_served_and_the_rest_stays(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID
) -> None:
    give(tenant, blobs, author, package())
    with tenant.write() as session:
        row = session.scalars(select(Resource)).one()
        row.title, row.minutes, row.codes, row.licence = "Engrenages, reprise", 45, ["rome:H2903"], "CC BY"
    out = served(tenant)
    for said in (">Engrenages, reprise<", ">PT45M<", ">H2903<", ">CC BY<", ">CAP Menuisier<", ">bac+2<", ">Gears<"):
        assert said in out
    assert "PT1H30M" not in out
    assert ">Les engrenages<" not in out


def test_a_new_version_brings_its_description_and_changes_nothing_else(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID
) -> None:
    ((key, _title),) = give(tenant, blobs, author, package()).made
    give(tenant, blobs, author, package(INSIDE.replace(b"bac+2", b"bac+3").replace(b"PT1H30M", b"PT9H")), of=key)
    with tenant.read() as session:
        assert descriptions.told(session, key)["level"] == ["bac+3"]
        assert catalogue.get(session, key).minutes == 90


def test_a_description_in_a_file_of_its_own_and_a_record_alone(
    tenant: TenantDatabase, blobs: BlobStore, author: UUID
) -> None:
    named = b"<metadata><adlcp:location>fiche.xml</adlcp:location><schema>"
    assert give(tenant, blobs, author, package(named, {"fiche.xml": SAID.encode()})).state == "accepted"
    assert give(tenant, blobs, author, package(named, {"fiche.xml": b"<!DOCTYPE x><lom/>"})).state == "accepted"
    assert give(tenant, blobs, author, SAID.encode(), "fiche.xml").state == "accepted"
    with tenant.read() as session:
        rows = session.scalars(select(Resource).order_by(Resource.id)).all()
        assert ["level" in descriptions.told(session, row.id) for row in rows] == [True, False, True]


def test_entries_of_earlier_imports_get_theirs(tenant: TenantDatabase, blobs: BlobStore, author: UUID) -> None:
    with_one, without = (give(tenant, blobs, author, data).made[0][0] for data in (package(), zipped()))
    with tenant.write() as session:
        session.execute(delete(ResourceDescription))
    for looked, got in ((2, 1), (2, 0)):  # neither has a picture, for which they are looked at again
        done = package_pictures.refresh(tenant, blobs)
        assert (done.looked, done.descriptions) == (looked, got)
    with tenant.read() as session:
        assert descriptions.told(session, with_one)["level"] == ["bac+2"]
        assert descriptions.told(session, without) == {}


def test_files_are_served_by_what_they_are(tenant: TenantDatabase, blobs: BlobStore, author: UUID) -> None:
    for data, name in ((b"%PDF-1.4\n%%EOF\n", "guide.pdf"), (zipped(), "cours.zip")):
        assert give(tenant, blobs, author, data, name).state == "accepted"
    out = served(tenant, "oai_dc")
    assert [out.count(f">{kind}<") for kind in ("application/pdf", "application/zip")] == [1, 1]


def test_a_harvested_description_is_kept(tenant: TenantDatabase, author: UUID) -> None:
    located = SAID.replace("<technical>", "<technical><location>https://e.org/1</location>")
    page = (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request verb="ListRecords"/><ListRecords><record>'
        f"<header><identifier>oai:e:1</identifier></header><metadata>{located}</metadata></record></ListRecords></OAI-PMH>"
    )
    with tenant.write() as session:
        source = harvest.add(session, "Entrepôt", "https://e.org/oai", "lomfr", "", by=author, now=NOW)
    for text in (page, page.replace("bac+2", "bac+4").replace("PT1H30M", "")):
        harvest.run(tenant, lambda _url, text=text: text.encode(), source, Unleased(tenant), lambda: NOW)  # type: ignore[misc]
    row = row_of(tenant)
    assert (row.url, row.minutes) == ("https://e.org/1", 90)
    with tenant.read() as session:
        assert descriptions.told(session, row.id)["level"] == ["bac+4"]


@pytest.mark.parametrize(
    ("duration", "minutes"),
    [
        ("PT2H", 120),
        ("P1DT30M", 1470),
        ("PT90M", 90),
        ("PT45S", 0),
        ("2 h", 0),
        ("P999DT9999H", 0),
        ("", 0),
        ("P1Y", 0),
    ],
)
def test_durations_of_the_field(duration: str, minutes: int) -> None:
    assert descriptions.values(Record(learning_time=duration))["minutes"] == minutes
