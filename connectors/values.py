"""What every answer in JSON is asked for, made strict: a value of another form raises
:class:`~connectors.errors.DataDrift` with its name, never with the value. What a system writes in its own way (numbers,
booleans, instants) its connector reads itself.
"""

from collections.abc import Mapping
from typing import Any

from connectors.errors import DataDrift

Json = Mapping[str, Any]


def mapping(value: Any, name: str) -> Json:
    """``value`` if it is an object."""
    if not isinstance(value, Mapping):
        raise DataDrift(f"{name}: an object is due")
    return value


def items(value: Any, name: str) -> list[Json]:
    """``value`` if it is a list of objects."""
    if not isinstance(value, list):
        raise DataDrift(f"{name}: a list is due")
    return [mapping(item, name) for item in value]


def optional_text(record: Json, name: str) -> str | None:
    """A text; None when absent, null or empty."""
    value = record.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    raise DataDrift(f"{name}: a text is due")
