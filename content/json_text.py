"""JSON of strangers: of bounded size and of a bounded number of values, which take far more memory than their text."""

from __future__ import annotations

import json
from typing import Any

from content.errors import ContentError

MOST_BYTES = 16 << 20
MOST_VALUES = 400_000


def parse(data: bytes, where: str, most: int = MOST_BYTES) -> Any:
    """The value of a document in UTF-8, with or without a mark. Raises ContentError: ``json_too_large``,
    ``json_too_many``, ``json_malformed``."""
    if len(data) > most:
        raise ContentError("json_too_large", where, most=most)
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ContentError("json_too_many", where, most=MOST_VALUES)
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ContentError("json_malformed", where) from None
