"""One learner in one course, as the platform tells it when asked for that alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from connectors.errors import ConnectorError, DataDrift, RemoteRejected, TooLarge
from connectors.records import Notice
from hub.domain.translate import Register, key_of
from hub.domain.translate.lms import activity_completion, course_completion, grade

BATCH = 16
"""Pairs read before they are written: what a killed process has asked in vain."""
PASSED_OVER = (DataDrift, RemoteRejected, TooLarge)
"""Faults of one item, told in a notice while the reading goes on."""
Told = tuple[list[Register], Sequence[Notice]]
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

    def activities() -> Iterator[Told]:
        for page in cast(ActivityCompletions, connector).activity_completions(course, user):
            told = [it for it in page.items if not (account and it.overridden_by == account)]
            yield [it for record in told if (it := activity_completion(record))], page.notices

    def whole() -> Iterator[Told]:
        for page in cast(CourseCompletions, connector).course_completion(course, user):
            yield [course_completion(record, course, user) for record in page.items], page.notices

    def marks() -> Iterator[Told]:
        for page in cast(Grades, connector).grades(course, user):
            yield [it for record in page.items if (it := grade(record))], page.notices

    alone = Capability.BULK_COURSE_COMPLETION not in possible
    parts = [
        *([activities] if Capability.ACTIVITY_COMPLETION in possible else []),
        *([whole] if alone and Capability.COURSE_COMPLETION in possible else []),
        *([marks] if grades and Capability.GRADES in possible else []),
    ]
    return _together(parts, f"people {key_of(course, user)}")


def _together(parts: Sequence[Callable[[], Iterator[Told]]], about: str) -> tuple[list[Register], list[Notice]]:
    """What the parts tell. One that cannot be read is told in a notice; raises its fault when none can."""
    found: list[Register] = []
    notices: list[Notice] = []
    faults: list[ConnectorError] = []
    for part in parts:
        try:
            for registers, told in part():
                found += registers
                notices += told
        except PASSED_OVER as fault:
            faults.append(fault)
    if faults and len(faults) == len(parts):
        raise faults[0]
    return found, notices + [Notice(it.code, about, str(it)) for it in faults]


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
