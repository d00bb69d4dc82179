"""Dates and times as people say them, with the truth about the time zone."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_location

from hub.texts.typography import LOCALES, NBSP

_DAY = {"fr": ("EEEE d MMMM", "EEE d MMM"), "en": ("EEEE d MMMM", "EEE d MMM")}
_WORDS = {
    "fr": {
        "night": "cette nuit à %s", "morning": "ce matin à %s", "afternoon": "cet après-midi à %s",
        "evening": "ce soir à %s", "yesterday": "hier à %s", "tomorrow": "demain à %s", "at": "%s à %s",
        "from_to": "du %s au %s", "zone": "%s (heure de %s)", "now": "à l’instant", "ago": "il y a %s", "in": "dans %s",
        "today": "aujourd’hui", "day_before": "hier", "day_after": "demain", "days": "%d jours", "months": "%d mois",
    },
    "en": {
        "night": "in the night at %s", "morning": "this morning at %s", "afternoon": "this afternoon at %s",
        "evening": "this evening at %s", "yesterday": "yesterday at %s", "tomorrow": "tomorrow at %s", "at": "%s at %s",
        "from_to": "from %s to %s", "zone": "%s (%s time)", "now": "just now", "ago": "%s ago", "in": "in %s",
        "today": "today", "day_before": "yesterday", "day_after": "tomorrow", "days": "%d days", "months": "%d months",
    },
}  # fmt: skip


class DateWords:
    """Date formatters; mixed into `Translator`, which sets `lang`, `zone` and `now`.

    Instants are aware datetimes and are said in the reader's zone unless `zone` (the zone of the place) is given;
    when the clocks of the two differ at that instant, the place's zone is named, so that nobody comes an hour late.
    """

    lang: Literal["fr", "en"]
    zone: ZoneInfo
    now: Callable[[], datetime]

    def _word(self, key: str, *values: object) -> str:
        text = _WORDS[self.lang][key]
        return text % values if values else text

    def _local(self, instant: datetime, zone: str | None) -> datetime:
        if instant.tzinfo is None:
            raise ValueError("a naive datetime has no place on a page: give an aware one")
        return instant.astimezone(ZoneInfo(zone) if zone else self.zone)

    def _today(self) -> date:
        return self.now().astimezone(self.zone).date()

    def _zoned(self, text: str, local: datetime, zone: str | None) -> str:
        if zone is None or local.utcoffset() == local.astimezone(self.zone).utcoffset():
            return text
        return self._word("zone", text, get_timezone_location(zone, locale=LOCALES[self.lang], return_city=True))

    def day(self, value: date | datetime, *, short: bool = False, zone: str | None = None) -> str:
        """``mardi 24 novembre`` (``mar. 24 nov.`` when short); the year is said only where it is not this year."""
        plain = self._local(value, zone).date() if isinstance(value, datetime) else value
        pattern = _DAY[self.lang][short] + ("" if plain.year == self._today().year else " y")
        return self._first(plain, format_date(plain, pattern, locale=LOCALES[self.lang]))

    def plain_date(self, value: date | datetime, *, zone: str | None = None) -> str:
        """Without the day of the week: ``24 novembre``, ``12 septembre 2027``, ``1er décembre``."""
        plain = self._local(value, zone).date() if isinstance(value, datetime) else value
        pattern = "d MMMM" + ("" if plain.year == self._today().year else " y")
        return self._first(plain, format_date(plain, pattern, locale=LOCALES[self.lang]))

    def _first(self, plain: date, text: str) -> str:
        if self.lang == "fr":
            if plain.day == 1:
                text = text.replace("1 ", "1er ", 1)
            return text.replace(f"{plain.day} ", f"{plain.day}{NBSP}", 1).replace("1er ", f"1er{NBSP}", 1)
        return text.replace(f"{plain.day} ", f"{plain.day}{NBSP}", 1)

    def weekday(self, instant: date | datetime, *, zone: str | None = None) -> str:
        """The short day of the week of a date plate: ``mar.``, ``Tue``."""
        return self._part(instant, "EEE", zone)

    def day_number(self, instant: date | datetime, *, zone: str | None = None) -> str:
        """The day of the month of a date plate: ``24``."""
        return self._part(instant, "d", zone)

    def month(self, instant: date | datetime, *, zone: str | None = None) -> str:
        """The short month of a date plate: ``nov.``, ``Nov``."""
        return self._part(instant, "MMM", zone)

    def _part(self, value: date | datetime, pattern: str, zone: str | None) -> str:
        plain = self._local(value, zone).date() if isinstance(value, datetime) else value
        return format_date(plain, pattern, locale=LOCALES[self.lang])

    def clock(self, instant: datetime, *, zone: str | None = None) -> str:
        """``9 h``, ``12 h 30`` in French; ``9 am``, ``12:30 pm`` in English."""
        local = self._local(instant, zone)
        if self.lang == "fr":
            return f"{local.hour}{NBSP}h" + (f"{NBSP}{local.minute:02d}" if local.minute else "")
        minutes = f":{local.minute:02d}" if local.minute else ""
        return f"{local.hour % 12 or 12}{minutes}{NBSP}{'am' if local.hour < 12 else 'pm'}"

    def span(self, start: datetime, end: datetime, *, short: bool = False, zone: str | None = None) -> str:
        """A séance: ``mardi 24 novembre, 9 h – 12 h 30``; over several days, both ends in full."""
        first, last = self._local(start, zone), self._local(end, zone)
        begin = f"{self.day(start, short=short, zone=zone)}, {self.clock(start, zone=zone)}"
        finish = self.clock(end, zone=zone)
        if first.date() != last.date():
            finish = f"{self.day(end, short=short, zone=zone)}, {finish}"
        return self._zoned(f"{begin}{NBSP}– {finish}".replace("– ", f"–{NBSP}"), first, zone)

    def dates(self, start: date, end: date) -> str:
        """``du 2 novembre au 18 décembre``; one day alone is said as `plain_date` says it."""
        return (
            self.plain_date(start)
            if start == end
            else self._word("from_to", self.plain_date(start), self.plain_date(end))
        )

    def moment(self, instant: datetime, *, zone: str | None = None) -> str:
        """``ce matin à 6 h``, ``hier à 18 h 12``, ``demain à 9 h``, else ``mardi 24 novembre à 9 h``."""
        local = self._local(instant, zone)
        hour = self.clock(instant, zone=zone)
        away = (local.date() - self._today()).days
        if away == 0:
            return self._zoned(self._word(_part_of_day(local.hour), hour), local, zone)
        if away in (-1, 1):
            return self._zoned(self._word("yesterday" if away < 0 else "tomorrow", hour), local, zone)
        return self._zoned(self._word("at", self.day(instant, zone=zone), hour), local, zone)

    def ago(self, instant: datetime) -> str:
        """How far from now: ``à l’instant``, ``il y a 5 min``, ``il y a 3 h``, ``hier``, ``il y a 9 jours``, ``dans
        3 jours``.

        From one calendar day away on, days of the reader's zone are counted, not spans of 24 hours.
        """
        passed = self.now() - instant
        days = (self._today() - self._local(instant, None).date()).days
        if abs(passed) < timedelta(minutes=1):
            return self._word("now")
        direction = "ago" if passed > timedelta() else "in"
        if days == 0:
            minutes = round(abs(passed) / timedelta(minutes=1))
            size = f"{minutes}{NBSP}min" if minutes < 60 else f"{minutes // 60}{NBSP}h"
            return self._word(direction, size)
        return self.days_away(self._local(instant, None).date())

    def days_away(self, day: date) -> str:
        """``aujourd’hui``, ``hier``, ``demain``, ``il y a 9 jours``, ``dans 3 jours``, ``il y a 4 mois``."""
        away = (day - self._today()).days
        if away in (-1, 0, 1):
            return self._word(("day_before", "today", "day_after")[away + 1])
        size = self._word("days", abs(away)) if abs(away) < 61 else self._word("months", round(abs(away) / 30.44))
        return self._word("ago" if away < 0 else "in", size.replace(" ", NBSP))


def _part_of_day(hour: int) -> str:
    if hour < 5:
        return "night"
    if hour < 12:
        return "morning"
    return "afternoon" if hour < 18 else "evening"
