"""Durations, sizes, numbers and lists."""

from collections.abc import Callable

import pytest

from hub.texts import Translator

from .test_dates import plain

Say = Callable[[str], Translator]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 min"),
        (45, "45 min"),
        (60, "1 h"),
        (180, "3 h"),
        (210, "3 h 30"),
        (185, "3 h 05"),
        (59.6, "1 h"),
        (-90, "−1 h 30"),
    ],
)
def test_a_duration(say: Say, minutes: float, words: str) -> None:
    assert plain(say("fr").duration(minutes)) == words


def test_a_quantity_never_breaks_from_its_unit(say: Say) -> None:
    french = say("fr")
    said = (french.duration(210), french.percent(0.33), french.megabytes(12), french.number(1240))
    assert not any(" " in text for text in said)


def test_percent(say: Say) -> None:
    assert plain(say("fr").percent(0.335)) == "34 %"
    assert say("en").percent(0.335) == "34%"


@pytest.mark.parametrize(
    ("size", "french", "english"),
    [
        (0.3, "moins de 1 Mo", "less than 1 MB"),
        (12, "12 Mo", "12 MB"),
        (1200, "1,2 Go", "1.2 GB"),
        (2000, "2 Go", "2 GB"),
    ],
)
def test_megabytes(say: Say, size: float, french: str, english: str) -> None:
    assert plain(say("fr").megabytes(size)) == french
    assert plain(say("en").megabytes(size)) == english


def test_numbers_and_lists(say: Say) -> None:
    assert plain(say("fr").number(1240)) == "1 240"
    assert say("en").number(1240.5) == "1,240.5"
    assert say("fr").enumeration(["a", "b", "c"]) == "a, b et c"
    assert say("fr").enumeration(["a", "b"], "or") == "a ou b"
    assert say("en").enumeration(["a", "b", "c"]) == "a, b and c"
    assert say("fr").enumeration([]) == ""
