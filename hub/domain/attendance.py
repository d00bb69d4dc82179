"""Half-days of a séance and minutes of presence (facts/french-training.md: émargement is signed per half-day). Pure.

A séance is local wall time and the IANA zone of its place. Minutes are real ones, counted between instants, so that a
night of clock change neither gives nor takes an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

#: The lunch break where the place has set none (setting ``place``, ``lunch_starts`` and ``lunch_ends``).
LUNCH = (time(12, 30), time(13, 30))

MORNING, AFTERNOON = "am", "pm"


class Presence(StrEnum):
    """What the roll says of one person in one half-day."""

    PRESENT = "present"
    PARTIAL = "partial"
    ABSENT = "absent"


class Mode(StrEnum):
    """Where a person followed a comodal séance; ``room`` for one on site, ``screen`` for a video class."""

    ROOM = "room"
    SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class HalfDay:
    """One half-day of a séance: ``key`` is ``am`` or ``pm``, times are local wall times of ``zone``."""

    key: str
    day: date
    starts: time
    ends: time
    zone: str

    @property
    def start(self) -> datetime:
        """Its beginning, aware UTC."""
        return to_utc(self.day, self.starts, self.zone)

    @property
    def end(self) -> datetime:
        """Its end, aware UTC."""
        return to_utc(self.day, self.ends, self.zone)

    @property
    def minutes(self) -> int:
        """Real minutes between beginning and end."""
        return _minutes(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a person was there. ``start`` and ``end`` aware UTC (None: not at all); ``late`` and ``early`` are the
    minutes missed at either end; ``share`` 0..1 of the half-day."""

    minutes: int
    share: float
    start: datetime | None = None
    end: datetime | None = None
    late: int = 0
    early: int = 0


def to_utc(day: date, at: time, zone: str) -> datetime:
    """The instant of a local wall time. A time that the clock skips is read with the offset before the change, one
    that it shows twice as the first of the two (PEP 495, fold 0). Raises ZoneInfoNotFoundError."""
    return datetime.combine(day, at.replace(fold=0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def half_days(day: date, starts: time, ends: time, zone: str, lunch: tuple[time, time] = LUNCH) -> tuple[HalfDay, ...]:
    """The half-days of a séance: two where it begins before the lunch break and goes on after it, else one.

    A séance that only touches the break (9:00 to 13:00) keeps it as its own time. Raises ValueError when it ends
    before it begins: a séance is of one day.
    """
    if ends <= starts:
        raise ValueError("a séance ends after its beginning, on the same day")
    pause, resume = lunch
    if starts < pause and ends > resume:
        return HalfDay(MORNING, day, starts, pause, zone), HalfDay(AFTERNOON, day, resume, ends, zone)
    return (HalfDay(MORNING if starts < pause else AFTERNOON, day, starts, ends, zone),)


def stay(
    half: HalfDay,
    presence: Presence,
    arrived: time | None = None,
    left: time | None = None,
    counted: int | None = None,
) -> Stay:
    """The presence in one half-day. Times count for ``partial`` only, are clipped to the half-day, and stand for its
    ends where they are missing; ``counted`` minutes are fewer where somebody went away in between. Raises ValueError
    when somebody left before arriving."""
    if presence is Presence.ABSENT:
        return Stay(0, 0.0)
    if presence is Presence.PRESENT:
        return Stay(half.minutes, 1.0, half.start, half.end)
    if arrived is not None and left is not None and left < arrived:
        raise ValueError("nobody leaves before arriving")
    first = half.start if arrived is None else _clip(to_utc(half.day, arrived, half.zone), half)
    last = half.end if left is None else _clip(to_utc(half.day, left, half.zone), half)
    minutes = _minutes(first, last) if counted is None else min(counted, _minutes(first, last))
    if minutes <= 0:
        return Stay(0, 0.0)
    share = minutes / half.minutes if half.minutes else 0.0
    return Stay(minutes, share, first, last, _minutes(half.start, first), _minutes(last, half.end))


@dataclass(frozen=True, slots=True)
class Counted:
    """What a video class counted of one person in one half-day: minutes there, first arrival and last departure as
    local wall times."""

    minutes: int
    arrived: time
    left: time


def counted(half: HalfDay, stays: Iterable[tuple[datetime, datetime]]) -> Counted | None:
    """The part of ``stays`` (in order, apart from one another) that lies in a half-day; None for less than a minute."""
    inside = [(max(start, half.start), min(end, half.end)) for start, end in stays]
    there = [(start, end) for start, end in inside if start < end]
    minutes = sum((end - start for start, end in there), timedelta()) // timedelta(minutes=1)
    if minutes < 1:
        return None
    zone = ZoneInfo(half.zone)
    first, last = (at.astimezone(zone).time().replace(second=0, microsecond=0) for at in (there[0][0], there[-1][1]))
    return Counted(min(minutes, half.minutes), first, last)


def _clip(instant: datetime, half: HalfDay) -> datetime:
    return min(max(instant, half.start), half.end)


def _minutes(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(minutes=1)
