"""Moodle's parameters and loosely typed values."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import DataDrift
from connectors.moodle import values
from connectors.moodle.encoding import encode
from connectors.values import items, mapping, optional_text


def test_parameters_take_the_bracket_form() -> None:
    params = {
        "courseid": 2,
        "options": [{"name": "onlyactive", "value": True}, {"name": "limitnumber", "value": 3}],
        "values": ["a", "é"],
        "flag": False,
        "weight": 0.5,
        "empty": [],
    }
    assert encode(params) == {
        "courseid": "2",
        "options[0][name]": "onlyactive",
        "options[0][value]": "1",
        "options[1][name]": "limitnumber",
        "options[1][value]": "3",
        "values[0]": "a",
        "values[1]": "é",
        "flag": "0",
        "weight": "0.5",
    }


@pytest.mark.parametrize("value", [None, b"x", {1, 2}, datetime(2026, 1, 1, tzinfo=UTC)])
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"options\[0\]\[value\]"):
        encode({"options": [{"value": value}]})


@pytest.mark.parametrize(
    ("value", "meaning"),
    [(True, True), (1, True), ("1", True), (False, False), (0, False), ("0", False), (None, None), ("", None)],
)
def test_flags(value: Any, meaning: bool | None) -> None:
    assert values.flag({"x": value}, "x") is meaning
    assert values.flag({}, "x") is None


@pytest.mark.parametrize(
    ("value", "meaning"), [("58.00000", 58.0), (58, 58.0), ("-1.5", -1.5), (None, None), ("", None), (0, 0.0)]
)
def test_numbers(value: Any, meaning: float | None) -> None:
    assert values.number({"x": value}, "x") == meaning


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (1795428374, datetime(2026, 11, 23, 10, 6, 14, tzinfo=UTC)),
        ("1795428374", datetime(2026, 11, 23, 10, 6, 14, tzinfo=UTC)),
        (0, None),
        ("0", None),
        (None, None),
    ],
)
def test_instants(value: Any, meaning: datetime | None) -> None:
    assert values.instant({"x": value}, "x") == meaning


@pytest.mark.parametrize(
    ("value", "meaning"), [(7, "7"), ("7", "7"), (0, None), ("0", None), ("", None), (None, None), (False, None)]
)
def test_identifiers(value: Any, meaning: str | None) -> None:
    assert values.optional_identifier({"x": value}, "x") == meaning


def test_shares() -> None:
    assert values.share({"x": 83.33333333333334}, "x") == pytest.approx(0.8333, abs=1e-4)
    assert values.share({"x": None}, "x") is None
    assert values.share({"x": 120}, "x") == 1.0


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (values.flag, "yes"),
        (values.number, "a lot"),
        (values.number, True),
        (values.number, "nan"),
        (values.number, [1]),
        (values.instant, 1e300),
        (values.identifier, None),
        (values.optional_identifier, {"id": 1}),
        (optional_text, 5),
    ],
)
def test_an_unknown_form_is_drift_and_names_the_field_alone(read: Any, value: Any) -> None:
    with pytest.raises(DataDrift, match=r"graderaw: .* is due") as caught:
        read({"graderaw": value}, "graderaw")
    assert "a lot" not in str(caught.value)


@pytest.mark.parametrize("payload", [None, [], "x", 3])
def test_shapes(payload: Any) -> None:
    with pytest.raises(DataDrift):
        mapping(payload, "answer")
    with pytest.raises(DataDrift):
        items({"not": "a list"}, "answer")
    with pytest.raises(DataDrift):
        items([payload], "answer")
