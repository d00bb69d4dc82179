"""Content items of LTI 1.1 (Content-Item Message 1.0) in both roles: what was picked, as JSON-LD in a signed form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from lti.errors import Code, LaunchRefused
from lti.legacy.launch import SELECTION, SELECTION_ANSWER, LegacyMessage, launch_parameters
from lti.legacy.signature import require_signature
from lti.urls import origin_of

CONTEXT: Final = "http://purl.imsglobal.org/ctx/lti/v1/ContentItem"
LINK_TYPE: Final = "application/vnd.ims.lti.v1.ltilink"
MAX_ITEMS: Final = 200


@dataclass(frozen=True, slots=True)
class LegacyItem:
    """A picked link. ``custom`` comes back with each launch of it; ``maximum`` asks for a column of the gradebook."""

    url: str
    title: str
    text: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    maximum: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON-LD (section 3)."""
        told: dict[str, Any] = {"@type": "LtiLinkItem", "mediaType": LINK_TYPE, "url": self.url, "title": self.title}
        if self.text:
            told["text"] = self.text
        if self.custom:
            told["custom"] = dict(self.custom)
        if self.maximum is not None:
            constraints = {"@type": "NumericLimits", "normalMaximum": self.maximum, "totalMaximum": self.maximum}
            told["lineItem"] = {"@type": "LineItem", "label": self.title, "scoreConstraints": constraints}
        return told


def answer_selection(
    message: LegacyMessage, items: Sequence[LegacyItem], secret: str, *, now: datetime
) -> tuple[str, dict[str, str]]:
    """The tool role: address and signed form that hand the items over; none is a valid answer. Raises LaunchRefused for
    more than the platform takes."""
    told = message.parameters
    if len(items) > 1 and told.get("accept_multiple", "").lower() != "true":
        raise LaunchRefused(Code.CONTENT_ITEM_REFUSED, "accept_multiple")
    graph = {"@context": CONTEXT, "@graph": [item.to_json() for item in items]}
    answer = {"content_items": json.dumps(graph, ensure_ascii=False)}
    if "data" in told:
        answer["data"] = told["data"]
    url = told["content_item_return_url"]
    form = launch_parameters(url, message.consumer_key, secret, answer, now=now, message_type=SELECTION_ANSWER)
    return url, form


def ask_selection(
    url: str, key: str, secret: str, return_url: str, parameters: Mapping[str, str], *, now: datetime, data: str
) -> dict[str, str]:
    """The platform role: the signed form that opens the tool's picker. ``data`` comes back untouched."""
    told = {
        "accept_media_types": LINK_TYPE,
        "accept_presentation_document_targets": "frame,iframe,window",
        "accept_multiple": "true",
        "content_item_return_url": return_url,
        "data": data,
        **parameters,
    }
    return launch_parameters(url, key, secret, told, now=now, message_type=SELECTION)


def read_selection(url: str, pairs: Sequence[tuple[str, str]], secret: str, *, data: str) -> tuple[LegacyItem, ...]:
    """The platform role: the items of a signed answer to the request that carried ``data``. Items that are no web
    address are refused, all of them: a picker that sends one is not to be trusted. Raises LaunchRefused."""
    require_signature("POST", url, list(pairs), secret)
    told = dict(pairs)
    if told.get("lti_message_type") != SELECTION_ANSWER:
        raise LaunchRefused(Code.MESSAGE_TYPE_UNSUPPORTED)
    if told.get("data") != data:
        raise LaunchRefused(Code.STATE_UNKNOWN, "data")
    try:
        graph = json.loads(told.get("content_items") or '{"@graph": []}')["@graph"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise LaunchRefused(Code.BODY_INVALID, "content_items") from None
    if not isinstance(graph, list) or len(graph) > MAX_ITEMS:
        raise LaunchRefused(Code.BODY_INVALID, "content_items")
    return tuple(_item(one) for one in graph)


def _item(told: object) -> LegacyItem:
    url = told.get("url") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(url, str) or origin_of(url) is None:
        raise LaunchRefused(Code.CONTENT_ITEM_REFUSED, "url")
    custom = told.get("custom")
    values = custom if isinstance(custom, dict) else {}
    return LegacyItem(
        url,
        str(told.get("title") or url),
        str(told.get("text") or ""),
        {str(name): str(value) for name, value in values.items()},
        _maximum(told.get("lineItem")),
    )


def _maximum(line_item: object) -> float | None:
    limits = line_item.get("scoreConstraints") if isinstance(line_item, dict) else None
    told = (limits.get("totalMaximum") or limits.get("normalMaximum")) if isinstance(limits, dict) else None
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) and told > 0 else None
