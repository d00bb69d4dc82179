"""Turns: one at a time, in the order they came, but who stores goes ahead of all who prepare."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from hub.services.turns import SHORT_SECONDS, Turns, at_short_intervals


def queued(turns: Turns, count: int) -> None:
    """Until so many threads wait."""
    until = time.monotonic() + 30
    while len(turns._waiting) < count:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_who_stores_goes_ahead_and_the_others_keep_their_order() -> None:
    turns, order = Turns(), list[str]()

    def take(name: str, turn: AbstractContextManager[None]) -> None:
        with turn:
            order.append(name)

    with ThreadPoolExecutor(4) as pool, turns.to_prepare():
        waiting = [
            (name, turns.to_store() if name == "store" else turns.to_prepare()) for name in ("first", "second", "store")
        ]
        for number, (name, turn) in enumerate(waiting):
            pool.submit(take, name, turn)
            queued(turns, number + 1)
        assert order == []
    assert order == ["store", "first", "second"]


def test_one_at_a_time() -> None:
    turns, inside, most = Turns(), 0, 0

    def work(number: int) -> None:
        nonlocal inside, most
        with turns.to_store() if number % 3 else turns.to_prepare():
            inside += 1
            most = max(most, inside)
            time.sleep(0)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    assert most == 1


def test_a_failure_passes_the_turn_on() -> None:
    turns = Turns()
    for turn in (turns.to_prepare(), turns.to_store()):
        with pytest.raises(ZeroDivisionError), turn:
            _ = 1 / 0
    with turns.to_prepare():
        assert not turns._waiting


def test_short_intervals_last_until_the_last_who_wants_them_has_ended() -> None:
    usual = sys.getswitchinterval()
    with at_short_intervals():
        with pytest.raises(ZeroDivisionError), at_short_intervals():
            _ = 1 / 0
        assert sys.getswitchinterval() == pytest.approx(SHORT_SECONDS)
    assert sys.getswitchinterval() == usual > SHORT_SECONDS
