"""A description that an entry came with: taken into the catalogue's fields, kept, served again with its identifiers."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from content.metadata.record import Record
from content.oai import provider
from hub.db.blobs import BlobStore
from hub.db.uow import TenantDatabase
from hub.models.exchange import ResourceDescription
from hub.models.learning import Resource
from hub.services import catalogue, catalogue_docs, descriptions, harvest, oai_serve, package_pictures
from hub.services.jobs import Unleased
from tests.content.archives import PAGE, manifest, zipped
from tests.content.metadata.test_lom_document import FICHE
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
        harvest.run(tenant, lambda _url, text=text: text.encode(), source, Unleased(tenant), lambda: NOW)
    row = row_of(tenant)
    assert (row.url, row.minutes) == ("https://e.org/1", 90)
    with tenant.read() as session:
        assert descriptions.told(session, row.id)["level"] == ["bac+4"]


def classed(purpose: str, source: str, *taxons: tuple[str, str]) -> str:
    path = "".join(f"<taxon><id>{key}</id><entry><string>{label}</string></entry></taxon>" for key, label in taxons)
    return (
        f"<classification><purpose><value>{purpose}</value></purpose><taxonPath><source><string>{source}</string></source>"
        f"{path}</taxonPath></classification>"
    )


#: What the French profiles say in their own ways, of which the catalogue has facets.
RICH = f"""<lom xmlns="http://ltsc.ieee.org/xsd/LOM" xmlns:s="http://www.lom-fr.fr/xsd/SCOLOMFR">
<general><title><string>Les engrenages</string></title><language>eng</language>
<keyword><string>Formacode 23054</string></keyword><keyword><string>RS232</string></keyword></general>
<technical><location>https://e.org/1</location></technical>
<educational><typicalLearningTime><duration>P0Y0M0DT0H45M0S</duration></typicalLearningTime>
<s:tool><s:value>http://voc.example/020-num-001</s:value><s:label>ordinateur</s:label></s:tool></educational>
<rights><description><string>© 2026 Le Générateur</string>
<string>Creative Commons Attribution-ShareAlike 4.0</string></description></rights>
{classed("http://voc.example/competency", "Socle", ("d1", "Domaine 1"), ("c1", "Lire un plan"))}
{classed("competency", "ROME 4.0", ("H2903", "Usinage"))}
{classed("educational objective", "France compétences", ("RNCP34567", "Titre"))}
{classed("discipline", "NSF", ("251s", "Mécanique"))}
{classed("educational level", "Diplômes", ("029-1", "CAP"))}</lom>"""
FACETS = {
    ("language", "en"), ("duration", "60"), ("licence", "cc-by-sa"), ("equipment", "computer"),
    ("skill", "Lire un plan"), ("rome", "H2903"), ("rncp", "34567"), ("nsf", "251s"), ("formacode", "23054"),
}  # fmt: skip
OF_FACETS = {name for name, _value in FACETS} | {"rs"}


def facets_of(tenant: TenantDatabase) -> set[tuple[str, str]]:
    with tenant.read() as session:
        (doc,) = catalogue_docs.everything(session)
    return {one for one in doc.facets if one[0] in OF_FACETS}


def listed(*records: str) -> str:
    made = "".join(
        f"<record><header><identifier>oai:e:1</identifier></header><metadata>{one}</metadata></record>"
        for one in records
    )
    return (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request verb="ListRecords"/>'
        f"<ListRecords>{made}</ListRecords></OAI-PMH>"
    )


def test_what_a_package_says_of_itself_fills_the_facets(tenant: TenantDatabase, blobs: BlobStore, author: UUID) -> None:
    give(tenant, blobs, author, package(f"<metadata>{RICH}<schema>".encode()))
    assert facets_of(tenant) == FACETS
    out = served(tenant)
    assert out.count(">Lire un plan<") == 1
    assert ">Domaine 1<" in out


def test_what_a_repository_says_fills_the_facets_and_leaves_what_people_added(
    tenant: TenantDatabase, author: UUID
) -> None:
    with tenant.write() as session:
        source = harvest.add(session, "Entrepôt", "https://e.org/oai", "lomfr", "", by=author, now=NOW)

    def read(text: str) -> None:
        harvest.run(tenant, lambda _url: text.encode(), source, Unleased(tenant), lambda: NOW)

    read(listed(RICH))
    assert facets_of(tenant) == FACETS
    dc = (
        '<dc xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:d="http://purl.org/dc/elements/1.1/">'
        "<d:title>Gears</d:title><d:identifier>https://e.org/1</d:identifier><d:language>Español</d:language>"
        "<d:rights>All rights reserved</d:rights><d:rights>https://creativecommons.org/licenses/by/4.0/</d:rights>"
        "<d:subject>rome:H2903</d:subject></dc>"
    )
    with tenant.write() as session:
        session.scalars(select(Resource)).one().skills = ["Tailler un pignon"]
    read(listed(dc))
    assert facets_of(tenant) == {
        ("language", "es"), ("duration", "60"), ("licence", "cc-by"), ("equipment", "computer"),
        ("skill", "Tailler un pignon"), ("rome", "H2903"),
    }  # fmt: skip
    read(listed(dc.replace("Español", "???")))
    assert ("language", "es") in facets_of(tenant)


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
        ("P0Y0M0DT1H30M0.0S", 90),
        ("PT1.5H", 90),
        ("PT5400S", 90),
        ("P1W", 10_080),
        ("0000-00-00T00:45", 45),
        ("01:30:00", 90),
    ],
)
def test_durations_of_the_field(duration: str, minutes: int) -> None:
    assert descriptions.values(Record(learning_time=duration))["minutes"] == minutes
