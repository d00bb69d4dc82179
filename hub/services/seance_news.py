"""News of a séance to whoever is expected at it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from hub.models.person import Person
from hub.models.place import Seance
from hub.services.messages import owe_message
from hub.texts import Translator


def owe_news(
    session: Session,
    occasion: str,
    seance: Seance,
    persons: Iterable[UUID],
    now: datetime,
    until: datetime | None = None,
    **more: str,
) -> int:
    """Owe each person the message of ``occasion``, day and ``until`` in the language of each; gives how many."""
    told = 0
    for person_id in persons:
        person = session.get_one(Person, person_id)
        speaks = Translator(person.language if person.language in ("fr", "en") else "fr", seance.zone)
        values = {
            "title": seance.title,
            "day": speaks.day(seance.day),
            "starts": seance.starts.isoformat("minutes"),
            "ends": seance.ends.isoformat("minutes"),
            **({"until": f"{speaks.day(until)}, {speaks.clock(until)}"} if until else {}),
            **more,
        }
        told += owe_message(session, occasion, person_id, str(seance.id), values, now) is not None
    return told
