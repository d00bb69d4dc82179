"""What depends on the clock: whether a step is open, late, silent, what to show for it. Computed on reading, never
stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from hub.domain.path import PathDocument, SkillPrerequisite, Step, StepPrerequisite
from hub.domain.progress import DONE, Result

#: Days without any trace after which a learner is "sans nouvelles".
SILENT_DAYS = 7


class Access(StrEnum):
    """The access half of a step's state."""

    LOCKED = "locked"
    NOT_YET_OPEN = "not_yet_open"
    OPEN = "open"
    CLOSED = "closed"


class Display(StrEnum):
    """What the map and the grid show: one symbol, one word, one colour each."""

    DONE = "done"
    TO_DO = "todo"
    IN_PROGRESS = "in_progress"
    AWAITING = "awaiting"
    CHECK = "check"
    REDO = "redo"
    LOCKED = "locked"
    NOT_OPEN = "not_open"
    WAIVED = "waived"
    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AccessState:
    """Whether a step may be entered, and if not why: the steps and skills that are missing, or the day it opens or
    closed."""

    access: Access
    missing_steps: tuple[UUID, ...] = ()
    missing_skills: tuple[str, ...] = ()
    opens_on: date | None = None
    closes_on: date | None = None


def window(step: Step, entered_on: date) -> tuple[date | None, date | None]:
    """First and last day of a step for somebody who entered on ``entered_on``; where both kinds are given the later
    opening and
    the earlier closing hold."""
    w = step.window
    opens = [d for d in (w.opens_on, _after(entered_on, w.opens_after_days)) if d is not None]
    closes = [d for d in (w.closes_on, _after(entered_on, w.closes_after_days)) if d is not None]
    return max(opens, default=None), min(closes, default=None)


def _after(start: date, days: int | None) -> date | None:
    return None if days is None else start + timedelta(days=days)


def access(
    step: Step, results: Mapping[UUID, Result], skills: Mapping[str, date | None], entered_on: date, today: date
) -> AccessState:
    """The access of a step. ``skills``: those in force, with the last day of each (None: without end)."""
    opens, closes = window(step, entered_on)
    steps = [p.step_id for p in step.prerequisites if isinstance(p, StepPrerequisite)]
    missing = tuple(s for s in steps if results.get(s, Result.NONE) not in DONE)
    wanted = [p.skill for p in step.prerequisites if isinstance(p, SkillPrerequisite)]
    lacking = tuple(s for s in wanted if not in_force(s, skills, today))
    if missing or lacking:
        return AccessState(Access.LOCKED, missing, lacking, opens, closes)
    if opens is not None and today < opens:
        return AccessState(Access.NOT_YET_OPEN, opens_on=opens, closes_on=closes)
    if closes is not None and today > closes:
        return AccessState(Access.CLOSED, opens_on=opens, closes_on=closes)
    return AccessState(Access.OPEN, opens_on=opens, closes_on=closes)


def in_force(skill: str, skills: Mapping[str, date | None], today: date) -> bool:
    """Whether a skill or authorisation holds on ``today``."""
    if skill not in skills:
        return False
    until = skills[skill]
    return until is None or until >= today


def display(
    result: Result,
    state: AccessState,
    *,
    fallen: bool,
    launched: bool,
    claimed: bool,
    is_next: bool,
    redo: bool = False,
) -> Display:
    """What to show. What was opened through the hub or declared done is never "not started" (UI rules): ``launched``,
    opened and nothing came since, and ``claimed`` await confirmation."""
    if result is Result.WAIVED:
        return Display.WAIVED
    if result in DONE:
        return Display.DONE
    if fallen:
        return Display.CHECK
    if redo or result is Result.FAILED:
        return Display.REDO
    if claimed or launched:
        return Display.AWAITING
    if state.access is Access.LOCKED:
        return Display.LOCKED if result is Result.NONE else Display.IN_PROGRESS
    if state.access is Access.NOT_YET_OPEN:
        return Display.NOT_OPEN
    if result is Result.IN_PROGRESS:
        return Display.IN_PROGRESS
    if state.access is Access.CLOSED:
        return Display.CLOSED
    return Display.TO_DO if is_next else Display.OPEN


def next_step(
    document: PathDocument,
    results: Mapping[UUID, Result],
    states: Mapping[UUID, AccessState],
    waiting: Collection[UUID],
) -> Step | None:
    """The step to do next: the first open one that is not done and does not wait for others; started ones go first,
    optional ones last."""
    candidates = [
        s
        for s in document.steps()
        if results.get(s.id, Result.NONE) not in DONE and states[s.id].access is Access.OPEN and s.id not in waiting
    ]
    return min(
        candidates,
        key=lambda s: (not s.required, results.get(s.id) not in (Result.IN_PROGRESS, Result.FAILED)),
        default=None,
    )


def late(step: Step, result: Result, entered_on: date, today: date) -> bool:
    """Whether a required step should be done by now."""
    _, closes = window(step, entered_on)
    return step.required and result not in DONE and closes is not None and today > closes


def silent_days(last: date | None, entered_on: date, today: date) -> int:
    """Days since the last trace, or since entry when there is none."""
    return max(0, (today - (last or entered_on)).days)


def expected_share(entered_on: date, ends_on: date | None, today: date) -> float | None:
    """Where the plan would have somebody by now, 0..1; None without an end date."""
    if ends_on is None or ends_on <= entered_on:
        return None
    return min(1.0, max(0.0, (today - entered_on).days / (ends_on - entered_on).days))
