"""Pages of the training offer: which one the address asks for, what lies around it."""

from __future__ import annotations

from flask import request

from hub.services.offers import PAGE
from hub.texts import ngettext

MOST = 10_000


def asked() -> int:
    """The number of the page, from 0."""
    number = request.args.get("page", "")
    return min(int(number), MOST) if number.isascii() and number.isdecimal() and len(number) < 9 else 0


def around(address: str, whole: int) -> tuple[str, str, str] | None:
    """How many courses there are, the address of the page before and of the one after (empty: none); None where one
    page shows all."""
    number = asked()
    if whole <= PAGE and not number:
        return None
    said = ngettext("%(num)s formation", "%(num)s formations", whole)
    before = f"{address}?page={number - 1}" if number else ""
    return said, before, f"{address}?page={number + 1}" if (number + 1) * PAGE < whole else ""
