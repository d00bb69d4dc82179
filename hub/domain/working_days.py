"""Working days in France: the delays that people are told. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

#: (month, day) of the public holidays that fall on the same date each year (Code du travail, L3133-1).
_FIXED = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})
#: Days after Easter Sunday: Easter Monday, Ascension, Whit Monday.
_AFTER_EASTER = (1, 39, 50)


def is_working_day(day: date) -> bool:
    """Monday to Friday, public holidays of metropolitan France excepted."""
    if day.weekday() >= 5 or (day.month, day.day) in _FIXED:
        return False
    return day not in {easter(day.year) + timedelta(days=n) for n in _AFTER_EASTER}


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus' algorithm), for any year from 1583."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, skipped = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - moon + 15) % 30
    quarter, left = divmod(rest, 4)
    weekday = (32 + 2 * skipped + 2 * quarter - epact - left) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def after_working_days(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same wall time ``days`` working days after ``start`` (aware), in the zone of the place; aware, in that zone.

    What is asked on a Friday at 16 h for one working day is due on Monday at 16 h.
    """
    local = start.astimezone(zone)
    day = local.date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day, local.timetz().replace(tzinfo=None), tzinfo=zone)
