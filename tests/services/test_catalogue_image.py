"""A large catalogue: a worker writes its index down, processes take it in, and until then a search answers without."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.jobs.handlers.catalogue_image import is_due
from hub.models.exchange import CatalogueImage
from hub.models.learning import Resource
from hub.services import catalogue, catalogue_cache, catalogue_docs, catalogue_image
from hub.services.catalogue import Filters, Page
from tests.services.builders import NOW
from tests.services.test_catalogue_cache import add


@pytest.fixture
def large(tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> TenantDatabase:
    """Five resources, where three are many."""
    monkeypatch.setattr(catalogue_image, "SMALL", 3)
    monkeypatch.setattr(catalogue_image, "_PIECE", 200)
    for number, title in enumerate(("Souder", "Braser", "Mesurer", "Découper", "Régler")):
        add(tenant, title, summary="À l’atelier", minutes=10, language="en" if number % 2 else "fr")
    return tenant


def look(tenant: TenantDatabase, text: str = "", after: UUID | None = None, **more: Any) -> Page:
    with tenant.read() as session:
        return catalogue.search(session, Filters(text, **more), after, 2, count=("language",))


def titles(page: Page) -> list[str]:
    return [one.title for one in page.entries]


def new_process() -> None:
    """Forget what this process holds."""
    catalogue_cache._slots.clear()


def write_down(tenant: TenantDatabase) -> None:
    catalogue_image.make(tenant, lambda _done, _all: None)


def test_without_an_index_the_newest_that_fit_are_shown_and_nothing_is_read_whole(
    large: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_given: object) -> None:
        raise AssertionError("the whole catalogue was read")

    monkeypatch.setattr(catalogue_docs, "everything", refused)
    first = look(large)
    assert (first.preparing, titles(first), first.counts) == (True, ["Régler", "Découper"], {})
    second = look(large, after=first.after)
    third = look(large, after=second.after)
    assert (titles(second), titles(third), third.after) == (["Mesurer", "Braser"], ["Souder"], None)
    assert titles(look(large, "regler atelier")) == ["Régler"]
    assert titles(look(large, more={"language": ("en",), "duration": ("15",)})) == ["Découper", "Braser"]
    monkeypatch.setattr(catalogue, "LOOKED_AT", 2)
    far = look(large, "souder")
    assert (titles(far), far.after is not None) == ([], True)
    assert titles(look(large, "souder", look(large, "souder", far.after).after)) == ["Souder"]


def test_a_process_takes_in_what_the_worker_wrote_and_what_changed_since(large: TenantDatabase) -> None:
    assert look(large).preparing
    write_down(large)
    with large.read() as session:
        assert (session.scalar(select(func.count()).select_from(CatalogueImage)) or 0) > 1
    found = look(large, "a l atelier")
    assert (found.preparing, found.total, found.counts["language"]) == (False, 5, [("fr", 3), ("en", 2)])
    add(large, "Affûter")
    new_process()
    assert titles(look(large, "afuter")) == ["Affûter"]
    with large.write() as session:
        session.execute(delete(Resource).where(Resource.title == "Souder"))
        plain = {"kind": "web", "created_at": NOW, "stamp": 1, "brings": [], "custom": {}}
        session.execute(insert(Resource), [{**plain, "id": new_id(), "title": "Polir", "iri": "x:9"}])
    new_process()
    assert titles(look(large, "souder")) == []
    assert titles(look(large, "polir")) == ["Polir"]


def test_too_much_to_take_in_while_somebody_waits_is_left_to_the_worker(
    large: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_down(large)
    monkeypatch.setattr(catalogue_cache, "MOST_TAKEN", 2)
    monkeypatch.setattr(catalogue_cache, "OVERLAP", 0)
    assert not look(large).preparing
    for title in ("Plier", "Percer", "Poncer"):
        add(large, title)
    assert look(large, "plier").preparing
    assert titles(look(large, "plier")) == ["Plier"]
    write_down(large)
    assert (look(large, "plier").preparing, titles(look(large, "plier"))) == (False, ["Plier"])


def test_the_worker_has_work_where_none_can_be_read_or_much_changed(
    large: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def due() -> bool:
        with large.read() as session:
            return is_due(session, {})

    assert due()
    write_down(large)
    assert not due()
    add(large, "Plier")
    assert due()
    write_down(large)
    with large.write() as session:
        session.execute(delete(CatalogueImage).where(CatalogueImage.number == 1))
    new_process()
    assert (look(large).preparing, due()) == (True, True)
    monkeypatch.setattr(catalogue_image, "SMALL", 50)
    assert not due()
    assert look(large).total == 6


def test_what_changes_while_an_image_is_made_is_found(large: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_image, "_AT_ONCE", 1)
    done: list[int] = []

    def meanwhile(number: int, _all: int) -> None:
        done.append(number)
        if number == 1:
            add(large, "Venu entre-temps")
            with large.write() as session:
                row = session.scalars(select(Resource).where(Resource.title == "Régler")).one()
                row.title = "Ajuster"
            with large.write() as session:
                row = session.scalars(select(Resource).where(Resource.title == "Mesurer")).one()
                row.withdrawn_at = NOW

    catalogue_image.make(large, meanwhile)
    assert done[0] == 1
    with large.read() as session:
        held = catalogue.search(session, Filters(), limit=9)
    assert titles(held) == ["Ajuster", "Braser", "Découper", "Souder", "Venu entre-temps"]
    assert titles(look(large, withdrawn=True)) == ["Mesurer"]
