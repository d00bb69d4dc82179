"""A collection of one place taken by another of the same installation: kept as it is there, and nothing else."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db import migrate
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.roles import Grant, Viewer
from hub.jobs import timetable
from hub.jobs.worker import Worker
from hub.models.exchange import PlaceSubscription
from hub.models.learning import Collection, Resource
from hub.models.person import Person
from hub.services import place_sharing
from hub.services.errors import Forbidden
from tests.conftest import _create_tables
from tests.web.conftest import Browser, Clock

PAGE = "/admin/shared-catalogue"


@pytest.fixture
def fabrique(installation: Installation, clock: Clock) -> TenantDatabase:
    """The other place: a collection that everybody there sees, with two web pages, an LTI link, and one page that went;
    and a resource that is in no collection."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", _create_tables)
        tenant = installation.create_tenant("fabrique", "La Fabrique", ["fabrique.localhost"])
    with tenant.write() as session:
        who = Person(given_name="Zoé", family_name="Petit", created_at=clock.now)
        session.add(who)
        session.flush()
        rows = [resource("Souder", clock), resource("Découper", clock, keywords=["laser"]), resource("Ancien", clock),
                resource("Cours du campus", clock, kind="lti_link"), resource("Réservé", clock)]  # fmt: skip
        rows[2].withdrawn_at = clock.now
        session.add_all(rows)
        items = [str(row.id) for row in rows[:4]]
        session.add(Collection(title="Atelier", owner_id=who.id, shared=True, items=items, changed_at=clock.now))
        session.add(Collection(title="À moi", owner_id=who.id, shared=False, items=items, changed_at=clock.now))
    return tenant


def resource(title: str, clock: Clock, **more: Any) -> Resource:
    url = f"https://fabrique.example/{title.lower()}"
    return Resource(
        id=new_id(), **{"kind": "web", "title": title, "iri": url, "url": url, "created_at": clock.now, **more}
    )


def viewer(person_id: UUID, *grants: Grant) -> Viewer:
    return Viewer(person_id, "Zoé", "fr", grants)


def code_of(fabrique: TenantDatabase, clock: Clock) -> str:
    with fabrique.write() as session:
        row = session.scalars(select(Collection).where(Collection.shared.is_(True))).one()
        return place_sharing.share(session, viewer(row.owner_id, Grant("administrator")), "fabrique", row.id, clock.now)


def catalogue(tenant: TenantDatabase) -> dict[str, bool]:
    """Title -> whether it is offered."""
    with tenant.read() as session:
        return {row.title: row.withdrawn_at is None for row in session.scalars(select(Resource))}


def test_a_collection_is_taken_kept_up_to_date_and_withdrawn(
    installation: Installation, tenant: TenantDatabase, fabrique: TenantDatabase, clock: Clock,
    add_person: Callable[..., UUID], enter: Callable[..., Browser],
) -> None:  # fmt: skip
    head = enter(add_person("Nadia", "Haddad", "administrator"))

    def work(hours: int = 0) -> None:
        clock.advance(hours=hours)
        worker = Worker(installation, threading.Event(), clock=clock)
        while worker.run_once():
            pass

    code = code_of(fabrique, clock)
    assert head.post(f"{PAGE}/subscriptions", {"code": code}).status_code == 303
    work()
    assert catalogue(tenant) == {"Souder": True, "Découper": True}
    text = head.get(PAGE).text
    assert "La Fabrique" in text
    assert code.partition(":")[2] not in text
    assert "laser" in head.get("/catalogue?q=decouper").text or "Découper" in head.get("/catalogue").text
    with fabrique.write() as session:
        rows = {row.title: row for row in session.scalars(select(Resource))}
        rows["Souder"].title, rows["Découper"].withdrawn_at = "Souder l’acier", clock.now
    with tenant.write() as session:
        timetable.ensure_all(session, tenant.key, installation.config, clock.now)
    work(hours=2)
    assert catalogue(tenant) == {"Souder l’acier": True, "Découper": False}
    installation.set_state("fabrique", "suspended")  # not answering is no withdrawal
    work(hours=2)
    assert "ne répond pas" in head.get(PAGE).text
    assert catalogue(tenant)["Souder l’acier"]
    installation.set_state("fabrique", "active")
    with fabrique.write() as session:
        row = session.scalars(select(Collection).where(Collection.shared.is_(True))).one()
        place_sharing.take_back(session, viewer(row.owner_id, Grant("administrator")), row.id, clock.now)
    work(hours=2)
    assert "n’est plus partagée" in head.get(PAGE).text
    assert catalogue(tenant) == {"Souder l’acier": False, "Découper": False}
    with tenant.read() as session:
        subscription = session.scalars(select(PlaceSubscription.id)).one()
    assert head.post(f"{PAGE}/subscriptions/{subscription}/end").status_code == 303
    assert head.get(PAGE).status_code == 200


def test_a_code_opens_one_collection_and_only_as_long_as_it_is_shared(
    tenant: TenantDatabase, fabrique: TenantDatabase, clock: Clock
) -> None:
    first = code_of(fabrique, clock)
    second = code_of(fabrique, clock)
    token = second.partition(":")[2]
    with fabrique.read() as session:
        assert place_sharing.given(session, first.partition(":")[2]) is None  # a new code makes the old one void
        found = place_sharing.given(session, token)
        assert found is not None
        assert (found[0], [set(one.values) for one in found[1]]) == ("Atelier", [set(place_sharing.SENT)] * 2)
        for wrong in ("", "x", token[:-1], str(found[1][0].id)):
            assert place_sharing.given(session, wrong) is None
    with fabrique.write() as session:
        row = session.scalars(select(Collection).where(Collection.shared.is_(True))).one()
        part = viewer(row.owner_id, Grant("administrator", group_id=new_id()))
        with pytest.raises(Forbidden):
            place_sharing.share(session, part, "fabrique", row.id, clock.now + timedelta(1))
        row.shared = False
    with fabrique.read() as session:
        assert place_sharing.given(session, token) is None
    with tenant.read() as session:
        assert place_sharing.given(session, token) is None


def test_the_page_shares_and_refuses_codes_that_are_none(
    tenant: TenantDatabase, clock: Clock, add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    who = add_person("Nadia", "Haddad", "administrator")
    head = enter(who)
    with tenant.write() as session:
        row = resource("Souder", clock)
        session.add(row)
        made = Collection(title="Atelier", owner_id=who, shared=True, items=[str(row.id)], changed_at=clock.now)
        session.add(made)
        session.flush()
        key = made.id
    shown = head.post(f"{PAGE}/{key}/share")
    assert shown.status_code == 200
    assert "generateur:" in shown.text
    assert "generateur:" not in head.get(PAGE).text
    for code in ("", "generateur:abc", "sans-deux-points", ":x"):
        assert head.post(f"{PAGE}/subscriptions", {"code": code}).status_code == 422
    assert head.post(f"{PAGE}/{key}/take-back").status_code == 303
    assert enter(add_person("Karim", "M", "trainer")).get(PAGE).status_code == 403
