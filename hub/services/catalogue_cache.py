"""The indexes of the catalogue that this process holds, one a tenant, brought up to date at each search (ADR 19).

Whoever writes a resource stamps it in the same unit (``models.learning``); a search first reads what was stamped since
the last one, whichever process wrote it. A unit commits some time after its stamps were made, so each reading goes back
over `OVERLAP`.

A small catalogue is read when it is first searched. A large one is read by a worker, which writes the index down
(``catalogue_image``): a process takes that in and reads what changed since; until there is one, there is no index.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID
from weakref import ref

from sqlalchemy import Dialect, func, select
from sqlalchemy.orm import Session

from hub.db.engines import READ, UNIT
from hub.domain.catalogue_index import Index
from hub.models.learning import Resource
from hub.services import catalogue_docs, catalogue_image
from hub.services.dictionaries import tenant_slot

#: Longer than a unit may wait for its turn (30 s) and clocks of machines be apart.
OVERLAP: Final = 90_000_000
#: Resources of all tenants that a process keeps in memory: about 1.2 kB each.
MOST_HELD: Final = 400_000
#: Changes that a search takes in while somebody waits: a third of a second.
MOST_TAKEN: Final = 3000
_MODULUS: Final = 1_000_003


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    index: Index | None = None
    made: int = 0
    read_at: int = 0
    greatest: int = 0


_Key = tuple[int, Any]
_slots: OrderedDict[_Key, tuple[ref[Dialect], _Slot]] = OrderedDict()
_guard = threading.Lock()


def index_of(session: Session) -> Index | None:
    """The index of the session's tenant as the session sees the catalogue; None while that of a large catalogue is
    being prepared. A writing unit gets one of its own: what it wrote may be rolled back."""
    if session.connection().get_execution_options().get(UNIT) != READ:
        return _begin(session)[0]
    slot = _slot(session)
    with slot.lock:
        _bring_up(session, slot)
        return slot.index


def _slot(session: Session) -> _Slot:
    dialect, schema = tenant_slot(session)
    key = (id(dialect), schema)
    with _guard:
        held = _slots.get(key)
        if held is None or held[0]() is not dialect:
            held = (ref(dialect), _Slot())
            _slots[key] = held
        _slots.move_to_end(key)
        _make_room(key)
        return held[1]


def _make_room(keep: _Key) -> None:
    total = sum(len(slot.index) for _d, slot in _slots.values() if slot.index is not None)
    for key in list(_slots):
        gone = _slots[key][0]() is None
        if key != keep and (gone or total > MOST_HELD):
            index = _slots.pop(key)[1].index
            total -= len(index) if index is not None else 0


def _bring_up(session: Session, slot: _Slot) -> None:
    now = time.time_ns() // 1000
    greatest = session.scalar(select(func.max(Resource.stamp))) or 0
    restored = greatest < slot.greatest  # an older state was put in the place of the present one
    index = slot.index
    anew = index is None or restored or (index.worn and _better(session, slot))
    if anew or not _catch_up(session, index, slot.read_at - OVERLAP):
        slot.index, slot.made = _begin(session)
    slot.read_at, slot.greatest = now, greatest


def _better(session: Session, slot: _Slot) -> bool:
    """Whether beginning anew gives an index of fewer changes."""
    return catalogue_image.small(session) or catalogue_image.newest(session) > slot.made


def _begin(session: Session) -> tuple[Index | None, int]:
    """An index, and which image it comes from (0: from none)."""
    if catalogue_image.small(session):
        return Index(catalogue_docs.heads(session), catalogue_docs.everything(session)), 0
    index, made = catalogue_image.read(session)
    if index is None or not _catch_up(session, index, made - OVERLAP):
        return None, 0
    if not _agrees(session, index) and not _compare(session, index):
        return None, 0
    return index, made


def _agrees(session: Session, index: Index) -> bool:
    """Whether the index holds the rows there are: told by their number and a sum over their stamps."""
    number, total = session.execute(select(func.count(), func.sum(Resource.stamp % _MODULUS))).one()
    stamps = index.stamps.values()
    return number == len(stamps) and int(total or 0) == sum(stamp % _MODULUS for stamp in stamps)


def _compare(session: Session, index: Index) -> bool:
    """Look at every row: what was restored, written past the ORM or taken out since the image was made."""
    there = {key.bytes: stamp for key, stamp in session.execute(select(Resource.id, Resource.stamp))}
    held = index.stamps
    for key in held.keys() - there.keys():
        index.drop(key)
    return _take(session, index, [UUID(bytes=key) for key, stamp in there.items() if held.get(key) != stamp])


def _catch_up(session: Session, index: Index | None, since: int) -> bool:
    if index is None:
        return False
    recent = session.execute(select(Resource.id, Resource.stamp).where(Resource.stamp >= since)).all()
    return _take(session, index, [key for key, stamp in recent if index.stamp_of(key.bytes) != stamp])


def _take(session: Session, index: Index, keys: list[UUID]) -> bool:
    """Take these in; False, and nothing done, where they are too many: a worker will."""
    if len(keys) > MOST_TAKEN:
        return False
    for start in range(0, len(keys), 400):
        for doc in catalogue_docs.some(session, keys[start : start + 400]):
            index.put(doc)
    return True
