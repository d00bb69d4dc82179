"""What a connector shows to people is French and has its English."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from connectors.registry import declarations

CATALOGUE = Path(__file__).parents[2] / "hub" / "texts" / "en" / "connectors.po"


@pytest.mark.parametrize("key", sorted(declarations()))
def test_every_label_and_help_is_translated(key: str) -> None:
    with CATALOGUE.open("rb") as file:
        english = {message.id: message.string for message in read_po(file)}
    shown = [text for one in declarations()[key].settings for text in (one.label, one.help) if text]
    assert [text for text in shown if not english.get(text)] == []
