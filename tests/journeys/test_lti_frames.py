"""A partner's platform opens the hub in a frame, in Chromium with third-party cookies blocked (rows T20 and T21).

Hub and platform are different sites: ``lieu.localhost`` and ``campus.localhost``.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import update

from hub.models.person import WebSession
from lti.claims import LAUNCH_PRESENTATION
from lti.conformance.platform_double import CLIENT_ID, DEPLOYMENT_ID, PlatformDouble
from tests.conftest import QUIET
from tests.lti.world import key_pair
from tests.web.lti_in_world import LtiIn, serving

STORAGE = """
const kept = {};
addEventListener("message", (event) => {
  const told = event.data;
  if (event.origin !== HUB || !told || !told.subject) return;
  if (told.subject === "lti.put_data") kept[told.key] = told.value;
  event.source.postMessage({subject: told.subject + ".response", message_id: told.message_id, key: told.key,
    value: kept[told.key]}, event.origin);
  document.title = told.subject;
});
"""


class Campus:
    """A platform with pages: a course that shows the hub in a frame, and the authentication endpoint."""

    def __init__(self, world: LtiIn) -> None:
        self.world = world
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://campus.localhost:{self.server.server_port}"
        self.key = key_pair("campus")

    @property
    def registration(self) -> dict[str, str]:
        return {
            "issuer": self.url, "client_id": CLIENT_ID, "deployment_id": DEPLOYMENT_ID,
            "authorization_endpoint": f"{self.url}/auth", "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }  # fmt: skip

    def course(self, storage: bool) -> str:
        told = {
            "iss": self.url, "login_hint": "user-7", "client_id": CLIENT_ID,
            "target_link_uri": self.world.platform.tool.target, "lti_message_hint": "m",
            **({"lti_storage_target": "_parent"} if storage else {}),
        }  # fmt: skip
        script = f"<script>const HUB = {json.dumps(self.world.url)};{STORAGE}</script>" if storage else ""
        form = _form(f"{self.world.url}/lti/login", told, "target=hub")
        return f'{script}<h1>Cours</h1><iframe name="hub" width="900" height="700"></iframe>{form}'

    def authenticate(self, asked: dict[str, str]) -> str:
        platform: Any = self.world.platform
        claims = PlatformDouble.claims(platform, asked) | {"iss": self.url, "iat": int(time.time())}
        claims[LAUNCH_PRESENTATION] = {"document_target": "iframe", "return_url": f"{self.url}/back"}
        form = {"id_token": self.key.sign(claims), "state": asked["state"]}
        return _form(asked["redirect_uri"], form, "")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        campus = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = dict(parse_qsl(parts.query))
                kind = "text/html; charset=utf-8"
                if parts.path == "/jwks":
                    kind, text = "application/json", json.dumps({"keys": [dict(campus.key.public.jwk)]})
                elif parts.path == "/auth":
                    text = campus.authenticate(asked)
                elif parts.path == "/back":  # as Moodle's: out of the frame, to the course
                    text = "<script>top.location = '/course/7'</script>"
                else:
                    text = campus.course("storage" in asked)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _form(action: str, fields: dict[str, str], more: str) -> str:
    inputs = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in fields.items())
    form = f'<form method="post" action="{escape(action)}" {more}>{inputs}</form>'
    return f"<!doctype html><meta charset=utf-8>{form}<script>document.forms[0].submit()</script>"


@pytest.fixture
def campus(make_config: Any) -> Iterator[Campus]:
    with serving(make_config, "lieu.localhost") as world:
        made = Campus(world)
        thread = Thread(target=made.server.serve_forever, args=(0.05,))
        thread.start()
        told: Any = made
        world.register(told, "Campus")
        try:
            yield made
        finally:
            made.server.shutdown()
            thread.join()
            made.server.server_close()


@contextmanager
def strict(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that blocks third-party cookies."""
    program = [*QUIET, "--test-third-party-cookie-phaseout"]
    browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=program)
    try:
        context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
        context.set_default_timeout(40_000)
        yield context
    finally:
        browser.close()


