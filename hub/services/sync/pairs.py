"""One learner in one course, as the platform tells it when asked for that alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import cast

from connectors.capabilities import (
    ActivityCompletions,
    Capability,
    Connector,
    CourseCompletions,
    Grades,
)
from connectors.errors import ConnectorError
from connectors.records import Notice
from hub.domain.translate import Register
from hub.domain.translate.lms import activity_completion, course_completion, grade

BATCH = 16
"""Pairs read before they are written: what a killed process has asked in vain."""
AT_ONCE = 2
"""Calls at once; more gain nothing on the site that was measured."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking for a pair."""

    key: str
    found: list[Register]
    notices: list[Notice]
    fault: ConnectorError | None = None


def read_pair(
    connector: Connector,
    possible: frozenset[Capability],
    course: str,
    user: str,
    *,
    grades: bool,
    account: str = "",
) -> tuple[list[Register], list[Notice]]:
    """What a platform says of one learner in one course: activities, the course where no bulk read tells, grades.

    ``account``: id of the hub's own account there; a state that it set itself is no news.
    """
    found: list[Register] = []
    notices: list[Notice] = []
    if Capability.ACTIVITY_COMPLETION in possible:
        for activities in cast(ActivityCompletions, connector).activity_completions(course, user):
            told = [it for it in activities.items if not (account and it.overridden_by == account)]
            found += [it for record in told if (it := activity_completion(record))]
            notices += activities.notices
    if Capability.COURSE_COMPLETION in possible and Capability.BULK_COURSE_COMPLETION not in possible:
        for courses in cast(CourseCompletions, connector).course_completion(course, user):
            found += [course_completion(record, course, user) for record in courses.items]
            notices += courses.notices
    if grades and Capability.GRADES in possible:
        for page in cast(Grades, connector).grades(course, user):
            found += [it for record in page.items if (it := grade(record))]
            notices += page.notices
    return found, notices


def in_batches(
    keys: Iterable[str], ask: Callable[[str], tuple[list[Register], list[Notice]]]
) -> Iterator[list[Answer]]:
    """The answers for the keys in their order, ``AT_ONCE`` asked at a time, ``BATCH`` given at a time."""

    def one(key: str) -> Answer:
        try:
            return Answer(key, *ask(key))
        except ConnectorError as fault:
            return Answer(key, [], [], fault)

    rest = iter(keys)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sync") as pool:
        while some := list(islice(rest, BATCH)):
            yield list(pool.map(one, some))
