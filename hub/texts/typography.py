"""Unbreakable spaces of French text, so that sources are typed with ordinary spaces."""

import re
from functools import lru_cache

NBSP = "\u00a0"
NARROW = "\u202f"
LOCALES = {"fr": "fr_FR", "en": "en_GB"}
"""The locale whose numbers and dates each language uses."""

_RULES = (
    (re.compile(r" (?=[;!?](?:\s|$|<|[)»\u2026.]))"), NARROW),
    (re.compile(r" (?=:(?:\s|$|<))"), NBSP),
    (re.compile(r"(?<=«) "), NBSP),
    (re.compile(r" (?=»)"), NBSP),
    (re.compile(r"(?<=[\ds]) (?=%%?(?:[^(\w]|$))"), NBSP),
    (re.compile(r"(?<=\d) (?=(?:h|min|Mo|Go|Ko|€|km|m²)\b)"), NBSP),
    (re.compile(r"(?<=\d\u00a0h) (?=\d\d\b)"), NBSP),
    (re.compile(r"\b(n°|M\.|Mme|p\.) (?=\S)"), r"\1" + NBSP),
)


@lru_cache(maxsize=4096)
def unbreakable(text: str) -> str:
    """Return `text` with the spaces that French typography keeps unbreakable.

    Before ``; ! ?`` the space becomes narrow (U+202F); before ``:`` and ``%``, inside « », and between a number and its
    unit it becomes U+00A0. Markup and ``%(name)s`` placeholders are left as they are. Idempotent.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
