"""French spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from hub.texts import Translator, speaking, tidy
from hub.texts.typography import unbreakable


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Besoin d’aide ?", "Besoin d’aide\u202f?"),
        ("« oui » : non", "«\u00a0oui\u00a0»\u00a0: non"),
        ("45 min, 12 Mo", "45\u00a0min, 12\u00a0Mo"),
        ("9 h 30", "9\u00a0h\u00a030"),
        ("de %(share)s %%", "de %(share)s\u00a0%%"),
        ("Ordinateur n° 7", "Ordinateur n°\u00a07"),
    ],
)
def test_spaces_that_french_keeps(typed: str, shown: str) -> None:
    assert unbreakable(typed) == shown


@pytest.mark.parametrize("text", ['<a href="x?y=1 :2">', "a:b", "2 hommes", "10:30", "%(a)s et %(b)s"])
def test_other_text_is_left_alone(text: str) -> None:
    assert unbreakable(text) == text


@given(st.text(alphabet="aé1 :;!?«»%hmin()s", max_size=40))
def test_it_changes_spaces_only_and_once(text: str) -> None:
    once = unbreakable(text)
    assert once.replace("\u00a0", " ").replace("\u202f", " ") == text
    assert unbreakable(once) == once


def test_tidy_keeps_markup_and_leaves_english_alone() -> None:
    with speaking(Translator("fr")):
        assert isinstance(tidy(Markup("<b>Où ?</b>")), Markup)
        assert tidy(Markup("<b>Où ?</b>")) == "<b>Où\u202f?</b>"
    with speaking(Translator("en")):
        assert tidy("Where ?") == "Where ?"
