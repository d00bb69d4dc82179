"""Writes elements of LHEO in the order that its structure wants, around what another document said already.

What is given replaces the children of that name; children that are not named stay as they were, ``extras`` and all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, Union

from content import xml
from content.metadata.lheo.reading import NAMESPACE
from content.metadata.lheo.rules import kinds

#: The children of an element by name, each a text or a structure; names that begin with ``@`` are attributes. An empty
#: list takes the children of that name away.
Said: TypeAlias = Mapping[str, str | Sequence[Union[str, "Said"]]]


def compose(name: str, said: Said, before: xml.Element | None = None) -> xml.Element:
    """The element ``name`` saying this. ``before``: what it said so far; structures in it are known again by their
    ``numero``, else by their place."""
    element = xml.make(f"{{{NAMESPACE}}}{name}", _attributes(said, before), {"": NAMESPACE})
    for child, _least, _most in kinds()[name].children:
        earlier = xml.children(before, child) if before is not None else []
        if child not in said:
            for one in earlier:
                xml.adopt(element, one)
            continue
        for place, value in enumerate(said[child]):
            if isinstance(value, str):
                if value:
                    xml.add(element, f"{{{NAMESPACE}}}{child}", xml.clean(value))
            else:
                xml.adopt(element, compose(child, value, _same(value, earlier, place)))
    return element


def _attributes(said: Said, before: xml.Element | None) -> dict[str, str]:
    held = xml.attributes(before) if before is not None else {}
    given = {name[1:]: value for name, value in said.items() if name.startswith("@") and isinstance(value, str)}
    return {**held, **given}


def _same(value: Said, earlier: Sequence[xml.Element], place: int) -> xml.Element | None:
    number = value.get("@numero")
    if isinstance(number, str):
        return next((one for one in earlier if xml.attribute(one, "numero") == number), None)
    return earlier[place] if place < len(earlier) else None
