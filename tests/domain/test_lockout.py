"""The lock-out's arithmetic."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.lockout import ONE_WAY, Policy, is_locked, origin

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_the_first_tries_are_free() -> None:
    assert [ONE_WAY.after_failure(n, NOW)[1] for n in range(4)] == [None] * 4


def test_then_each_try_doubles_the_wait_up_to_a_day() -> None:
    waits = [(ONE_WAY.after_failure(n, NOW)[1] or NOW) - NOW for n in range(4, 20)]
    assert waits[:4] == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
    assert waits[-1] == timedelta(hours=24)


@given(st.integers(0, 10**6), st.integers(1, 100))
def test_waits_never_shrink_nor_overflow(failures: int, free: int) -> None:
    policy = Policy(free=free, first=timedelta(minutes=1))
    count, first = policy.after_failure(failures, NOW)
    _, second = policy.after_failure(count, NOW)
    assert (second or NOW) >= (first or NOW)
    assert (second or NOW) - NOW <= policy.longest


def test_the_way_opens_at_the_very_instant() -> None:
    assert is_locked(NOW, NOW - timedelta(microseconds=1))
    assert not is_locked(NOW, NOW)
    assert not is_locked(None, NOW)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_one_subscriber_is_one_origin(address: str, counted: str) -> None:
    assert origin(address) == counted
