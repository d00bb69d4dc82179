"""The course of a package and what its units came to in an attempt.

An attempt is a registration; ``PlayAttempt.state``: ``{"units": {publisher id: facts}, "satisfied": [publisher ids],
"registered": bool, "told": {kind: value}, "revision": n}``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from content.packages.cmi5 import Au, Course
from content.xapi.canonical import ifi
from content.xapi.emit import register_statement
from content.xapi.readings.model import Kind
from hub.domain.cmi5 import move_on, statements
from hub.domain.cmi5.move_on import Facts
from hub.models.play import PlayAttempt
from hub.services.errors import Conflict, NotFound
from hub.services.identities import hub_agent
from hub.services.play.store import Held

SOURCE: Final = "hub cmi5"


def course_of(held: Held) -> Course:
    """The course structure of a package. Raises Conflict (``not_playable``)."""
    if not isinstance(held.read, Course):
        raise Conflict("not_playable")
    return held.read


def unit_at(course: Course, number: int) -> Au:
    """A unit by its place, from 0. Raises NotFound."""
    for place, unit in enumerate(course.aus()):
        if place == number:
            return unit
    raise NotFound(unit=number)


def place(attempt: PlayAttempt, session_id: UUID) -> statements.Place:
    """Whose statements, under which session."""
    return statements.Place(
        hub_agent(attempt.person_id), str(attempt.registration), str(session_id), attempt.iri
    )  # fmt: skip


def facts(attempt: PlayAttempt, unit: Au) -> Facts:
    """What a unit came to."""
    return Facts(**attempt.state.get("units", {}).get(unit.id, {}))


def keep(attempt: PlayAttempt, publisher: str, now: Facts) -> None:
    """Keep what a unit came to."""
    units = {**attempt.state.get("units", {}), publisher: now.stored()}
    attempt.state = {**attempt.state, "units": units}


def settle(attempt: PlayAttempt, course: Course, session_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """Statements owed now: what is satisfied and was not said, then what the step should know of the course."""
    own = [facts(attempt, unit) for unit in course.aus()]
    before, found = list(attempt.state.get("satisfied", [])), []
    whole = place(attempt, session_id)
    for thing in move_on.satisfied(course, own):
        mark = f"{'course' if isinstance(thing, Course) else 'block'} {thing.id}"
        if mark not in before:
            before.append(mark)
            found.append(statements.satisfied(whole, thing, now))
    outcome = move_on.outcome(course, own)
    attempt.state = {**attempt.state, "satisfied": before, "registered": True}
    attempt.summary = {
        "completed": outcome.completed, "passed": outcome.passed, "score": outcome.score, "progress": outcome.progress
    }  # fmt: skip
    return found + _told(attempt, outcome, now)


def _told(attempt: PlayAttempt, outcome: move_on.Outcome, now: datetime) -> list[dict[str, Any]]:
    """What the step is bound to is the course: its score, success and progress, as a register that only rises.

    They bear no registration: in the registration are the statements that cmi5 knows and no other.
    """
    told, found = dict(attempt.state.get("told", {})), []
    revision = int(attempt.state.get("revision", 0))
    values = {Kind.SCORE: outcome.score, Kind.PASSED: outcome.passed, Kind.PROGRESS: outcome.progress}
    for kind, value in values.items():
        if value is None or float(value) <= told.get(str(kind), -1.0):
            continue
        revision += 1
        told[str(kind)] = float(value)
        actor = hub_agent(attempt.person_id)
        found.append(
            register_statement(
                actor, None, attempt.iri, source=SOURCE, revision=revision, kind=kind, value=round(float(value), 4),
                series_key=(SOURCE, ifi(actor), attempt.iri, kind, str(attempt.registration)), at=now.isoformat(),
            )
        )  # fmt: skip
    attempt.state = {**attempt.state, "told": told, "revision": revision}
    return found
