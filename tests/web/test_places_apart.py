"""Several places on one installation: nothing of one is reachable from another's host, by any role on any route."""

import base64
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from hub.db import migrate
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.roles import Role
from hub.models.person import Person
from hub.services import sessions
from hub.services.roles import grant_role
from hub.services.xapi_sources import create_source
from hub.web.access import PUBLIC, TOKEN
from tests.conftest import _create_tables
from tests.web.conftest import Browser, Clock
from tests.web.test_route_walk import address, routes

OTHER = "http://fabrique.localhost:8080"
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
