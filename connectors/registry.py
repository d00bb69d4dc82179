"""Finds the connectors: every module or package directly below ``connectors`` that has a ``DECLARATION``.

A new connector is one new module; nothing else has to name it.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import connectors
from connectors.declaration import Declaration


@cache
def declarations() -> Mapping[str, Declaration]:
    """Declarations by key, in the order of their keys. Raises ``ValueError`` when two connectors claim one key."""
    found: dict[str, Declaration] = {}
    for module in pkgutil.iter_modules(connectors.__path__):
        declared = getattr(importlib.import_module(f"connectors.{module.name}"), "DECLARATION", None)
        if not isinstance(declared, Declaration):
            continue
        if declared.key in found:
            raise ValueError(f"two connectors are called {declared.key}")
        found[declared.key] = declared
    return MappingProxyType(dict(sorted(found.items())))


def declaration(key: str) -> Declaration:
    """The connector called ``key``. Raises ``KeyError`` when there is none."""
    return declarations()[key]
