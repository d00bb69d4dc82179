"""When a unit, a block, a course is satisfied, and what a course comes to for its step.

Sources: cmi5 (quartz) 9.3.9 (satisfied), 9.6.1 (evaluated at registration too), 13.1.4 (moveOn).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from content.packages.cmi5 import Au, Block, Course


@dataclass(frozen=True, slots=True)
class Facts:
    """What a unit came to within a registration. ``score`` is the best scaled one, ``progress`` the furthest, 0..1."""

    completed: bool = False
    passed: bool = False
    failed: bool = False
    waived: bool = False
    score: float | None = None
    progress: float | None = None

    def stored(self) -> dict[str, Any]:
        """As JSON, without what says nothing."""
        return {name: value for name, value in asdict(self).items() if value not in (False, None)}


NOTHING: Final = Facts()
_CRITERIA: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "NotApplicable": lambda facts: True,
    "Passed": lambda facts: facts.passed,
    "Completed": lambda facts: facts.completed,
    "CompletedAndPassed": lambda facts: facts.completed and facts.passed,
    "CompletedOrPassed": lambda facts: facts.completed or facts.passed,
}


def met(unit: Au, facts: Facts) -> bool:
    """Whether a unit's criterion is met; a waived one has met it."""
    return facts.waived or _CRITERIA[unit.move_on](facts)


def judged(unit: Au) -> bool:
    """Whether the author wants a unit passed, not only seen."""
    return unit.mastery_score is not None or unit.move_on in ("Passed", "CompletedAndPassed")


def settled(unit: Au, facts: Facts) -> bool:
    """Whether nothing is left to tell of a unit: it is then opened to be read again (launch mode Review)."""
    return facts.waived or (facts.completed and (facts.passed or not judged(unit)))


def satisfied(course: Course, facts: Sequence[Facts]) -> Iterator[Block | Course]:
    """Blocks, the inner ones first, then the course, all of whose units met their criterion; ``facts`` in the order of
    ``course.aus()``."""
    by_unit = {unit.id: met(unit, own) for unit, own in zip(course.aus(), facts, strict=True)}
    found: list[Block | Course] = []
    whole = [_block(child, by_unit, found) for child in course.children]
    if all(whole):
        found.append(course)
    yield from found


def _block(child: Au | Block, by_unit: Mapping[str, bool], found: list[Block | Course]) -> bool:
    if isinstance(child, Au):
        return by_unit[child.id]
    whole = [_block(one, by_unit, found) for one in child.children]
    if all(whole):
        found.append(child)
    return all(whole)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A course as a whole. ``passed`` and ``score`` None: not known yet."""

    completed: bool
    passed: bool | None
    score: float | None
    progress: float


def outcome(course: Course, facts: Sequence[Facts]) -> Outcome:
    """What the units come to together.

    The score is the mean of the judged units' best scores, once each has one; of a course without judged units, of
    those that told one, once the course is satisfied. Passed: every judged unit is passed or waived; failed: one of
    them was failed and not passed since.
    """
    pairs = list(zip(course.aus(), facts, strict=True))
    whole = all(met(unit, own) for unit, own in pairs)
    wanted = [own for unit, own in pairs if judged(unit) and not own.waived]
    if not any(judged(unit) for unit, _own in pairs):
        wanted = [own for _unit, own in pairs if own.score is not None] if whole or len(pairs) == 1 else []
    scores = [own.score for own in wanted if own.score is not None]
    score = sum(scores) / len(scores) if scores and len(scores) == len(wanted) else None
    progress = sum(1.0 if met(unit, own) else (own.progress or 0.0) for unit, own in pairs) / len(pairs)
    return Outcome(whole, _passed(pairs), score, progress)


def _passed(pairs: Sequence[tuple[Au, Facts]]) -> bool | None:
    wanted = [own for unit, own in pairs if judged(unit)] or [own for _unit, own in pairs if own.passed or own.failed]
    if any(own.failed and not (own.passed or own.waived) for own in wanted):
        return False
    return True if wanted and all(own.passed or own.waived for own in wanted) else None
