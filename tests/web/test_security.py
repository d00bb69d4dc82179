"""Headers, CSRF, hosts, what a view may loosen."""

from collections.abc import Callable
from types import ModuleType
from uuid import UUID

import pytest
from flask import Blueprint, Flask

from hub.config import Config
from hub.db.directory import Installation
from hub.web.access import PUBLIC, SIGNED_IN, TOKEN, access
from hub.web.app import create_app, discover
from hub.web.context import here
from hub.web.security import loosen
from tests.web.conftest import BASE, Browser, Clock

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def probe() -> ModuleType:
    """Views of a test: one loosens the policy, one is posted to by another site, one is for machines, one polls."""
    blueprint = Blueprint("probe", __name__)

    @blueprint.get("/probe/framed")
    @access(PUBLIC)
    def framed() -> str:
        loosen("frame-ancestors", "https://moodle.example.org")
        loosen("form-action", "https://tool.example.org", "https://other.example.org:8443")
        return "framed"

    @blueprint.post("/probe/foreign")
    @access(PUBLIC, csrf=False)
    def foreign() -> str:
        return "taken"

    @blueprint.post("/probe/machine")
    @access(TOKEN)
    def machine() -> str:
        return "nobody" if here().viewer is None else "somebody"

    @blueprint.get("/probe/poll")
    @access(SIGNED_IN, passive=True)
    def poll() -> str:
        return "50 %"

    module = ModuleType("probe")
    module.blueprint = blueprint
    return module


@pytest.fixture
def app(installation: Installation, clock: Clock) -> Flask:
    return create_app(installation, clock=clock, views=[*discover(), probe()])


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/healthz", "/", "/account", "/static/hub.css"])
def test_every_answer_is_guarded(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert "X-Frame-Options" not in headers


def test_a_page_holds_nothing_inline(browser: Browser) -> None:
    for path in ("/sign-in", "/card", "/reset", "/nowhere"):
        text = browser.get(path).text
        assert "<script>" not in text
        assert "style=" not in text
        assert " onclick=" not in text
        assert "https://" not in text.replace('xmlns="http://www.w3.org', "")


def test_a_view_loosens_its_own_answer_only(browser: Browser) -> None:
    policy = browser.get("/probe/framed").headers["Content-Security-Policy"]
    assert "frame-ancestors https://moodle.example.org" in policy
    assert "form-action 'self' https://tool.example.org https://other.example.org:8443" in policy
    assert browser.get("/sign-in").headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "origin", ["javascript:x", "https://a.example; script-src *", "*", "https://*.example.org", ""]
)
def test_only_whole_origins_can_be_let_in(app: Flask, origin: str) -> None:
    with app.test_request_context("/"), pytest.raises(ValueError, match="origin"):
        loosen("frame-ancestors", origin)


def test_https_brings_hsts_and_host_bound_cookies(make_config: Callable[..., Config], clock: Clock) -> None:
    installation = Installation(make_config(base_url="https://hub.localhost"))
    client = create_app(installation, clock=clock).test_client()
    answer = client.get("/sign-in", base_url="https://hub.localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-hub-form=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    installation.close()


def test_a_form_without_token_is_refused_kindly(browser: Browser) -> None:
    answer = browser.client.post("/sign-in", data={"login": "x", "password": "y"}, base_url=BASE)
    assert answer.status_code == 400
    assert "expiré" in answer.text or "expired" in answer.text


def test_a_token_of_another_browser_is_refused(browser: Browser, open_browser: Callable[[], Browser]) -> None:
    stolen = open_browser().token()
    browser.get("/sign-in")
    answer = browser.client.post("/sign-in", data={"login": "x", "password": "y", "csrf_token": stolen}, base_url=BASE)
    assert answer.status_code == 400


def test_htmx_sends_the_token_in_a_header(browser: Browser) -> None:
    token = browser.token()
    answer = browser.client.post(
        "/sign-in", data={"login": "x", "password": "y"}, headers={"X-CSRFToken": token}, base_url=BASE
    )
    assert answer.status_code == 422


def test_what_other_sites_post_by_protocol_comes_through(browser: Browser) -> None:
    assert browser.client.post("/probe/foreign", base_url=BASE).text == "taken"


def test_a_machines_view_reads_no_cookie(
    browser: Browser, add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    signed_in = enter(add_person("Lina", "Martin", "learner"))
    assert signed_in.client.post("/probe/machine", base_url=BASE).text == "nobody"


def test_polling_does_not_keep_an_idle_session_alive(
    add_person: Callable[..., UUID], enter: Callable[..., Browser], clock: Clock
) -> None:
    browser = enter(add_person("Lina", "Martin", "learner"), shared=True)
    for _ in range(9):
        clock.advance(minutes=1)
        assert browser.get("/probe/poll").status_code == 200
    clock.advance(minutes=1)
    assert browser.get("/probe/poll").status_code == 303


def test_an_unknown_host_is_told_so_plainly(browser: Browser) -> None:
    answer = browser.client.get("/sign-in", base_url="http://elsewhere.localhost")
    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"
    assert "Set-Cookie" not in answer.headers


def test_a_suspended_tenant_answers_503(browser: Browser, installation: Installation) -> None:
    installation.set_state("generateur", "suspended")
    answer = browser.get("/sign-in")
    assert answer.status_code == 503
    assert "fermé" in answer.text


def test_a_tenant_at_another_revision_answers_503(
    browser: Browser, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.db import migrate

    monkeypatch.setattr(migrate, "head", lambda _line: "another")
    installation._checked.clear()
    answer = browser.get("/sign-in")
    assert answer.status_code == 503
    assert "mise à jour" in answer.text


def test_a_session_of_one_tenant_opens_nothing_in_another(
    installation: Installation, app: Flask, add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    from hub.db import migrate

    token = enter(add_person("Lina", "Martin", "learner")).cookie("hub")
    assert token
    other = app.test_client()
    with pytest.MonkeyPatch.context() as patch:
        from tests.conftest import _create_tables

        patch.setattr(migrate, "upgrade", _create_tables)
        installation.create_tenant("fabrique", "La Fabrique", ["fabrique.localhost"])
    other.set_cookie("hub", token, domain="fabrique.localhost")
    assert other.get("/account", base_url="http://fabrique.localhost").status_code == 303
    assert "La Fabrique" in other.get("/sign-in", base_url="http://fabrique.localhost").text


def test_proxies_are_believed_only_when_trusted(make_config: Callable[..., Config], clock: Clock) -> None:
    for trusted, secure in ((0, False), (1, True)):
        installation = Installation(make_config(base_url="https://hub.localhost", trusted_proxies=trusted))
        client = create_app(installation, clock=clock).test_client()
        answer = client.get("/sign-in", base_url="http://hub.localhost", headers={"X-Forwarded-Proto": "https"})
        assert ("Strict-Transport-Security" in answer.headers) is secure
        installation.close()
