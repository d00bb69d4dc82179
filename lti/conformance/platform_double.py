"""The platform that is played against a tool: its addresses, keys, and one launch with anything changed."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from lti import claims as names
from lti.conformance.browser import Browser, Page
from lti.conformance.rows import Reaction
from lti.keys import KeyPair

CLIENT_ID: Final = "conformance-client"
DEPLOYMENT_ID: Final = "conformance-deployment"
_MARGIN: Final = 0.05
"""Seconds by which the tool's clock may lag behind what we saw of it."""


@dataclass
class KeyAnswer:
    """What the key set's address answers: the keys, or something else that a row wants."""

    keys: list[Mapping[str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class ToolAddresses:
    """Where the tool under test is. ``target`` is what launches open. ``refused_text``: a piece of the tool's own error
    page, for tools that refuse with status 200. ``cool_down``: seconds that the tool lets pass between two fetches of
    keys; ``slow``: seconds of an answer that is too slow. ``legacy``: where it takes launches of LTI 1.1, empty where
    it does not, with the key and the secret that it knows."""

    login: str
    target: str
    refused_text: str = ""
    cool_down: float = 61.0
    slow: float = 25.0
    legacy: str = ""
    legacy_key: str = ""
    legacy_secret: str = field(default="", repr=False)


class PlatformDouble:
    """One platform. ``issuer`` is its own address; a second one stands for another platform of the same tool."""

    def __init__(
        self,
        tool: ToolAddresses,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        client_id: str = CLIENT_ID,
        key: KeyPair | None = None,
    ) -> None:
        self.tool = tool
        self.client_id = client_id
        self.key = key or KeyPair.generate()
        self.answer = KeyAnswer([self.key.public.jwk])
        self.scores: list[dict[str, Any]] = []
        self.pages: list[Page] = []
        self.down = False
        self._server = ThreadingHTTPServer((host, port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.issuer = f"http://{host}:{self._server.server_port}"
        self.last_fetch = float("-inf")
        self.other: PlatformDouble | None = None

    def __enter__(self) -> "PlatformDouble":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def registration(self) -> dict[str, str]:
        """What to enter in the tool under test."""
        return {
            "issuer": self.issuer,
            "client_id": self.client_id,
            "deployment_id": DEPLOYMENT_ID,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }

    def serve_keys(self, *keys: KeyPair) -> None:
        """Publish exactly these keys from now on."""
        self.answer = KeyAnswer([key.public.jwk for key in keys], asked=self.answer.asked)

    def wait_for_cool_down(self) -> None:
        """Let the tool forget that it has just fetched our keys: it counts from when it last did."""
        left = self.last_fetch + self.tool.cool_down + _MARGIN - time.monotonic()
        if self.tool.cool_down and left > 0:
            time.sleep(left)

    def claims(self, request: Mapping[str, str], message_type: str = names.RESOURCE_LINK_REQUEST) -> dict[str, Any]:
        """A message that every tool must accept, in answer to its authentication request."""
        now = int(time.time())
        told: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "user-7",
            "iat": now,
            "exp": now + 300,
            "nonce": request.get("nonce", ""),
            "name": "Inès Benali",
            "given_name": "Inès",
            "family_name": "Benali",
            names.LTI_VERSION: names.VERSION,
            names.MESSAGE_TYPE: message_type,
            names.DEPLOYMENT_ID: DEPLOYMENT_ID,
            names.TARGET_LINK_URI: self.tool.target,
            names.ROLES: ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            names.CONTEXT: {"id": "course-1", "title": "Compétences numériques", "type": ["CourseSection"]},
            names.AGS_ENDPOINT: {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                "lineitems": f"{self.issuer}/lineitems",
                "lineitem": f"{self.issuer}/lineitems/1",
            },
        }
        if message_type == names.RESOURCE_LINK_REQUEST:
            told[names.RESOURCE_LINK] = {"id": "link-1", "title": "Un lien"}
            return told
        told[names.ROLES] = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]
        told[names.DEEP_LINKING_SETTINGS] = {
            "deep_link_return_url": f"{self.issuer}/deep-linking-return",
            "accept_types": ["ltiResourceLink", "link"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True,
            "data": "of-the-platform",
        }
        return told


@dataclass
class Attempt:
    """One launch, whose every part may be changed before it is sent."""

    platform: PlatformDouble
    browser: Browser = field(default_factory=Browser)
    login: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    message_type: str = names.RESOURCE_LINK_REQUEST
    request: dict[str, str] = field(default_factory=dict)
    refused: Page | None = None

    def __post_init__(self) -> None:
        platform = self.platform
        self.login = self.login or {
            "iss": platform.issuer,
            "login_hint": "user-7",
            "target_link_uri": platform.tool.target,
            "lti_message_hint": '{"launch": 7}',
            "client_id": platform.client_id,
            "lti_deployment_id": DEPLOYMENT_ID,
        }

    def begin(self) -> bool:
        """The login; False where the tool refused it (or sent the browser elsewhere than to us)."""
        send = self.browser.post if self.method == "POST" else self.browser.get
        page = send(self.platform.tool.login, self.login)
        own = urlsplit(self.platform.tool.login).netloc
        while page.location and urlsplit(page.location).netloc == own:
            page = self.browser.get(page.location)
        if not page.location.startswith(f"{self.platform.issuer}/auth"):
            self.refused = page
            return False
        self.request = dict(parse_qsl(urlsplit(page.location).query))
        return True

    def send(
        self,
        change: Callable[[dict[str, Any]], object] | None = None,
        *,
        token: Callable[[dict[str, Any]], str] | None = None,
        form: Callable[[dict[str, str]], object] | None = None,
        browser: Browser | None = None,
    ) -> Reaction:
        """Sign the message, after ``change`` of its claims, and post it. ``token`` signs otherwise, ``form`` changes
        the parameters, ``browser`` posts in place of ours."""
        if not self.request and not self.begin():
            return self.react(self.refused)
        claims = self.platform.claims(self.request, self.message_type)
        if change is not None:
            change(claims)
        text = (token or self.platform.key.sign)(claims)
        posted = {"id_token": text, "state": self.request.get("state", "")}
        if form is not None:
            form(posted)
        return self.post(posted, browser)

    def post(self, posted: dict[str, str], browser: Browser | None = None) -> Reaction:
        """Post a form to the redirect URI that the tool asked for."""
        person = browser or self.browser
        page = person.post(self.request["redirect_uri"], posted)
        own = urlsplit(self.request["redirect_uri"]).netloc
        return self.react(person.follow(page, host=own))

    def react(self, page: Page | None) -> Reaction:
        """What a page means."""
        if page is None:
            return Reaction(False, "no answer")
        self.platform.pages.append(page)
        text = self.platform.tool.refused_text
        refused = page.status >= 400 or bool(text and text in page.body) or (page is self.refused)
        return Reaction(not refused, f"{page.status}", crashed=page.status >= 500)


def _handler(platform: PlatformDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith("/jwks"):
                self._say(404, b"{}")
                return
            answer = platform.answer
            answer.asked += 1
            platform.last_fetch = time.monotonic()
            if answer.delay:
                time.sleep(answer.delay)
            body = json.dumps({"keys": answer.keys}).encode() if answer.body is None else answer.body
            self._say(answer.status, body, answer.headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if platform.down:
                self._say(503, b"{}")
                return
            if self.path == "/token":
                told = {"access_token": "conformance", "token_type": "Bearer", "expires_in": 3600}
                self._say(200, json.dumps(told).encode())
                return
            if self.path.endswith("/scores"):
                platform.scores.append(json.loads(body))
            self._say(200, b"{}")

        def _say(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
            try:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the tool hung up, as it may

        def log_message(self, *_: object) -> None:
            """Say nothing: the table tells what was sent."""

    return Handler
