"""From when to when evidence counts for an enrolment (DESIGN section 4).

A re-enrolment that starts anew counts nothing of before; from then on the enrolment of the same path that it follows
counts nothing more. So what was done, and its hours, stay where they were done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.types import to_micros
from hub.models.learning import Enrolment


@dataclass(frozen=True, slots=True)
class Period:
    """Instants in µs UTC: from ``start`` on, to before ``end``; None: without bound."""

    start: int | None = None
    end: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether any evidence may lie outside."""
        return self.start is not None or self.end is not None

    def holds(self, at: int) -> bool:
        """Whether evidence of that instant counts."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)


def periods(session: Session, enrolments: Sequence[Enrolment]) -> dict[UUID, Period]:
    """The period of each of these enrolments."""
    persons = {e.person_id for e in enrolments}
    query = select(Enrolment.person_id, Enrolment.path_id, Enrolment.counts_from)
    anew = session.execute(
        query.where(
            Enrolment.person_id.in_(persons), Enrolment.counts_from.is_not(None), Enrolment.state != "cancelled"
        )
    ).all()
    found: dict[UUID, Period] = {}
    for enrolment in enrolments:
        start = to_micros(enrolment.counts_from) if enrolment.counts_from else None
        later = [
            instant
            for person, path, counts_from in anew
            if (person, path) == (enrolment.person_id, enrolment.path_id)
            and counts_from is not None
            and (instant := to_micros(counts_from)) > (start or 0)
        ]
        found[enrolment.id] = Period(start, min(later, default=None))
    return found


def apart(one: Enrolment, other: Enrolment) -> bool:
    """Whether two enrolments count different times, so that no evidence is both's."""
    return one.path_id == other.path_id and one.counts_from != other.counts_from
