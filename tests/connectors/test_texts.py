"""What a connector shows to people is French and has its English."""

import pytest

from connectors.registry import declarations
from hub.texts import catalogue


@pytest.mark.parametrize("key", sorted(declarations()))
def test_every_label_and_help_is_translated(key: str) -> None:
    english = catalogue.english()
    declared = declarations()[key]
    shown = [declared.summary, *(text for one in declared.settings for text in (one.label, one.help) if text)]
    assert [text for text in shown if not english.get(text)] == []
