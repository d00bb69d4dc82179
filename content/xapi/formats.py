"""The string formats of xAPI as regular expressions, and their conversion to instants and minutes.

Each pattern is written in the syntax that Python's ``re`` and Rust's ``regex`` share (no look-around, no classes such
as ``\\d`` that one of them reads as Unicode), because the schema and the hand-written validator must decide alike.
Sources: xAPI 1.0.3 Data 4.2 to 4.6, RFC 3987 (IRI), RFC 5646 (language tags), RFC 4122 (UUID), RFC 3339, RFC 6838 and
RFC 2045 (media types), ISO 8601:2004 4.4.3.2 (durations).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from typing import TypeVar

# RFC 3987 leaves out the controls (C0, DEL and, as ucschar begins at U+00A0, C1), the space and these delimiters.
_IRI_CHARACTER = r'[^\x00-\x20<>"{}|\\^`\x7f-\x9f]'
_MAIL_CHARACTER = r'[^\x00-\x20<>"{}|\\^`@\x7f-\x9f]'
# After the address RFC 6068 lets headers follow (?) or another address (,): an mbox is one address alone.
_DOMAIN_CHARACTER = r'[^\x00-\x20<>"{}|\\^`@?,\x7f-\x9f]'
IRI = rf"[A-Za-z][A-Za-z0-9+.\-]*:{_IRI_CHARACTER}+"
MBOX = rf"mailto:{_MAIL_CHARACTER}+@{_DOMAIN_CHARACTER}+"
UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
SHA1 = r"[0-9A-Fa-f]{40}"
SHA2 = r"(?:[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})"

_GRANDFATHERED = r"[eE][nN]-[gG][bB]-[oO][eE][dD]|[iI]-[A-Za-z]{3,8}|[sS][gG][nN]-[A-Za-z]{2}-[A-Za-z]{2}"
_LANGUAGE = (
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(?:-[0-9A-WYZa-wyz](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?"
)
LANGUAGE = rf"(?:{_LANGUAGE}|[xX](?:-[A-Za-z0-9]{{1,8}})+|{_GRANDFATHERED})"

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~\-]+"
MEDIA_TYPE = rf'{_WORD}/{_WORD}(?:[ \t]*;[ \t]*{_WORD}=(?:{_WORD}|"[^"\\\x00-\x1f]*"))*'

_CLOCK = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
# An offset of minus zero says "unknown local zone" in RFC 3339 and is no ISO 8601 at all: it is refused.
TIMESTAMP_1_0 = (
    rf"{_CLOCK}(?:[Zz]|\+[0-9]{{2}}(?::?[0-5][0-9])?|-(?:0[1-9]|[1-9][0-9])(?::?[0-5][0-9])?"
    r"|-00:?(?:0[1-9]|[1-5][0-9]))"
)
TIMESTAMP_2_0 = rf"{_CLOCK}(?:[Zz]|\+[0-9]{{2}}:[0-5][0-9]|-(?:0[1-9]|[1-9][0-9]):[0-5][0-9]|-00:(?:0[1-9]|[1-5][0-9]))"

# ISO 8601 allows a decimal fraction in the smallest component only. ``P16559.14S`` (no T) is the specification's own
# example (Data 4.6), so it is read although ISO 8601 would refuse it.
_I, _F = r"[0-9]+", r"[0-9]+(?:[.,][0-9]+)?"
_DATE = rf"(?:{_I}Y(?:{_I}M)?(?:{_I}D)?|{_I}M(?:{_I}D)?|{_I}D)"
_DATE_LAST = rf"(?:(?:{_I}Y)?(?:{_I}M)?{_F}D|(?:{_I}Y)?{_F}M|{_F}Y)"
_TIME = rf"T(?:(?:{_I}H)?(?:{_I}M)?{_F}S|(?:{_I}H)?{_F}M|{_F}H)"
DURATION = rf"P(?:{_F}W|{_DATE_LAST}|(?:{_DATE})?{_TIME}|{_F}S)"

VERSION_1_0 = r"1\.0(?:\.[0-9A-Za-z.+\-]+)?"
VERSION_2_0 = r"(?:1\.0(?:\.[0-9A-Za-z.+\-]+)?|2\.0(?:\.[0-9A-Za-z.+\-]+)?)"

_PARTS = re.compile(
    r"P(?:([0-9.]+)W)?(?:([0-9.]+)Y)?(?:([0-9.]+)M)?(?:([0-9.]+)D)?"
    r"(?:T(?:([0-9.]+)H)?(?:([0-9.]+)M)?)?(?:([0-9.]+)S)?"
)


_Answer = TypeVar("_Answer")


def remembered(function: Callable[[str], _Answer]) -> Callable[[str], _Answer]:
    """``function``, which keeps its last 1024 answers to short texts: what somebody sends may be of any length."""
    kept = lru_cache(maxsize=1024)(function)

    @wraps(function)
    def answer(text: str) -> _Answer:
        return kept(text) if len(text) <= 64 else function(text)

    return answer


@remembered  # a statement's timestamp is asked for five times on its way into a store
def instant(text: str) -> datetime:
    """The point in time that a timestamp names, in UTC; digits beyond the microsecond are cut, a leap second is the
    next.

    Raises ValueError where the calendar or the clock has no such time, or UTC cannot express it (years 1 to 9999).
    """
    text = text.upper()
    leap = text[17:19] == "60"
    moment = datetime.fromisoformat(f"{text[:17]}59{text[19:]}" if leap else text)
    if moment.tzinfo is None:
        raise ValueError("a timestamp needs its offset")
    try:
        moment = moment.astimezone(UTC)
        if leap:
            moment += timedelta(seconds=1)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
    return moment


def minutes(duration: str) -> float | None:
    """Length of an ISO 8601 duration in minutes, a day being 24 hours; None if it has months or years, or is none."""
    found = _PARTS.fullmatch(duration.replace(",", "."))
    if found is None:
        return None
    weeks, years, months, days, hours, minute, seconds = (float(part) if part else 0.0 for part in found.groups())
    if years or months:
        return None
    return weeks * 10080 + days * 1440 + hours * 60 + minute + seconds / 60
