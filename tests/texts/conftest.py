"""A Monday morning in Toulouse, so that « hier » and « ce matin » mean something."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hub.texts import Translator

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def say() -> Callable[[str], Translator]:
    """A translator of the language given, at ten o'clock in Paris on 23 November 2026."""
    return lambda lang: Translator(lang, now=lambda: MONDAY)
