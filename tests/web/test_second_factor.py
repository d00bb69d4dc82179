"""The second factor: codes of an application, passkeys, codes on paper; nothing is accepted twice."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.db.directory import Installation
from hub.db.types import vault_of
from hub.db.uow import TenantDatabase
from hub.models.person import JournalEntry, WebSession
from hub.models.second_factor import RecoveryCode, SecondFactor
from hub.services import accounts, passwords
from hub.services.first_day import recover
from tests.fakes.passkey import Passkey
from tests.web.conftest import BASE, Browser, Clock

PASSWORD = "trois mots ensemble"
HASH = passwords.hash_secret(PASSWORD)


@pytest.fixture
def nadia(add_person: Callable[..., UUID], tenant: TenantDatabase, clock: Clock) -> UUID:
    who = add_person("Nadia", "Haddad", "administrator", email="nadia@example.org")
    with tenant.write() as session:
        accounts.set_password(session, who, "nadia", HASH, clock.now)
    return who


@pytest.fixture
def secret(nadia: UUID, enter: Callable[..., Browser], clock: Clock) -> tuple[str, list[str]]:
    """An application set up through the pages: its secret and the codes on paper."""
    own = enter(nadia)
    page = own.get(own.post("/account/second-factor/totp").location)
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert found is not None
    secret = found[1].replace(" ", "")
    wrong = own.post(page.request.path, {"code": "000000", "name": "Mon téléphone"})
    assert "Incorrect" in wrong.text
    done = own.post(page.request.path, {"code": pyotp.TOTP(secret).at(clock.now), "name": "Mon téléphone"})
    codes = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5})</code>", done.text)
    assert len(codes) == 10
    clock.advance(seconds=60)
    return secret, codes


def password(browser: Browser, back: str = "/admin") -> None:
    """Sign in with the password; the second factor is then owed."""
    answer = browser.post("/sign-in", {"login": "nadia", "password": PASSWORD, "own_device": "1", "next": back})
    assert answer.status_code == 303
    landed = browser.client.get(answer.location, base_url=BASE, follow_redirects=True)
    assert landed.request.path == "/sign-in/second"


def prove(browser: Browser, code: str, back: str = "/admin") -> TestResponse:
    """Send a code with the token of the page that asks for it."""
    data = {"code": code, "next": back, "csrf_token": token(browser)}
    return browser.client.post("/sign-in/second", data=data, base_url=BASE)


def token(browser: Browser) -> str:
    text = browser.get("/sign-in/second").text
    found = text.partition('name="csrf-token" content="')[2].partition('"')[0]
    return found or browser.token()


def inside(browser: Browser) -> bool:
    return browser.get("/admin").status_code == 200


def test_a_password_alone_signs_nobody_in_any_more(secret: tuple[str, list[str]], browser: Browser) -> None:
    password(browser)
    assert not inside(browser)
    assert browser.get("/account").status_code == 303
    assert browser.get("/api/v1/me").status_code == 401


def test_the_code_of_the_application_does_and_only_once(
    secret: tuple[str, list[str]], open_browser: Callable[[], Browser], clock: Clock
) -> None:
    code = pyotp.TOTP(secret[0]).at(clock.now)
    first, second = open_browser(), open_browser()
    password(first)
    pending = first.cookie("hub")
    done = prove(first, code)
    assert (done.status_code, done.location) == (303, "/admin")
    assert inside(first)
    assert first.cookie("hub") != pending  # whoever saw the pending token gains nothing
    password(second)
    assert "Incorrect" in prove(second, code).text
    assert not inside(second)


@pytest.mark.parametrize("late", [-90, 90])
def test_a_code_of_another_minute_is_refused(
    secret: tuple[str, list[str]], browser: Browser, clock: Clock, late: int
) -> None:
    code = pyotp.TOTP(secret[0]).at(int(clock.now.timestamp()) + late)
    password(browser)
    assert prove(browser, code).status_code == 422


def test_a_code_on_paper_works_once_and_new_ones_replace_them(
    secret: tuple[str, list[str]], open_browser: Callable[[], Browser], tenant: TenantDatabase
) -> None:
    first, second = open_browser(), open_browser()
    password(first)
    assert prove(first, secret[1][0].upper()).status_code == 303
    assert "9 codes" in first.get("/account/second-factor").text
    password(second)
    assert prove(second, secret[1][0]).status_code == 422
    assert secret[1][1] not in first.post("/account/second-factor/codes").text
    assert prove(second, secret[1][1]).status_code == 422
    with tenant.read() as session:
        assert len(session.scalars(select(RecoveryCode)).all()) == 10


def test_wrong_codes_close_the_way(secret: tuple[str, list[str]], browser: Browser, clock: Clock) -> None:
    password(browser)
    for _ in range(5):
        prove(browser, "123456")
    right = pyotp.TOTP(secret[0]).at(clock.now)
    assert prove(browser, right).status_code == 429
    clock.advance(minutes=2)
    assert prove(browser, pyotp.TOTP(secret[0]).at(clock.now)).status_code == 303


def test_the_second_factor_is_owed_for_ten_minutes(
    secret: tuple[str, list[str]], browser: Browser, clock: Clock
) -> None:
    password(browser)
    clock.advance(minutes=11)
    answer = prove(browser, pyotp.TOTP(secret[0]).at(clock.now))
    assert answer.location == "/sign-in"
    assert not inside(browser)


def test_a_passkey_is_made_and_signs_in_with_a_challenge_of_its_own(
    nadia: UUID, enter: Callable[..., Browser], open_browser: Callable[[], Browser], tenant: TenantDatabase
) -> None:
    own, key = enter(nadia), Passkey("hub.localhost", BASE)
    made = send(
        own,
        "/account/second-factor/passkey",
        {**key.create(options(own, "/account/second-factor/passkey")), "name": "Clé"},
    )
    assert len(made["codes"]) == 10
    browser = open_browser()
    password(browser)
    asked = options(browser, "/sign-in/second/passkey", "/sign-in/second/options")
    answer = key.get(asked)
    assert send(browser, "/sign-in/second/passkey?next=/admin", answer) == {"next": "/admin"}
    assert inside(browser)
    with tenant.read() as session:
        assert session.scalars(select(SecondFactor.counter)).all() == [1]
    again = open_browser()
    password(again)
    assert refused(again, "/sign-in/second/passkey", answer)  # no challenge was given
    options(again, "/sign-in/second/passkey", "/sign-in/second/options")
    assert refused(again, "/sign-in/second/passkey", answer)  # of another challenge


@pytest.mark.parametrize("what", ["origin", "host", "key", "count"])
def test_a_passkey_of_another_site_key_or_copy_is_refused(
    nadia: UUID, enter: Callable[..., Browser], open_browser: Callable[[], Browser], what: str
) -> None:
    own, key = enter(nadia), Passkey("hub.localhost", BASE, count=5)
    send(own, "/account/second-factor/passkey", key.create(options(own, "/account/second-factor/passkey")))
    other = {
        "origin": Passkey("hub.localhost", "https://evil.example", key.key, key.id, 6),
        "host": Passkey("evil.example", BASE, key.key, key.id, 6),
        "key": Passkey("hub.localhost", BASE, id=key.id, count=6),
        "count": Passkey("hub.localhost", BASE, key.key, key.id, 2),  # a copy that counts from an earlier time
    }[what]
    browser = open_browser()
    password(browser)
    asked = options(browser, "/sign-in/second/passkey", "/sign-in/second/options")
    assert refused(browser, "/sign-in/second/passkey", other.get(asked))
    assert not inside(browser)


def test_taking_the_last_one_away_takes_the_codes_and_the_question(
    secret: tuple[str, list[str]], nadia: UUID, enter: Callable[..., Browser], browser: Browser, tenant: TenantDatabase
) -> None:
    own = enter(nadia, how="second")
    with tenant.read() as session:
        (factor,) = session.scalars(select(SecondFactor.id))
    assert own.post(f"/account/second-factor/{factor}/remove").status_code == 303
    with tenant.read() as session:
        assert session.scalars(select(RecoveryCode)).all() == []
        acts = session.scalars(select(JournalEntry.act)).all()
    assert {"second_factor.added", "second_factor.removed"} <= set(acts)
    browser.post("/sign-in", {"login": "nadia", "password": PASSWORD})
    assert inside(browser)


def test_nobody_takes_away_what_is_somebody_elses(
    secret: tuple[str, list[str]],
    add_person: Callable[..., UUID],
    enter: Callable[..., Browser],
    tenant: TenantDatabase,
) -> None:
    other = enter(add_person("Lou", "Roy", "administrator"))
    with tenant.read() as session:
        (factor,) = session.scalars(select(SecondFactor.id))
    assert other.post(f"/account/second-factor/{factor}/remove").status_code == 404


def test_the_server_gives_a_locked_out_administrator_a_link_and_takes_the_factor_away(
    secret: tuple[str, list[str]],
    installation: Installation,
    tenant: TenantDatabase,
    nadia: UUID,
    browser: Browser,
    clock: Clock,
) -> None:
    with tenant.write() as session:
        found, token = recover(session, installation.vault, "NADIA@example.org", clock.now)
        assert found == nadia
    done = browser.post(f"/s/{token}", {"sets_password": "1", "password": "quatre mots bien longs"})
    assert done.status_code == 303
    assert inside(browser)
    with tenant.read() as session:
        assert session.scalars(select(SecondFactor)).all() == []
        assert "administrator.recovered" in session.scalars(select(JournalEntry.act)).all()
        assert all(not row.pending for row in session.scalars(select(WebSession)) if row.ended_at is None)


def options(browser: Browser, path: str, asked: str = "") -> dict[str, Any]:
    return send(browser, asked or f"{path}/options", {})


def send(browser: Browser, path: str, value: object) -> dict[str, Any]:
    answer = browser.client.post(path, json=value, headers={"X-CSRFToken": token(browser)}, base_url=BASE)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def refused(browser: Browser, path: str, value: object) -> bool:
    answer = browser.client.post(path, json=value, headers={"X-CSRFToken": token(browser)}, base_url=BASE)
    return answer.status_code == 422


def test_a_place_may_ask_its_team_for_it_and_leads_whoever_has_none(
    nadia: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser], clock: Clock, tenant: TenantDatabase
) -> None:
    karim, ines = add_person("Karim", "Meziane", "trainer"), add_person("Inès", "Benali", "learner")
    head, trainer, learner = enter(nadia), enter(karim), enter(ines)
    assert "Karim Meziane" in head.get("/admin/sign-in").text
    assert trainer.get("/groups").status_code == 200
    assert head.post("/admin/sign-in/second-factor/ask").status_code == 303
    for browser, path in ((head, "/admin"), (trainer, "/groups"), (trainer, "/account")):
        assert browser.get(path).location == "/account/second-factor"
    moved = trainer.get("/groups", headers={"HX-Request": "true"})
    assert (moved.status_code, moved.headers["HX-Redirect"]) == (401, "/account/second-factor")
    assert learner.get("/account").status_code == 200
    assert "Ce lieu la demande" in trainer.get("/account/second-factor").text
    page = trainer.get(trainer.post("/account/second-factor/totp", {"csrf_token": csrf(trainer)}).location)
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert secret is not None
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(clock.now)
    trainer.post(page.request.path, {"code": code, "name": "Téléphone", "csrf_token": csrf(trainer)})
    assert trainer.get("/groups").status_code == 200
    with tenant.write() as session:
        recover(session, vault_of(session), "nadia", clock.now)
    assert head.get("/admin").location == "/account/second-factor"


def test_another_administrator_takes_away_what_somebody_lost(
    secret: tuple[str, list[str]], nadia: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser],
    open_browser: Callable[[], Browser], tenant: TenantDatabase,
) -> None:  # fmt: skip
    other, trainer = enter(add_person("Zoé", "Petit", "administrator")), enter(add_person("Karim", "M", "trainer"))
    lost = open_browser()
    password(lost)
    away = f"/admin/people/{nadia}/second-factor/take-away"
    assert trainer.post(away).status_code == 403
    assert "Retirer sa seconde preuve" in other.get(f"/admin/people/{nadia}").text
    assert other.post(away).status_code == 303
    answer = lost.post("/sign-in", {"login": "nadia", "password": PASSWORD, "own_device": "1", "next": "/admin"})
    assert answer.location == "/admin"
    assert inside(lost)
    with tenant.read() as session:
        acts = session.scalars(select(JournalEntry.act).where(JournalEntry.subject_id == str(nadia))).all()
        assert not session.scalars(select(SecondFactor)).all()
        assert not session.scalars(select(RecoveryCode)).all()
    assert "second_factor.taken_away" in acts
    said = '<th scope="row">seconde preuve perdue retirée'
    assert said in other.get("/admin/journal?who=zoe+PET").text
    assert said not in other.get("/admin/journal?who=nadia").text


def csrf(browser: Browser) -> str:
    """The token of a page that somebody who owes the second factor still sees."""
    return browser.get("/account/second-factor").text.partition('name="csrf-token" content="')[2].partition('"')[0]
