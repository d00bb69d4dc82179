"""The hub opens tools, in Chromium: in a frame of its own whose platform storage stands in for blocked cookies, on a
phone in the same tab, and by LTI 1.1. The tool in the frame is the hub itself, in a tenant of another site."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient
from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.models.platforms import LtiDeployment, LtiPlatform, LtiTool, Platform
from hub.models.river import StepStateRow
from hub.services import lti_legacy_tools, lti_ports, sessions
from hub.services.lti_in_ports import HubTransport
from hub.services.lti_legacy_tools import LegacyToolData
from hub.services.roles import grant_role
from hub.urls.addresses import lti_endpoints, lti_target, tool_endpoints
from lti.legacy.launch import LegacyTool
from lti.legacy.outcomes import OutcomeClient
from lti.scopes import AGS_SCOPES
from tests.journeys.test_lti_frames import strict
from tests.lti.world import key_pair
from tests.web.lti_in_world import LtiIn, serving
from tests.web.lti_world import LtiWorld, make_lti_world

KEY, SECRET = "clé", "un secret"


@dataclass
class Two:
    """``campus`` opens ``lieu``: two tenants, two sites, one process."""

    lieu: LtiIn
    campus: TenantDatabase
    url: str
    world: LtiWorld

    def learner(self, context: BrowserContext) -> Page:
        now = datetime.now(UTC)
        with self.campus.write() as session:
            vault = self.lieu.installation.vault
            token = sessions.start(session, vault, self.world.learners[0], now, shared=False, how="password")
        context.add_cookies([{"name": "hub", "value": token, "url": self.url, "sameSite": "Lax", "httpOnly": True}])
        page = context.new_page()
        page.goto(f"{self.url}/path/{self.world.enrolments[0]}/step/{self.world.step_id}")
        return page


@pytest.fixture
def two(make_config: Any) -> Iterator[Two]:
    with serving(make_config, "lieu.localhost") as lieu:
        campus = lieu.installation.create_tenant("campus", "Campus Fab", ["campus.localhost"])
        now, url = datetime.now(UTC), lieu.url.replace("lieu.", "campus.")
        world = make_lti_world(campus, now, learners=1)
        with campus.write() as session:
            grant_role(session, world.learners[0], "learner", now)
            lti_ports.add_key(session, key_pair("campus"), now)
        _join(lieu, campus, world, url)
        yield Two(lieu, campus, url, world)


def _join(lieu: LtiIn, campus: TenantDatabase, world: LtiWorld, url: str) -> None:
    """Both sides know one another, as administrators would enter it."""
    now, key, told = datetime.now(UTC), new_id(), lti_endpoints(url)
    mine, target = tool_endpoints(lieu.url, str(key)), lti_target(lieu.url, str(lieu.path_id))
    with campus.write() as session:
        session.get_one(LtiTool, world.tool_id).registration = {
            "login_initiation_url": mine["login"], "target_link_uri": mine["launch"],
            "redirect_uris": [mine["launch"]], "jwks_uri": mine["jwks"], "scopes": sorted(AGS_SCOPES), "privacy": {},
            "framed": True,
        }  # fmt: skip
        session.get_one(Resource, world.resource_id).url = target
    with lieu.tenant.write() as session:
        platform = Platform(id=new_id(), name="Campus Fab", created_at=now)
        session.add(platform)
        session.flush()
        session.add(LtiPlatform(
            id=key, platform_id=platform.id, issuer=url, client_id="tool-1", jwks_uri=told["jwks"],
            authorization_endpoint=told["authentication"], token_endpoint=told["token"], registration={},
            created_at=now,
        ))  # fmt: skip
        session.flush()
        session.add(LtiDeployment(lti_platform_id=key, deployment_id="dep-1", state="approved", first_seen_at=now,
                                  last_seen_at=now))  # fmt: skip


def without_cookies_of(lieu: LtiIn) -> None:
    """The tool's site keeps no cookie in a frame, not even a partitioned one."""
    application = lieu.app.wsgi_app

    def bare(environ: dict[str, Any], start_response: Any) -> Any:
        theirs = environ["HTTP_HOST"].startswith("lieu.") and environ.get("HTTP_SEC_FETCH_DEST") == "iframe"
        if not theirs:
            return application(environ, start_response)
        environ.pop("HTTP_COOKIE", None)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [one for one in headers if one[0].lower() != "set-cookie"], *more)

        return application(environ, start)

    lieu.app.wsgi_app = bare


