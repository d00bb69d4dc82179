"""Presences of one person that overlap in time: flagged, never summed silently and never cut (DESIGN section 4). Pure.

Two séances at once cannot both be attended; which one is right is for people to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody was at a séance from ``start`` to ``end`` (aware UTC)."""

    person_id: UUID
    seance_id: UUID
    half_day: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two presences of one person that share ``minutes``; ``first`` begins no later than ``second``."""

    first: Presence
    second: Presence
    minutes: int


def overlaps(presences: Iterable[Presence]) -> list[Overlap]:
    """Every pair of presences of one person in different séances that share at least a minute, by beginning.

    Each pair is told once, whatever the order given; presences that only touch do not overlap.
    """
    of_person: dict[UUID, list[Presence]] = defaultdict(list)
    for one in presences:
        of_person[one.person_id].append(one)
    found: list[Overlap] = []
    for mine in of_person.values():
        mine.sort(key=lambda p: (p.start, p.end, p.seance_id, p.half_day))
        for index, first in enumerate(mine):
            for second in mine[index + 1 :]:
                if second.start >= first.end:
                    break
                minutes = (min(first.end, second.end) - second.start) // timedelta(minutes=1)
                if minutes >= 1 and second.seance_id != first.seance_id:
                    found.append(Overlap(first, second, minutes))
    return sorted(found, key=lambda o: (o.second.start, o.first.person_id, o.first.seance_id))
