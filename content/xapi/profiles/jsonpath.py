"""The part of JSONPath that profiles use: children, members, stars, unions, descent; no filters and no scripts.

Source: Goessner's JSONPath, as xAPI Profiles, Structure 8.1 narrows it. Some published profiles leave the leading ``$``
out or join two paths with ``|``; both are read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(
    r"""\.\.(?P<deep>[^.\[\]|\s]+|\*)|\.?(?P<name>[^.\[\]|\s'"$]+)|\[(?P<inside>(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\]'"])*)\]"""
)
_PART = re.compile(
    r"""\s*(?:'(?P<one>(?:[^'\\]|\\.)*)'|"(?P<two>(?:[^"\\]|\\.)*)"|(?P<star>\*)|(?P<number>\d{1,9}))\s*(?:,|$)"""
)
LONGEST = 1000

Key = str | int | None
"""A name, an index, or None for every child."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its keys are followed one after another; ``deep``: at any depth."""

    keys: tuple[Key, ...]
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path. ``text`` is as it was written."""

    text: str
    branches: tuple[tuple[Step, ...], ...]

    def values(self, root: Any) -> list[Any]:
        """What the path finds, in the order of the document; [] for nothing."""
        found = []
        for steps in self.branches:
            reached = [root]
            for step in steps:
                reached = [value for one in reached for value in _follow(one, step)]
            found += reached
        return found


def compile_path(text: str) -> Path:
    """Read a path. Raises ValueError for what is none, or uses filters or scripts."""
    if not text.strip() or len(text) > LONGEST:
        raise ValueError("no path")
    return Path(text, tuple(_steps(part.strip()) for part in _split(text)))


def _split(text: str) -> list[str]:
    """The paths joined by ``|``, which a quoted name may hold too."""
    parts, quote, start = [], "", 0
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char == "|":
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _steps(text: str) -> tuple[Step, ...]:
    at = 1 if text.startswith("$") else 0
    steps = []
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(f"not understood from character {at}")
        at = found.end()
        if found["deep"] is not None:
            steps.append(Step((None if found["deep"] == "*" else found["deep"],), deep=True))
        elif found["name"] is not None:
            steps.append(Step((None if found["name"] == "*" else found["name"],)))
        else:
            steps.append(Step(tuple(_keys(found["inside"]))))
    return tuple(steps)


def _keys(inside: str) -> Iterator[Key]:
    at = 0
    while at < len(inside) or not inside:
        found = _PART.match(inside, at)
        if found is None:
            raise ValueError("neither a name, an index nor a star")
        at = found.end()
        if found["number"] is not None:
            yield int(found["number"])
        elif found["star"] is not None:
            yield None
        else:
            quoted = found["one"] if found["one"] is not None else found["two"]
            yield re.sub(r"\\(.)", r"\1", quoted)


def _follow(value: Any, step: Step) -> Iterator[Any]:
    for key in step.keys:
        yield from _children(value, key)
    if step.deep:
        for child in _children(value, None):
            yield from _follow(child, step)


def _children(value: Any, key: Key) -> Iterator[Any]:
    if isinstance(value, dict):
        if key is None:
            yield from value.values()
        elif isinstance(key, str) and key in value:
            yield value[key]
    elif isinstance(value, list):
        if key is None:
            yield from value
        elif isinstance(key, int) and key < len(value):
            yield value[key]
