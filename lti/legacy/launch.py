"""Launches of LTI 1.1 in both roles (LTI 1.1.2 sections 3 and 4; content items: Content-Item Message 1.0)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from lti.errors import Code, LaunchRefused
from lti.legacy.signature import pairs_of, require_signature, signed_parameters
from lti.parameters import is_text
from lti.ports import Clock, OneTimeUse, system_clock
from lti.roles import Roles, read_roles
from lti.urls import origin_of

VERSION: Final = "LTI-1p0"
LAUNCH: Final = "basic-lti-launch-request"
SELECTION: Final = "ContentItemSelectionRequest"
SELECTION_ANSWER: Final = "ContentItemSelection"
WINDOW: Final = timedelta(minutes=5)
"""How far ``oauth_timestamp`` may lie from now, either way; nonces are remembered twice that long."""
REPLAY_PURPOSE: Final = "lti11-nonce"
MAX_VALUE: Final = 65_536


class LegacyKeys(Protocol):
    """The consumer keys that partners launch with."""

    def secret_of(self, consumer_key: str) -> str | None:
        """The secret shared under that key, or None."""
        ...


@dataclass(frozen=True, slots=True)
class LegacyMessage:
    """A launch or selection request whose signature holds. ``parameters`` keep everything that was sent."""

    consumer_key: str
    nonce: str = field(repr=False)
    until: datetime
    parameters: Mapping[str, str] = field(repr=False)

    @property
    def message_type(self) -> str:
        """What the platform wants."""
        return self.parameters["lti_message_type"]

    @property
    def user_id(self) -> str | None:
        """The user, as this platform names them; None for an anonymous launch."""
        return self.parameters.get("user_id") or None

    @property
    def roles(self) -> Roles:
        """The roles told; LTI 1.1 separates them by commas."""
        return read_roles(part for part in self.parameters.get("roles", "").split(",") if part.strip())

    @property
    def custom(self) -> dict[str, str]:
        """The custom parameters, without their prefix."""
        names = [name for name in self.parameters if name.startswith("custom_")]
        return {name.removeprefix("custom_"): self.parameters[name] for name in names}

    @property
    def return_url(self) -> str | None:
        """Where the platform wants the user back; None for no web address."""
        url = self.parameters.get("launch_presentation_return_url", "")
        return url if origin_of(url) else None


Check = tuple[Code, Callable[[Mapping[str, str]], bool]]


def _for(message_type: str, holds: Callable[[Mapping[str, str]], bool]) -> Callable[[Mapping[str, str]], bool]:
    return lambda told: told.get("lti_message_type") != message_type or holds(told)


CHECKS: Final[tuple[Check, ...]] = (
    (Code.VERSION_UNSUPPORTED, lambda told: told.get("lti_version") == VERSION),
    (Code.MESSAGE_TYPE_UNSUPPORTED, lambda told: told.get("lti_message_type") in (LAUNCH, SELECTION)),
    (Code.RESOURCE_LINK_INVALID, _for(LAUNCH, lambda told: 0 < len(told.get("resource_link_id", "")) <= 255)),
    (Code.SUBJECT_INVALID, lambda told: len(told.get("user_id", "")) <= 255),
    (
        Code.DEEP_LINKING_INVALID,
        _for(SELECTION, lambda told: origin_of(told.get("content_item_return_url", "")) is not None),
    ),
    (Code.DEEP_LINKING_INVALID, _for(SELECTION, lambda told: bool(told.get("accept_media_types")))),
)
"""The checks of a message's parameters, in the order in which they are reported."""


class LegacyTool:
    """Receives launches of LTI 1.1."""

    def __init__(self, keys: LegacyKeys, *, clock: Clock = system_clock, checks: tuple[Check, ...] = CHECKS) -> None:
        self._keys = keys
        self._clock = clock
        self._checks = checks

    def check(self, url: str, parameters: Mapping[str, str] | Iterable[tuple[str, str]]) -> LegacyMessage:
        """The message posted to ``url``, proven to come from a holder of the secret. Writes nothing. Raises
        LaunchRefused."""
        pairs = pairs_of(parameters)
        told = _once(pairs)
        key = told.get("oauth_consumer_key", "")
        secret = self._keys.secret_of(key) if key else None
        if secret is None:
            raise LaunchRefused(Code.CLIENT_UNKNOWN)
        require_signature("POST", url, pairs, secret)
        at = _instant(told.get("oauth_timestamp", ""))
        if abs(at - self._clock()) > WINDOW:
            raise LaunchRefused(Code.MESSAGE_EXPIRED)
        nonce = told.get("oauth_nonce", "")
        if not 0 < len(nonce) <= 512:
            raise LaunchRefused(Code.NONCE_ABSENT)
        if not self._checks:
            raise LaunchRefused(Code.NOTHING_CHECKED)
        for code, holds in self._checks:
            if not holds(told):
                raise LaunchRefused(code)
        return LegacyMessage(key, nonce, at + 2 * WINDOW, told)

    def accept(self, message: LegacyMessage, one_time: OneTimeUse) -> LegacyMessage:
        """Use the nonce up, once a consumer key and timestamp window (RFC 5849 section 3.3). Raises LaunchRefused."""
        if not one_time.consume(REPLAY_PURPOSE, f"{message.consumer_key} {message.nonce}", message.until):
            raise LaunchRefused(Code.MESSAGE_REPLAYED)
        return message


def launch_parameters(
    url: str,
    key: str,
    secret: str,
    parameters: Mapping[str, str],
    *,
    now: datetime,
    method: str = "HMAC-SHA1",
    message_type: str = LAUNCH,
) -> dict[str, str]:
    """The platform role: the signed form that opens a tool. ``parameters`` carry ``resource_link_id``, ``user_id``,
    ``roles`` and what else is told; names with ``custom_`` are the tool's own."""
    told = {"lti_message_type": message_type, "lti_version": VERSION, **parameters}
    return signed_parameters(url, told, key, secret, now=now, method=method)


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise LaunchRefused(Code.PARAMETER_REPEATED)
        if len(value) > MAX_VALUE:
            raise LaunchRefused(Code.PARAMETER_TOO_LONG)
        if not (is_text(name) and is_text(value)):
            raise LaunchRefused(Code.PARAMETER_NO_TEXT)
        found[name] = value
    return found


def _instant(text: str) -> datetime:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise LaunchRefused(Code.ISSUED_AT_MISSING)
    return datetime.fromtimestamp(int(text), UTC)
