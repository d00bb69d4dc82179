"""A small browser for the actors of the play: cookies by host, redirects, forms. It fills in what a page offers.

Every address of the demo lies on this machine, so it connects to the loopback address and sends the host's name.
"""

import http.client
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

LOOPBACK = "127.0.0.1"
TIMEOUT = 30.0
MOST_REDIRECTS = 10
URL_ENCODED = "application/x-www-form-urlencoded"


class BrowserFault(Exception):
    """A page did not come as the play expects. The text names method, host, path and status, never a query."""


@dataclass
class Form:
    """A form of a page: where it goes and what it holds before anything is typed."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """An answer read to its end, after redirects. ``url``: where it came from at last."""

    url: str
    status: int
    text: str = field(repr=False)

    @property
    def forms(self) -> list[Form]:
        """Its forms, in order."""
        reader = _Forms(self.url)
        reader.feed(self.text)
        return reader.found

    def form(self, action: str = "") -> Form:
        """The first form whose address contains ``action``. Raises BrowserFault."""
        for one in self.forms:
            if action in one.action:
                return one
        raise BrowserFault(f"no form towards {action!r} on {urlsplit(self.url).path}")


@dataclass(frozen=True)
class Body:
    """What a POST carries, and of which kind it is."""

    kind: str
    content: bytes = field(repr=False)


def _multipart(fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> Body:
    """Fields and files as a browser sends them (RFC 7578). Names hold no quotation mark."""
    mark = secrets.token_hex(16)
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    for name, (file_name, content) in files.items():
        parts.append(f'name="{name}"; filename="{file_name}"\r\n\r\n'.encode() + content)
    lines = b"".join(b"--%b\r\nContent-Disposition: form-data; %b\r\n" % (mark.encode(), part) for part in parts)
    return Body(f"multipart/form-data; boundary={mark}", lines + f"--{mark}--\r\n".encode())


class _Forms(HTMLParser):
    """Reads forms with their hidden and preset fields; unchecked boxes and buttons send nothing."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._url = url
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self._url, told.get("action") or self._url)
            self._open = Form(told.get("method", "get").upper(), action)
            self.found.append(self._open)
        elif tag == "input" and self._open is not None and told.get("name"):
            boxed = told.get("type") in ("checkbox", "radio")
            if not boxed or any(name == "checked" for name, _ in attrs):
                self._open.fields[told["name"]] = told.get("value", "on" if boxed else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


class Browser:
    """One person's browser. ``headers``: what each request bears beside the usual; asked at each request."""

    def __init__(self, headers: Callable[[], Mapping[str, str]] = dict) -> None:
        self._headers = headers
        self._cookies: dict[str, dict[str, str]] = {}
        self._connections: dict[str, http.client.HTTPConnection] = {}

    def get(self, url: str) -> Page:
        """GET a page, redirects followed. Raises BrowserFault for a status of 400 and above."""
        return self._go("GET", url, None)

    def submit(
        self,
        form: Form,
        typed: Mapping[str, str] | None = None,
        *,
        follow: bool = True,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Page:
        """Send a form with what was typed into it.

        ``follow`` False: the redirect is the page, its ``url`` is where it leads.
        ``files``: field -> (file name, content). Raises BrowserFault.
        """
        filled = {**form.fields, **(typed or {})}
        if form.method == "GET":
            return self._go("GET", f"{form.action}?{urlencode(filled)}", None, follow)
        if files:
            return self._go("POST", form.action, _multipart(filled, files), follow)
        return self._go("POST", form.action, Body(URL_ENCODED, urlencode(filled).encode()), follow)

    def post(self, url: str, body: Body) -> Page:
        """Send what a script of a page would. Raises BrowserFault."""
        return self._go("POST", url, body)

    def close(self) -> None:
        """Close its connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _go(self, method: str, url: str, body: Body | None, follow: bool = True) -> Page:
        for _ in range(MOST_REDIRECTS):
            status, location, text = self._once(method, url, body)
            if status not in (301, 302, 303, 307, 308) or not follow:
                if status >= 400:
                    raise BrowserFault(f"{method} {urlsplit(url).netloc}{urlsplit(url).path}: {status}")
                return Page(urljoin(url, location) if location else url, status, text)
            url = urljoin(url, location)
            if status in (301, 302, 303):
                method, body = "GET", None
        raise BrowserFault(f"too many redirects at {urlsplit(url).path}")

    def _once(self, method: str, url: str, body: Body | None) -> tuple[int, str, str]:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host != "localhost" and not host.endswith(".localhost"):
            raise BrowserFault(f"{host} is not of the demo")
        headers = {"Host": parts.netloc, "Accept-Language": "fr", **self._headers()}
        cookies = self._cookies.get(host)
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if body is not None:
            headers["Content-Type"] = body.kind
        target = parts.path or "/"
        target += f"?{parts.query}" if parts.query else ""
        answer = self._send(parts.netloc, parts.port or 80, method, target, body, headers)
        text = answer.read().decode("utf-8", "replace")
        for line in answer.headers.get_all("Set-Cookie", []):
            self._keep(host, line)
        return answer.status, answer.headers.get("Location", ""), text

    def _send(
        self, netloc: str, port: int, method: str, target: str, body: Body | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        """Once more on a new connection where the kept one was closed meanwhile."""
        content = body.content if body is not None else None
        connection = self._connections.get(netloc)
        if connection is not None:
            try:
                connection.request(method, target, content, headers)
                return connection.getresponse()
            except (http.client.HTTPException, ConnectionError):
                connection.close()
        connection = self._connections[netloc] = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
        connection.request(method, target, content, headers)
        return connection.getresponse()

    def _keep(self, host: str, line: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self._cookies.get(host, {}).pop(name, None)
            else:
                self._cookies.setdefault(host, {})[name] = morsel.value
