"""What a statement says of learning, in the hub's terms."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a reading is about."""

    OPENED = "opened"
    COMPLETED = "completed"
    PASSED = "passed"
    SCORE = "score"
    PROGRESS = "progress"
    ATTENDED = "attended"
    DEPOSITED = "deposited"
    ACCEPTED = "accepted"
    VALIDATED = "validated"
    SPENT = "spent"


class Reading(NamedTuple):
    """One fact about one activity.

    ``value``: 1.0 (yes) or 0.0 (no) for opened, completed, passed, attended, deposited, accepted, validated; 0..1 for
    score and progress; None for spent, and in a register (``series`` set) for what was cleared or withdrawn.
    ``minutes``: of presence (attended) or of time passed (spent), else None. ``series`` and ``revision`` are set in
    registers only: the highest revision of a series counts. ``attempt``: the registration in lower case, the line
    item or attempt of a register, or "". ``at``: the timestamp as the statement has it, None if it has none.
    """

    activity: str
    kind: Kind
    value: float | None
    minutes: float | None
    series: str | None
    revision: int | None
    attempt: str
    at: str | None
