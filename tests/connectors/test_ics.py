"""Calendars of partners and trainers: recurrences, zones, changes, and what is no calendar."""

from datetime import UTC, datetime

import pytest

from connectors import ics
from connectors.addresses import AddressPolicy
from connectors.errors import AddressRefused, ConnectorError, Unreadable
from connectors.http import HttpClient, HttpOptions
from tests.connectors.loopback import serving

SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC)


def calendar(*events: str, head: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\nDTSTAMP:20260901T000000Z\n{event.strip()}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//FR\n{head}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def starts(data: bytes, zone: str = "Europe/Paris") -> list[str]:
    return [f"{it.starts_at:%Y-%m-%d %H:%M}" for it in ics.read(data, zone=zone, since=SINCE, until=UNTIL).occurrences]


@pytest.mark.parametrize(
    ("start", "meant"),
    [
        ("DTSTART:20261103T080000Z", "2026-11-03 08:00"),
        ("DTSTART;TZID=Europe/Paris:20261103T090000", "2026-11-03 08:00"),
        ("DTSTART;TZID=Romance Standard Time:20261103T090000", "2026-11-03 08:00"),
        ("DTSTART:20261103T090000", "2026-11-03 08:00"),
        ("DTSTART;TZID=America/Cayenne:20261103T090000", "2026-11-03 12:00"),
        ("DTSTART;VALUE=DATE:20261103", "2026-11-02 23:00"),
    ],
)
def test_times_have_the_zone_they_say_else_that_of_the_calendar(start: str, meant: str) -> None:
    assert starts(calendar(f"UID:a\n{start}\nDURATION:PT1H")) == [meant]


def test_a_series_keeps_its_hour_when_the_clock_changes() -> None:
    data = calendar("UID:a\nDTSTART;TZID=Europe/Paris:20261020T090000\nDTEND;TZID=Europe/Paris:20261020T120000\n"
                    "RRULE:FREQ=WEEKLY;COUNT=3\nSUMMARY:Atelier")  # fmt: skip
    assert starts(data) == ["2026-10-20 07:00", "2026-10-27 08:00", "2026-11-03 08:00"]


def test_exceptions_extra_dates_moved_and_cancelled_times() -> None:
    data = calendar(
        "UID:a\nSEQUENCE:1\nDTSTART;TZID=Europe/Paris:20261103T090000\nDTEND;TZID=Europe/Paris:20261103T100000\n"
        "RRULE:FREQ=WEEKLY;UNTIL=20261130T230000Z\nEXDATE;TZID=Europe/Paris:20261110T090000\n"
        "RDATE;TZID=Europe/Paris:20261205T140000\nSUMMARY:Atelier",
        "UID:a\nSEQUENCE:2\nRECURRENCE-ID;TZID=Europe/Paris:20261117T090000\n"
        "DTSTART;TZID=Europe/Paris:20261118T140000\nDURATION:PT2H\nSUMMARY:Atelier déplacé",
        "UID:a\nSEQUENCE:3\nRECURRENCE-ID;TZID=Europe/Paris:20261124T090000\n"
        "DTSTART;TZID=Europe/Paris:20261124T090000\nDURATION:PT1H\nSTATUS:CANCELLED",
    )
    found = ics.read(data, zone="Europe/Paris", since=SINCE, until=UNTIL).occurrences
    assert [(f"{it.starts_at:%m-%d %H:%M}", it.title, it.cancelled) for it in found] == [
        ("11-03 08:00", "Atelier", False), ("11-18 13:00", "Atelier déplacé", False), ("11-24 08:00", "", True),
        ("12-05 13:00", "Atelier", False),
    ]  # fmt: skip
    assert found[1].key == "a|20261117T080000Z"
    assert (found[1].sequence, found[1].ends_at.hour) == (2, 15)


def test_the_highest_sequence_counts_in_any_order() -> None:
    old = "UID:a\nSEQUENCE:1\nDTSTART:20261103T080000Z\nSUMMARY:avant"
    new = "UID:a\nSEQUENCE:2\nDTSTART:20261104T080000Z\nSUMMARY:après"
    assert starts(calendar(old, new)) == starts(calendar(new, old)) == ["2026-11-04 08:00"]


def test_what_cannot_be_used_is_told_and_the_rest_is_read() -> None:
    data = calendar(
        "UID:a\nDTSTART:20261103T080000Z\nRRULE:FREQ=SECONDLY",
        "DTSTART:20261103T080000Z\nSUMMARY:sans nom",
        "UID:c\nDTSTART:19000101T080000Z\nRRULE:FREQ=DAILY",
        "UID:d\nDTSTART:20261105T080000Z",
    )
    found = ics.read(data, zone="Europe/Paris", since=SINCE, until=UNTIL)
    assert {it.uid for it in found.occurrences if it.uid != "c"} == {"d"}
    assert [it.code for it in found.notices].count("unreadable") >= 2
    endless = calendar("UID:a\nDTSTART;TZID=Europe/Paris:20200101T090000\nRRULE:FREQ=DAILY")
    assert len(ics.read(endless, zone="Europe/Paris", since=SINCE, until=UNTIL).occurrences) <= 185


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\xff\xfe\x00", b"BEGIN:VEVENT", b"x" * (6 << 20)])
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        ics.read(data, zone="Europe/Paris", since=SINCE, until=UNTIL)


def test_the_address_of_a_calendar_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "connectors")
    secret = "private-0123456789abcdef"
    options = HttpOptions(retries=0, hide_path=True)

    def application(environ, start):
        start("200 OK" if environ["PATH_INFO"].endswith(".ics") else "404 No", [("Content-Type", "text/calendar")])
        return [calendar("UID:d\nDTSTART:20261105T080000Z")]

    with serving(application) as port:
        url = f"http://cal.localhost:{port}/{secret}/basic"
        with HttpClient(options, AddressPolicy(development=True)) as http:
            assert starts(ics.fetch(f"{url}.ics", http)) == ["2026-11-05 08:00"]
            with pytest.raises(ConnectorError) as caught:
                ics.fetch(url, http)
        with HttpClient(options) as strict, pytest.raises(AddressRefused):
            ics.fetch(f"{url}.ics", strict)
    logged = [it.getMessage() for it in caplog.records if it.name.startswith("connectors")]
    assert logged
    assert secret not in f"{caught.value} {caught.value!r} {caught.value.excerpt} {logged}"
