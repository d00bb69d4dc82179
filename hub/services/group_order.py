"""In which order the people of a group are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from hub.domain.access import Display
from hub.services.grid import GridRow

ATTENTION, NAME = "attention", "name"

#: What a row can be put in order by, besides a step -> its key, the smallest first.
KEYS: Mapping[str, Callable[[GridRow], Any]] = {
    ATTENTION: lambda r: r.needs_attention,
    NAME: lambda r: r.sort_name,
    "done": lambda r: r.done,
    "share": lambda r: r.share,
    "expected": lambda r: -1.0 if r.expected is None else r.expected,
    "minutes": lambda r: r.minutes,
    "trace": lambda r: r.silent_days,
    "checks": lambda r: r.checks,
    "waits": lambda r: r.waits,
    "late": lambda r: sum(r.late),
}

#: The states of one step, what somebody should look at first. Who has another version without that step comes last.
_URGENCY = (
    *(Display.CHECK, Display.REDO, Display.FAILED, Display.AWAITING, Display.IN_PROGRESS, Display.OPEN),
    *(Display.TO_DO, Display.NOT_OPEN, Display.LOCKED, Display.CLOSED, Display.WAIVED, Display.DONE, None),
)
_PLACE = {display: place for place, display in enumerate(_URGENCY)}


def ordered(
    rows: Sequence[GridRow], sort: str, steps: Sequence[UUID], displays: Callable[[GridRow], Sequence[Display | None]]
) -> list[GridRow]:
    """The rows by ``sort``: a name of ``KEYS`` or the id of one of ``steps``, with ``-`` before it for the other way
    round. Rows that are equal keep their order; what is not known sorts by attention."""
    name = sort.removeprefix("-")
    place = next((n for n, step in enumerate(steps) if str(step) == name), None)
    if place is not None:
        return sorted(rows, key=lambda r: _PLACE[displays(r)[place]], reverse=sort.startswith("-"))
    known = name in KEYS
    return sorted(rows, key=KEYS[name if known else ATTENTION], reverse=known and sort.startswith("-"))
