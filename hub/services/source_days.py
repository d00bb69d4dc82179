"""Counters of what each source sends, by day: written with the statements, read by the pages of sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.uow import driver
from hub.models.river import SourceDay
from hub.services.driver_sql import put

#: The hub itself, which has no row among the sources.
HUB: Final = UUID(int=0)
_DAY: Final = 86_400 * 1_000_000
_FIRST: Final = date(1970, 1, 1)
#: Days over which the usual rate of a source is told.
RATE_OVER: Final = 7


@dataclass(frozen=True, slots=True)
class Volume:
    """What one source sent: (day, statements) for each day asked for, zeros too; ``refusals`` noted in these days.
    ``per_day``: mean of the last seven full days."""

    days: tuple[tuple[date, int], ...]
    refusals: int
    per_day: float

    @property
    def statements(self) -> int:
        """All statements of the days."""
        return sum(count for _, count in self.days)


def count(session: Session, source_id: UUID | None, at: int, *, statements: int = 0, refusals: int = 0) -> None:
    """Add to the counters of the day of ``at`` (µs UTC), in the unit that stores or notes."""
    key = source_id or HUB
    put(
        session,
        "source_day",
        ("source_id", "day", "statements", "refusals"),
        [(key.hex if driver(session).on_sqlite else key, at // _DAY, statements, refusals)],
        "ON CONFLICT (source_id, day) DO UPDATE SET statements = source_day.statements + excluded.statements, "
        "refusals = source_day.refusals + excluded.refusals",
    )


def volumes(session: Session, now: datetime, days: int) -> Mapping[UUID, Volume]:
    """What every source sent in the last ``days`` days, today the last; a source that sent nothing is not in it."""
    today = (now.date() - _FIRST).days
    first = today - days + 1
    query = select(SourceDay).where(SourceDay.day >= min(first, today - RATE_OVER), SourceDay.day <= today)
    rows: dict[UUID, dict[int, SourceDay]] = {}
    for row in session.scalars(query):
        rows.setdefault(row.source_id, {})[row.day] = row
    return {key: _volume(found, first, today) for key, found in rows.items()}


def _volume(found: Mapping[int, SourceDay], first: int, today: int) -> Volume:
    days = tuple(
        (_FIRST + timedelta(days=day), found[day].statements if day in found else 0) for day in range(first, today + 1)
    )
    recent = sum(found[day].statements for day in range(today - RATE_OVER, today) if day in found)
    refusals = sum(row.refusals for day, row in found.items() if day >= first)
    return Volume(days, refusals, recent / RATE_OVER)


NOTHING: Final = Volume((), 0, 0.0)
