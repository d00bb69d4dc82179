"""The words of the catalogue as people search them: folded, split, cut to a stem, compared with typing errors. Pure.

Neither database here folds accents nor knows trigrams, so the search does both itself (ADR 19).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

#: Letters that decomposition (Unicode NFKD) leaves whole, and the typographic apostrophe.
FOLDS: Final = (("œ", "oe"), ("æ", "ae"), ("ø", "o"), ("ł", "l"), ("đ", "d"), ("’", "'"))
_COMBINING = re.compile("[\u0300-\u036f]")
_WORD = re.compile("[^\\W_]+")
#: Words that say nothing of what is looked for; a query of nothing else keeps them.
EMPTY: Final = frozenset(
    [
        "a",
        "au",
        "aux",
        "avec",
        "ce",
        "ces",
        "cette",
        "d",
        "dans",
        "de",
        "des",
        "du",
        "elle",
        "en",
        "et",
        "il",
        "j",
        "je",
        "l",
        "la",
        "le",
        "les",
        "leur",
        "m",
        "n",
        "ne",
        "nos",
        "notre",
        "ou",
        "par",
        "pas",
        "pour",
        "qu",
        "que",
        "qui",
        "s",
        "sa",
        "se",
        "ses",
        "son",
        "sur",
        "t",
        "un",
        "une",
        "vos",
        "votre",
        "vous",
        "the",
        "of",
        "to",
        "an",
        "and",
        "for",
        "in",
        "on",
        "with",
    ]
)
#: Longest word that is kept: more is no word.
LONGEST: Final = 40
#: Whole minutes up to which a duration band reaches, and its name.
BANDS: Final = ((15, "15"), (60, "60"), (180, "180"), (420, "420"))


def fold(text: str) -> str:
    """Lower case without accents: what people type when they search."""
    if text.isascii():
        return text.lower()
    plain = text.casefold()
    for letter, letters in FOLDS:
        plain = plain.replace(letter, letters)
    plain = unicodedata.normalize("NFKD", plain)
    if plain.isascii():
        return plain
    bare = _COMBINING.sub("", plain)
    return bare if bare.isascii() else "".join(c for c in bare if not unicodedata.combining(c))


def stem(word: str) -> str:
    """A folded word without the mark of the plural."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def surface(text: str) -> list[str]:
    """The words of a text as they are written, in small letters."""
    return _WORD.findall(text.casefold().replace("’", "'"))


class Stems(dict[str, str]):
    """Folded words to their stems, each worked out once: a catalogue says the same words over and over."""

    def __missing__(self, word: str) -> str:
        found = self[word] = stem(word[:LONGEST])
        return found

    def of(self, text: str) -> set[str]:
        """The stems of a text."""
        return {self[word] for word in _WORD.findall(fold(text))}


def terms(text: str) -> list[str]:
    """The stems of a text in order, those of empty words too."""
    return [stem(word[:LONGEST]) for word in _WORD.findall(fold(text))]


def asked(text: str) -> list[str]:
    """The stems that a query asks for, each once: empty words and letters left alone by an apostrophe do not count,
    unless there is nothing else."""
    found = list(dict.fromkeys(terms(text[:200])))[:12]
    telling = [one for one in found if one not in EMPTY and (len(one) > 1 or one.isdigit())]
    return telling or found


def signature(word: str) -> int:
    """Which letters and digits a word has, a bit each: one edit changes two of them at most."""
    bits = 0
    for char in word:
        bits |= 1 << (ord(char) & 63)
    return bits


def tolerance(word: str) -> int:
    """Typing errors forgiven in a word of this length: none below four letters, two from eight on."""
    if len(word) < 4 or word.isdigit():
        return 0
    return 1 if len(word) < 8 else 2


def distance(one: str, other: str, most: int) -> int:
    """Letters to add, drop, change or swap with their neighbour (Damerau, optimal string alignment); ``most + 1`` where
    it is more than ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        following = [i]
        for j, facing in enumerate(other, 1):
            cost = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (char != facing))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == facing:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        if min(following) > most:
            return most + 1
        before, row = row, following
    return min(row[-1], most + 1)


def band(minutes: int) -> str:
    """The duration band of so many minutes: ``15``, ``60``, ``180``, ``420`` (at most), ``more``; empty where
    unknown."""
    if minutes <= 0:
        return ""
    return next((name for most, name in BANDS if minutes <= most), "more")


#: How the parts of a Creative Commons licence are named at length, in English and French, in the order of its code.
_PARTS: Final = (
    ("by", "attribution|paternite"), ("nc", "non-?commercial|pas-d'utilisation-commerciale"),
    ("nd", "no-?deriv|pas-de-modification"), ("sa", "share-?alike|memes-conditions"),
)  # fmt: skip
_CC: Final = re.compile(r"(?<![a-z])cc(?![a-z])|(?<![a-z])ccby|creative-?commons")
#: ``by-nc-sa``; ``cc-nc-sa`` as Moodle shortens it.
_CHAIN: Final = re.compile(r"(?:(?<![a-z])|(?<=cc))by((?:-(?:nc|nd|sa))*)(?![a-z])|cc((?:-(?:nc|nd|sa))+)(?![a-z])")
_PUBLIC: Final = re.compile(
    r"cc-?0|cc-zero|commons-zero|zero/1\.0|public-?domain|domaine-public|(?<![a-z])(?:pdm|pddl)(?![a-z])"
)
_RESERVED: Final = re.compile("reserv|private|copyright|©")


@lru_cache(1024)
def licence_family(text: str) -> str:
    """The family of a licence as people know it: ``cc0``, ``cc-by``, ``cc-by-nc-sa``…, ``etalab``, ``reserved``,
    ``other``; empty where nothing is said. Texts, addresses, SPDX names, the letters of H5P and of Moodle."""
    plain = re.sub("[\\s_]+", "-", fold(text).strip())
    if not plain.strip("-"):
        return ""
    if _PUBLIC.search(plain) or plain in ("pd", "public"):
        return "cc0"
    if _CC.search(plain):
        chain = _CHAIN.search(plain)
        said = f"by{chain[1] or chain[2] or ''}" if chain else ""
        parts = [part for part, named in _PARTS if part in said.split("-") or (not said and re.search(named, plain))]
        if parts:
            return f"cc-{'-'.join(parts)}"
    if "etalab" in plain or "licence-ouverte" in plain:
        return "etalab"
    return "reserved" if _RESERVED.search(plain) or plain == "c" else "other"
