"""Content items of a tool's response, read into their types (Deep Linking 2.0 section 3).

Tolerant of unknown members; strict about what a browser would be sent to or shown: addresses must be web addresses,
HTML is sanitised before anybody sees it.
"""

from collections.abc import Container, Mapping
from typing import Any, Final

import nh3
from pydantic import ValidationError

from lti.content_items import ContentItem, FileItem, HtmlItem, ImageItem, LinkItem, ResourceLinkItem
from lti.errors import Code, SelectionRefused
from lti.parameters import is_text

_TYPES: Final[Mapping[str, type[ContentItem]]] = {
    "ltiResourceLink": ResourceLinkItem,
    "link": LinkItem,
    "file": FileItem,
    "html": HtmlItem,
    "image": ImageItem,
}
_SCHEMES: Final = {"http", "https", "mailto"}


def read_item(told: object, accepted: Container[str]) -> ContentItem:
    """One content item. Raises SelectionRefused: ITEM_INVALID with the member at fault, ITEM_TYPE_NOT_ACCEPTED."""
    if not isinstance(told, dict) or not isinstance(told.get("type"), str):
        raise SelectionRefused(Code.ITEM_INVALID, "type")
    if told["type"] not in accepted or told["type"] not in _TYPES:
        raise SelectionRefused(Code.ITEM_TYPE_NOT_ACCEPTED, "type")
    _require_text(told)
    try:
        return _safe(_TYPES[told["type"]].model_validate(_with_texts(told)))
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise SelectionRefused(Code.ITEM_INVALID, str(place[0]) if place else None) from None


def sanitised(html: str) -> str:
    """HTML without scripts, frames, styles, event handlers and addresses that are no web or mail address."""
    return nh3.clean(html, url_schemes=_SCHEMES, link_rel="noopener noreferrer nofollow")


def _safe(item: ContentItem) -> ContentItem:
    if isinstance(item, HtmlItem):
        return item.model_copy(update={"html": sanitised(item.html)})
    if isinstance(item, LinkItem) and item.embed is not None:
        return item.model_copy(update={"embed": {"html": sanitised(item.embed.get("html", ""))}})
    return item


def _with_texts(told: Mapping[str, Any]) -> dict[str, Any]:
    """Custom parameters as texts: tools send numbers and truth values there (the standard asks for texts)."""
    custom = told.get("custom")
    if not isinstance(custom, dict):
        return dict(told)
    plain = {name: _text(value) for name, value in custom.items() if not isinstance(value, dict | list)}
    return {**told, "custom": plain}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _require_text(content: object) -> None:
    if isinstance(content, str) and not is_text(content):
        raise SelectionRefused(Code.ITEM_INVALID)
    if isinstance(content, dict):
        for part in (*content, *content.values()):
            _require_text(part)
    if isinstance(content, list):
        for part in content:
            _require_text(part)
