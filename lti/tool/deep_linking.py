"""Answering a deep linking request: the signed response and the form that carries it (Deep Linking 2.0 section 4.5)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lti import claims as names
from lti.content_items import ContentItem
from lti.errors import Code, LaunchRefused
from lti.keys import KeyPair
from lti.ports import Clock, system_clock
from lti.registration import PlatformRegistration
from lti.tool.messages import DeepLinkingSettings

RESPONSE_LIFETIME: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Notices:
    """What the platform shows the user (``message``, ``error_message``) and keeps (``log``, ``error_log``)."""

    message: str = ""
    log: str = ""
    error_message: str = ""
    error_log: str = ""


@dataclass(frozen=True, slots=True)
class ResponseForm:
    """A form for the browser to post."""

    action: str
    parameters: dict[str, str]


def answer_deep_linking(
    registration: PlatformRegistration,
    deployment_id: str,
    settings: DeepLinkingSettings,
    items: Sequence[ContentItem],
    *,
    key: KeyPair,
    notices: Notices | None = None,
    clock: Clock = system_clock,
) -> ResponseForm:
    """The form that hands the picked items over; none is a valid answer (the user cancelled).

    Costs one RS256 signature. Raises LaunchRefused (CONTENT_ITEM_REFUSED) for more items or other types than the
    platform said it accepts: it would refuse them all.
    """
    if len(items) > 1 and not settings.accept_multiple:
        raise LaunchRefused(Code.CONTENT_ITEM_REFUSED, "accept_multiple")
    if any(item.type not in settings.accept_types for item in items):
        raise LaunchRefused(Code.CONTENT_ITEM_REFUSED, "accept_types")
    now = int(clock().timestamp())
    claims: dict[str, object] = {
        "iss": registration.client_id,
        "aud": registration.issuer,
        "iat": now,
        "exp": now + int(RESPONSE_LIFETIME.total_seconds()),
        "nonce": secrets.token_urlsafe(24),
        names.MESSAGE_TYPE: names.DEEP_LINKING_RESPONSE,
        names.LTI_VERSION: names.VERSION,
        names.DEPLOYMENT_ID: deployment_id,
        names.CONTENT_ITEMS: [_written(item, settings) for item in items],
        **_notices(notices or Notices()),
    }
    if settings.data is not None:
        claims[names.DEEP_LINKING_DATA] = settings.data
    return ResponseForm(settings.deep_link_return_url, {"JWT": key.sign(claims)})


def _written(item: ContentItem, settings: DeepLinkingSettings) -> dict[str, object]:
    told = item.to_json()
    if settings.accept_lineitem is False:
        told.pop("lineItem", None)
    return told


def _notices(notices: Notices) -> dict[str, str]:
    told = {
        names.DEEP_LINKING_MESSAGE: notices.message,
        names.DEEP_LINKING_LOG: notices.log,
        names.DEEP_LINKING_ERROR_MESSAGE: notices.error_message,
        names.DEEP_LINKING_ERROR_LOG: notices.error_log,
    }
    return {name: text for name, text in told.items() if text}