def without_framed_cookies(campus: Campus) -> None:
    """Frames keep no cookie at all, not even a partitioned one, as in browsers that know none: what they would not send
    does not reach the hub, and what they would not keep does not leave it."""
    application = campus.world.app.wsgi_app

    def bare(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("HTTP_SEC_FETCH_DEST") != "iframe":
            return application(environ, start_response)
        environ.pop("HTTP_COOKIE", None)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [one for one in headers if one[0].lower() != "set-cookie"], *more)

        return application(environ, start)

    campus.world.app.wsgi_app = bare


def hub_frame(page: Page) -> Any:
    return page.frame_locator("iframe[name=hub]")


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_in_a_frame_the_path_opens_by_a_partitioned_cookie(campus: Campus, chromium: Browser) -> None:
    with strict(chromium) as context:
        page = context.new_page()
        page.goto(f"{campus.url}/course")
        hub_frame(page).get_by_role("heading", name="Fabriquer une pièce en 3D").first.wait_for()
        hub_frame(page).get_by_text("Lire la fiche").first.click()
        hub_frame(page).get_by_role("heading", name="Lire la fiche").first.wait_for()
        (session,) = [c for c in context.cookies() if c["name"] == "hub"]
        assert (session["sameSite"], session["secure"]) == ("None", True)


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_session_that_ended_in_a_frame_leads_back_to_the_course_and_in_again(
    campus: Campus, chromium: Browser
) -> None:
    with strict(chromium) as context:
        page = context.new_page()
        page.goto(f"{campus.url}/course")
        hub_frame(page).get_by_role("heading", name="Fabriquer une pièce en 3D").first.wait_for()
        with campus.world.tenant.write() as session:
            session.execute(update(WebSession).values(seen_at=datetime(2026, 1, 1, tzinfo=UTC)))
        hub_frame(page).get_by_text("Lire la fiche").first.click()
        hub_frame(page).get_by_role("heading", name="L’activité s’est fermée").wait_for()
        hub_frame(page).get_by_role("link", name="Retour à mon cours").click()
        page.wait_for_url(f"{campus.url}/course/7")
        hub_frame(page).get_by_role("heading", name="Fabriquer une pièce en 3D").first.wait_for()


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_t20_without_any_cookie_the_platforms_storage_proves_the_browser(campus: Campus, chromium: Browser) -> None:
    with strict(chromium) as context:
        without_framed_cookies(campus)
        page = context.new_page()
        page.goto(f"{campus.url}/course?storage=1")
        button = hub_frame(page).get_by_role("button", name="Ouvrir l’activité")
        button.wait_for()
        assert page.title() == "lti.get_data"  # the launch was accepted; only the page after it wants a window
        with context.expect_page() as opened:
            button.click()
        opened.value.get_by_role("heading", name="Fabriquer une pièce en 3D").first.wait_for()


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_t21_with_neither_cookie_nor_storage_a_new_window_opens(campus: Campus, chromium: Browser) -> None:
    with strict(chromium) as context:
        without_framed_cookies(campus)
        page = context.new_page()
        page.goto(f"{campus.url}/course")
        button = hub_frame(page).get_by_role("button", name="Ouvrir l’activité")
        button.wait_for()
        with context.expect_page() as opened:
            button.click()
        opened.value.get_by_role("heading", name="Fabriquer une pièce en 3D").first.wait_for()


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_no_other_site_may_show_the_hub_in_a_frame(campus: Campus, chromium: Browser) -> None:
    with strict(chromium) as context:
        page = context.new_page()
        with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            page.goto(f"http://evil.localhost:{campus.server.server_port}/course")
        assert hub_frame(page).get_by_role("heading", name="Fabriquer une pièce en 3D").count() == 0
