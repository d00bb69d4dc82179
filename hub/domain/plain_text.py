"""Text as people search it: without case nor accents. Pure.

No database function does this on both dialects (PostgreSQL's ``unaccent`` is an extension, SQLite lowers ASCII only).
Persons are kept with their plain text (``models.person.Person.search_text``); elsewhere a query narrows by ``pattern``
and the caller compares with ``plain``.
"""

from __future__ import annotations

import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "’": "'", "ʼ": "'"})
#: Letters that may carry an accent, or take part in a ligature, in the names of Europe.
_VARIABLE = frozenset("acdegilnorstuyz'")


def plain(text: str) -> str:
    """``text`` in small letters, without accents, ligatures opened, blanks and hyphens as one blank each."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(bare.replace("-", " ").split())


def words(text: str) -> list[str]:
    """The plain words of ``text``."""
    return plain(text).split()


def pattern(word: str) -> str:
    """A LIKE pattern (escape ``\\``) that every text holding the plain ``word`` matches, and a few others too.

    Where a letter may be written with an accent any character will do; ligatures make two letters one, so ``ae`` and
    ``oe`` stand for any text.
    """
    opened = word.replace("ae", "\0").replace("oe", "\0").replace("ss", "\0")
    return "%" + "".join(_one(char) for char in opened) + "%"


def _one(char: str) -> str:
    if char == "\0":
        return "%"
    if char in _VARIABLE:
        return "_"
    return f"\\{char}" if char in "%_\\" else char
