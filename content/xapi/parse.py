"""Reading and writing the JSON of statements without losing or changing anything.

The canonical text of a statement is the compact JSON of what ``load`` returns, written by ``dump``: keys in the order
of arrival, UTF-8 without escapes, numbers by value. A number that a binary double holds exactly as written (0.1,
1.50) becomes int or float; any other (0.1000000000000000055, 2**70, 1e400) becomes int or Decimal and is written back
with all its digits.

orjson keeps the last of repeated keys and rounds long numbers, so its answer is used only when one of three cheap
proofs holds: what it writes back is the body itself, white space aside; or, in a body with escapes of its own, the same
is true once the strings are left out; or the number of colons outside strings is the same (a dropped key takes its
colon along) and no number is long. Otherwise Python's parser decides.
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import reduce
from typing import NoReturn

import orjson

from content.xapi.errors import Fault, StatementError, below

MAX_DEPTH = 100
"""Arrays and objects inside one another; xAPI itself needs about ten, the rest is for extensions."""
MAX_DIGITS = 1000
"""Digits, and size of the exponent, of one number."""

_WHITE = b" \t\r\n"
_SHORT = 8 * 1024
# A value that a double may not keep: 16 digits or more, or an exponent of three.
_LONG_NUMBER = re.compile(rb"[0-9.]{16}|[0-9][eE][+-]?[0-9]{3}")


def load(body: bytes) -> object:
    """The JSON value of ``body``: dict, list, str, int, float, Decimal, bool or None.

    Raises StatementError: bytes that are not UTF-8 or hold a lone surrogate (encoding), text that is not JSON, NaN
    and Infinity included (json), a key used twice in one object (repeated_key, XAPI-00021), more than MAX_DEPTH
    levels (too_deep), a number over MAX_DIGITS (number). Source: RFC 8259; xAPI 1.0.3 Data 2.2.
    """
    try:
        value: object = orjson.loads(body)
        written = _compact(body, value)
    except (orjson.JSONDecodeError, TypeError) as error:
        return _load_slowly(body, error)
    return value if _kept_all(body, written) else _load_slowly(body, None)


def load_own(text: str) -> object:
    """The value of a text that ``dump`` wrote, the same again. What was let in is read whatever its size: with its
    defaults a statement may be a level deeper than it came, and a number longer."""
    value: object
    try:
        value = orjson.loads(text)
        if orjson.dumps(value).decode() == text:
            return value
    except (orjson.JSONDecodeError, TypeError):
        pass  # a number or a level too much for orjson
    value = json.loads(text, parse_float=_exactly)
    return value


def dump(value: object) -> str:
    """The compact JSON text of a value that ``load`` gave, every digit kept. Raises TypeError on other types."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return "".join(_written(value))


def _deepest() -> int:
    """How many levels orjson writes before it refuses (254 in all versions so far)."""
    value: list[object] = []
    for level in range(1, 1000):
        try:
            orjson.dumps(value)
        except TypeError:
            return level - 1
        value = [value]
    return 1000


_SPARE_LEVELS = _deepest() - MAX_DEPTH


def _compact(body: bytes, value: object) -> bytes:
    """The value as orjson writes it; TypeError if it is deeper than MAX_DEPTH.

    Put inside as many arrays as orjson has levels to spare, the value may itself have no more than MAX_DEPTH: so the
    depth costs nothing to check. A body with fewer brackets than that needs no wrapping; a long one is not counted.
    """
    if len(body) <= _SHORT and body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return orjson.dumps(value)
    for _ in range(_SPARE_LEVELS):
        value = [value]
    return orjson.dumps(value)[_SPARE_LEVELS:-_SPARE_LEVELS]


def _kept_all(body: bytes, written: bytes) -> bool:
    if body == written:
        return True
    body, written = body.translate(None, _WHITE), written.translate(None, _WHITE)
    if body == written:
        return True
    sent, kept = _outside_strings(body), _outside_strings(written)
    if sent == kept:
        return True
    rest = b'"'.join(sent)
    return rest.count(b":") == b'"'.join(kept).count(b":") and _LONG_NUMBER.search(rest) is None


def _outside_strings(text: bytes) -> list[bytes]:
    """What stands between the strings of a JSON text."""
    if b'\\"' in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    return text.split(b'"')[::2]


class _Repeated(dict[str, object]):
    """An object in which ``key`` came twice."""

    key = ""


