"""Parameters of a form or a query, each at most once."""

from collections.abc import Iterable, Mapping

from lti.errors import Code, LtiError

Parameters = Mapping[str, str] | Iterable[tuple[str, str]]
"""Either a mapping, or the pairs as they came, which alone can show a repeated parameter."""

MAX_VALUE = 65_536


def is_text(value: str) -> bool:
    """Whether every database can keep the value: no NUL, which PostgreSQL refuses, and no half of a surrogate pair."""
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def is_short_ascii(value: str) -> bool:
    """Whether the value is 1 to 255 ASCII characters, as ``sub`` and ``deployment_id`` must be."""
    return 0 < len(value) <= 255 and value.isascii()


def single_valued(parameters: Parameters) -> dict[str, str]:
    """The parameters as a dictionary, those without a value left out (RFC 6749 section 3.1: as if not sent).

    Raises LtiError where one is sent twice (same section) a value is longer than 64 KiB, or is
    no text.
    """
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise LtiError(Code.PARAMETER_REPEATED)
        if len(value) > MAX_VALUE:
            raise LtiError(Code.PARAMETER_TOO_LONG)
        if not (is_text(name) and is_text(value)):
            raise LtiError(Code.PARAMETER_NO_TEXT)
        found[name] = value
    return {name: value for name, value in found.items() if value}
