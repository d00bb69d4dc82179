"""What SCORM contents keep for a learner beyond one attempt and one package, a row each: objectives and texts.

Sources: SCORM 2004 4th ed. SN 3.10.2, CAM 5.1.1 (``objectivesGlobalToSystem``); RTE 4.3, CAM 3.4.1.7
(``sharedDataGlobalToSystem``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.models.person import Person
from hub.models.play import PlayShared

OBJECTIVE: Final = "objective"
"""An objective that maps of several packages may name."""
DATA: Final = "data"
"""A text that contents share."""
Values = Mapping[str, Mapping[str, Any]]
_CHUNK: Final = 500


def read(session: Session, person_id: UUID, kind: str, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Those of the names under which something of that kind is kept for a person, with their values."""
    return {row.name: dict(row.value) for row in _rows(session, person_id, kind, names)}


def write(session: Session, person_id: UUID, kind: str, before: Values, after: Values, now: datetime) -> None:
    """Keep what ``after`` says otherwise than ``before``, field by field: two packages open at once may each write a
    part of the same objective."""
    changed = {name: new for name, values in after.items() if (new := _new(before.get(name, {}), values))}
    if not changed:
        return
    # Inserted once though two sessions write: the second waits here, and then finds the row.
    session.get_one(Person, person_id, with_for_update={"key_share": True})
    known = {row.name: row for row in _rows(session, person_id, kind, changed)}
    for name, values in changed.items():
        row = known.get(name)
        if row is None:
            row = PlayShared(id=new_id(), person_id=person_id, kind=kind, digest=_digest(name), name=name, value={})
            session.add(row)
        row.value, row.changed_at = {**row.value, **values}, now
    session.flush()


def everything(session: Session, person_id: UUID) -> list[dict[str, Any]]:
    """All that is kept for a person, in the order of its names: ``kind``, ``name``, ``value``, ``changed_at``."""
    query = select(PlayShared).where(PlayShared.person_id == person_id).order_by(PlayShared.kind, PlayShared.name)
    return [
        {"kind": row.kind, "name": row.name, "value": row.value, "changed_at": row.changed_at}
        for row in session.scalars(query)
    ]


def _new(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in after.items() if field not in before or before[field] != value}


def _rows(session: Session, person_id: UUID, kind: str, names: Iterable[str]) -> list[PlayShared]:
    digests = [_digest(name) for name in names]
    found: list[PlayShared] = []
    for start in range(0, len(digests), _CHUNK):
        query = select(PlayShared).where(
            PlayShared.person_id == person_id, PlayShared.kind == kind,
            PlayShared.digest.in_(digests[start : start + _CHUNK]),
        )  # fmt: skip
        found += session.scalars(query.execution_options(populate_existing=True))
    return found


def _digest(name: str) -> bytes:
    return sha256(name.encode()).digest()
