"""Sentences of a report on a learning resource, from its codes, in the present reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.texts.import_words import FORMATS, MESSAGES, REASONS
from hub.texts.translation import Translator, translator


class _Details(dict[str, object]):
    """Details of a message; a report of an older version may lack one."""

    def __missing__(self, key: str) -> str:
        return "?"


def sentence(message: Mapping[str, Any], speaker: Translator | None = None) -> str:
    """What a message (``code``, ``details``) says. An unknown code says itself: a report outlives versions."""
    speaker = speaker or translator()
    text = MESSAGES.get(str(message["code"]))
    if text is None:
        return str(message["code"])
    details = {
        key: speaker.number(value, 0) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in dict(message.get("details") or {}).items()
    }
    return speaker.raw_gettext(text) % _Details(details)


def reason(code: str) -> str:
    """Why a part is converted or left out; empty when it is taken as it is."""
    text = REASONS.get(code)
    return translator().gettext(text) if text else code


def format_name(code: str, version: str = "") -> str:
    """The format as people read it, with its version where the name does not hold it."""
    text = FORMATS.get(code)
    name = translator().gettext(text) if text else code
    return f"{name} {version}".strip() if version and version not in name else name
