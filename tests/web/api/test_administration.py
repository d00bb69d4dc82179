"""Platforms and their falls, sources, identities, queues, the catalogue."""

from collections.abc import Callable
from uuid import UUID

import pytest

from content.xapi.canonical import ifi
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import Organisation
from hub.models.platforms import Platform, SyncRun
from hub.models.river import Agent
from hub.services import deliveries, xapi_sources
from hub.services.dictionaries import known_ids
from hub.services.ledger import ingest
from hub.services.roles import grant_role
from hub.services.source import Source
from tests.web.api.conftest import Program
from tests.web.conftest import Clock
from tests.web.xapi_client import agent, statement


@pytest.fixture
def platform(tenant: TenantDatabase, clock: Clock) -> UUID:
    with tenant.write() as session:
        row = Platform(id=new_id(), name="Campus Fab", connector="moodle", created_at=clock.now)
        session.add(row)
    return row.id


def held_run(tenant: TenantDatabase, platform: UUID, clock: Clock) -> UUID:
    with tenant.write() as session:
        row = SyncRun(
            id=new_id(), platform_id=platform, started_at=clock.now, ended_at=clock.now, state="held", held=[{}, {}]
        )
        session.add(row)
    return row.id


def test_a_platform_is_read_on_demand(administrator: Program, platform: UUID) -> None:
    [line] = administrator.get("/platforms").get_json()["items"]
    assert (line["id"], line["state"]) == (str(platform), "active")
    started = administrator.post(f"/platforms/{platform}/readings", {})
    assert started.status_code == 202
    again = administrator.post(f"/platforms/{platform}/readings", {})
    assert again.get_json() == started.get_json()
    [job] = administrator.get("/jobs?state=due").get_json()["items"]
    assert job["id"] == started.get_json()["job_id"]
    assert administrator.delete(f"/platforms/{platform}/active").status_code == 204
    refused = administrator.post(f"/platforms/{platform}/readings", {})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "platform_not_read")
    assert administrator.get(f"/platforms/{platform}").get_json()["state"] == "paused"


def test_falls_are_confirmed_or_refused(
    administrator: Program, platform: UUID, tenant: TenantDatabase, clock: Clock
) -> None:
    run = held_run(tenant, platform, clock)
    one = f"/platforms/{platform}/readings"
    assert administrator.get(one).get_json()["items"][0]["held"] == 2
    assert administrator.post(f"{one}/{new_id()}/confirmation").status_code == 404
    confirmed = administrator.post(f"{one}/{run}/confirmation")
    assert confirmed.status_code == 202
    assert confirmed.get_json()["job_id"] in {j["id"] for j in administrator.get("/jobs").get_json()["items"]}
    twice = administrator.post(f"{one}/{run}/refusal")
    assert (twice.status_code, twice.get_json()["code"]) == (409, "run_not_held")


def test_the_secret_of_a_source_is_given_once(
    administrator: Program, tenant: TenantDatabase, installation: Installation
) -> None:
    made = administrator.post("/xapi-sources", {"name": "MOOC", "scopes": ["statements/write"]}).get_json()
    listed = administrator.get("/xapi-sources").text
    assert made["secret"] not in listed
    assert "secret" not in administrator.get("/xapi-sources").get_json()["items"][0]
    rotated = administrator.post(f"/xapi-sources/{made['id']}/rotation").get_json()
    with tenant.read() as session:
        faults = [
            xapi_sources.authenticate(session, installation.vault, made["key"], secret).fault
            for secret in (made["secret"], rotated["secret"])
        ]
    assert faults == ["wrong_secret", ""]
    assert administrator.delete(f"/xapi-sources/{made['id']}/active").status_code == 204
    assert administrator.get("/xapi-sources").get_json()["items"][0]["active"] is False


