"""The installation that a command works on."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.config import load_config
from hub.db.directory import Installation
from hub.texts import Translator, speaking


@contextmanager
def opened() -> Iterator[Installation]:
    """The installation that the environment describes, closed at the end; texts speak its language."""
    config = load_config()
    installation = Installation(config)
    try:
        with speaking(Translator(config.language)):
            yield installation
    finally:
        installation.close()
