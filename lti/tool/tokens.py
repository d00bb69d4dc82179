"""Access tokens of platforms' services: client credentials with a signed assertion (1EdTech Security Framework 1.0
section 4.1; RFC 7523). A token is kept until shortly before it expires, one a registration and set of scopes."""

import json
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from lti.errors import Code, LtiError
from lti.keys import KeyPair
from lti.ports import Clock, system_clock
from lti.registration import PlatformRegistration
from lti.tool.ports import HttpAnswer, Transport, TransportFault

ASSERTION_LIFETIME: Final = timedelta(seconds=60)
MAX_ANSWER: Final = 65_536
_MARGIN: Final = timedelta(seconds=30)
_DEFAULT_LIFE: Final = 3600


class RemoteError(LtiError):
    """A platform's service did not do what it was asked. ``status`` is its HTTP status, None where no answer came;
    ``transient``: trying again later may succeed; ``said``: at most 300 characters of its answer."""

    def __init__(self, code: Code, *, status: int | None = None, said: str = "", field: str | None = None) -> None:
        super().__init__(code, field)
        self.status = status
        self.said = said[:300]

    @property
    def transient(self) -> bool:
        """Whether a later try may succeed: no answer, 408, 425, 429 and the server's own faults."""
        return self.status is None or self.status in (408, 425, 429) or self.status >= 500


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token and until when it is used."""

    token: str = field(repr=False)
    good_until: datetime


class ServiceTokens:
    """Gives bearer tokens. ``key`` is asked for the tool's signing key when a token must be fetched."""

    def __init__(
        self,
        transport: Transport,
        key: Callable[[], KeyPair],
        *,
        clock: Clock = system_clock,
        kept: "dict[tuple[str, frozenset[str]], KeptToken] | None" = None,
    ) -> None:
        """``kept``: where tokens stay, for a host that makes a client for each piece of work."""
        self._transport = transport
        self._key = key
        self._clock = clock
        self._kept = {} if kept is None else kept
        self._lock = threading.Lock()

    def bearer(self, registration: PlatformRegistration, scopes: Iterable[str]) -> str:
        """A token for these scopes. Raises RemoteError."""
        wanted = (registration.key, frozenset(scopes))
        with self._lock:
            kept = self._kept.get(wanted)
        now = self._clock()
        if kept is not None and kept.good_until > now:
            return kept.token
        fresh = self._fetch(registration, wanted[1], now)
        with self._lock:
            self._kept[wanted] = fresh
        return fresh.token

    def forget(self, registration: PlatformRegistration) -> None:
        """Drop the tokens of a registration: one of them was refused."""
        with self._lock:
            for name in [name for name in self._kept if name[0] == registration.key]:
                del self._kept[name]

    def _fetch(self, registration: PlatformRegistration, scopes: frozenset[str], now: datetime) -> KeptToken:
        url = registration.token_endpoint
        if url is None:
            raise RemoteError(Code.CONFIGURATION_INVALID, status=0, field="token_endpoint")
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._key().sign(_assertion(registration, url, now)),
            "scope": " ".join(sorted(scopes)),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = send(self._transport, "POST", url, headers, urlencode(form).encode(), MAX_ANSWER)
        told = json_of(answer)
        token = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(token, str) or not token:
            raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=answer.status, field="access_token")
        return KeptToken(token, now + timedelta(seconds=_seconds(told.get("expires_in"))) - _MARGIN)


def _assertion(registration: PlatformRegistration, url: str, now: datetime) -> dict[str, object]:
    issued = int(now.timestamp())
    return {
        "iss": registration.client_id,
        "sub": registration.client_id,
        "aud": registration.token_audience or url,  # text, not a list: some platforms read no list
        "iat": issued,
        "exp": issued + int(ASSERTION_LIFETIME.total_seconds()),
        "jti": secrets.token_urlsafe(24),
    }


def _seconds(told: object) -> int:
    try:
        return max(0, min(int(str(told)), 86_400))
    except ValueError:
        return _DEFAULT_LIFE


def send(
    transport: Transport, method: str, url: str, headers: dict[str, str], body: bytes | None, max_bytes: int
) -> HttpAnswer:
    """One request whose answer is a success (2xx; token endpoints may say 201). Raises RemoteError."""
    try:
        answer = transport.request(method, url, headers=headers, body=body, max_bytes=max_bytes)
    except TransportFault as fault:
        raise RemoteError(Code.REMOTE_UNREACHABLE, said=str(fault)) from None
    if not 200 <= answer.status < 300:
        said = answer.body[:1200].decode("utf-8", "replace")
        raise RemoteError(Code.REMOTE_REFUSED, status=answer.status, said=said)
    return answer


def json_of(answer: HttpAnswer) -> Any:
    """The decoded body. Raises RemoteError (REMOTE_NOT_UNDERSTOOD) for anything but JSON."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=answer.status) from None
