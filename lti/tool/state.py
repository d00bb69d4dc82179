"""The ``state`` and ``nonce`` of a login, and what binds them to one browser.

A login keeps nothing at the server: ``state`` says, signed, which registration it is of, until when it holds and which
browser it belongs to; ``nonce`` is derived from it. Only the launch writes, once, that the state is used up. So a flood
of logins costs no storage, and no message can be accepted twice, in another browser, or without a login (OpenID Connect
Core 1.0 sections 3.1.2.1 and 15.5.2; 1EdTech Security Framework 1.0 section 5.1.1).
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from lti.errors import Code, LaunchRefused

_ID_BYTES: Final = 16
MAX_STATE: Final = 2_048


@dataclass(frozen=True, slots=True)
class LoginState:
    """What a ``state`` says. ``storage_target`` is the platform's frame that keeps values for us, empty without one."""

    id: str = field(repr=False)
    registration_key: str
    expires_at: datetime
    browser: str = field(repr=False)
    storage_target: str = ""


class LoginStates:
    """Makes and reads states under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._state_key = _derive(secret, b"lti tool state")
        self._nonce_key = _derive(secret, b"lti tool nonce")
        self._browser_key = _derive(secret, b"lti tool browser")
        self._storage_key = _derive(secret, b"lti tool storage")

    def new(self, registration_key: str, browser: str, expires_at: datetime, storage_target: str = "") -> LoginState:
        """The state of a new login from the browser that holds the secret ``browser``."""
        identifier = _text(secrets.token_bytes(_ID_BYTES))
        return LoginState(identifier, registration_key, expires_at, self.browser_mark(browser), storage_target)

    def write(self, state: LoginState) -> str:
        """The ``state`` parameter."""
        parts = (state.registration_key.encode(), state.storage_target.encode())
        told = [state.id, str(int(state.expires_at.timestamp())), state.browser, *map(_text, parts)]
        text = ".".join(told)
        return f"{text}.{_mac(self._state_key, text)}"

    def read(self, text: str, now: datetime) -> LoginState:
        """The state that we once wrote. Raises LaunchRefused: STATE_UNKNOWN, STATE_EXPIRED."""
        told, _, mac = text.rpartition(".")
        if len(text) > MAX_STATE or not hmac.compare_digest(mac.encode(), _mac(self._state_key, told).encode()):
            raise LaunchRefused(Code.STATE_UNKNOWN)
        identifier, until, browser, key, target = told.split(".")
        expires_at = datetime.fromtimestamp(int(until), UTC)
        if expires_at <= now:
            raise LaunchRefused(Code.STATE_EXPIRED)
        return LoginState(identifier, _bytes(key).decode(), expires_at, browser, _bytes(target).decode())

    def nonce(self, state: LoginState) -> str:
        """The only nonce that a message to this state may carry."""
        return _mac(self._nonce_key, state.id)

    def browser_mark(self, browser: str) -> str:
        """What the state keeps of the browser's secret."""
        return _mac(self._browser_key, browser)[:22]

    def storage_value(self, state: LoginState) -> str:
        """The secret that the platform's storage keeps for this login, under ``storage_name``."""
        return _mac(self._storage_key, state.id)

    def storage_name(self, state: LoginState) -> str:
        """Under which name (OIDC storage section 2.2: unique to the launch)."""
        return f"lti_state_{state.id[:12]}"


def new_browser_secret() -> str:
    """A fresh secret for a browser that has none, for its cookie."""
    return secrets.token_urlsafe(24)


def same(left: str, right: str) -> bool:
    """Whether two secrets are equal; takes the same time either way."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, purpose, hashlib.sha256)


def _mac(key: bytes, text: str) -> str:
    return _text(hmac.digest(key, text.encode("utf-8", "replace"), hashlib.sha256))


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
