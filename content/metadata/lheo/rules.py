"""The structure of LHEO 2.3 made ready for checking: for each element a pattern over its children, or a check of its
text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from content.metadata.lheo.structure import STRUCTURE, TABLES

_CHILD = re.compile(r"(?P<name>[A-Za-z-]+)(?P<many>[?*+]|\{\d+,\d+\})?")
_DATE = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")


@dataclass(frozen=True, slots=True)
class Kind:
    """The rule of one element. Of a structure ``children`` are (name, least, most or None); of a leaf ``check`` gives a
    code of what is wrong with a text, or nothing, and ``expected`` says it shortly."""

    name: str
    children: tuple[tuple[str, int, int | None], ...] = ()
    check: Callable[[str], str] | None = None
    expected: str = ""


@cache
def kinds() -> dict[str, Kind]:
    """The rules by the name of the element."""
    found: dict[str, Kind] = {}
    for line in STRUCTURE.replace("\n    ", " ").strip().splitlines():
        name, sign, rest = line.partition(" = ")
        if sign:
            found[name] = _leaf(name, rest)
        else:
            name, _sign, rest = line.partition(":")
            children = tuple(_child(word) for word in rest.split() if word != "!")
            found[name] = Kind(name, (*children, ("extras", 0, None)))
    return found


def _child(word: str) -> tuple[str, int, int | None]:
    match = _CHILD.fullmatch(word)
    if match is None:
        raise ValueError(word)
    many = match["many"] or ""
    if many.startswith("{"):
        least, most = many[1:-1].split(",")
        return match["name"], int(least), int(most)
    least_, most_ = {"": (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}[many]
    return match["name"], least_, most_


def _leaf(name: str, rest: str) -> Kind:
    if rest == "date":
        return Kind(name, check=lambda text: "" if is_date(text) else "lheo_date", expected="AAAAMMJJ")
    if rest.startswith("["):
        codes = frozenset(TABLES[rest[1:-1]].split())
        return Kind(name, check=lambda text: "" if text.strip() in codes else "lheo_code", expected=rest[1:-1])
    least, _dots, most = rest.removeprefix("#").partition("..")
    if rest.startswith("#"):
        low, high = int(least), int(most)
        return Kind(
            name,
            check=lambda text: "" if text.strip().isdecimal() and low <= int(text) <= high else "lheo_number",
            expected=f"{least}–{most}",
        )
    short, long = int(least), int(most) if most else 1 << 30

    def fits(text: str) -> str:
        return "" if short <= len(text) <= long else ("lheo_long" if len(text) > long else "lheo_short")

    return Kind(name, check=fits, expected=f"{least}–{most}")


def is_date(text: str) -> bool:
    """Whether it is a date of LHEO: the day, then the month, then all may be zeros."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return False
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if month == 0 or year == 0:
        return day == 0 and (year != 0 or month == 0)
    if month > 12:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


@cache
def pattern(name: str) -> re.Pattern[str]:
    """The children of a structure as a pattern over their names, each followed by a blank."""
    parts = []
    for child, least, most in kinds()[name].children:
        parts.append(f"(?:{re.escape(child)} ){{{least},{'' if most is None else most}}}")
    return re.compile("".join(parts))
