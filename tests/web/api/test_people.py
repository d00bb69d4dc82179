"""Persons, roles, organisations, groups; pages of a list."""

from collections.abc import Callable
from uuid import UUID

import pytest

from hub.db.uow import TenantDatabase
from hub.services.journal import entries
from tests.web.api.conftest import Program
from tests.web.conftest import Clock


def test_a_person_is_added_read_and_changed(administrator: Program, tenant: TenantDatabase) -> None:
    made = administrator.post("/persons", {"given_name": "Lina", "family_name": "Martin", "birth_date": "2004-05-17"})
    one = made.headers["Location"].removeprefix("/api/v1")
    assert made.status_code == 201
    assert made.get_json()["created_at"] == "2026-11-23T09:00:00.000000Z"
    changed = administrator.patch(one, {"email": "lina@example.org"})
    assert changed.status_code == 200
    read = administrator.get(one).get_json()
    assert (read["email"], read["birth_date"], read["family_name"]) == ("lina@example.org", "2004-05-17", "Martin")
    assert administrator.patch(one, {"birth_date": None}).get_json()["birth_date"] is None
    taken = administrator.post(
        "/persons", {"given_name": "Lou", "family_name": "Martin", "email": "LINA@example.org"}
    ).get_json()
    assert taken["errors"][0]["code"] == "shared_email"
    with tenant.read() as session:
        acts = [entry.act for entry in entries(session, subject_id=UUID(made.get_json()["id"]))]
    assert acts.count("person.changed") == 2


def test_roles_are_given_and_taken_back(administrator: Program) -> None:
    person = administrator.post("/persons", {"given_name": "Lina", "family_name": "Martin"}).get_json()["id"]
    given = administrator.post(f"/persons/{person}/roles", {"role": "trainer"})
    assert given.status_code == 201
    again = administrator.post(f"/persons/{person}/roles", {"role": "trainer"})
    assert again.get_json()["id"] == given.get_json()["id"]
    held = administrator.get(f"/persons/{person}/roles").get_json()["items"]
    assert [role["role"] for role in held] == ["learner", "trainer"]
    assert administrator.delete(f"/persons/{person}/roles/{given.get_json()['id']}").status_code == 204
    held = administrator.get(f"/persons/{person}/roles").get_json()["items"]
    assert [role["role"] for role in held] == ["learner"]


def test_the_last_administrator_stays(administrator: Program) -> None:
    me = administrator.get("/me").get_json()["person_id"]
    [role] = administrator.get(f"/persons/{me}/roles").get_json()["items"]
    answer = administrator.delete(f"/persons/{me}/roles/{role['id']}")
    assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, "last_administrator")


def test_an_erasure_is_only_previewed(administrator: Program, add_person: Callable[..., UUID]) -> None:
    person = add_person("Lina", "Martin", "learner")
    found = administrator.get(f"/persons/{person}/erasure").get_json()
    assert found == {"statements": 0, "identities": 0, "documents": 0, "recipients": []}
    assert administrator.delete(f"/persons/{person}/erasure").status_code == 405


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_follow_without_gap_nor_repetition(
    administrator: Program, add_person: Callable[..., UUID], limit: int
) -> None:
    for given, family in [("Zoé", "Adam"), ("Éva", "Adam"), ("Lina", "Martin"), ("Lina", "Martin"), ("O", "Zola")]:
        add_person(given, family, "learner")
    seen, cursor = [], ""
    while True:
        page = administrator.get(f"/persons?limit={limit}&role=learner&cursor={cursor}").get_json()
        assert len(page["items"]) <= limit
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    whole = administrator.get("/persons?limit=200&role=learner").get_json()["items"]
    assert seen == [row["id"] for row in whole]
    assert len(set(seen)) == 5


def test_names_are_found_without_accents(administrator: Program, add_person: Callable[..., UUID]) -> None:
    add_person("Éloïse", "Bœuf", "learner")
    add_person("Élise", "Petit", "learner")
    found = administrator.get("/persons?q=eloise boeuf").get_json()["items"]
    assert [row["given_name"] for row in found] == ["Éloïse"]
    assert administrator.get("/persons?q=eloise petit").get_json()["items"] == []


def test_a_page_goes_on_where_rows_came_and_went(administrator: Program, add_person: Callable[..., UUID]) -> None:
    for n in range(4):
        add_person("P", f"N{n}", "learner")
    first = administrator.get("/persons?limit=2&role=learner").get_json()
    add_person("P", "N0b", "learner")
    second = administrator.get(f"/persons?limit=2&role=learner&cursor={first['next']}").get_json()
    assert [row["family_name"] for row in second["items"]] == ["N2", "N3"]


def test_groups_are_kept_with_their_members(administrator: Program, add_person: Callable[..., UUID]) -> None:
    person = add_person("Lina", "Martin", "learner")
    organisation = administrator.post("/organisations", {"name": "CFA", "kind": "cfa"}).get_json()
    made = administrator.post("/groups", {"name": "P12", "organisation_id": organisation["id"]}).get_json()
    one = f"/groups/{made['id']}"
    for _twice in range(2):
        assert administrator.put(f"{one}/members/{person}").status_code == 204
    [member] = administrator.get(f"{one}/members").get_json()["members"]
    assert member["name"] == "Lina Martin"
    assert administrator.get(f"{one}/grid").get_json()["items"] == []
    assert administrator.delete(f"{one}/members/{person}").status_code == 204
    assert administrator.get(f"{one}/members").get_json()["members"] == []
    archived = administrator.put(one, {"name": "P12", "organisation_id": organisation["id"], "archived": True})
    assert archived.get_json()["archived"] is True
    assert administrator.get("/groups").get_json()["items"] == []
    wrong = administrator.put(one, {"name": "P12", "starts_on": "2026-12-01", "ends_on": "2026-11-01"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["pointer"]) == (422, "#/ends_on")


def test_a_siret_is_checked(administrator: Program) -> None:
    answer = administrator.post("/organisations", {"name": "CFA", "siret": "73282932000075"})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "#/siret")


def test_the_journal_tells_the_latest_acts_first(administrator: Program, clock: Clock) -> None:
    administrator.post("/organisations", {"name": "Un"})
    clock.advance(minutes=1)
    administrator.post("/organisations", {"name": "Deux"})
    lines = administrator.get("/journal?act=organisation.created").get_json()["items"]
    assert [line["details"]["name"] for line in lines] == ["Deux", "Un"]
    first = administrator.get("/journal?act=organisation.created&limit=1").get_json()
    second = administrator.get(f"/journal?act=organisation.created&limit=1&cursor={first['next']}").get_json()
    assert [line["details"]["name"] for line in second["items"]] == ["Un"]
