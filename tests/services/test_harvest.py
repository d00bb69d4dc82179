"""Harvesting: page by page, resumed where it stopped, only what changed, deletions withdrawn, strange answers told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select

from content.metadata.record import Record
from content.oai import provider
from content.oai.provider import Item
from hub.db.uow import TenantDatabase
from hub.models.exchange import OaiSource
from hub.models.learning import Resource
from hub.services import harvest, oai_serve
from hub.services.errors import Invalid
from hub.services.jobs import Permanent, Unleased
from tests.content.oai.test_oai import Shelf
from tests.services.builders import person
from tests.shared import shared_path

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
BASE = "https://oai.example.org/oai"


class Repository(Shelf):
    """A shelf whose records open somewhere, behind an address; ``asked`` keeps what it was asked."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.asked: list[dict[str, str]] = []
        self.breaks_at = -1
        self.now = NOW
        self.all = [self.item(n) for n in range(count)]

    def item(self, number: int, title: str = "", deleted: bool = False, at: datetime | None = None) -> Item:
        record = Record(
            titles=(("fr", title or f"Fiche {number} <b>grasse</b>"),), locations=(f"https://e.org/{number}",),
            rights=(("fr", "CC BY"),),
        )  # fmt: skip
        changed = at or datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        return Item(f"oai:e:{number:04}", changed, (), deleted, None if deleted else record)

    def __call__(self, url: str) -> bytes:
        arguments = parse_qsl(urlsplit(url).query)
        self.asked.append(dict(arguments))
        if len(self.asked) - 1 == self.breaks_at:
            raise ConnectionError("the line broke")
        return provider.answer(arguments, self, BASE, self.now)