def _load_slowly(body: bytes, refusal: Exception | None) -> object:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise StatementError("$", "XAPI-00015", "the body is not UTF-8", Fault.ENCODING) from None
    repeated: list[_Repeated] = []

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        marked = _Repeated(found)
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                marked.key = key
                break
            seen.add(key)
        repeated.append(marked)
        return marked

    try:
        value: object = json.loads(
            text, object_pairs_hook=members, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
        )
    except RecursionError:
        raise _too_deep("$") from None
    except ValueError as error:
        position = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise StatementError("$", "XAPI-00014", f"the body is not JSON{position}", Fault.JSON) from None
    _check_depth(value)
    _check_strings(text, refusal)  # before a path is made of keys: half of a surrogate pair cannot be written
    if repeated:
        last = repeated[-1]  # the one that surely is in the value: no object around it lost a member
        path = below(str(path_of(value, lambda one: one is last)), last.key)
        raise StatementError(path, "XAPI-00021", "this key comes twice in its object", Fault.REPEATED_KEY)
    return value


def _check_strings(text: str, refusal: Exception | None) -> None:
    """What Python's parser takes and orjson rightly refuses: lone surrogates, a byte order mark, control characters."""
    if refusal is None:
        return
    message = str(refusal)
    if "surrogate" in message:
        raise StatementError("$", "XAPI-00015", "a string holds half of a surrogate pair", Fault.ENCODING)
    if "infinity" not in message and "limit" not in message.lower():
        raise StatementError("$", "XAPI-00014", "the body is not JSON", Fault.JSON)
    if re.search(r"\\u[dD][89a-fA-F]", text):
        # The parser stopped at a number before it saw the strings: pairs are proved whole by encoding.
        try:
            json.dumps(json.loads(text), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise StatementError("$", "XAPI-00015", "a string holds half of a surrogate pair", Fault.ENCODING) from None


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise StatementError("$", "XAPI-00002", f"a number has over {MAX_DIGITS} digits", Fault.NUMBER)
    return int(text)


def _fraction(text: str) -> float | Decimal:
    try:
        exact = Decimal(text)
    except InvalidOperation:
        exact = None
    long = max(len(text), len(str(exact))) > MAX_DIGITS  # as it came, and as it is written
    if exact is None or long or (exact and abs(exact.adjusted()) > MAX_DIGITS):
        raise StatementError("$", "XAPI-00002", f"a number has over {MAX_DIGITS} digits", Fault.NUMBER)
    return _exactly(text)


def _exactly(text: str) -> float | Decimal:
    rounded, exact = float(text), Decimal(text)
    return rounded if Decimal(repr(rounded)) == exact else exact


def _constant(name: str) -> NoReturn:
    raise StatementError("$", "XAPI-00014", f"{name} is no JSON number", Fault.JSON)


def _too_deep(path: str) -> StatementError:
    return StatementError(path, "XAPI-00014", f"over {MAX_DEPTH} levels of arrays and objects", Fault.TOO_DEEP)


def _check_depth(value: object) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [
            member
            for holder in level
            for member in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(member, (dict, list))
        ]
    if level:
        raise _too_deep("$")


def path_of(value: object, wanted: Callable[[object], bool]) -> str | None:
    """JSON path of the first part of a value that ``load`` gave (the value itself, a member, ...) which is ``wanted``.

    The path is made once the part is found: one for each member takes memory by the square of the body.
    """
    way = _way_to(value, wanted)
    return None if way is None else reduce(below, way, "$")


def _way_to(value: object, wanted: Callable[[object], bool]) -> tuple[str | int, ...] | None:
    if wanted(value):
        return ()
    if not isinstance(value, (dict, list)):
        return None
    for key, member in value.items() if isinstance(value, dict) else enumerate(value):
        way = _way_to(member, wanted)
        if way is not None:
            return (key, *way)
    return None


def _written(value: object) -> list[str]:
    if isinstance(value, dict):
        members = [f"{json.dumps(key, ensure_ascii=False)}:{''.join(_written(item))}" for key, item in value.items()]
        return ["{", ",".join(members), "}"]
    if isinstance(value, list):
        return ["[", ",".join("".join(_written(item)) for item in value), "]"]
    if isinstance(value, Decimal):
        return [str(value)]
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    return [orjson.dumps(value).decode()]
