"""Building blocks of the slow validator: each check raises StatementError with the path and the broken requirement."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from math import floor, inf
from typing import TypeAlias

from content.xapi import formats
from content.xapi.errors import Fault, StatementError, below

Check: TypeAlias = Callable[[object, str], None]


def kind_of(value: object) -> str:
    """The JSON name of a value's type, for reasons."""
    names = {bool: "a boolean", str: "a string", dict: "an object", list: "an array", type(None): "null"}
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return "a number"
    return names.get(type(value), "no JSON value")


def as_object(value: object, path: str, requirement: str) -> dict[str, object]:
    """The value as a JSON object; keys that are no strings are refused."""
    if not isinstance(value, dict):
        raise StatementError(path, requirement, f"must be an object, not {kind_of(value)}", Fault.TYPE)
    for key in value:
        if not isinstance(key, str):
            raise StatementError(path, "XAPI-00014", "a key must be a string", Fault.TYPE)
    return value


def text(requirement: str) -> Check:
    """Any string."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, str):
            raise StatementError(path, requirement, f"must be a string, not {kind_of(value)}", Fault.TYPE)

    return check


def formatted(pattern: str, what: str, requirement: str) -> Check:
    """A string that matches the whole of ``pattern``."""
    compiled = re.compile(pattern)
    plain = text(requirement)

    def check(value: object, path: str) -> None:
        plain(value, path)
        if compiled.fullmatch(str(value)) is None:
            raise StatementError(path, requirement, f"must be {what}", Fault.FORMAT)

    return check


def one_of(values: Iterable[str], requirement: str) -> Check:
    """One of some words, in exactly that case (XAPI-00009 where only the case differs)."""
    allowed = tuple(values)
    folded = {word.lower() for word in allowed}

    def check(value: object, path: str) -> None:
        if not isinstance(value, str):
            raise StatementError(path, requirement, f"must be a string, not {kind_of(value)}", Fault.TYPE)
        if value not in allowed:
            which = "XAPI-00009" if value.lower() in folded else requirement
            raise StatementError(path, which, f"must be one of {', '.join(allowed)}", Fault.ENUMERATION)

    return check


def boolean(requirement: str) -> Check:
    """true or false."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, bool):
            raise StatementError(path, requirement, f"must be true or false, not {kind_of(value)}", Fault.TYPE)

    return check


def number(requirement: str, low: float | None = None, high: float | None = None) -> Check:
    """A finite number, within bounds that are included."""

    def check(value: object, path: str) -> None:
        # Compared, not math.isfinite: an integer or a Decimal may be more than a float can say.
        if not isinstance(value, int | float | Decimal) or isinstance(value, bool) or not -inf < value < inf:
            raise StatementError(path, requirement, f"must be a number, not {kind_of(value)}", Fault.TYPE)
        if (low is not None and value < low) or (high is not None and value > high):
            raise StatementError(path, requirement, f"must be between {low} and {high}", Fault.RANGE)

    return check


def natural(requirement: str) -> Check:
    """An integer that is not negative; 12.0 is one, as JSON has a single type of number."""
    plain = number(requirement)

    def check(value: object, path: str) -> None:
        plain(value, path)
        if not isinstance(value, int | float | Decimal) or not 0 <= value == floor(value):
            raise StatementError(path, requirement, "must be an integer of zero or more", Fault.TYPE)

    return check


def array(item: Check, requirement: str, *, least: int = 0) -> Check:
    """An array whose items all pass ``item``."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, list):
            raise StatementError(path, requirement, f"must be an array, not {kind_of(value)}", Fault.TYPE)
        if len(value) < least:
            raise StatementError(path, requirement, f"must have at least {least} item", Fault.RANGE)
        for index, one in enumerate(value):
            item(one, below(path, index))

    return check


def record(
    properties: Mapping[str, Check], required: Mapping[str, str] | None = None, requirement: str = "XAPI-00006"
) -> Check:
    """An object with these properties and no others; ``required`` maps those that must be there to a requirement."""
    folded = {name.lower() for name in properties}
    needed = required or {}

    def check(value: object, path: str) -> None:
        members = as_object(value, path, requirement)
        for key, member in members.items():
            where = below(path, key)
            rule = properties.get(key)
            if rule is None:
                which = "XAPI-00008" if key.lower() in folded else "XAPI-00010"
                raise StatementError(where, which, "the standard has no such property here", Fault.UNKNOWN_PROPERTY)
            if member is None:
                raise StatementError(where, "XAPI-00001", "must not be null", Fault.NULL)
            rule(member, where)
        for key, which in needed.items():
            if key not in members:
                raise StatementError(below(path, key), which, "is required", Fault.MISSING)

    return check


def iri(requirement: str) -> Check:
    """An absolute IRI. Without a scheme it breaks XAPI-00011 beside the requirement of its place."""
    return formatted(formats.IRI, "an absolute IRI: a scheme, a colon and no space", requirement)


def uuid(requirement: str) -> Check:
    """A UUID in the standard string form."""
    return formatted(formats.UUID, "a UUID such as 8f87ccde-bb56-4c2e-ab83-44982ef22df0", requirement)


def languages(requirement: str) -> Check:
    """A language map: RFC 5646 tags to strings (Data 4.2)."""
    tag = re.compile(formats.LANGUAGE)
    plain = text(requirement)

    def check(value: object, path: str) -> None:
        for key, member in as_object(value, path, requirement).items():
            where = below(path, key)
            if tag.fullmatch(key) is None:
                raise StatementError(where, "XAPI-00013", "the key must be a language tag of RFC 5646")
            if member is None:
                raise StatementError(where, "XAPI-00001", "must not be null", Fault.NULL)
            plain(member, where)

    return check


def extensions(requirement: str) -> Check:
    """An object whose keys are IRIs; its values are anything, null included (Data 4.1)."""
    key_form = re.compile(formats.IRI)

    def check(value: object, path: str) -> None:
        for key in as_object(value, path, requirement):
            if key_form.fullmatch(key) is None:
                raise StatementError(below(path, key), "XAPI-00118", "the key of an extension must be an IRI")

    return check
