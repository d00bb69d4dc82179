"""Several places on one installation: nothing of one is reachable from another's host, by any role on any route."""

import base64
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from hub.db import migrate
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.roles import Role
from hub.models.learning import LearningPath, Resource
from hub.models.person import Organisation, Person
from hub.models.place import Seance
from hub.services import api_tokens, cards, sessions
from hub.services.accounts import create_sign_in_link
from hub.services.calendars import feeds
from hub.services.roles import grant_role
from hub.services.xapi_sources import create_source
from hub.web.access import PUBLIC, TOKEN
from tests.conftest import _create_tables
from tests.web.conftest import BASE, Browser, Clock
from tests.web.learner_world import build
from tests.web.test_route_walk import VARIABLE, address, routes

OTHER = "http://fabrique.localhost:8080"
SEEN = ("Benali", "Garonne", "Fabriquer une pièce", "Campus Fab")
"""Words of the first place that its pages and files would show."""
ROLES: tuple[Role, ...] = ("learner", "trainer", "designer", "mediator", "administrator")


@pytest.fixture
def fabrique(installation: Installation, clock: Clock) -> TenantDatabase:
    """A second place, with an administrator of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", _create_tables)
        tenant = installation.create_tenant("fabrique", "La Fabrique", ["fabrique.localhost"])
    with tenant.write() as session:
        person = Person(given_name="Secret", family_name="Ailleurs", created_at=clock.now)
        session.add(person)
        session.flush()
        grant_role(session, person.id, "administrator", clock.now)
    return tenant


@pytest.mark.parametrize("role", ROLES)
def test_who_is_signed_in_at_one_place_is_nobody_at_the_other(
    app: Flask,
    fabrique: TenantDatabase,
    add_person: Callable[..., UUID],
    installation: Installation,
    tenant: TenantDatabase,
    clock: Clock,
    role: Role,
) -> None:
    who = add_person("Per", "Sonne", role)
    with tenant.write() as session:
        token = sessions.start(session, installation.vault, who, clock.now, shared=False, how="card")
    client, faults, walked = app.test_client(), [], 0
    client.set_cookie("hub", token, domain="fabrique.localhost")
    for rule, method, declared in routes(app):
        if declared.audience in (PUBLIC, TOKEN):
            continue
        walked += 1
        answer = client.open(address(rule), method=method, base_url=OTHER)
        turned_away = answer.status_code == 401 or str(answer.location or "").startswith("/sign-in")
        if not turned_away or "Ailleurs" in answer.text:
            faults.append(f"{method} {rule.rule}: {answer.status_code}")
    assert walked > 100
    assert faults == []


def test_a_credential_of_one_place_opens_nothing_at_the_other(
    app: Flask, fabrique: TenantDatabase, installation: Installation, tenant: TenantDatabase, clock: Clock
) -> None:
    with tenant.write() as session:
        row, secret = create_source(session, installation.vault, "LMS", ("statements/read",), None, clock.now)
    pair = base64.b64encode(f"{row.key}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "X-Experience-API-Version": "1.0.3"}
    client = app.test_client()
    for rule, method, declared in routes(app):
        if declared.audience is TOKEN and rule.rule.startswith("/xapi") and rule.rule != "/xapi/about":
            answer = client.open(address(rule), method=method, base_url=OTHER, headers=headers)
            wanted = (400, 401) if "oauth" in rule.rule else (401,)  # a token is asked for by a form, not a header
            assert answer.status_code in wanted, f"{method} {rule.rule}: {answer.status_code}"


def test_a_token_of_the_api_opens_nothing_at_the_other(
    app: Flask, fabrique: TenantDatabase, installation: Installation, tenant: TenantDatabase, clock: Clock,
    add_person: Callable[..., UUID],
) -> None:  # fmt: skip
    who = add_person("Nadia", "Roux", *ROLES)
    with tenant.write() as session:
        _row, token = api_tokens.create(session, installation.vault, who, "carnet", api_tokens.SCOPES, clock.now)
    client, headers, walked = app.test_client(), {"Authorization": f"Bearer {token}"}, 0
    assert client.get("/api/v1/me", base_url=BASE, headers=headers).status_code == 200
    for rule, method, declared in routes(app):
        if declared.audience is TOKEN and rule.rule.startswith("/api/v1/") and "openapi" not in rule.rule:
            walked += 1
            answer = client.open(address(rule), method=method, base_url=OTHER, headers=headers, json={})
            assert answer.status_code == 401, f"{method} {rule.rule}: {answer.status_code}"
    assert walked > 100


def test_links_cards_and_feeds_of_one_place_are_unknown_at_the_other(
    app: Flask, fabrique: TenantDatabase, installation: Installation, tenant: TenantDatabase, clock: Clock
) -> None:
    world, vault = build(tenant), installation.vault
    (card,) = cards.issue(tenant, vault, [world.learner], clock.now, by=None)
    with tenant.write() as session:
        link = create_sign_in_link(session, vault, world.learner, "invitation", clock.now)
        feed = feeds.make(session, vault, world.learner, None, clock.now)
    client = app.test_client()
    for path in (f"/s/{link}", f"/calendar/{feed}.ics"):
        assert client.get(path, base_url=BASE).status_code == 200
        there = client.get(path, base_url=OTHER)
        assert there.status_code in (404, 410)
        assert not any(word in there.text for word in SEEN)
    client.get("/sign-in", base_url=OTHER)
    token = client.get("/sign-in", base_url=OTHER).text.partition('name="csrf-token" content="')[2].partition('"')[0]
    for path, typed in ((f"/s/{link}", {}), (f"/c/{card.code}", {"pin": card.pin})):
        client.post(path, data={"csrf_token": token, **typed}, base_url=OTHER)
        assert client.get("/account", base_url=OTHER).status_code == 303
    with tenant.read() as session:  # nothing of it was used up there
        assert cards.in_force(session, world.learner) is not None


def test_ids_of_one_place_name_nothing_at_the_other(
    app: Flask, fabrique: TenantDatabase, installation: Installation, tenant: TenantDatabase, clock: Clock
) -> None:
    """Whoever holds every role at the other place, and knows the ids of this one, sees nothing of it."""
    world = build(tenant)
    with tenant.read() as session:
        seance, path = session.scalar(select(Seance.id)), session.scalar(select(LearningPath.id))
        organisation, resource = session.scalar(select(Organisation.id)), session.scalar(select(Resource.id))
    known = {
        "person_id": world.learner, "group_id": world.group, "platform_id": world.platform, "path_id": path,
        "version_id": world.version, "enrolment_id": world.enrolment, "seance_id": seance, "entry_id": resource,
        "resource_id": resource, "organisation_id": organisation, "step_id": world.steps["model"].id,
    }  # fmt: skip
    with fabrique.write() as session:
        boss = session.scalars(select(Person.id)).one()
        for role in ROLES:
            grant_role(session, boss, role, clock.now)
        token = sessions.start(
            session, installation.vault_of("fabrique"), boss, clock.now, shared=False, how="password"
        )
    client, faults, walked = app.test_client(), [], 0
    client.set_cookie("hub", token, domain="fabrique.localhost")
    for rule, method, declared in routes(app):
        if method != "GET" or declared.audience is TOKEN or not set(rule._converters) & set(known):
            continue
        filled = VARIABLE.sub(lambda match: str(known.get(match["name"], world.enrolment)), _without_kind(rule))
        answer = client.get(filled, base_url=OTHER)
        walked += 1
        if answer.status_code in (200, 500) or any(word in answer.text for word in SEEN):
            faults.append(f"{rule.rule}: {answer.status_code}")
    assert walked > 40
    assert faults == []


def _without_kind(rule: Rule) -> str:
    """A rule whose numbers are filled as numbers: an id of ours is none."""
    return re.sub(r"<int:\w+>", "1", rule.rule)


def test_a_host_of_no_place_answers_nobody(app: Flask, fabrique: TenantDatabase, browser: Browser) -> None:
    for host in ("http://nobody.localhost", "http://fabrique.localhost.evil.example"):
        answer = browser.client.get("/sign-in", base_url=host)
        assert answer.status_code == 404
        assert "Fabrique" not in answer.text


def test_a_place_that_is_deleted_leaves_nothing_and_disturbs_nobody(
    app: Flask, fabrique: TenantDatabase, installation: Installation, browser: Browser
) -> None:
    installation.blobs("fabrique").put(iter([b"photo"]), limit=10)
    assert browser.client.get("/sign-in", base_url=OTHER).status_code == 200
    installation.remove_tenant("fabrique")
    assert browser.client.get("/sign-in", base_url=OTHER).status_code == 404
    assert browser.get("/sign-in").status_code == 200
    assert [record.key for record in installation.tenants()] == ["generateur"]
    left = [path for path in installation.config.data.rglob("*fabrique*") if path.is_file()]
    assert left == []
    assert list(installation.blobs("fabrique").hashes()) == []
