"""Records of a learning platform as registers (DESIGN sections 2 and 3). Pure.

=====================  =================================================================
course completion      completed
activity completion    completed, and passed (1 or 0) where the state says so
grade                  score, between its minimum and maximum; erased: no score any more
attendance             attended, with minutes, of one half-day (see ``sheets``)
competency             completed and passed, 1 or 0, once somebody rated it
=====================  =================================================================
"""

from __future__ import annotations

from datetime import datetime

from connectors.records import ActivityCompletion, ActivityState, CompetencyRating, CourseCompletion, Grade
from content.xapi.readings import Kind
from hub.domain.translate import Register, key_of

ACTIVITY, COURSE, GRADE, ATTENDANCE, COMPETENCY = "activity", "course_end", "grade", "attendance", "competency"
KINDS = (ACTIVITY, COURSE, GRADE, ATTENDANCE, COMPETENCY)
_PASSED = {ActivityState.PASSED: 1.0, ActivityState.FAILED: 0.0}


def activity_completion(record: ActivityCompletion) -> Register | None:
    """The state of one module for one person; None where the person is not tracked there.

    A failed activity is completed unless the platform itself says that it does not count.
    """
    if not record.tracked:
        return None
    done = record.state is not ActivityState.INCOMPLETE and not (
        record.state is ActivityState.FAILED and record.counts is False
    )
    return Register(
        ACTIVITY,
        key_of(record.course_id, record.module_id, record.user_id),
        record.user_id,
        record.course_id,
        record.module_id,
        record.kind,
        facts={Kind.COMPLETED: float(done), Kind.PASSED: _PASSED.get(record.state)},
        at=record.at,
    )


def course_completion(record: CourseCompletion, course_id: str, user_id: str) -> Register:
    """Where one person stands in one course, by the ids that the platform's other records use.

    The time is cut to the minute: a report tells no more, and one completion read by two ways is one observation.
    """
    at = _minute(record.completed_at) if record.completed else None
    facts = {Kind.COMPLETED: float(bool(record.completed))}
    return Register(COURSE, key_of(course_id, user_id), user_id, course_id, facts=facts, at=at)


def grade(record: Grade) -> Register | None:
    """A grade of a module or of the course as a whole.

    None for what has no activity of its own (categories, columns entered by hand), no scale, or is hidden: what the
    platform does not show its learners, the hub does not either.
    """
    if record.hidden or record.item not in ("mod", "course") or record.maximum <= record.minimum:
        return None
    if record.item == "mod" and record.module_id is None:
        return None
    scaled = record.scaled
    value = None if scaled is None else min(max(scaled, 0.0), 1.0)
    return Register(
        GRADE,
        key_of(record.course_id, record.item_id, record.user_id),
        record.user_id,
        record.course_id,
        (record.module_id or "") if record.item == "mod" else "",
        record.kind or "",
        record.item_id,
        facts={Kind.SCORE: value},
        at=record.graded_at if value is not None else None,
        raw=record.raw,
        minimum=record.minimum,
        maximum=record.maximum,
    )


def competency_id(course_id: str, competency_id: str) -> str:
    """How a competency of a course stands among the course's modules; no module of a platform is named so."""
    return f"{COMPETENCY}-{course_id}-{competency_id}"


def competency(record: CompetencyRating) -> Register | None:
    """Whether a person has a competency of a course; None before anybody rated it."""
    if record.proficient is None:
        return None
    module = competency_id(record.course_id, record.competency_id)
    has = float(record.proficient)
    return Register(
        COMPETENCY,
        key_of(record.course_id, module, record.user_id),
        record.user_id,
        record.course_id,
        module,
        COMPETENCY,
        facts={Kind.COMPLETED: has, Kind.PASSED: has},
        at=record.at,
    )


def _minute(at: datetime | None) -> datetime | None:
    return at.replace(second=0, microsecond=0) if at else None
