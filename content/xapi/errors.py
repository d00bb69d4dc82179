"""Why a statement, or a body of statements, is refused."""

import re
from enum import StrEnum

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Fault(StrEnum):
    """Stable codes of refusals; each has one meaning for ever, texts for people are made elsewhere."""

    ENCODING = "encoding"
    JSON = "json"
    REPEATED_KEY = "repeated_key"
    TOO_DEEP = "too_deep"
    NUMBER = "number"
    NULL = "null"
    MISSING = "missing"
    UNKNOWN_PROPERTY = "unknown_property"
    TYPE = "type"
    FORMAT = "format"
    ENUMERATION = "enumeration"
    RANGE = "range"
    IDENTIFIER_COUNT = "identifier_count"
    REPEATED_ID = "repeated_id"
    NOT_ALLOWED = "not_allowed"


class StatementError(Exception):
    """A statement breaks the standard.

    ``path`` is where, as a JSON path (``$[3].actor.mbox``); ``requirement`` the id of the conformance requirement
    (``XAPI-00038``) or, where none exists, the section of the specification; ``reason`` says in English what was
    expected, and never repeats the value found, which may be personal data; ``code`` is stable, for programs.
    """

    def __init__(self, path: str, requirement: str, reason: str, code: Fault = Fault.FORMAT) -> None:
        super().__init__(f"{path}: {reason} [{requirement}]")
        self.path = path
        self.requirement = requirement
        self.reason = reason
        self.code = code


def below(path: str, key: str | int) -> str:
    """JSON path of a member: ``$.actor``, ``$[3]``, ``$.extensions['https://example.org/x']``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}"
    quoted = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{quoted}']"
