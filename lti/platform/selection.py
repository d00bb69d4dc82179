"""Picking content inside a tool (Deep Linking 2.0): what a request offers, and what its signed response is worth.

Three steps, as with launches: :func:`lti.platform.message.answer_selection` signs the request; ``verify`` checks the
response and may read the tool's keys; ``accept`` uses it up. Nothing is taken over from a response with one fault.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from lti import claims as names
from lti.claims import DeepLinkingSettings
from lti.content_items import ContentItem
from lti.errors import Code, LtiError, SelectionRefused
from lti.parameters import is_text
from lti.platform.assertion import LEEWAY, numeric_date, tool_key
from lti.platform.item_reading import read_item
from lti.ports import Clock, KeySets, OneTimeUse, system_clock
from lti.registration import ToolRegistration
from lti.signed import read_unverified, verify_signature

REPLAY_PURPOSE: Final = "lti-selection"
MAX_LIFETIME: Final = timedelta(days=1)
"""How far ahead ``exp`` may lie: a nonce is kept until then."""
MAX_ITEMS: Final = 100
MAX_NONCE: Final = 1024
MAX_NOTICE: Final = 2000

ItemType = Literal["ltiResourceLink", "link", "file", "html", "image"]
ALL_TYPES: Final[tuple[ItemType, ...]] = ("ltiResourceLink", "link", "file", "html", "image")


@dataclass(frozen=True, slots=True)
class SelectionOffer:
    """What one request asks for. ``data`` is the host's own word for this request, which the response must bring back;
    ``return_url`` is where the browser takes the response."""

    return_url: str
    data: str = field(repr=False)
    accept_types: tuple[ItemType, ...] = ALL_TYPES
    accept_multiple: bool = False
    accept_lineitem: bool = True
    title: str | None = None
    text: str | None = None

    def claim(self) -> DeepLinkingSettings:
        """The settings claim of the request (section 4.4.1)."""
        return DeepLinkingSettings(
            deep_link_return_url=self.return_url,
            accept_types=self.accept_types,
            accept_presentation_document_targets=("iframe", "window"),
            accept_multiple=self.accept_multiple,
            accept_lineitem=self.accept_lineitem,
            auto_create=False,
            title=self.title,
            text=self.text,
            data=self.data,
        )


@dataclass(frozen=True, slots=True)
class Picked:
    """A response that holds, but for replay. ``items`` are typed and safe: addresses are web addresses, HTML is
    sanitised. ``message`` is for the user, ``error_message`` too; the others are for a log."""

    client_id: str
    items: tuple[ContentItem, ...]
    nonce: str = field(repr=False)
    until: datetime
    message: str = ""
    log: str = ""
    error_message: str = ""
    error_log: str = ""


class SelectionEndpoint:
    """Where responses arrive. ``issuer`` is the platform's, the audience that they must name."""

    def __init__(self, issuer: str, key_sets: KeySets, *, clock: Clock = system_clock) -> None:
        self._issuer = issuer
        self._key_sets = key_sets
        self._clock = clock

    def verify(self, text: str, registration: ToolRegistration, deployment_id: str, offer: SelectionOffer) -> Picked:
        """What the parameter ``JWT`` brings for a request that was made with ``offer``. Writes nothing; may read key
        sets.

        Raises SelectionRefused with the member at fault, or KeySetUnavailable.
        """
        try:
            token = read_unverified(text)
            if token.claims.get("iss") != registration.client_id:
                raise SelectionRefused(Code.RESPONSE_CLIENT_WRONG, "iss")
            key = tool_key(token, registration, self._key_sets)
            claims = verify_signature(token, key, registration.signing_algorithm)
        except (SelectionRefused, LtiError) as error:
            raise _as_refusal(error) from None
        until = self._check_times(claims)
        self._check_claims(claims, deployment_id, offer)
        notices = {name: _notice(claims, claim) for name, claim in _NOTICES.items()}
        return Picked(registration.client_id, _items(claims, offer), _nonce(claims), until, **notices)

    def accept(self, picked: Picked, one_time: OneTimeUse) -> Picked:
        """Use a response up. Raises SelectionRefused where it came before."""
        key = json.dumps([picked.client_id, picked.nonce])
        if not one_time.consume(REPLAY_PURPOSE, key, picked.until):
            raise SelectionRefused(Code.RESPONSE_REPLAYED, "nonce")
        return picked

    def _check_times(self, claims: Mapping[str, Any]) -> datetime:
        try:
            expires_at, issued_at = numeric_date(claims, "exp"), numeric_date(claims, "iat")
        except LtiError as error:
            raise SelectionRefused(Code.RESPONSE_CLAIM_MISSING, error.field) from None
        now, leeway = self._clock().timestamp(), LEEWAY.total_seconds()
        if expires_at <= now - leeway:
            raise SelectionRefused(Code.RESPONSE_EXPIRED, "exp")
        if expires_at > now + leeway + MAX_LIFETIME.total_seconds():
            raise SelectionRefused(Code.RESPONSE_EXPIRED, "exp")
        if issued_at > now + leeway:
            raise SelectionRefused(Code.RESPONSE_EXPIRED, "iat")
        return datetime.fromtimestamp(expires_at + leeway, UTC)

    def _check_claims(self, claims: Mapping[str, Any], deployment_id: str, offer: SelectionOffer) -> None:
        # Moodle and PyLTI1p3 write a list of one.
        if claims.get("aud") not in (self._issuer, [self._issuer]):
            raise SelectionRefused(Code.RESPONSE_AUDIENCE_WRONG, "aud")
        expected = (
            (names.MESSAGE_TYPE, names.DEEP_LINKING_RESPONSE, Code.RESPONSE_TYPE_WRONG),
            (names.LTI_VERSION, names.VERSION, Code.RESPONSE_VERSION_WRONG),
            (names.DEPLOYMENT_ID, deployment_id, Code.RESPONSE_DEPLOYMENT_WRONG),
            (names.DEEP_LINKING_DATA, offer.data, Code.RESPONSE_DATA_DIFFERENT),
        )
        for name, value, code in expected:
            if claims.get(name) != value:
                raise SelectionRefused(code, name)


