"""Keyset pagination: a cursor holds the sort key of the last item given, so that rows that come or go meanwhile
neither repeat nor hide others."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import orjson

from hub.services.errors import Invalid
from hub.web.api.shapes import Paged

Row = TypeVar("Row")
Key = tuple[Any, ...]


class BadCursor(Invalid):
    """The cursor was not given by this operation."""

    def __init__(self) -> None:
        super().__init__({"cursor": "unknown"}, parameters=True)


def write(key: Sequence[Any]) -> str:
    """The cursor of a sort key: texts, whole numbers and UUIDs."""
    return urlsafe_b64encode(orjson.dumps([str(p) if isinstance(p, UUID) else p for p in key])).decode().rstrip("=")


def read(cursor: str, *kinds: type) -> Key | None:
    """The sort key in a cursor, its parts of these types; None for an empty cursor. Raises BadCursor."""
    if not cursor:
        return None
    try:
        parts = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise BadCursor
        return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (binascii.Error, ValueError, orjson.JSONDecodeError):
        raise BadCursor from None


def _part(part: Any, kind: type) -> Any:
    if kind is UUID:
        return UUID(part if isinstance(part, str) else "")
    whole = kind is int and isinstance(part, int) and not isinstance(part, bool) and abs(part) < 2**63
    if whole or (kind is str and isinstance(part, str) and "\0" not in part):
        return part
    raise BadCursor


def of_list(
    rows: Iterable[Row], asked: Paged, key: Callable[[Row], Key], *kinds: type, newest_first: bool = False
) -> tuple[list[Row], str | None]:
    """One page of a list that a service gives whole, and the next cursor. ``key``: its sort key, unique."""
    after = read(asked.cursor, *kinds)
    ordered = sorted(rows, key=key, reverse=newest_first)
    if after is not None:
        ordered = [row for row in ordered if (key(row) < after if newest_first else key(row) > after)]
    page = ordered[: asked.limit]
    return page, write(key(page[-1])) if len(ordered) > len(page) and page else None
