"""The indexes of the catalogue that this process holds, one a tenant, brought up to date at each search (ADR 19).

Whoever writes a resource stamps it in the same unit (``models.learning``); a search first reads what was stamped since
the last one, whichever process wrote it. A unit commits some time after its stamps were made, so each reading goes back
over `OVERLAP`.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import ref

from sqlalchemy import Dialect, func, select
from sqlalchemy.orm import Session

from hub.db.engines import READ, UNIT
from hub.domain.catalogue_index import Doc, Index
from hub.domain.catalogue_text import band, licence_family
from hub.models.learning import Resource
from hub.models.packages import Package
from hub.services.code_lists import label, labels
from hub.services.dictionaries import tenant_slot

#: Longer than a unit may wait for its turn (30 s) and clocks of machines be apart.
OVERLAP: Final = 90_000_000
#: Resources of all tenants that a process keeps in memory: about 1.2 kB each.
MOST_HELD: Final = 400_000
_COLUMNS = (
    Resource.id, Resource.kind, Resource.title, Resource.summary, Resource.platform_id, Resource.language,
    Resource.modality, Resource.minutes, Resource.phone, Resource.brings, Resource.custom, Resource.licence,
    Resource.keywords, Resource.skills, Resource.codes, Resource.equipment, Resource.stamp,
    Resource.withdrawn_at.is_not(None).label("gone"),
)  # fmt: skip


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    index: Index | None = None
    read_at: int = 0
    greatest: int = 0


_Key = tuple[int, Any]
_slots: OrderedDict[_Key, tuple[ref[Dialect], _Slot]] = OrderedDict()
_guard = threading.Lock()


def index_of(session: Session) -> Index:
    """The index of the session's tenant as the session sees the catalogue. A writing unit gets one of its own: what it
    wrote may be rolled back."""
    if session.connection().get_execution_options().get(UNIT) != READ:
        return _load(session)
    slot = _slot(session)
    with slot.lock:
        _bring_up(session, slot)
        assert slot.index is not None  # noqa: S101 - just made
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
    if slot.index is None or slot.index.worn or greatest < slot.greatest:  # the last: an older state was restored
        slot.index = _load(session)
    else:
        _catch_up(session, slot.index, slot.read_at - OVERLAP)
    slot.read_at, slot.greatest = now, greatest


def _catch_up(session: Session, index: Index, since: int) -> None:
    recent = session.execute(select(Resource.id, Resource.stamp).where(Resource.stamp >= since)).all()
    stale = [key for key, stamp in recent if index.stamp_of(key.bytes) != stamp]
    for start in range(0, len(stale), 400):
        for doc in _docs(session, stale[start : start + 400]):
            index.put(doc)


def _load(session: Session) -> Index:
    heads = select(Resource.title, Resource.id, Resource.withdrawn_at.is_not(None))
    return Index(((title, key.bytes, gone) for title, key, gone in session.execute(heads)), _all(session))


def _all(session: Session) -> Iterator[Doc]:
    single = set(session.scalars(select(Package.resource_id).where(Package.format == "file")))
    named = labels(session)
    for row in session.execute(select(*_COLUMNS).execution_options(yield_per=1000)):
        yield _doc(row, row.id in single, named)


def _docs(session: Session, keys: Sequence[Any]) -> list[Doc]:
    files = select(Package.resource_id).where(Package.format == "file", Package.resource_id.in_(keys))
    single = set(session.scalars(files))
    rows = session.execute(select(*_COLUMNS).where(Resource.id.in_(keys))).all()
    named = label(session, {code for row in rows for code in row.codes})
    return [_doc(row, row.id in single, named) for row in rows]


def _doc(row: Any, is_file: bool, named: dict[str, str]) -> Doc:
    parts = [row.summary, *row.keywords, *row.skills]
    for code in row.codes:
        parts.append(f"{code.partition(':')[2]} {named.get(code, '')}")
    return Doc(row.id.bytes, row.title, "\n".join(parts), _facets(row, is_file), bool(row.gone), row.stamp)


def _facets(row: Any, is_file: bool) -> tuple[tuple[str, str], ...]:
    found = [("kind", row.kind), ("origin", _origin(row, is_file)), ("modality", row.modality), ("phone", row.phone)]
    found += [("language", row.language), ("duration", band(row.minutes)), ("licence", licence_family(row.licence))]
    found.append(("platform", str(row.platform_id or "")))
    found += [("brings", one) for one in {str(b["kind"]) for b in row.brings}]
    found += [("skill", one) for one in row.skills]
    found += [("equipment", one) for one in row.equipment]
    found += [(one.partition(":")[0], one.partition(":")[2]) for one in row.codes]
    return tuple((facet, value) for facet, value in found if value)


def _origin(row: Any, is_file: bool) -> str:
    """Where a resource comes from: ``package``, ``file``, ``remote``, ``lti``, ``harvest``, ``own``."""
    if row.kind == "package":
        return "file" if is_file else "package"
    if row.kind in ("remote_course", "remote_module"):
        return "remote"
    if row.kind == "lti_link":
        return "lti"
    return "harvest" if (row.custom or {}).get("source") else "own"
