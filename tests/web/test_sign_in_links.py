"""Single-use links: looking burns nothing, using works once; resets and invitations set a password."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import Account, JournalEntry, Person, SignInLink, WebSession
from hub.models.platforms import Delivery
from hub.services import accounts, lockouts, passwords
from hub.services.accounts import Purpose, create_sign_in_link
from tests.web.conftest import Browser, Clock

MakeLink = Callable[..., str]


@pytest.fixture
def lina(add_person: Callable[..., UUID]) -> UUID:
    """A learner without an account."""
    return add_person("Lina", "Martin", "learner", email="Lina@example.org")


@pytest.fixture
def make_link(installation: Installation, tenant: TenantDatabase, clock: Clock) -> MakeLink:
    """``make_link(person_id, purpose)`` gives the path of a new link."""

    def make(person_id: UUID, purpose: Purpose = "sign_in") -> str:
        with tenant.write() as session:
            return "/s/" + create_sign_in_link(session, installation.vault, person_id, purpose, clock.now)

    return make


def test_looking_at_a_link_does_not_use_it_up(browser: Browser, lina: UUID, make_link: MakeLink) -> None:
    path = make_link(lina)
    for _ in range(3):
        page = browser.get(path)
        assert page.status_code == 200
        assert "Continuer" in page.text
        assert browser.cookie("hub") is None
    answer = browser.post(path)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Lina Martin" in browser.get("/account").text


def test_a_link_works_once(
    browser: Browser, open_browser: Callable[[], Browser], lina: UUID, make_link: MakeLink
) -> None:
    path = make_link(lina)
    assert browser.post(path).status_code == 303
    other = open_browser()
    assert other.get(path).status_code == 410
    assert other.post(path).status_code == 410
    assert other.cookie("hub") is None


def test_a_link_ends_with_its_time(browser: Browser, lina: UUID, make_link: MakeLink, clock: Clock) -> None:
    path = make_link(lina)
    clock.advance(hours=24)
    page = browser.get(path)
    assert page.status_code == 410
    assert "Ce lien ne marche plus" in page.text
    assert browser.post(path).status_code == 410


def test_unknown_used_and_expired_links_get_the_same_page(
    browser: Browser, lina: UUID, make_link: MakeLink, clock: Clock
) -> None:
    used = make_link(lina)
    browser.post(used)
    browser.post("/sign-out")
    browser.get("/sign-in")  # takes the message
    old = make_link(lina)
    clock.advance(days=2)
    texts = {browser.get(path).text for path in (used, old, "/s/nothing")}
    assert len({text.partition("<main")[2].partition("</main>")[0] for text in texts}) == 1


def test_the_link_of_an_erased_person_is_dead(
    browser: Browser, lina: UUID, make_link: MakeLink, tenant: TenantDatabase, clock: Clock
) -> None:
    path = make_link(lina)
    with tenant.write() as session:
        session.get_one(Person, lina).erased_at = clock.now
    assert browser.get(path).status_code == 410


def test_only_a_hash_of_the_token_is_kept(
    lina: UUID, make_link: MakeLink, tenant: TenantDatabase, installation: Installation
) -> None:
    token = make_link(lina).removeprefix("/s/")
    with tenant.read() as session:
        link = session.scalars(select(SignInLink)).one()
    assert link.token_hash == installation.vault.keyed_hash("sign-in link", token)


def test_an_invitation_makes_the_account(
    browser: Browser, lina: UUID, make_link: MakeLink, tenant: TenantDatabase
) -> None:
    path = make_link(lina, "invitation")
    assert "Choisissez un identifiant" in browser.get(path).text
    weak = browser.post(path, {"sets_password": "1", "login": "lina", "password": "martin1234"})
    assert weak.status_code == 422
    assert 'id="password-error"' in weak.text
    assert 'value="lina"' in weak.text
    answer = browser.post(path, {"sets_password": "1", "login": "Lina", "password": "trois mots faciles"})
    assert answer.status_code == 303
    browser.post("/sign-out")
    assert browser.post("/sign-in", {"login": "lina", "password": "trois mots faciles"}).status_code == 303


def test_an_invitation_cannot_take_another_persons_login(
    browser: Browser,
    lina: UUID,
    make_link: MakeLink,
    tenant: TenantDatabase,
    add_person: Callable[..., UUID],
    clock: Clock,
) -> None:
    other = add_person("Lina", "Petit", "learner")
    with tenant.write() as session:
        accounts.set_password(session, other, "lina", "x", clock.now)
    path = make_link(lina, "invitation")
    answer = browser.post(path, {"sets_password": "1", "login": "LINA", "password": "trois mots faciles"})
    assert answer.status_code == 422
    assert "Déjà pris" in answer.text
    with tenant.read() as session:
        assert session.scalars(select(SignInLink)).one().used_at is None


def test_a_reset_ends_every_session_and_opens_a_locked_account(
    browser: Browser,
    lina: UUID,
    make_link: MakeLink,
    tenant: TenantDatabase,
    clock: Clock,
    enter: Callable[..., Browser],
) -> None:
    with tenant.write() as session:
        account = accounts.set_password(session, lina, "lina", passwords.hash_secret("ancien mot"), clock.now)
        for _ in range(9):
            lockouts.count(account, clock.now)
    elsewhere = enter(lina)
    answer = browser.post(make_link(lina, "reset"), {"sets_password": "1", "password": "trois mots faciles"})
    assert answer.status_code == 303
    assert elsewhere.get("/account").status_code == 303
    assert browser.get("/account").status_code == 200
    with tenant.read() as session:
        assert session.scalars(select(Account)).one().locked_until is None
        acts = session.scalars(select(JournalEntry.act)).all()
    assert "account.password_set_by_reset" in acts


def test_a_sign_in_link_sets_no_password_and_a_reset_link_does_not_just_sign_in(
    browser: Browser, lina: UUID, make_link: MakeLink, tenant: TenantDatabase
) -> None:
    sets = {"sets_password": "1", "login": "lina", "password": "trois mots faciles"}
    assert browser.post(make_link(lina), sets).status_code == 410
    assert browser.post(make_link(lina, "reset")).status_code == 410
    with tenant.read() as session:
        assert session.scalars(select(Account)).all() == []
        assert session.scalars(select(WebSession)).all() == []


@pytest.mark.parametrize("name", ["LINA", "lina@EXAMPLE.org"])
def test_asking_a_reset_owes_one_mail_without_a_token(
    browser: Browser, lina: UUID, tenant: TenantDatabase, clock: Clock, name: str
) -> None:
    with tenant.write() as session:
        accounts.set_password(session, lina, "lina", "x", clock.now)
    first = browser.post("/reset", {"login": name})
    browser.post("/reset", {"login": name})
    assert "Si ce compte existe" in first.text
    with tenant.read() as session:
        delivery = session.scalars(select(Delivery)).one()
        assert session.scalars(select(SignInLink)).all() == []
    assert (delivery.kind, delivery.person_id) == ("sign_in_link", lina)
    assert delivery.payload == {"person_id": str(lina)}


def test_asking_for_nobody_answers_the_same_and_owes_nothing(
    browser: Browser, lina: UUID, tenant: TenantDatabase, add_person: Callable[..., UUID]
) -> None:
    add_person("Sami", "Ali", "learner", email="deux@example.org")
    add_person("Mona", "Ali", "learner", email="deux@example.org")
    known = browser.post("/reset", {"login": "lina@example.org"})
    with tenant.write() as session:
        session.delete(session.scalars(select(Delivery)).one())
    for name in ("personne", "deux@example.org"):
        answer = browser.post("/reset", {"login": name})
        assert answer.status_code == known.status_code == 200
        assert answer.text.partition("<main")[2] == known.text.partition("<main")[2]
    with tenant.read() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_asking_too_often_is_refused(
    browser: Browser, tenant: TenantDatabase, installation: Installation, clock: Clock
) -> None:
    with tenant.write() as session:
        for _ in range(60):
            lockouts.count_address(session, installation.vault, "127.0.0.1", clock.now, kind="reset")
    answer = browser.post("/reset", {"login": "personne"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "300"
    assert browser.post("/sign-in", {"login": "personne", "password": "x"}).status_code == 422
