"""Signing in with an organisation's account, against a real provider: only a link that its person made lets in."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import UUID

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.db.uow import TenantDatabase
from hub.models.person import JournalEntry
from hub.models.second_factor import OidcAccount, OidcProvider
from tests.fakes.oidc_provider import CLIENT, SECRET, Provider, running
from tests.web.conftest import BASE, Browser, Clock


class Stay(HTTPRedirectHandler):
    """Does not follow: the test is the browser."""

    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running(f"{BASE}/sign-in/back") as state:
        yield state


@pytest.fixture
def clock() -> Clock:
    """The provider signs by the real clock."""
    from datetime import UTC, datetime

    return Clock(datetime.now(UTC))


@pytest.fixture
def service(provider: Provider, add_person: Callable[..., UUID], enter: Callable[..., Browser],
            tenant: TenantDatabase) -> UUID:  # fmt: skip
    """The provider as an administrator adds it."""
    admin = enter(add_person("Nadia", "Haddad", "administrator"))
    data = {"name": "Compte Région", "issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET}
    answer = admin.post("/admin/sign-in/new", data)
    assert answer.status_code == 303, answer.text
    with tenant.read() as session:
        row = session.scalars(select(OidcProvider)).one()
        assert SECRET not in repr(row.client_secret)
        return row.id


def there_and_back(browser: Browser, path: str) -> TestResponse:
    """Post to ``path``, follow to the provider over HTTP, and come back with what it says."""
    out = browser.post(path)
    assert out.status_code == 303, out.text
    try:
        build_opener(Stay).open(Request(out.location))
    except Exception as answer:
        location = answer.headers["Location"]
    back = urlsplit(location)
    return browser.get(f"{back.path}?{back.query}")


def link(browser: Browser, service: UUID) -> None:
    assert there_and_back(browser, f"/account/services/{service}/link").status_code == 303


def test_an_account_is_linked_by_its_person_and_then_signs_in(
    service: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser], browser: Browser,
    tenant: TenantDatabase,
) -> None:  # fmt: skip
    ines = add_person("Inès", "Benali", "learner")
    own = enter(ines)
    link(own, service)
    assert "ines@example.org" in own.get("/account").text
    shown = browser.get("/sign-in")
    assert "Compte Région" in shown.text
    for page in (shown, own.get("/account")):  # a browser holds the redirect to the service to this policy
        assert "form-action 'self' https: http:;" in f"{page.headers['Content-Security-Policy']};"
    assert there_and_back(browser, f"/sign-in/with/{service}").status_code == 303
    assert "Inès Benali" in browser.get("/account").text
    with tenant.read() as session:
        assert "oidc_account.linked" in session.scalars(select(JournalEntry.act)).all()


@pytest.mark.parametrize("role", ["learner", "trainer", "administrator"])
def test_the_same_e_mail_links_nobody(
    service: UUID, add_person: Callable[..., UUID], browser: Browser, tenant: TenantDatabase, role: Any
) -> None:
    add_person("Inès", "Benali", role, email="ines@example.org")
    answer = there_and_back(browser, f"/sign-in/with/{service}")
    assert answer.status_code == 403
    assert "relié à personne" in answer.text
    assert browser.get("/account").status_code == 303
    with tenant.read() as session:
        assert session.scalars(select(OidcAccount)).all() == []


def test_an_account_that_is_linked_is_not_taken_over(
    service: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    link(enter(add_person("Inès", "Benali", "learner")), service)
    other = enter(add_person("Lou", "Roy", "administrator"))
    answer = there_and_back(other, f"/account/services/{service}/link")
    assert answer.status_code == 409


def test_whoever_unlinks_signs_in_that_way_no_more(
    service: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser], browser: Browser
) -> None:
    own = enter(add_person("Inès", "Benali", "learner"))
    link(own, service)
    own.post(f"/account/services/{service}/unlink")
    assert there_and_back(browser, f"/sign-in/with/{service}").status_code == 403


def test_a_closed_service_is_offered_no_more(
    service: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser], browser: Browser
) -> None:
    admin = enter(add_person("Zoé", "Petit", "administrator"))
    admin.post(f"/admin/sign-in/{service}/close")
    assert "Compte Région" not in browser.get("/sign-in").text
    assert browser.post(f"/sign-in/with/{service}").status_code == 404


SPOILT: dict[str, Callable[[Provider], None]] = {
    "another audience": lambda p: p.spoil.update(aud="somebody-else"),
    "another issuer": lambda p: p.spoil.update(iss="https://evil.example"),
    "another nonce": lambda p: p.spoil.update(nonce="of another time"),
    "expired": lambda p: p.spoil.update(exp=1_000_000),
    "no subject": lambda p: p.spoil.update(sub=""),
    "another key": lambda p: setattr(p, "published", RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})),
}


@pytest.mark.parametrize("what", list(SPOILT))
def test_a_token_that_is_not_right_signs_nobody_in(
    service: UUID, provider: Provider, add_person: Callable[..., UUID], enter: Callable[..., Browser],
    browser: Browser, what: str,
) -> None:  # fmt: skip
    link(enter(add_person("Inès", "Benali", "learner")), service)
    SPOILT[what](provider)
    answer = there_and_back(browser, f"/sign-in/with/{service}")
    assert answer.status_code == 502
    assert browser.get("/account").status_code == 303


def test_an_answer_that_nobody_asked_for_is_refused(service: UUID, browser: Browser) -> None:
    assert browser.get("/sign-in/back?code=x&state=y").status_code == 400
    browser.post(f"/sign-in/with/{service}")
    assert browser.get("/sign-in/back?code=x&state=y").status_code == 400


def test_giving_up_there_is_no_error(service: UUID, browser: Browser) -> None:
    out = browser.post(f"/sign-in/with/{service}")
    state = out.location.partition("state=")[2].partition("&")[0]
    answer = browser.get(f"/sign-in/back?error=access_denied&state={state}")
    assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_what_is_no_such_service_is_not_kept(
    add_person: Callable[..., UUID], enter: Callable[..., Browser], tenant: TenantDatabase
) -> None:
    admin = enter(add_person("Zoé", "Petit", "administrator"))
    data = {"name": "X", "issuer": "http://127.0.0.1:9", "client_id": CLIENT, "client_secret": ""}
    answer = admin.post("/admin/sign-in/new", data)
    assert answer.status_code == 422
    assert "OpenID Connect" in answer.text
    with tenant.read() as session:
        assert session.scalars(select(OidcProvider)).all() == []