def test_an_identity_is_linked_and_unlinked(
    administrator: Program, tenant: TenantDatabase, add_person: Callable[..., UUID], clock: Clock
) -> None:
    person, other = add_person("Lina", "Martin", "learner"), add_person("Lou", "Petit", "learner")
    with tenant.write() as session:
        ingest(session, [statement("lina", id=str(new_id()))], Source("MOOC"), clock.now)
        key = known_ids(session, Agent, [ifi(agent("lina"))])[ifi(agent("lina"))]
    [line] = administrator.get("/identities").get_json()["items"]
    assert line["id"] == key
    one = f"/identities/{key}/person"
    assert administrator.put(one, {"person_id": str(person)}).get_json() == {"linked": True}
    assert administrator.put(one, {"person_id": str(person)}).get_json() == {"linked": False}
    taken = administrator.put(one, {"person_id": str(other)})
    assert (taken.status_code, taken.get_json()["code"]) == (409, "identity_taken")
    assert administrator.get("/identities").get_json()["items"] == []
    assert administrator.delete(one).status_code == 204
    assert administrator.delete(one).status_code == 404
    assert administrator.put(f"/identities/{key}/ignored").status_code == 204
    assert administrator.get("/identities").get_json()["items"] == []
    assert len(administrator.get("/identities?ignored=true").get_json()["items"]) == 1


@pytest.mark.parametrize("key", [0, 2**31, 2**63 - 1, 2**63, 10**40])
def test_a_number_that_names_nothing_is_not_found(administrator: Program, key: int) -> None:
    assert administrator.delete(f"/identities/{key}/person").status_code == 404


def test_a_delivery_is_seen_and_sent_again(administrator: Program, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        key = deliveries.email(session, "lina@example.org", "Bonjour", "Le texte")
    [line] = administrator.get("/deliveries").get_json()["items"]
    assert (line["id"], line["state"]) == (str(key), "due")
    assert "lina@example.org" not in administrator.get("/deliveries").text
    assert administrator.post(f"/deliveries/{new_id()}/resending").status_code == 404
    assert administrator.get("/deliveries?state=failed").get_json()["items"] == []


def test_queues_are_paged(administrator: Program, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        for n in range(5):
            deliveries.email(session, "lina@example.org", f"Mail {n}", "Texte")
    whole = [line["id"] for line in administrator.get("/deliveries").get_json()["items"]]
    first = administrator.get("/deliveries?limit=2").get_json()
    second = administrator.get(f"/deliveries?limit=2&cursor={first['next']}").get_json()
    third = administrator.get(f"/deliveries?limit=2&cursor={second['next']}").get_json()
    pages = [line["id"] for page in (first, second, third) for line in page["items"]]
    assert pages == whole
    assert third["next"] is None


def test_an_entry_of_the_catalogue(administrator: Program) -> None:
    body = {"kind": "web", "title": "Tutoriel laser", "url": "https://tutos.example/laser", "minutes": 20}
    made = administrator.post("/catalogue", body)
    assert made.status_code == 201, made.text
    one = f"/catalogue/{made.get_json()['id']}"
    assert administrator.put(one, {**body, "title": "Le laser"}).get_json()["title"] == "Le laser"
    assert [e["title"] for e in administrator.get("/catalogue?q=LASER").get_json()["items"]] == ["Le laser"]
    taken = administrator.post("/catalogue", body)
    assert (taken.status_code, taken.get_json()["errors"][0]) == (
        422,
        {"pointer": "#/url", "code": "taken", "detail": taken.get_json()["errors"][0]["detail"]},
    )
    assert administrator.put(f"{one}/withdrawn").status_code == 204
    assert administrator.get("/catalogue").get_json()["items"] == []
    assert administrator.get(one).get_json()["withdrawn_at"] == "2026-11-23T09:00:00.000000Z"
    assert administrator.post("/catalogue", {**body, "kind": "remote_course"}).status_code == 422


def test_a_part_of_the_place_does_not_administer_the_whole(
    add_person: Callable[..., UUID], program: Callable[..., Program], tenant: TenantDatabase, clock: Clock,
    platform: UUID,
) -> None:  # fmt: skip
    local = add_person("Léa", "Local")
    with tenant.write() as session:
        organisation = Organisation(name="CFA", kind="cfa")
        session.add(organisation)
        session.flush()
        grant_role(session, local, "administrator", clock.now, organisation_id=organisation.id)
    caller = program(local)
    for path in ("/platforms", f"/platforms/{platform}", "/xapi-sources", "/identities", "/deliveries", "/jobs",
                 "/journal", f"/platforms/{platform}/readings"):  # fmt: skip
        assert caller.get(path).status_code == 403, path
    assert caller.post(f"/platforms/{platform}/readings", {}).status_code == 403
    assert caller.post("/xapi-sources", {"name": "x", "scopes": ["state"]}).status_code == 403
    assert caller.put("/identities/1/person", {"person_id": str(local)}).status_code == 403