@pytest.fixture
def source(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        by = person(session)
        return harvest.add(session, "Entrepôt", BASE, "lom", "", by=by, now=NOW)


@pytest.fixture
def read(tenant: TenantDatabase, source: UUID) -> Callable[..., dict[str, int]]:
    def go(fetch: Callable[[str], bytes], now: datetime = NOW) -> dict[str, int]:
        harvest.run(tenant, fetch, source, Unleased(tenant), lambda: now)
        with tenant.read() as session:
            (view,) = harvest.listed(session)
        assert view.state == "done"
        return dict(view.counts)

    return go


def titles(tenant: TenantDatabase) -> dict[str, bool]:
    with tenant.read() as session:
        return {row.title: row.withdrawn_at is None for row in session.scalars(select(Resource))}


def test_a_repository_is_read_to_its_end_and_again_only_for_its_changes(
    tenant: TenantDatabase, read: Callable[..., dict[str, int]]
) -> None:
    repository = Repository(250)
    assert read(repository) == {"seen": 250, "added": 250, "whole": 250}
    assert [set(one) for one in repository.asked] == [{"verb", "metadataPrefix"}] + [{"verb", "resumptionToken"}] * 2
    assert titles(tenant)["Fiche 7 grasse"]
    later = NOW + timedelta(days=3)
    repository.all += [repository.item(1, "Nouveau titre", at=later), repository.item(2, deleted=True, at=later)]
    repository.all = [
        one for one in repository.all if one.identifier not in ("oai:e:0001", "oai:e:0002") or one.changed == later
    ]
    repository.asked.clear()
    repository.now = later
    assert read(repository, later) == {"seen": 2, "changed": 1, "deleted": 1}
    assert repository.asked[0]["from"] == "2026-11-26"
    held = titles(tenant)
    assert held["Nouveau titre"]
    assert not held["Fiche 2 grasse"]
    assert len(held) == 250
    assert read(repository, later) == {"seen": 2, "same": 2}
    repository.now = later + timedelta(days=9)
    assert read(repository, repository.now) == {"seen": 2, "same": 2}
    assert read(repository, repository.now) == {}
    assert oai_serve.refresh(tenant, Unleased(tenant), lambda: NOW) == 0


def test_a_broken_line_goes_on_from_the_page_reached(
    tenant: TenantDatabase, source: UUID, read: Callable[..., dict[str, int]]
) -> None:
    repository = Repository(250)
    repository.breaks_at = 1
    with pytest.raises(ConnectionError):
        harvest.run(tenant, repository, source, Unleased(tenant), lambda: NOW)
    assert len(titles(tenant)) == 100
    assert read(repository)["added"] == 250
    assert sum("metadataPrefix" in one for one in repository.asked) == 1


def test_a_token_that_expired_begins_the_list_again(
    tenant: TenantDatabase, source: UUID, read: Callable[..., dict[str, int]]
) -> None:
    with tenant.write() as session:
        session.get_one(OaiSource, source).cursor = {"token": "old", "began": "2026-11-01"}
    assert read(Repository(30))["added"] == 30


def test_a_repository_that_refuses_its_own_tokens_is_not_asked_for_ever(tenant: TenantDatabase, source: UUID) -> None:
    repository = Repository(250)
    refusal = b'<OAI-PMH><error code="badResumptionToken"/></OAI-PMH>'
    with pytest.raises(Permanent) as stopped:
        harvest.run(
            tenant, lambda url: refusal if "resumptionToken" in url else repository(url), source, Unleased(tenant),
            lambda: NOW,
        )  # fmt: skip
    assert stopped.value.error["code"] == "oai_token_loop"
    assert len(repository.asked) == 2


@pytest.mark.parametrize(
    ("answered", "since"),
    [
        ("2026-11-25T23:58:00Z", "2026-11-25"),
        ("2031-01-01T00:00:00Z", "2026-11-26"),
        ("hier", "2026-11-26"),
        ("", "2026-11-26"),
    ],
)
def test_the_next_harvest_asks_from_the_day_by_the_repositorys_clock(
    tenant: TenantDatabase, source: UUID, answered: str, since: str
) -> None:
    repository = Repository(2)
    stamp = b"<responseDate>2026-11-26T09:00:00Z</responseDate>"

    def page(url: str) -> bytes:
        return repository(url).replace(stamp, f"<responseDate>{answered}</responseDate>".encode())

    harvest.run(tenant, page, source, Unleased(tenant), lambda: NOW)
    harvest.run(tenant, repository, source, Unleased(tenant), lambda: NOW)
    assert [one.get("from") for one in repository.asked] == [None, since]


def test_recorded_pages_with_a_deleted_record(tenant: TenantDatabase, read: Callable[..., dict[str, int]]) -> None:
    pages = [
        shared_path("fixtures", "content", "oaipmh", f"own-listrecords-lom-page{n}.xml").read_bytes() for n in (1, 2)
    ]
    assert read(lambda url: pages["resumptionToken" in url]) == {"seen": 3, "added": 2, "same": 1, "whole": 3}
    assert set(titles(tenant)) == {"Lire un plan", "Souder à l’arc"}


def loop(_url: str) -> bytes:
    return (
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request verb="ListRecords"/>'
        b"<ListRecords><resumptionToken>again</resumptionToken></ListRecords></OAI-PMH>"
    )


@pytest.mark.parametrize(
    ("fetch", "code"),
    [
        (lambda _url: b"<html><body>Bienvenue</body></html>", "oai_other"),
        (lambda _url: b"<!DOCTYPE html><html></html>", "xml_doctype"),
        (lambda _url: b"<OAI-PMH>", "xml_malformed"),
        (lambda _url: b"", "xml_empty"),
        (loop, "oai_token_loop"),
        (lambda _url: b'<OAI-PMH><error code="cannotDisseminateFormat"/></OAI-PMH>', "oai_refused"),
    ],
)
def test_strange_answers_stop_the_reading_and_are_told(
    tenant: TenantDatabase, source: UUID, fetch: Callable[[str], bytes], code: str
) -> None:
    with pytest.raises(Permanent) as stopped:
        harvest.run(tenant, fetch, source, Unleased(tenant), lambda: NOW)
    assert stopped.value.error["code"] == code
    with tenant.read() as session:
        (view,) = harvest.listed(session)
    assert (view.state, (view.last_error or {})["code"]) == ("failed", code)


def test_an_address_must_be_one(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        by = person(session)
    for url in ("", "ftp://x", "javascript:x", "https://e.org/oai?verb=Identify"):
        with pytest.raises(Invalid), tenant.write() as session:
            harvest.add(session, "x", url, "lom", "", by=by, now=NOW)
