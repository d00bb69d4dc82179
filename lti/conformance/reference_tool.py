"""A whole tool in one page, on ``http.server``: how to use :mod:`lti.tool`, and what the runner's own tests test.

It answers JSON: 200 with the message's type and subject, or 403 with the code of the refusal.
"""

import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from lti.errors import LtiError
from lti.legacy.launch import LegacyTool
from lti.registration import PlatformRegistration
from lti.tool.key_sets import CachedPlatformKeys
from lti.tool.launch import LaunchEndpoint, NeedsStorage
from lti.tool.login import LoginEndpoint
from lti.tool.ports import HttpAnswer, TransportFault
from lti.tool.settings import ToolSettings

COOKIE = "tool-browser"
LEGACY_KEY = "reference"
LEGACY_SECRET = "of the reference tool"  # noqa: S105 it guards nothing


class MemoryPlatforms:
    """:class:`lti.tool.ports.Platforms` in memory."""

    def __init__(self) -> None:
        self.known: list[PlatformRegistration] = []

    def of_issuer(self, issuer: str) -> Sequence[PlatformRegistration]:
        """The registrations of an issuer."""
        return [one for one in self.known if one.issuer == issuer]

    def of_key(self, key: str) -> PlatformRegistration | None:
        """The registration of a key."""
        return next((one for one in self.known if one.key == key), None)


class MemoryOneTime:
    """:class:`lti.ports.OneTimeUse` in memory, atomic."""

    def __init__(self) -> None:
        self._used: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def consume(self, purpose: str, key: str, until: datetime) -> bool:
        """Whether this is the first use."""
        with self._lock:
            fresh = (purpose, key) not in self._used
            self._used.add((purpose, key))
            return fresh


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class UrllibTransport:
    """:class:`lti.tool.ports.Transport` on the standard library, for loopback: no redirect, two seconds."""

    def __init__(self, timeout: float = 2.0) -> None:
        self._opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
        self._timeout = timeout

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, max_bytes: int
    ) -> HttpAnswer:
        """Send one request. Raises TransportFault."""
        told = {"User-Agent": "reference-tool", **headers}
        asked = urllib.request.Request(url, body, told, method=method)  # noqa: S310 loopback of the tests
        try:
            with self._opener.open(asked, timeout=self._timeout) as answer:
                body = answer.read(max_bytes + 1)
                status, headers = answer.status, dict(answer.headers)
        except urllib.error.HTTPError as fault:
            status, headers, body = fault.code, dict(fault.headers), fault.read(max_bytes)
        except (OSError, ValueError) as fault:
            raise TransportFault(type(fault).__name__) from None
        if len(body) > max_bytes:
            raise TransportFault("too large")
        return HttpAnswer(status, {name.lower(): value for name, value in headers.items()}, body)


class ReferenceTool:
    """The tool, serving while the ``with`` block lasts."""

    def __init__(self, *, cool_down: float = 60.0, timeout: float = 2.0, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.platforms = MemoryPlatforms()
        self.one_time = MemoryOneTime()
        settings = ToolSettings(f"{self.url}/launch", secrets.token_bytes(32))
        keys = CachedPlatformKeys(UrllibTransport(timeout), cool_down=cool_down, pause=0.0)
        self.login = LoginEndpoint(self.platforms, settings)
        self.launch = LaunchEndpoint(self.platforms, keys, settings)
        self.legacy = LegacyTool(self)

    def secret_of(self, consumer_key: str) -> str | None:
        """:class:`lti.legacy.launch.LegacyKeys`: the one key of LTI 1.1."""
        return LEGACY_SECRET if consumer_key == LEGACY_KEY else None

    def __enter__(self) -> "ReferenceTool":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def register(self, told: Mapping[str, str]) -> None:
        """Know a platform, from what the runner says to register."""
        self.platforms.known.append(
            PlatformRegistration(
                key=told["issuer"],
                issuer=told["issuer"],
                client_id=told["client_id"],
                authorization_endpoint=told["authorization_endpoint"],
                token_endpoint=told["token_endpoint"],
                jwks_uri=told["jwks_uri"],
                deployment_ids=frozenset({told["deployment_id"]}),
                development=True,
            )
        )


def _handler(tool: ReferenceTool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._login(parse_qsl(urlsplit(self.path).query))

        def do_POST(self) -> None:
            form = parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
            if self.path.startswith("/login"):
                self._login(form)
            elif self.path.startswith("/legacy"):
                self._legacy(form)
            else:
                self._launch(form)

        def _login(self, parameters: list[tuple[str, str]]) -> None:
            try:
                answer = tool.login.begin(parameters, browser=self._cookie())
            except LtiError as refused:
                self._say(403, {"refused": str(refused)})
                return
            cookie = f"{COOKIE}={answer.browser}; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"
            self._say(302, {}, {"Location": answer.location, "Set-Cookie": cookie})

        def _launch(self, form: list[tuple[str, str]]) -> None:
            try:
                proven = tool.launch.check(form, browser=self._cookie())
                if isinstance(proven, NeedsStorage):
                    self._say(403, {"refused": "this small tool has no page to ask the platform's storage"})
                    return
                message = tool.launch.accept(proven, tool.one_time)
            except LtiError as refused:
                self._say(403, {"refused": str(refused)})
                return
            self._say(200, {"accepted": message.message_type, "subject": message.subject})

        def _legacy(self, form: list[tuple[str, str]]) -> None:
            try:
                old = tool.legacy.accept(tool.legacy.check(f"{tool.url}/legacy", form), tool.one_time)
            except LtiError as refused:
                self._say(403, {"refused": str(refused)})
                return
            self._say(200, {"accepted": old.message_type, "subject": old.user_id})

        def _cookie(self) -> str | None:
            found = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
            return found.value if found else None

        def _say(self, status: int, told: Mapping[str, object], headers: Mapping[str, str] | None = None) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
