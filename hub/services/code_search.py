"""Codes found by words, with typing errors forgiven: an index like the catalogue's, over the labels of the lists."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Final
from weakref import ref

from sqlalchemy import Dialect
from sqlalchemy.orm import Session

from hub.domain.catalogue_index import Doc, Index
from hub.services import code_lists
from hub.services.dictionaries import tenant_slot
from hub.services.settings import get_setting

#: Places whose codes a process keeps: about 1 kB a code.
MOST_PLACES: Final = 8
_held: OrderedDict[tuple[int, Any], tuple[ref[Dialect], dict[str, Any], Index]] = OrderedDict()
_guard = threading.Lock()


def find(session: Session, text: str, scheme: str = "", limit: int = 20) -> list[tuple[str, str]]:
    """(``scheme:code``, label) of codes that begin with the text or whose label holds its words, those whose label
    begins so first; of one list or (empty) of all."""
    if not text.strip():
        return []
    chosen = {"scheme": (scheme,)} if scheme else {}
    found = [key.decode() for key in _index(session).search(text, chosen, limit=limit).keys]
    named = code_lists.label(session, found)
    return [(one, named[one]) for one in found]


def _index(session: Session) -> Index:
    dialect, schema = tenant_slot(session)
    key, loaded = (id(dialect), schema), get_setting(session, code_lists.LISTS)
    with _guard:
        held = _held.get(key)
        if held is not None and held[0]() is dialect and held[1] == loaded:
            _held.move_to_end(key)
            return held[2]
    index = Index.of([_doc(code, label) for code, label in code_lists.labels(session).items()])
    with _guard:
        _held[key] = ref(dialect), loaded, index
        while len(_held) > MOST_PLACES:
            _held.popitem(last=False)
    return index


def _doc(key: str, label: str) -> Doc:
    scheme, _colon, code = key.partition(":")
    return Doc(key.encode(), label, code, (("scheme", scheme),), gone=False, stamp=0)
