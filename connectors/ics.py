"""Calendars as iCalendar files (RFC 5545): their events as occurrences, recurrences unrolled. Usable without the hub.

A calendar's address is a secret: whoever has it reads the calendar. It shows in no error and no log.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar

from connectors.errors import ConnectorError, SettingRefused, Unreadable
from connectors.http import HttpClient
from connectors.records import Notice

LARGEST: Final = 5 * 1024 * 1024
MOST_EVENTS: Final = 20_000
MOST: Final = 1000
"""Occurrences that one reading gives."""
_TOO_OFTEN: Final = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_LONGEST_RULE: Final = 40_000
_LONGEST_TEXT: Final = 300


@dataclass(frozen=True)
class Occurrence:
    """One time at which an event takes place. ``key`` tells it from all others of its calendar: the UID, and for one of
    a series the original beginning (RECURRENCE-ID). ``starts_at`` and ``ends_at`` aware UTC; an ``all_day`` one has the
    local midnights of its days. ``sequence`` grows with each change that its organiser makes."""

    key: str
    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    all_day: bool = False
    cancelled: bool = False
    place: str = ""
    url: str = ""


@dataclass(frozen=True)
class Reading:
    """What a calendar holds within a window, by beginning. ``notices``: what was left out, and why."""

    occurrences: tuple[Occurrence, ...]
    name: str = ""
    notices: tuple[Notice, ...] = field(default=())


def fetch(url: str, http: HttpClient) -> bytes:
    """The bytes at a calendar's address (``webcal:`` is ``https:``). Raises ConnectorError, which names the host alone.

    ``http`` has the address policy and limits; make it with ``hide_path`` so that its log tells the host alone too.
    """
    address = "https:" + url[len("webcal:") :] if url.lower().startswith("webcal:") else url
    host = urlsplit(address).hostname or ""
    try:
        return http.get_bytes(address, headers={"Accept": "text/calendar, */*;q=0.1"}, max_bytes=LARGEST)
    except SettingRefused:
        raise
    except ConnectorError as fault:
        kind = type(fault)
        told: Mapping[str, Any] = {"where": host, "status": fault.status, "retry_after": fault.retry_after}
        try:
            hidden: ConnectorError = kind("", **told)
        except TypeError:
            hidden = ConnectorError("", **told)
        raise hidden from None


def read(data: bytes, *, zone: str, since: datetime, until: datetime) -> Reading:
    """The occurrences that touch a window; times without a zone are of ``zone``. Raises Unreadable for what is no
    calendar, or one beyond measure."""
    if len(data) > LARGEST:
        raise Unreadable("more than 5 MB")
    try:
        calendars = Calendar.from_ical(data, multiple=True)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, UnicodeError) as error:
        raise Unreadable("no iCalendar file") from error
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if not calendars or (not events and b"BEGIN:VCALENDAR" not in data.upper()):
        raise Unreadable("no iCalendar file")
    if len(events) > MOST_EVENTS:
        raise Unreadable(f"more than {MOST_EVENTS} events")
    unrolled = _Unrolling(ZoneInfo(zone), since, until)
    cancels = any(str(calendar.get("METHOD", "")).upper() == "CANCEL" for calendar in calendars)
    found = unrolled.all(events)
    if cancels:
        found = [replace(it, cancelled=True) for it in found]
    ordered = sorted(found, key=lambda it: (it.starts_at, it.key))
    if len(ordered) > MOST:
        unrolled.notices.append(Notice("too_many", "calendar", str(len(ordered))))
    name = str(calendars[0].get("X-WR-CALNAME", ""))[:_LONGEST_TEXT]
    return Reading(tuple(ordered[:MOST]), name, tuple(unrolled.notices))


class _Unrolling:
    """Events of one calendar as occurrences."""

    def __init__(self, zone: ZoneInfo, since: datetime, until: datetime) -> None:
        self._zone, self._since, self._until = zone, since, until
        self.notices: list[Notice] = []

    def all(self, events: list[Any]) -> list[Occurrence]:
        masters: dict[str, Any] = {}
        changed: dict[str, dict[datetime, Any]] = {}
        for event in events:
            uid = str(event.get("UID", "")).strip()[:_LONGEST_TEXT]
            if not uid or "DTSTART" not in event:
                self.notices.append(Notice("unreadable", "event", str(event.get("SUMMARY", ""))[:60]))
                continue
            if "RECURRENCE-ID" in event:
                if str(event["RECURRENCE-ID"].params.get("RANGE", "")).upper() == "THISANDFUTURE":
                    self.notices.append(Notice("this_and_future", "event", str(event.get("SUMMARY", ""))[:60]))
                original = self._instant(event["RECURRENCE-ID"].dt)
                before = changed.setdefault(uid, {}).get(original)
                if before is None or _sequence(event) >= _sequence(before):
                    changed[uid][original] = event
            elif uid not in masters or _sequence(event) >= _sequence(masters[uid]):
                masters[uid] = event
        return [
            it for uid in {**masters, **changed} for it in self._series(uid, masters.get(uid), changed.get(uid, {}))
        ]

    def _series(self, uid: str, master: Any, changed: dict[datetime, Any]) -> Iterator[Occurrence]:
        left = dict(changed)
        try:
            if master is not None:
                recurs = "RRULE" in master or "RDATE" in master
                for start in self._starts(master) if recurs else [master["DTSTART"].dt]:
                    original = self._instant(start)
                    event = left.pop(original, None)
                    key = f"{uid}|{original:%Y%m%dT%H%M%SZ}" if recurs else uid
                    if event is None:
                        yield from self._occurrence(key, uid, master, start)
                    else:
                        yield from self._occurrence(key, uid, event, event["DTSTART"].dt)
            for original, event in left.items():
                yield from self._occurrence(f"{uid}|{original:%Y%m%dT%H%M%SZ}", uid, event, event["DTSTART"].dt)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            self.notices.append(
                Notice("unreadable", "event", f"{str((master or {}).get('SUMMARY', ''))[:60]}: {error}"[:90])
            )

    def _starts(self, master: Any) -> Iterator[date]:
        """The beginnings that the rules give, as wall times of the event's own zone, so that a change of clock moves
        none of them."""
        first = master["DTSTART"].dt
        zone = first.tzinfo if isinstance(first, datetime) else None
        plain = _wall(first, zone)
        left_out = {_wall(it, zone) for it in _dates(master, "EXDATE")}
        found = {plain, *(_wall(it, zone) for it in _dates(master, "RDATE"))} if "RDATE" in master else set()
        for rule in _listed(master, "RRULE"):
            if str((rule.get("FREQ") or [""])[0]).upper() in _TOO_OFTEN:
                raise ValueError("recurs more often than once a day")
            found.update(self._ruled(rule, plain, zone))
        for at in sorted(found - left_out):
            yield at.replace(tzinfo=zone) if isinstance(first, datetime) else at.date()

    def _ruled(self, rule: Any, plain: datetime, zone: tzinfo | None) -> Iterator[datetime]:
        told = {name: values for name, values in rule.items() if name != "UNTIL"}
        text = ";".join(f"{name}={','.join(map(_rule_value, values))}" for name, values in told.items())
        ends = [_wall(value, zone) if isinstance(value, datetime) else datetime.combine(value, time.max)
                for value in rule.get("UNTIL", [])]  # fmt: skip
        last = min([*ends, (self._until + timedelta(days=1)).astimezone(zone or UTC).replace(tzinfo=None)])
        for count, at in enumerate(rrulestr(text, dtstart=plain)):
            if at > last:
                return
            if count > _LONGEST_RULE:
                raise ValueError("a rule without end")
            yield at

    def _occurrence(self, key: str, uid: str, event: Any, start: date) -> Iterator[Occurrence]:
        first = event["DTSTART"].dt
        whole = not isinstance(first, datetime)
        if "DTEND" in event:
            length = self._instant(event["DTEND"].dt) - self._instant(first)
        elif "DURATION" in event:
            length = event["DURATION"].dt
        else:
            length = timedelta(days=1) if whole else timedelta()
        starts = self._instant(start)
        ends = starts + length
        if ends < self._since or starts > self._until:
            return
        yield Occurrence(
            key, uid, _sequence(event), _text(event, "SUMMARY"), starts, ends, whole,
            str(event.get("STATUS", "")).upper() == "CANCELLED", _text(event, "LOCATION"), _text(event, "URL"),
        )  # fmt: skip

    def _instant(self, value: date) -> datetime:
        """UTC; a day begins at the local midnight, a time without a zone is of the calendar's."""
        if not isinstance(value, datetime):
            value = datetime.combine(value, time())
        return (value if value.tzinfo else value.replace(tzinfo=self._zone)).astimezone(UTC)


def _wall(value: date, zone: tzinfo | None) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    return (value.astimezone(zone) if value.tzinfo and zone else value).replace(tzinfo=None)


def _listed(event: Any, name: str) -> list[Any]:
    value = event.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _dates(event: Any, name: str) -> Iterator[date]:
    for some in _listed(event, name):
        for it in getattr(some, "dts", ()):
            yield it.dt[0] if isinstance(it.dt, tuple) else it.dt


def _rule_value(value: Any) -> str:
    return value.to_ical().decode() if hasattr(value, "to_ical") else str(value)


def _sequence(event: Any) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _text(event: Any, name: str) -> str:
    return " ".join(str(event.get(name, "")).split())[:_LONGEST_TEXT]
