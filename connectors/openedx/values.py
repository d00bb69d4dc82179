"""Values of Open edX's JSON made strict: a value of another form raises :class:`~connectors.errors.DataDrift` with its
name, never with the value. Instants are ISO 8601 with their offset (Django REST framework's ``DateTimeField``).
"""

import math
from datetime import UTC, datetime

from connectors.errors import DataDrift
from connectors.values import Json, optional_text


def required(record: Json, name: str) -> str:
    """A text that must be there: an id."""
    found = optional_text(record, name)
    if found is None:
        raise DataDrift(f"{name}: a text is due")
    return found


def number(record: Json, name: str) -> float | None:
    """A finite number; None when absent or null."""
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DataDrift(f"{name}: a number is due")
    return float(value)


def flag(record: Json, name: str) -> bool | None:
    """A boolean; None when absent or null."""
    value = record.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise DataDrift(f"{name}: a boolean is due")


def instant(record: Json, name: str) -> datetime | None:
    """An instant as aware UTC; None when absent or null. One without offset is UTC: Open edX runs in UTC."""
    told = optional_text(record, name)
    if told is None:
        return None
    try:
        found = datetime.fromisoformat(told)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise DataDrift(f"{name}: an instant is due") from None
