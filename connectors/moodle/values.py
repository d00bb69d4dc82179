"""Moodle's loosely typed answers, made strict.

Seen on 4.5.6: booleans come as true/false, 1/0 and null, numbers also as strings ("58.00000"), instants as epoch
seconds with 0 for never. A value of another form raises :class:`~connectors.errors.DataDrift` with its name, never
with the value.
"""

import math
from datetime import UTC, datetime

from connectors.errors import DataDrift
from connectors.values import Json, optional_text


def identifier(record: Json, name: str) -> str:
    """A required id, as a string."""
    found = optional_identifier(record, name)
    if found is None:
        raise DataDrift(f"{name}: an id is due")
    return found


def optional_identifier(record: Json, name: str) -> str | None:
    """An id as a string; None for absent, null, empty and 0."""
    value = record.get(name)
    if value is None or isinstance(value, bool) or value in ("", 0, "0"):
        return None
    if isinstance(value, int | str):
        return str(value)
    raise DataDrift(f"{name}: an id is due")


def text(record: Json, name: str) -> str:
    """A text, empty when absent."""
    return optional_text(record, name) or ""


def flag(record: Json, name: str) -> bool | None:
    """A boolean in any of Moodle's forms; None when absent or null."""
    value = record.get(name)
    if value is None or value == "":
        return None
    if value in (True, 1, "1"):
        return True
    if value in (False, 0, "0"):
        return False
    raise DataDrift(f"{name}: a boolean is due")


def number(record: Json, name: str) -> float | None:
    """A finite number, also when it came as a string; None when absent, null or empty."""
    value = record.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise DataDrift(f"{name}: a number is due")
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise DataDrift(f"{name}: a number is due") from None
    if not math.isfinite(found):
        raise DataDrift(f"{name}: a finite number is due")
    return found


def instant(record: Json, name: str) -> datetime | None:
    """Epoch seconds as aware UTC; None when absent, null or 0 (never)."""
    seconds = number(record, name)
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise DataDrift(f"{name}: an instant is due") from None


def share(record: Json, name: str) -> float | None:
    """A percentage as a share of 0 to 1; None when absent or null."""
    percent = number(record, name)
    return None if percent is None else min(max(percent / 100.0, 0.0), 1.0)
