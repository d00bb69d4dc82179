"""My tokens: making, seeing and revoking them."""

from collections.abc import Callable
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import ApiToken
from hub.services import api_tokens
from hub.services.api_tokens import MOST
from hub.services.journal import entries
from hub.services.my_data import set_language
from tests.web.api.conftest import Program
from tests.web.conftest import Browser, Clock

FORM = {"name": " Tableur  des présences ", "scopes": ["people:read", "sessions:write"], "valid_days": "30"}


@pytest.fixture
def person(add_person: Callable[..., UUID]) -> UUID:
    return add_person("Ada", "Admin", "administrator")


@pytest.fixture
def rows(tenant: TenantDatabase) -> Callable[[], list[ApiToken]]:
    """Gives every token there is."""

    def read() -> list[ApiToken]:
        with tenant.read() as session:
            return list(session.query(ApiToken).all())

    return read


def secret(html: str) -> str:
    found = BeautifulSoup(html, "html.parser").find(id="secret")
    assert found is not None
    return found.get_text()


def test_from_the_account_page_to_a_call(
    person: UUID, enter: Callable[..., Browser], app: Flask, rows: Callable[[], list[ApiToken]], clock: Clock
) -> None:
    browser = enter(person)
    assert "/account/tokens" in browser.get("/account").text
    assert "Vous n’avez pas de jeton." in browser.get("/account/tokens").text
    made = browser.post("/account/tokens", FORM)
    text = secret(made.text)
    assert made.headers["Cache-Control"] == "no-store"
    [row] = rows()
    assert (row.name, row.scopes) == ("Tableur des présences", ["people:read", "sessions:write"])
    assert row.expires_at is not None
    assert (row.expires_at - clock.now).days == 30
    caller = Program(app.test_client(), text)
    assert caller.get("/me").get_json()["token"] == "Tableur des présences"
    assert caller.get("/persons").status_code == 200
    assert caller.get("/groups").status_code == 403
    page = browser.get("/account/tokens").text
    assert text not in page
    assert "lire personnes, rôles et organisations" in page
    assert "changer séances et appels" in page
    assert "Jamais utilisé" not in page


def test_a_revoked_token_is_gone(
    person: UUID,
    enter: Callable[..., Browser],
    app: Flask,
    rows: Callable[[], list[ApiToken]],
    tenant: TenantDatabase,
) -> None:
    browser = enter(person)
    caller = Program(app.test_client(), secret(browser.post("/account/tokens", FORM).text))
    answer = browser.post(f"/account/tokens/{rows()[0].id}/revoke")
    assert answer.status_code == 303
    assert caller.get("/me").status_code == 401
    assert "Tableur" not in browser.get("/account/tokens").text.partition("<form")[0]
    with tenant.read() as session:
        acts = [entry.act for entry in entries(session, subject_id=person)]
    assert acts[:2] == ["api_token.revoked", "api_token.created"]
    assert browser.post(f"/account/tokens/{rows()[0].id}/revoke").status_code == 404


def test_nobody_revokes_the_token_of_another(
    person: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser], program: Callable[..., Program],
    rows: Callable[[], list[ApiToken]],
) -> None:  # fmt: skip
    caller = program(person)
    other = enter(add_person("Eve", "Else", "administrator"))
    assert other.post(f"/account/tokens/{rows()[0].id}/revoke").status_code == 404
    assert caller.get("/me").status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "À remplir."),
        ({"name": "x" * 81}, "Trop long."),
        ({"scopes": []}, "À remplir."),
        ({"scopes": ["people:all"]}, "Ce choix n’existe pas."),
        ({"valid_days": "4000"}, "Ce choix n’existe pas."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    person: UUID, enter: Callable[..., Browser], typed: dict[str, object], said: str, rows: Callable[[], list[ApiToken]]
) -> None:
    answer = enter(person).post("/account/tokens", {**FORM, **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Le jeton n’est pas fait." in answer.text
    assert str(typed.get("name", "Tableur  des présences")).strip() in answer.text
    assert rows() == []


@pytest.mark.parametrize("how", ["card", "lti"])
def test_a_way_in_that_does_not_prove_the_account_makes_no_token(
    person: UUID, enter: Callable[..., Browser], how: str, rows: Callable[[], list[ApiToken]]
) -> None:
    browser = enter(person, how=how)
    assert "Connectez-vous avec votre mot de passe" in browser.get("/account/tokens").text
    assert browser.post("/account/tokens", FORM).status_code == 403
    assert rows() == []


def test_only_what_ones_roles_can_use_is_proposed(
    add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    page = enter(add_person("Inès", "Benali", "learner")).get("/account/tokens").text
    boxes = BeautifulSoup(page, "html.parser").find_all("input", {"name": "scopes"})
    assert [box["value"] for box in boxes] == ["learning:read", "learning:write"]


def test_tokens_of_one_person_are_counted(
    person: UUID, enter: Callable[..., Browser], installation: Installation, tenant: TenantDatabase, clock: Clock,
    rows: Callable[[], list[ApiToken]],
) -> None:  # fmt: skip
    with tenant.write() as session:
        for n in range(MOST):
            api_tokens.create(session, installation.vault, person, f"T{n}", ["people:read"], clock.now, valid_days=30)
    browser = enter(person)
    assert browser.post("/account/tokens", FORM).status_code == 303
    assert "beaucoup de jetons" in browser.get("/account/tokens").text
    assert len(rows()) == MOST
    clock.advance(days=31)
    assert enter(person).post("/account/tokens", FORM).status_code == 200


def test_the_page_is_in_english_too(person: UUID, enter: Callable[..., Browser], tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        set_language(session, person, "en")
    text = enter(person).get("/account/tokens").text
    assert "You have no token." in text
    assert "jeton" not in text
