"""Finding a person by name, for a roll: few letters, few answers."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.models.person import Person

MOST = 20


def found_by_name(session: Session, words: str) -> list[Person]:
    """Persons whose name holds every word typed, whatever the case; at most ``MOST``, by family name. None for fewer
    than two letters: nobody's list is read by accident."""
    wanted = words.split()
    if sum(len(w) for w in wanted) < 2:
        return []
    query = select(Person).where(Person.erased_at.is_(None))
    whole = func.lower(Person.given_name + " " + Person.family_name)
    for word in wanted:
        query = query.where(whole.contains(word.lower(), autoescape=True))
    return list(session.scalars(query.order_by(Person.family_name, Person.given_name).limit(MOST)))
