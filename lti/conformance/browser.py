"""A browser small enough to read: cookies by host, no script, redirects only when asked."""

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

MAX_BODY: Final = 2 * 1024 * 1024
TIMEOUT: Final = 30.0
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. ``location`` is absolute, empty without a redirect."""

    url: str
    status: int
    body: str = field(repr=False)
    location: str = ""

    def form(self) -> tuple[str, dict[str, str]] | None:
        """Action and hidden fields of the page's first form, None without one, or where it has no action."""
        found = re.search(r"<form\b[^>]*>.*?</form>", self.body, re.DOTALL | re.IGNORECASE)
        return self._read(found[0]) if found else None

    def forms(self) -> list[tuple[str, dict[str, str]]]:
        """Every form of the page that has an action: a platform's page may hold others beside the one that goes on."""
        listed = re.findall(r"<form\b[^>]*>.*?</form>", self.body, re.DOTALL | re.IGNORECASE)
        return [form for form in map(self._read, listed) if form is not None]

    def _read(self, text: str) -> tuple[str, dict[str, str]] | None:
        action = re.search(r'action="([^"]*)"', text)
        if action is None:
            return None
        fields = {}
        for tag in re.findall(r"<input\b[^>]*>", text, re.IGNORECASE):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                fields[unescape(name[1])] = unescape(value[1]) if value else ""
        return urljoin(self.url, unescape(action[1])), fields


@dataclass
class Browser:
    """One person's browser. Cookies are sent back to the host that set them, ``Secure`` ones too: on loopback the
    browsers of the world do so."""

    cookies: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def get(self, url: str, query: Mapping[str, str] | None = None) -> Page:
        """GET an address."""
        return self._send("GET", f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url, None)

    def post(self, url: str, form: Mapping[str, str] | list[tuple[str, str]]) -> Page:
        """POST a form."""
        return self._send("POST", url, urlencode(form).encode())

    def follow(self, page: Page, at_most: int = 8, host: str = "") -> Page:
        """Follow redirects, within ``host`` where one is named."""
        while page.location and at_most and (not host or urlsplit(page.location).netloc == host):
            page, at_most = self.get(page.location), at_most - 1
        return page

    def _send(self, method: str, url: str, body: bytes | None) -> Page:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        headers = {"User-Agent": "lti-conformance", "Accept": "text/html,*/*", "Host": parts.netloc}
        mine = "; ".join(f"{n}={v}" for (host, n), v in self.cookies.items() if host == parts.hostname)
        if mine:
            headers["Cookie"] = mine
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            text = answer.read(MAX_BODY).decode("utf-8", "replace")
            self._keep(parts.hostname or "", answer.headers.get_all("Set-Cookie") or [])
            location = answer.headers.get("Location", "") if answer.status in _REDIRECTS else ""
            return Page(url, answer.status, text, urljoin(url, location) if location else "")
        finally:
            connection.close()

    def _keep(self, host: str, lines: list[str]) -> None:
        for line in lines:
            jar = SimpleCookie()
            try:
                # Names of attributes newer than the parser would make it drop the cookie.
                jar.load(re.sub(r";\s*Partitioned", "", line, flags=re.IGNORECASE))
            except CookieError:
                continue
            for name, morsel in jar.items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[host, name] = morsel.value
                else:
                    self.cookies.pop((host, name), None)
