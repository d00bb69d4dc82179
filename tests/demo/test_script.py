"""The script: one seed and one day tell one story, before that day."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest

from hub.demo.sample_people import LATE_LINKED, LEARNERS, STAFF
from hub.demo.script import ZONE, write

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize("weekday", range(7))
def test_a_seed_tells_the_same_story(weekday: int) -> None:
    day = MONDAY + timedelta(days=weekday)
    assert write(3, day) == write(3, day)
    assert write(3, day) != write(4, day)


@pytest.mark.parametrize("weekday", range(7))
def test_everything_happens_in_order_and_in_the_past(weekday: int) -> None:
    day = MONDAY + timedelta(days=weekday)
    acts = write(7, day)
    instants = [act.at for act in acts]
    assert instants == sorted(instants)
    assert acts[0].at > datetime.combine(day, time(), ZONE) - timedelta(days=43)
    assert instants[-1] < datetime.combine(day, time(1), ZONE).astimezone(UTC)
    people = set(LEARNERS) | {member.key for member in STAFF}
    assert {act.who for act in acts} <= people


def test_the_story_has_every_source_each_week() -> None:
    by_week = Counter(((MONDAY - act.at.astimezone(ZONE).date()).days // 7, act.kind) for act in write(7, MONDAY))
    for kind in ("roll", "sync", "mooc", "tool", "moodle"):
        assert sum(week_kind[1] == kind for week_kind in by_week) >= 3, kind


def test_the_late_link_comes_last() -> None:
    last = write(7, MONDAY)[-1]
    assert (last.kind, last.details) == ("link", {"learner": LATE_LINKED})
