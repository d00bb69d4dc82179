"""Signing in with a password, leaving, shared devices, the language."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import Account, WebSession
from hub.services import accounts, lockouts, passwords
from tests.web.conftest import Browser, Clock

PASSWORD = "trois mots faciles"
HASH = passwords.hash_secret(PASSWORD)


@pytest.fixture
def lina(tenant: TenantDatabase, clock: Clock, add_person: Callable[..., UUID]) -> UUID:
    """A learner with an account: ``lina.martin``."""
    person_id = add_person("Lina", "Martin", "learner", email="lina@example.org")
    with tenant.write() as session:
        accounts.set_password(session, person_id, "Lina.Martin", HASH, clock.now)
    return person_id


def try_password(browser: Browser, password: str, login: str = "lina.martin", **more: str) -> tuple[int, str]:
    answer = browser.post("/sign-in", {"login": login, "password": password, **more})
    return answer.status_code, answer.text


def test_right_password_signs_in_and_leads_back(browser: Browser, lina: UUID) -> None:
    answer = browser.post("/sign-in", {"login": " LINA.martin ", "password": PASSWORD, "next": "/account"})
    assert (answer.status_code, answer.location) == (303, "/account")
    assert "Lina Martin" in browser.get("/account").text


def test_unknown_login_and_wrong_password_get_the_same_answer(browser: Browser, lina: UUID) -> None:
    status, wrong = try_password(browser, "autre chose")
    other_status, unknown = try_password(browser, "autre chose", "personne")
    assert status == other_status == 422
    assert "Identifiant ou mot de passe incorrect" in wrong
    alike = [text.replace("lina.martin", "X").replace("personne", "X") for text in (wrong, unknown)]
    without_tokens = [[line for line in text.splitlines() if "csrf" not in line] for text in alike]
    assert without_tokens[0] == without_tokens[1]


def test_what_was_typed_is_kept_but_never_the_password(browser: Browser, lina: UUID) -> None:
    _, text = try_password(browser, "autre chose", next="/account")
    assert 'value="lina.martin"' in text
    assert 'value="/account"' in text
    assert "autre chose" not in text


def test_empty_fields_are_said_beside_each(browser: Browser) -> None:
    status, text = try_password(browser, "", "")
    assert status == 422
    assert 'id="login-error"' in text
    assert 'id="password-error"' in text


@pytest.mark.parametrize("login", ["lina.martin", "personne"])
def test_five_wrong_tries_close_the_way_for_known_and_unknown_alike(
    browser: Browser, lina: UUID, clock: Clock, login: str
) -> None:
    assert [try_password(browser, "faux mot", login)[0] for _ in range(5)] == [422] * 5
    status, text = try_password(browser, PASSWORD, login)
    assert status == 429
    assert "Attendez 1 minute" in text.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_way_opens_again_and_success_forgets_the_failures(
    browser: Browser, lina: UUID, clock: Clock, tenant: TenantDatabase
) -> None:
    for _ in range(5):
        try_password(browser, "faux mot")
    clock.advance(seconds=61)
    assert try_password(browser, PASSWORD)[0] == 303
    with tenant.read() as session:
        account = session.scalars(select(Account)).one()
    assert (account.failures, account.locked_until) == (0, None)


def test_each_further_failure_doubles_the_wait(browser: Browser, lina: UUID, clock: Clock) -> None:
    for _ in range(5):
        try_password(browser, "faux mot")
    clock.advance(seconds=61)
    assert try_password(browser, "faux mot")[0] == 422
    clock.advance(seconds=61)
    assert try_password(browser, PASSWORD)[0] == 429
    clock.advance(seconds=61)
    assert try_password(browser, PASSWORD)[0] == 303


def test_one_address_cannot_try_many_logins(
    browser: Browser, lina: UUID, clock: Clock, tenant: TenantDatabase, installation: Installation
) -> None:
    with tenant.write() as session:
        for _ in range(59):
            lockouts.count_address(session, installation.vault, "127.0.0.1", clock.now)
    assert try_password(browser, "faux mot", "personne")[0] == 422
    assert try_password(browser, PASSWORD)[0] == 429
    clock.advance(minutes=6)
    assert try_password(browser, PASSWORD)[0] == 303


def test_a_closed_account_does_not_open(browser: Browser, lina: UUID, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        session.scalars(select(Account)).one().active = False
    assert try_password(browser, PASSWORD)[0] == 422


def test_signing_in_gives_a_new_session_and_ends_the_one_before(
    browser: Browser, lina: UUID, tenant: TenantDatabase
) -> None:
    browser.put_cookie("hub", "chosen-by-somebody-else")
    try_password(browser, PASSWORD)
    first = browser.cookie("hub")
    assert first
    assert first != "chosen-by-somebody-else"
    answer = browser.client.post(
        "/sign-in",
        data={"login": "lina.martin", "password": PASSWORD, "csrf_token": browser.token()},
        base_url="http://hub.localhost:8080",
    )
    assert answer.status_code == 303
    assert browser.cookie("hub") != first
    with tenant.read() as session:
        ended = [row.ended_at is not None for row in session.scalars(select(WebSession).order_by(WebSession.seen_at))]
    assert sorted(ended) == [False, True]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browser: Browser, lina: UUID) -> None:
    shared = browser.post("/sign-in", {"login": "lina.martin", "password": PASSWORD})
    cookie = next(value for value in shared.headers.getlist("Set-Cookie") if value.startswith("hub="))
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Max-Age" not in cookie
    own = browser.post("/sign-in", {"login": "lina.martin", "password": PASSWORD, "own_device": "1"})
    cookie = next(value for value in own.headers.getlist("Set-Cookie") if value.startswith("hub="))
    assert "Max-Age=7776000" in cookie


def test_the_token_is_not_kept_in_the_database(browser: Browser, lina: UUID, installation: Installation) -> None:
    try_password(browser, PASSWORD)
    token = browser.cookie("hub")
    assert token
    with installation.tenant("generateur").read() as session:
        row = session.scalars(select(WebSession)).one()
    assert row.token_hash == installation.vault.keyed_hash("web session", token)
    assert row.token_hash != token.encode()


def test_a_shared_device_signs_out_after_ten_idle_minutes(
    lina: UUID, enter: Callable[..., Browser], clock: Clock
) -> None:
    browser = enter(lina, shared=True)
    page = browser.get("/account")
    assert page.headers["Refresh"] == "615; url=/idle?back=/account"
    clock.advance(minutes=9, seconds=50)
    assert browser.get("/account").status_code == 200
    clock.advance(minutes=9, seconds=50)
    assert browser.get("/idle?back=/account").location == "/account"
    clock.advance(seconds=11)
    left = browser.get("/idle?back=/account")
    assert left.location == "/sign-in?idle=1"
    assert browser.cookie("hub") is None
    assert "depuis 10" in browser.get("/sign-in?idle=1").text


def test_an_old_session_does_not_revive(lina: UUID, enter: Callable[..., Browser], clock: Clock) -> None:
    browser = enter(lina, shared=True)
    clock.advance(minutes=10)
    assert browser.get("/account").location == "/sign-in?next=/account"
    clock.advance(minutes=-5)
    assert browser.get("/account").status_code == 200  # nothing was noted: time alone ends it


def test_own_devices_live_thirty_days_for_learners_and_twelve_hours_for_staff(
    lina: UUID, enter: Callable[..., Browser], clock: Clock, add_person: Callable[..., UUID]
) -> None:
    learner = enter(lina)
    trainer = enter(add_person("Claire", "Fabre", "trainer"))
    assert "Refresh" not in learner.get("/account").headers
    clock.advance(hours=11)
    assert trainer.get("/account").status_code == 200
    clock.advance(hours=12)
    assert trainer.get("/account").status_code == 303
    clock.advance(days=29)
    assert learner.get("/account").status_code == 200
    clock.advance(days=30)
    assert learner.get("/account").status_code == 303


def test_no_session_outlives_ninety_days(lina: UUID, enter: Callable[..., Browser], clock: Clock) -> None:
    browser = enter(lina)
    for _ in range(4):
        clock.advance(days=22)
        assert browser.get("/account").status_code == 200
    clock.advance(days=2)
    assert browser.get("/account").status_code == 303


def test_leaving_ends_the_session_everywhere(lina: UUID, enter: Callable[..., Browser]) -> None:
    browser = enter(lina, shared=True)
    assert "Je pars" in browser.get("/account").text
    token = browser.cookie("hub")
    answer = browser.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.cookie("hub") is None
    assert "Vous n’êtes plus connecté" in browser.get("/sign-in").text
    assert token
    browser.put_cookie("hub", token)
    assert browser.get("/account").status_code == 303


def test_only_pages_of_this_site_are_led_back_to(browser: Browser, lina: UUID) -> None:
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\n//x"):
        answer = browser.post("/sign-in", {"login": "lina.martin", "password": PASSWORD, "next": evil})
        assert answer.location == "/"


def test_signed_out_language_is_a_cookie_and_yields_to_the_persons_own(browser: Browser, lina: UUID) -> None:
    assert "Se connecter" in browser.get("/sign-in").text
    assert browser.get("/language/en?next=/sign-in").location == "/sign-in"
    assert "Sign in" in browser.get("/sign-in").text
    try_password(browser, PASSWORD)
    assert "Mon compte" in browser.get("/account").text


def test_signed_in_language_is_the_persons_own(lina: UUID, enter: Callable[..., Browser]) -> None:
    browser = enter(lina)
    offered = browser.get("/language/en?next=/my-data")
    assert "See the hub in English" in offered.text
    assert "Mon compte" in browser.get("/account").text
    assert browser.post("/language", {"language": "en", "next": "/my-data"}).location == "/my-data"
    assert "My account" in enter(lina).get("/account").text


def test_unknown_languages_are_refused(browser: Browser, lina: UUID, enter: Callable[..., Browser]) -> None:
    assert browser.get("/language/de").status_code == 404
    assert enter(lina).post("/language", {"language": "de"}).status_code == 400


def test_the_browsers_language_counts_before_any_choice(browser: Browser) -> None:
    browser.headers["Accept-Language"] = "en-GB,en;q=0.9,fr;q=0.5"
    assert "Sign in" in browser.get("/sign-in").text
