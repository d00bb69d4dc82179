"""What holds of every record, whatever brought it."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.records import AttendanceMark, Page, RemoteUser

SHARES = frozenset({"progress", "share"})


def whole(pages: Iterable[Page[Any]]) -> list[Any]:
    """All records of a read, each checked. At least one page came."""
    found = list(pages)
    assert found, "a read yields at least one page"
    records = [one for page in found for one in page.items]
    for one in records:
        sound(one)
    for notice in (one for page in found for one in page.notices):
        assert notice.code
        assert notice.about
    assert len(set(map(repr, records))) == len(records), "a record came twice"
    return records


def sound(record: Any) -> None:
    """Frozen, hashable, ids as texts, instants aware UTC, shares from 0 to 1; nothing personal in the repr."""
    assert is_dataclass(record)
    assert not isinstance(record, type)
    hash(record)
    for one in fields(record):
        value = getattr(record, one.name)
        if isinstance(value, datetime):
            assert value.tzinfo is UTC, f"{one.name} is not UTC"
        if one.name in SHARES and value is not None:
            assert 0 <= value <= 1
        if (one.name == "id" or one.name.endswith("_id")) and value is not None:
            assert isinstance(value, str)
            assert value
        for inner in value if isinstance(value, tuple) else (value,):
            if is_dataclass(inner) and not isinstance(inner, type):
                sound(inner)
    if isinstance(record, RemoteUser | AttendanceMark):
        for name in ("email", "fullname", "remark"):
            personal = getattr(record, name, None)
            assert not personal or personal not in repr(record)
