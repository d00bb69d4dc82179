"""The training offer out of LHEO, and the catalogue for harvesters: what changed, what was taken away, who sees it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from content import xml
from content.inspect import inspect
from content.metadata.lheo.reading import Lheo
from content.oai import answers, provider
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.services import oai_serve, offers, package_intake, packages, uploads
from hub.services.errors import NotFound
from hub.services.jobs import Step, Unleased
from tests.content.oai.test_oai import token
from tests.services.test_packages import give
from tests.shared import shared_path

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MIXED = "lheo-23-mixte-deux-formations.xml"


def courses(change: tuple[str, str] = ("", "")) -> list[tuple[str, str, str]]:
    text = shared_path("fixtures", "content", "lheo", MIXED).read_text("utf-8").replace(*change)
    package = inspect(io.BytesIO(text.encode()), MIXED).package
    assert isinstance(package, Lheo)
    return list(offers.documents(package))


def test_a_file_enters_the_offer_and_comes_out_valid(
    tenant: TenantDatabase, installation: Installation, author: UUID
) -> None:
    data = shared_path("fixtures", "content", "lheo", MIXED).read_bytes()
    found = give(tenant, installation.blobs(tenant.key), author, data, "offre.xml")
    assert (found.state, found.made) == ("accepted", [])
    with tenant.read() as session:
        first, second = offers.listed(session)
        out, changed = offers.catalogue(session)
    assert (first.offer.title, len(first.offer.actions), second.offer.certifying) == (
        "Découpe laser : premiers pas",
        2,
        True,
    )
    assert [one.start for action in first.offer.actions for one in action.sessions] == [
        "2026-09-14", "2027-01-11", "2026-09-01",
    ]  # fmt: skip
    assert changed.tzinfo is not None
    report = inspect(io.BytesIO(out), "lheo.xml").report
    assert (report.verdict, report.counts) == ("accept", {"formations": 2, "actions": 3, "sessions": 4})


def test_a_large_offer_enters_in_short_units(tenant: TenantDatabase, installation: Installation, author: UUID) -> None:
    text = shared_path("fixtures", "content", "lheo", MIXED).read_text("utf-8")
    start, end = text.index("<formation "), text.rindex("</formation>") + len("</formation>")
    two = [text[start:end].replace('numero="F', f'numero="{number}-F') for number in range(250)]
    data = (text[:start] + "".join(two) + text[end:]).encode()
    blobs = installation.blobs(tenant.key)
    upload = uploads.store_whole(tenant, blobs, author, "offre.xml", io.BytesIO(data), NOW, 10_000_000)
    with tenant.write() as session:
        key = packages.begin(session, upload.id, by=author, now=NOW)
    held = []

    class Counting(Unleased):
        @contextmanager
        def step(self) -> Iterator[Step]:
            with super().step() as step:
                yield step
                held.append(offers.count(step.session))

    package_intake.run(tenant, blobs, key, Counting(tenant), lambda: NOW)
    assert held == [200, 400, 500, 500]
    with tenant.read() as session:
        pages = [offers.listed(session, number) for number in range(11)]
    assert [len(one) for one in pages] == [50] * 10 + [0]
    assert len({one.id for page in pages for one in page}) == 500


def test_what_indicator_1_still_wants_is_named(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        offers.take(session, courses(), NOW)
        first, second = offers.listed(session)
    assert first.missing == ("duration", "access", "price")
    assert "certification" not in second.missing


def test_only_what_changed_gets_a_new_date(tenant: TenantDatabase, author: UUID) -> None:
    later = NOW + timedelta(days=1)
    with tenant.write() as session:
        assert offers.take(session, courses(), NOW) == 2
        assert offers.take(session, courses(), later) == 0
        assert offers.take(session, courses(("premiers pas", "bien débuter")), later) == 1
        dates = {one.offer.title: one.changed_at for one in offers.listed(session)}
    assert dates == {"Découpe laser : bien débuter": later, "Titre d’essai par blocs": NOW}
    with tenant.write() as session:
        for one in offers.listed(session):
            offers.withdraw(session, one.id, by=author, now=later)
    with tenant.read() as session:
        assert offers.listed(session) == []
        with pytest.raises(NotFound):
            offers.catalogue(session)
    with tenant.write() as session:
        assert offers.take(session, courses(), later) == 2


def ask(tenant: TenantDatabase, **arguments: str) -> answers.Answer:
    with tenant.read() as session:
        repository = oai_serve.CatalogueRepository(session, "hub.localhost")
        data = provider.answer(list(arguments.items()), repository, "http://hub.localhost/oai", NOW)
    found = answers.read(xml.parse(data).root)
    assert found is not None
    return found


def test_the_catalogue_is_harvested_with_its_changes_and_deletions(tenant: TenantDatabase) -> None:
    clock = [NOW]
    with tenant.write() as session:
        rows = [Resource(kind=kind, iri=f"urn:x:{n}", url=f"https://e.org/{n}", title=f"Page {n}", created_at=NOW)
                for n, kind in enumerate(["web"] * 120 + ["lti_link", "remote_course"])]  # fmt: skip
        session.add_all(rows)
        session.flush()
        changed, gone = rows[0].id, rows[1].id
    assert oai_serve.refresh(tenant, Unleased(tenant), lambda: clock[0]) == 120
    assert oai_serve.refresh(tenant, Unleased(tenant), lambda: clock[0]) == 0
    first = ask(tenant, verb="ListRecords", metadataPrefix="oai_dc")
    second = ask(tenant, verb="ListRecords", resumptionToken=first.token)
    assert [len(first.records), len(second.records), second.token] == [100, 20, ""]
    assert (first.whole, second.whole) == (120, 120)
    assert len({one.identifier for one in (*first.records, *second.records)}) == 120
    clock[0] = NOW + timedelta(days=1)
    with tenant.write() as session:
        session.get_one(Resource, changed).title = "Page nouvelle"
        session.get_one(Resource, gone).withdrawn_at = clock[0]
    assert oai_serve.refresh(tenant, Unleased(tenant), lambda: clock[0]) == 2
    news = ask(tenant, verb="ListRecords", metadataPrefix="lomfr", **{"from": "2026-11-27"})
    said = {one.identifier.rpartition(":")[2]: (one.deleted, one.record and one.record.title) for one in news.records}
    assert said == {str(changed): (False, "Page nouvelle"), str(gone): (True, None)}
    assert ask(tenant, verb="GetRecord", metadataPrefix="lom", identifier=f"oai:hub.localhost:{changed}").records
    for other in ("oai:hub.localhost:x", str(changed), f"oai:hub.localhost:{str(changed).upper()}", changed.urn):
        assert ask(tenant, verb="GetRecord", metadataPrefix="lom", identifier=other).errors[0][0] == "idDoesNotExist"
    forged = token({"metadataPrefix": "oai_dc"}, "2026-01-01T00:00:00+00:00", "x", 0)
    assert ask(tenant, verb="ListRecords", resumptionToken=forged).errors[0][0] == "badResumptionToken"
    assert ask(tenant, verb="ListIdentifiers", metadataPrefix="oai_dc", set="package").errors
