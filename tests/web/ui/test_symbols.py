"""Symbols: a page carries those it uses."""

from xml.etree import ElementTree

import pytest

from hub.web.ui.symbols import SPRITE, UnknownSymbol, icon, station, symbols, with_symbols
from hub.web.ui.words import STATES


def test_the_sprite_is_well_formed_and_ids_are_unique() -> None:
    found = [symbol.attrib["id"] for symbol in ElementTree.parse(SPRITE).getroot()]
    assert found == list(symbols())
    assert len(found) == len(set(found))


def test_every_state_and_modality_has_its_symbol() -> None:
    assert {f"s-{state}" for state in STATES} | {f"i-m{number}" for number in range(1, 6)} <= set(symbols())


def test_a_page_carries_exactly_what_it_uses() -> None:
    page = with_symbols(icon("home") + station("done") + icon("home"), "/static/sprite.svg")
    assert page.count("<symbol") == 2
    assert 'id="i-home"' in page
    assert 'id="s-done"' in page
    assert 'data-sprite="/static/sprite.svg"' in page


@pytest.mark.parametrize("draw", [icon, station])
def test_an_unknown_symbol_is_an_error(draw: object) -> None:
    with pytest.raises(UnknownSymbol):
        draw("unicorn")


def test_a_page_that_uses_an_unknown_symbol_is_an_error() -> None:
    with pytest.raises(UnknownSymbol):
        with_symbols('<use href="#i-unicorn"/>', "/s.svg")
