"""Half-days and minutes of presence, overlaps: at the edges of lunch, of the clock change, of the séance itself."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from hub.domain.attendance import HalfDay, Presence, half_days, stay, to_utc
from hub.domain.overlaps import Presence as Seen
from hub.domain.overlaps import overlaps

PARIS = "Europe/Paris"
DAY = date(2026, 11, 24)
MORNING = HalfDay("am", DAY, time(9), time(12, 30), PARIS)


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (time(9), time(17), [("am", time(9), time(12, 30)), ("pm", time(13, 30), time(17))]),
        (time(9), time(12), [("am", time(9), time(12))]),
        (time(9), time(13), [("am", time(9), time(13))]),
        (time(9), time(13, 30), [("am", time(9), time(13, 30))]),
        (time(12, 30), time(17), [("pm", time(12, 30), time(17))]),
        (time(18), time(20), [("pm", time(18), time(20))]),
    ],
)
def test_a_seance_has_the_half_days_that_lunch_makes(starts, ends, expected):
    assert [(h.key, h.starts, h.ends) for h in half_days(DAY, starts, ends, PARIS)] == expected


def test_another_lunch_break_is_a_setting():
    first, second = half_days(DAY, time(9), time(17), PARIS, (time(12), time(14)))
    assert (first.minutes, second.minutes) == (180, 180)


def test_a_seance_ends_after_its_beginning():
    with pytest.raises(ValueError, match="ends after"):
        half_days(DAY, time(14), time(9), PARIS)


@pytest.mark.parametrize(
    ("presence", "arrived", "left", "minutes", "late", "early"),
    [
        (Presence.PRESENT, None, None, 210, 0, 0),
        (Presence.PRESENT, time(10), None, 210, 0, 0),
        (Presence.ABSENT, time(9), time(12), 0, 0, 0),
        (Presence.PARTIAL, time(9, 25), None, 185, 25, 0),
        (Presence.PARTIAL, None, time(11), 120, 0, 90),
        (Presence.PARTIAL, time(8), time(14), 210, 0, 0),
        (Presence.PARTIAL, time(10), time(11), 60, 60, 90),
        (Presence.PARTIAL, time(13), None, 0, 0, 0),
        (Presence.PARTIAL, None, None, 210, 0, 0),
    ],
)
def test_minutes_of_presence_are_clipped_to_the_half_day(presence, arrived, left, minutes, late, early):
    found = stay(MORNING, presence, arrived, left)
    assert (found.minutes, found.late, found.early) == (minutes, late, early)
    assert found.share == pytest.approx(minutes / 210)


def test_nobody_leaves_before_arriving():
    with pytest.raises(ValueError, match="leaves before"):
        stay(MORNING, Presence.PARTIAL, time(11), time(10))


@pytest.mark.parametrize(("day", "minutes"), [(date(2026, 10, 25), 300), (date(2026, 3, 29), 180), (DAY, 240)])
def test_the_night_of_the_clock_change_neither_gives_nor_takes_an_hour(day, minutes):
    assert HalfDay("am", day, time(1), time(5), PARIS).minutes == minutes


def test_a_wall_time_is_read_in_the_zone_of_its_place():
    assert to_utc(DAY, time(9), PARIS) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert to_utc(DAY, time(9), "Indian/Reunion") == datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert to_utc(date(2026, 7, 1), time(9), PARIS) == datetime(2026, 7, 1, 7, tzinfo=UTC)


def seen(person: int, seance: int, start: int, end: int) -> Seen:
    first, last = (datetime(2026, 11, 24, 8, tzinfo=UTC) + timedelta(minutes=m) for m in (start, end))
    return Seen(UUID(int=person), UUID(int=seance), "am", first, last)


def test_overlapping_presences_are_told_once_whatever_their_order():
    rows = [seen(1, 1, 0, 60), seen(1, 2, 30, 90), seen(2, 2, 0, 60), seen(1, 3, 90, 120)]
    for order in (rows, rows[::-1]):
        assert [(o.first.seance_id.int, o.second.seance_id.int, o.minutes) for o in overlaps(order)] == [(1, 2, 30)]


def test_presences_that_touch_and_halves_of_one_seance_do_not_overlap():
    assert overlaps([seen(1, 1, 0, 60), seen(1, 2, 60, 90), seen(1, 1, 30, 60)]) == []


def test_a_long_presence_overlaps_each_of_those_within_it():
    found = overlaps([seen(1, 1, 0, 300), seen(1, 2, 10, 20), seen(1, 3, 30, 60)])
    assert [o.minutes for o in found] == [10, 30]