_NOTICES: Final = {
    "message": names.DEEP_LINKING_MESSAGE,
    "log": names.DEEP_LINKING_LOG,
    "error_message": names.DEEP_LINKING_ERROR_MESSAGE,
    "error_log": names.DEEP_LINKING_ERROR_LOG,
}


def _as_refusal(error: LtiError) -> LtiError:
    """Faults of the token under one class; what cannot be had now stays what it is."""
    if error.code is Code.KEY_SET_UNAVAILABLE or isinstance(error, SelectionRefused):
        return error
    return SelectionRefused(error.code, error.field)


def _nonce(claims: Mapping[str, Any]) -> str:
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not 0 < len(nonce) <= MAX_NONCE or not is_text(nonce):
        raise SelectionRefused(Code.RESPONSE_CLAIM_MISSING, "nonce")
    return nonce


def _items(claims: Mapping[str, Any], offer: SelectionOffer) -> tuple[ContentItem, ...]:
    # Absent and empty both mean that nothing was picked (section 4.5.4).
    listed = claims.get(names.CONTENT_ITEMS, [])
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise SelectionRefused(Code.ITEM_INVALID, names.CONTENT_ITEMS)
    if len(listed) > (MAX_ITEMS if offer.accept_multiple else 1):
        raise SelectionRefused(Code.ITEMS_TOO_MANY, names.CONTENT_ITEMS)
    return tuple(read_item(item, offer.accept_types) for item in listed)


def _notice(claims: Mapping[str, Any], name: str) -> str:
    text = claims.get(name)
    return text[:MAX_NOTICE] if isinstance(text, str) and is_text(text) else ""
