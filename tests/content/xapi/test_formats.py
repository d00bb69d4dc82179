"""The formats of strings: both engines of regular expressions read them alike; instants and minutes come of them."""

import re
import sys
from datetime import UTC, datetime

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.xapi import formats
from content.xapi.formats import instant, minutes

PATTERNS = {
    name: getattr(formats, name)
    for name in ("IRI", "MBOX", "UUID", "SHA1", "SHA2", "LANGUAGE", "MEDIA_TYPE", "TIMESTAMP_1_0", "TIMESTAMP_2_0",
                 "DURATION", "VERSION_1_0", "VERSION_2_0")
}  # fmt: skip
COMPILED = {
    name: jsonschema_rs.Draft202012Validator(
        {"pattern": f"^(?:{pattern})$"}, pattern_options=jsonschema_rs.RegexOptions(size_limit=50_000_000)
    )
    for name, pattern in PATTERNS.items()
}


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, str]:
    """A format and a text that has it, or has it but for one character."""
    name = draw(st.sampled_from(sorted(PATTERNS)))
    text = draw(st.from_regex(PATTERNS[name], fullmatch=True))
    if draw(st.booleans()):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.text(max_size=2)) + text[place + draw(st.integers(0, 1)) :]
    return name, text


@settings(max_examples=250, deadline=None)
@given(texts())
def test_both_engines_read_a_pattern_alike(made: tuple[str, str]) -> None:
    name, text = made
    assert COMPILED[name].is_valid(text) is (re.fullmatch(PATTERNS[name], text) is not None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23t10:00:00.5z", datetime(2026, 11, 23, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-23T10:00:00.123456789+01:00", datetime(2026, 11, 23, 9, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-11-23T10:00:00-0330", datetime(2026, 11, 23, 13, 30, tzinfo=UTC)),
        ("2026-11-23T10:00:00+02", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        (
            "2016-12-31T10:00:60Z",
            datetime(2016, 12, 31, 10, 1, tzinfo=UTC),
        ),  # taken once: still read, not taken any more
        ("2017-01-01T05:29:60.5+05:30", datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_instants(text: str, expected: datetime) -> None:
    assert instant(text) == expected
    assert instant(text).tzinfo is UTC


def test_a_long_timestamp_is_not_kept() -> None:
    text = f"2026-11-23T10:00:00.{'1' * 1000}Z"
    before = sys.getrefcount(text)
    assert instant(text) == datetime(2026, 11, 23, 10, 0, 0, 111_111, tzinfo=UTC)
    assert sys.getrefcount(text) == before


@pytest.mark.parametrize(
    "text",
    ["2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:60Z", "0000-01-01T00:00:00Z"],
)  # fmt: skip
def test_no_such_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back(moment: datetime) -> None:
    assert instant(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [("PT0S", 0.0), ("PT1H30M", 90.0), ("P1DT0.5H", 1470.0), ("P2W", 20160.0), ("PT4H35M59.14S", 275.9856667),
     ("P16559.14S", 275.9856667), ("P3Y", None), ("P1M", None), ("PT1M", 1.0), ("P0Y1D", 1440.0), ("later", None)],
)  # fmt: skip
def test_minutes(text: str, expected: float | None) -> None:
    assert minutes(text) == (pytest.approx(expected) if expected is not None else None)


@settings(deadline=None)
@given(st.from_regex(formats.DURATION, fullmatch=True))
def test_every_duration_has_minutes_or_counts_in_months(text: str) -> None:
    length = minutes(text)
    assert length is None or length >= 0
    if "Y" not in text and "M" not in text.partition("T")[0]:
        assert length is not None
