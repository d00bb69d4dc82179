"""Working days: week-ends, public holidays, the change of the clocks."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.domain.working_days import after_working_days, easter, is_working_day

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("year", "day"), [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)),
                      (2027, date(2027, 3, 28)), (2038, date(2038, 4, 25))],
)  # fmt: skip
def test_easter(year: int, day: date) -> None:
    assert easter(year) == day


@pytest.mark.parametrize("day", [date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25), date(2026, 7, 14),
                                 date(2026, 11, 11), date(2026, 11, 22), date(2026, 12, 25)])  # fmt: skip
def test_days_off(day: date) -> None:
    assert not is_working_day(day)


def test_friday_leads_to_monday_at_the_same_hour() -> None:
    asked = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    assert after_working_days(asked, 1, PARIS) == datetime(2026, 11, 23, 16, 0, tzinfo=PARIS)


def test_a_holiday_does_not_count() -> None:
    asked = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
    assert after_working_days(asked, 1, PARIS).date() == date(2026, 11, 12)


def test_the_wall_clock_is_kept_over_the_change_of_the_clocks() -> None:
    asked = datetime(2026, 10, 23, 8, 0, tzinfo=UTC)  # Friday 10 h, summer time
    due = after_working_days(asked, 1, PARIS)
    assert due.astimezone(UTC) == datetime(2026, 10, 26, 9, 0, tzinfo=UTC)  # Monday 10 h, winter time
