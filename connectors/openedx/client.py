"""Calls of an Open edX LMS with a token of its own (OAuth 2.0 client credentials, RFC 6749 4.4).

``POST /oauth2/access_token`` with ``token_type=jwt`` answers ``access_token``, ``expires_in`` (3,600 s by default),
``token_type`` and ``scope``; the token travels as ``Authorization: JWT …``. Source: edx-platform, "OAuth2 and JWT",
``oauth_dispatch``.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.answers import Answer
from connectors.errors import ConfigurationFault, DataDrift, InvalidToken, RemoteRefused, RemoteRejected, Unreadable
from connectors.http import HttpClient
from connectors.meter import Meter
from connectors.openedx.values import number, required
from connectors.paging import at_most
from connectors.secret import Secret
from connectors.values import mapping

TOKEN = "/oauth2/access_token"  # noqa: S105 - a path
MAX_PAGES = 1000
EARLY = 60.0
"""Seconds before its end from which a token is not used any more."""
LIVES = 3600.0
Params = Mapping[str, str]


class OpenEdxClient:
    """One LMS, one OAuth application. Safe between threads. ``clock``: seconds, only going on."""

    def __init__(
        self,
        site_url: str,
        client_id: str,
        secret: Secret,
        http: HttpClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.site_url = site_url.rstrip("/")
        self._client_id, self._secret, self._clock = client_id, secret, clock
        self._http = http.with_secrets([secret.reveal()])
        self._lock = threading.Lock()
        self._token, self._until = Secret(""), 0.0
        self.scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"OpenEdxClient({self.site_url})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def meter(self) -> Meter:
        """What the calls have cost."""
        return self._http.meter

    def get(self, path: str, params: Params | None = None) -> Any:
        """The decoded answer of a read. Raises :class:`~connectors.errors.ConnectorError`."""
        url = f"{self.site_url}{path}" + (f"?{urlencode(params)}" if params else "")
        return self._authorised(
            lambda headers: self._http.request("GET", url, headers=headers, same_origin=True)
        ).json()

    def post(self, path: str, value: Mapping[str, Any]) -> Any:
        """The decoded answer of an act that done twice is done once. Raises ``ConnectorError``."""
        url = f"{self.site_url}{path}"
        return self._authorised(
            lambda headers: self._http.post_json(url, value, headers=headers, idempotent=True)
        ).json()

    def by_cursor(self, path: str, params: Params) -> Iterator[Mapping[str, Any]]:
        """Pages of a list whose ``next`` is an address with a cursor (or a page number) in it.

        Only the query of ``next`` is taken: behind a proxy its host may be an inner one, and the token goes nowhere
        else.
        """
        return at_most(self._cursor_pages(path, params), MAX_PAGES, where=path)

    def _cursor_pages(self, path: str, params: Params) -> Iterator[Mapping[str, Any]]:
        asked = dict(params)
        while True:
            page = mapping(self.get(path, asked), path)
            yield page
            following = page.get("next")
            if following is None and isinstance(page.get("pagination"), Mapping):
                following = page["pagination"].get("next")
            if not following:
                return
            if not isinstance(following, str):
                raise DataDrift(f"{path}: next is no address")
            further = {**params, **dict(parse_qsl(urlsplit(following).query))}
            if further == asked:
                raise DataDrift(f"{path}: the next page is the same page")
            asked = further

    def _authorised(self, send: Callable[[dict[str, str]], Answer]) -> Answer:
        """Send with a token; once more with a new one where the LMS does not take it any more."""
        token = self._current()
        try:
            return send(_headers(token))
        except RemoteRefused as refused:
            if refused.status != 401:
                raise
        self._forget(token)
        try:
            return send(_headers(self._current()))
        except RemoteRefused as refused:
            if refused.status == 401:
                raise InvalidToken("the LMS does not take its own token", where=refused.where, status=401) from None
            raise

    def _current(self) -> Secret:
        with self._lock:
            if not self._token or self._clock() >= self._until:
                self._renew()
            return self._token

    def _forget(self, token: Secret) -> None:
        with self._lock:
            if self._token is token:
                self._token = Secret("")

    def _renew(self) -> None:
        fields = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret.reveal(),
            "token_type": "jwt",
        }
        url = f"{self.site_url}{TOKEN}"
        try:
            answer = mapping(self._http.post_form(url, fields, idempotent=True).json(), "access_token")
        except RemoteRefused as refused:
            if refused.status == 401:
                raise InvalidToken("client id or secret", where=refused.where, status=401) from None
            raise
        except RemoteRejected as refused:
            where, status = refused.where, refused.status
            if status == 404:
                raise ConfigurationFault("no Open edX LMS here", where=where, status=404) from None
            if status == 400:
                raise InvalidToken("the application may not use client credentials", where=where, status=400) from None
            raise
        if str(answer.get("token_type", "")).lower() != "jwt":
            raise Unreadable("a JWT is due", where=url)
        self._token = Secret(required(answer, "access_token"))
        self._until = self._clock() + max((number(answer, "expires_in") or LIVES) - EARLY, 0.0)
        scope = answer.get("scope")
        self.scopes = tuple(scope.split()) if isinstance(scope, str) else ()


def _headers(token: Secret) -> dict[str, str]:
    return {"Authorization": f"JWT {token.reveal()}", "Accept": "application/json"}
