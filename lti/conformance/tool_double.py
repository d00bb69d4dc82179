"""A tool played against a platform: its addresses and keys, one signed-in browser, launches and service calls."""

import http.client
import http.server
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from lti.conformance.browser import TIMEOUT, Browser, Page
from lti.conformance.rows import Reaction
from lti.keys import KeyPair
from lti.signed import read_unverified

ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Opening = Callable[[Browser], Page]
"""Makes a launch begin in a signed-in browser; gives the page that posts to the tool's login, or redirects there."""


@dataclass(frozen=True, slots=True)
class PlatformAddresses:
    """The platform under test, and how its user opens a link (``open``) or picks content (``select``).
    ``scopes`` were granted to the tool, ``refused_scope`` was not."""

    issuer: str
    authorization_url: str
    token_url: str
    open: Opening
    scopes: tuple[str, ...]
    select: Opening | None = None
    refused_scope: str = ""


@dataclass
class Answer:
    """An answer of a service."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body decoded; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class ToolDouble:
    """The tool. While it is entered its key set is served at ``jwks_uri``."""

    def __init__(
        self,
        platform: PlatformAddresses,
        browser: Browser,
        *,
        host: str = "127.0.0.1",
        port: int = 9415,
        client_id: str = "conformance-tool",
        deployment_id: str = "1",
    ) -> None:
        self.platform, self.browser = platform, browser
        self.client_id, self.deployment_id = client_id, deployment_id
        self.key, self.stranger = KeyPair.generate(), KeyPair.generate()
        self.claims: dict[str, Any] = {}
        self._server = http.server.ThreadingHTTPServer((host, port), _keys_of(self))
        self.base = f"http://{host}:{self._server.server_port}"
        self._tokens: dict[str, str] = {}

    @property
    def registration(self) -> dict[str, Any]:
        """What to register with the platform."""
        return {
            "client_id": self.client_id,
            "deployment_id": self.deployment_id,
            "initiate_login_uri": f"{self.base}/login",
            "redirect_uris": [self.redirect_uri],
            "target_link_uri": self.redirect_uri,
            "jwks_uri": f"{self.base}/jwks",
            "scope": " ".join(self.platform.scopes),
        }

    @property
    def redirect_uri(self) -> str:
        """The one address to return to."""
        return f"{self.base}/launch"

    def __enter__(self) -> "ToolDouble":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    # --- launches

    def request(self, opening: Opening | None = None) -> dict[str, str]:
        """A correct authentication request for a launch just begun. Raises ValueError where none began."""
        page = (opening or self.platform.open)(self.browser)
        login = self._login_of(page)
        return {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": secrets.token_urlsafe(12),
            "nonce": secrets.token_urlsafe(12),
            "login_hint": login["login_hint"],
            **({"lti_message_hint": login["lti_message_hint"]} if "lti_message_hint" in login else {}),
        }

    def authenticate(self, request: Mapping[str, str], browser: Browser | None = None) -> Reaction:
        """Send an authentication request; a platform may post once more to itself."""
        door = browser if browser is not None else self.browser
        page = door.get(self.platform.authorization_url, request)
        for _ in range(2):
            again = [form for form in page.forms() if form[0] == self.platform.authorization_url]
            if not again:
                break
            page = door.post(*again[0])
        return self._judged(page, request.get("state", ""))

    def launch(self, opening: Opening | None = None) -> dict[str, Any]:
        """A launch, its claims. Raises ValueError where the platform refuses it."""
        reaction = self.authenticate(self.request(opening))
        if not reaction.accepted:
            raise ValueError(reaction.told)
        return self.claims

    def _login_of(self, page: Page) -> dict[str, str]:
        found = [fields for action, fields in page.forms() if action.startswith(f"{self.base}/login")]
        if page.location.startswith(f"{self.base}/login"):
            found.append(dict(parse_qsl(urlsplit(page.location).query)))
        if not found:
            raise ValueError(f"no launch began: {page.status}")
        return found[0]

    def _is_platform(self, url: str) -> bool:
        return urlsplit(url).netloc == urlsplit(self.platform.authorization_url).netloc

    def _judged(self, page: Page, state: str) -> Reaction:
        away = [form for form in page.forms() if not self._is_platform(form[0])]
        form = away[0] if away else None
        target = form[0] if form else page.location
        if page.status >= 500:
            return Reaction(False, f"{page.status}", crashed=True)
        if target and not self._is_platform(target) and target != self.redirect_uri:
            # Sent to an address that was never registered: worse than accepting.
            return Reaction(True, f"sent to {urlsplit(target).netloc or target[:20]}")
        if form is None or target != self.redirect_uri:
            return Reaction(False, f"{page.status}, a page of the platform")
        if "id_token" not in form[1]:
            return Reaction(False, f"error {form[1].get('error', '?')} at the redirect URI")
        self.claims = dict(read_unverified(form[1]["id_token"]).claims)
        kept = form[1].get("state", "") == state
        return Reaction(kept, "an id_token at the redirect URI" + ("" if kept else ", another state"))

    # --- services

    def assertion(self) -> dict[str, Any]:
        """The claims of a correct client assertion."""
        now = int(time.time())
        return {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.platform.token_url,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(18),
        }

    def ask_token(
        self, claims: Mapping[str, Any], key: KeyPair | None = None, changes: Mapping[str, str] | None = None
    ) -> Answer:
        """A token request with that assertion, parameters of its form changed."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": (key or self.key).sign(claims),
            "scope": " ".join(self.platform.scopes),
            **(changes or {}),
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.call("POST", self.platform.token_url, kind, urlencode(form).encode())

    def bearer(self, *scopes: str) -> dict[str, str]:
        """The header that carries a token for these scopes, or for all."""
        wanted = " ".join(scopes or self.platform.scopes)
        if wanted not in self._tokens:
            told = self.ask_token(self.assertion(), changes={"scope": wanted}).json()
            self._tokens[wanted] = told["access_token"] if isinstance(told, dict) else ""
        return {"Authorization": f"Bearer {self._tokens[wanted]}"}

    def call(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One request, no redirect followed. Raises OSError."""
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            sent = {"User-Agent": "lti-conformance", "Host": parts.netloc, **(headers or {})}
            connection.request(method, target, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()


def _keys_of(tool: ToolDouble) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"keys": [dict(tool.key.public.jwk)]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the runner's table says what happened."""

    return Handler