class OldTool:
    """A tool of LTI 1.1 with one page, which lives on another host than its launches, as real tools' pages do."""

    def __init__(self) -> None:
        tool = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                pairs = parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True)
                message = LegacyTool(tool).check(tool.url, pairs)
                told = message.parameters
                tool.places.append((told["lis_outcome_service_url"], told["lis_result_sourcedid"]))
                tool.back = told["launch_presentation_return_url"]
                self.send_response(303)
                self.send_header("Location", tool.page)
                self.end_headers()

            def do_GET(self) -> None:
                text = f'<!doctype html><meta charset=utf-8><h1>Vieux quiz</h1><a href="{tool.back}">Retour</a>'
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.back = ""
        self.places: list[tuple[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://vieux.localhost:{self.server.server_port}/launch"
        self.page = self.url.replace("vieux.", "pages-du-quiz.")

    def secret_of(self, consumer_key: str) -> str | None:
        return SECRET if consumer_key == KEY else None


@pytest.fixture
def old_tool() -> Iterator[OldTool]:
    tool = OldTool()
    thread = Thread(target=tool.server.serve_forever, args=(0.05,))
    thread.start()
    yield tool
    tool.server.shutdown()
    thread.join()
    tool.server.server_close()


SAY = """(told) => new Promise((done) => {
  addEventListener("message", (event) => event.data.message_id === told.message_id && done(event.data));
  setTimeout(() => done(null), 1500);
  parent.postMessage(told, "*");
})"""


def said(frame: Frame, subject: str, **more: Any) -> Any:
    return frame.evaluate(SAY, {"subject": subject, "message_id": str(new_id()), **more})


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_t20_the_hubs_own_frame_keeps_what_a_tool_without_cookies_needs(
    two: Two, chromium: Browser, old_tool: OldTool
) -> None:
    with strict(chromium) as context:
        without_cookies_of(two.lieu)
        page = two.learner(context)
        page.get_by_role("button", name="Ouvrir l’étape").click()
        tool = page.frame_locator("iframe[name=lti-tool]")
        # The launch was accepted by the hub's storage: what still wants a window is the signed-in page after it.
        tool.locator('form[action="/lti/arrive"]').wait_for()
        frame = page.frame(name="lti-tool")
        assert frame is not None
        capable = {one["subject"] for one in said(frame, "lti.capabilities")["supported_messages"]}
        assert capable == {"lti.capabilities", "lti.put_data", "lti.get_data"}
        assert said(frame, "lti.get_data", key="nothing")["value"] is None
        assert said(frame, "lti.put_data", key="k", value="v")["value"] == "v"
        assert said(frame, "lti.get_data", key="k")["value"] == "v"
        assert said(frame, "lti.put_data", key="k", value="x" * 5000)["error"]["code"] == "storage_exhaustion"
        assert said(frame, "lti.put_data", key="", value="v")["error"]["code"] == "bad_request"
        assert said(frame, "lti.elsewhere")["error"]["code"] == "unsupported_subject"
        assert said(frame, "other.subject") is None
        # A page of another site within the tool is not the tool: it is not heard.
        frame.evaluate(
            """() => new Promise((done) => { const f = document.createElement("iframe"); f.name = "inner";
            f.srcdoc = "x"; f.onload = done; document.body.append(f); })"""
        )  # fmt: skip
        inner = page.frame(name="inner")
        assert inner is not None
        assert inner.evaluate(SAY.replace("parent.post", "parent.parent.post"),
                              {"subject": "lti.get_data", "message_id": "m", "key": "k"}) is None  # fmt: skip
        # A tool may lead its frame to a host that nobody registered.
        frame.evaluate("url => { location.href = url }", old_tool.page)
        tool.get_by_role("heading", name="Vieux quiz").wait_for()
        page.get_by_role("button", name="Ouvrir sur toute la page").click()
        page.get_by_role("heading", name="Fabriquer une pièce en 3D").first.wait_for()
        assert page.url.startswith(two.lieu.url)


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_on_a_phone_the_tool_opens_in_the_same_tab(two: Two, chromium: Browser) -> None:
    context = chromium.new_context(locale="fr-FR", viewport={"width": 360, "height": 740})
    context.set_default_timeout(40_000)
    try:
        page = two.learner(context)
        page.get_by_role("button", name="Ouvrir l’étape").click()
        page.get_by_role("heading", name="Fabriquer une pièce en 3D").first.wait_for()
        assert page.url.startswith(two.lieu.url)
        assert len(context.pages) == 1
    finally:
        context.close()


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_tool_of_lti_1_1_opens_and_its_result_stands_in_the_step(
    two: Two, chromium: Browser, old_tool: OldTool
) -> None:
    tool = old_tool
    context = chromium.new_context(locale="fr-FR", viewport={"width": 360, "height": 740})
    context.set_default_timeout(40_000)
    try:
        _only(two, tool.url)
        page = two.learner(context)
        page.get_by_role("button", name="Ouvrir l’étape").click()
        page.get_by_role("heading", name="Vieux quiz").wait_for()
        client = OutcomeClient(HubTransport(HttpClient(None, AddressPolicy(development=True))), KEY, SECRET)
        client.replace(*tool.places[0], 0.8)
        page.get_by_role("link", name="Retour").click()
        page.get_by_text("Meilleure note : 80").wait_for()
        with two.campus.read() as session:
            assert session.get_one(StepStateRow, (two.world.enrolments[0], two.world.step_id)).best == 0.8
    finally:
        context.close()


def _only(two: Two, url: str) -> UUID:
    """The platform's only open tool is one of LTI 1.1."""
    now = datetime.now(UTC)
    with two.campus.write() as session:
        session.get_one(LtiTool, two.world.tool_id).active = False
        session.get_one(Resource, two.world.resource_id).url = ""
        data = LegacyToolData(url, KEY, SECRET)
        return lti_legacy_tools.add(session, two.world.platform_id, data, by=None, now=now, development=True).tool.id
