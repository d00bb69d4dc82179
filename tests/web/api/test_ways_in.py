"""Cards, links, erasure; what a person says of themselves."""

from collections.abc import Callable
from uuid import UUID

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import Person
from hub.services import accounts
from tests.web.api.conftest import Program
from tests.web.conftest import Clock


def test_a_card_is_given_once_and_revoked(administrator: Program, add_person: Callable[..., UUID]) -> None:
    one = f"/persons/{add_person('Lina', 'Martin', 'learner')}"
    card = administrator.post(f"{one}/card")
    assert card.status_code == 201
    assert card.get_json()["path"] == f"/c/{card.get_json()['code']}"
    assert card.get_json()["pin"]
    assert card.get_json()["code"] not in administrator.get(one).text
    assert administrator.get(one).get_json()["has_card"] is True
    assert administrator.delete(f"{one}/card").status_code == 204
    assert administrator.delete(f"{one}/card").status_code == 404
    assert administrator.get(one).get_json()["has_card"] is False


def test_cards_and_links_are_for_learners(administrator: Program, add_person: Callable[..., UUID]) -> None:
    one = f"/persons/{add_person('Nadia', 'Roux', 'trainer')}"
    card, link = administrator.post(f"{one}/card"), administrator.post(f"{one}/sign-in-links", {})
    assert (card.status_code, card.get_json()["code"]) == (409, "card_for_learners_only")
    assert (link.status_code, link.get_json()["code"]) == (409, "link_for_learners_only")
    assert administrator.post(f"/persons/{new_id()}/card").status_code == 404


def test_a_link_works_once(
    administrator: Program,
    add_person: Callable[..., UUID],
    tenant: TenantDatabase,
    installation: Installation,
    clock: Clock,
) -> None:
    person = add_person("Lina", "Martin", "learner")
    made = administrator.post(f"/persons/{person}/sign-in-links", {"purpose": "sign_in"}).get_json()
    with tenant.write() as session:
        used = accounts.use_link(session, installation.vault, made["path"].removeprefix("/s/"), clock.now)
    assert (used.person_id, used.purpose) == (person, "sign_in")
    wrong = administrator.post(f"/persons/{person}/sign-in-links", {"purpose": "anything"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["pointer"]) == (422, "#/purpose")


def test_a_trainer_gives_no_way_in_to_learners_of_others(
    add_person: Callable[..., UUID], program: Callable[..., Program]
) -> None:
    one = f"/persons/{add_person('Lina', 'Martin', 'learner')}"
    trainer = program(add_person("Nadia", "Roux", "trainer"))
    for answer in (
        trainer.post(f"{one}/card"),
        trainer.delete(f"{one}/card"),
        trainer.post(f"{one}/sign-in-links", {}),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
    reader = program(add_person("Ada", "Admin", "administrator"), "people:read")
    for answer in (reader.post(f"{one}/card"), reader.delete(f"{one}/card"), reader.post(f"{one}/sign-in-links", {})):
        assert (answer.status_code, answer.get_json()["code"]) == (403, "scope_missing")


def test_an_erasure_asks_for_the_name(
    add_person: Callable[..., UUID], program: Callable[..., Program], tenant: TenantDatabase
) -> None:
    person, admin = add_person("Lina", "Martin", "learner"), add_person("Ada", "Admin", "administrator")
    caller, one = program(admin), f"/persons/{person}/erasure"
    wrong = caller.post(one, {"name": "lina martin"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["code"]) == (422, "not_the_name")
    own = caller.post(f"/persons/{admin}/erasure", {"name": "Ada Admin"})
    assert (own.status_code, own.get_json()["errors"][0]["code"]) == (422, "own_person")
    done = caller.post(one, {"name": "Lina Martin"})
    assert (done.status_code, done.get_json()["identities"]) == (200, 0)
    assert caller.post(one, {"name": "Lina Martin"}).status_code == 404
    with tenant.read() as session:
        row = session.get_one(Person, person)
        assert row.erased_at is not None
        assert "Martin" not in row.name


def test_a_person_says_their_means_and_language(
    add_person: Callable[..., UUID], program: Callable[..., Program]
) -> None:
    caller = program(add_person("Lina", "Martin", "learner"))
    said = caller.put("/me/means", {"device": "phone", "camera": False, "adaptations": ["breaks"]})
    assert said.status_code == 200
    assert (said.get_json()["device"], said.get_json()["camera"], said.get_json()["line"]) == ("phone", False, None)
    assert said.get_json()["adaptations"] == ["breaks"]
    assert caller.put("/me/means", {}).get_json()["device"] is None
    assert caller.put("/me/means", {"device": "rocket"}).get_json()["errors"][0]["pointer"] == "#/device"
    assert caller.put("/me/language", {"language": "en"}).status_code == 204
    assert caller.get("/me").get_json()["language"] == "en"
    assert caller.put("/me/language", {"language": "xx"}).status_code == 422


def test_a_token_that_reads_says_nothing_of_its_person(
    add_person: Callable[..., UUID], program: Callable[..., Program]
) -> None:
    reader = program(add_person("Lina", "Martin", "learner"), "learning:read")
    for answer in (reader.put("/me/means", {}), reader.put("/me/language", {"language": "en"})):
        assert (answer.status_code, answer.get_json()["code"]) == (403, "scope_missing")
