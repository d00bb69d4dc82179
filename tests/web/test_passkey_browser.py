"""Passkeys in a real browser, with an authenticator of its own over the DevTools protocol: made, then used."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from hub.config import Config
from hub.db.directory import Installation
from hub.models.person import Person
from hub.services import accounts, passwords, sessions
from hub.services.roles import grant_role
from hub.web.app import create_app
from tests.conftest import TENANT_HOST, TENANT_KEY

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(make_config: Callable[..., Config]) -> Iterator[tuple[str, str]]:
    """The address of a served place, and the session of an administrator with the password ``trois mots ensemble``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://{TENANT_HOST}:{port}"
    installation, now = Installation(make_config(base_url=address)), datetime.now(UTC)
    digest = passwords.hash_secret("trois mots ensemble")
    with installation.tenant(TENANT_KEY).write() as session:
        person = Person(given_name="Zoé", family_name="Petit", created_at=now)
        session.add(person)
        session.flush()
        grant_role(session, person.id, "administrator", now)
        accounts.set_password(session, person.id, "zoe", digest, now)
        token = sessions.start(session, installation.vault, person.id, now, shared=False, how="card")
    server = make_server("127.0.0.1", port, create_app(installation), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address, token
    server.shutdown()
    thread.join()
    installation.close()


def test_a_passkey_is_made_and_then_asked_for(chromium: Browser, site: tuple[str, str]) -> None:
    address, token = site
    context = chromium.new_context(locale="fr-FR")
    context.add_cookies([{"name": "hub", "value": token, "domain": TENANT_HOST, "path": "/"}])
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{address}/account/second-factor")
    page.locator('[data-passkey="create"] button').click()
    page.locator("#codes code").first.wait_for()
    assert page.locator("#codes code").count() == 10
    context.clear_cookies()
    page.goto(f"{address}/sign-in")
    page.fill('[name="login"]', "zoe")
    page.fill('[name="password"]', "trois mots ensemble")
    page.locator("main form button").first.click()
    page.wait_for_url("**/sign-in/second**")
    page.locator('[data-passkey="get"] button').click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    assert page.url == f"{address}/admin"
    context.close()
