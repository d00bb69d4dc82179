"""What a person chose for their own screens, such as the columns of a table; kept with the person, not a browser."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from hub.models.person import Preference
from hub.services.dictionaries import upsert


def preference(session: Session, person_id: UUID, name: str) -> dict[str, Any]:
    """The value kept under a name; empty where nothing was chosen."""
    row = session.get(Preference, (person_id, name))
    return dict(row.value) if row else {}


def keep_preference(session: Session, person_id: UUID, name: str, value: dict[str, Any]) -> None:
    """Keep a value whole."""
    insert = upsert(session, Preference.__table__).values(person_id=person_id, name=name, value=value)
    session.execute(insert.on_conflict_do_update(index_elements=["person_id", "name"], set_={"value": value}))
