"""Where one person stands in one course (``core_completion_get_activities_completion_status``,
``…_get_course_completion_status``).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.moodle.client import warnings
from connectors.moodle.values import flag, identifier, instant, number, optional_identifier, text
from connectors.records import (
    ActivityCompletion,
    ActivityState,
    CompletionCriterion,
    CourseCompletion,
    CourseRef,
    Notice,
    Page,
    UserRef,
)
from connectors.values import Json, items, mapping

# COMPLETION_* constants of lib/completionlib.php; 4 is a failing grade that the learner may not see yet.
_STATES: Mapping[float | None, ActivityState] = {
    0: ActivityState.INCOMPLETE,
    1: ActivityState.COMPLETED,
    2: ActivityState.PASSED,
    3: ActivityState.FAILED,
    4: ActivityState.FAILED,
}
_AGGREGATION_ANY = 2
_MODULE_LINK = re.compile(r"/mod/\w+/view\.php\?id=(\d+)")


def parse_activities(payload: Any, course_id: str, user_id: str) -> Page[ActivityCompletion]:
    """One record a tracked module. A state that nobody documented is left out and told."""
    answer = mapping(payload, "activities_completion")
    found: list[ActivityCompletion] = []
    notices = list(warnings(payload))
    for status in items(answer.get("statuses"), "statuses"):
        state = _STATES.get(number(status, "state"))
        if state is None:
            notices.append(Notice("unreadable", f"module {identifier(status, 'cmid')}", "unknown completion state"))
        else:
            found.append(_activity(status, state, course_id, user_id))
    return Page(tuple(found), tuple(notices))


def parse_course_completion(payload: Any, course_id: str, user_id: str) -> Page[CourseCompletion]:
    """One record. Only booleans, instants and link targets are read: the rest is HTML and words in the reader's
    language.
    """
    status = mapping(mapping(payload, "course_completion").get("completionstatus"), "completionstatus")
    criteria = tuple(_criterion(one) for one in items(status.get("completions", []), "completions"))
    completed = flag(status, "completed")
    record = CourseCompletion(
        course=CourseRef(id=course_id),
        user=UserRef(id=user_id),
        completed=completed,
        completed_at=_completed_at(criteria, number(status, "aggregation")) if completed else None,
        criteria=criteria,
    )
    return Page((record,), warnings(payload))


def _activity(status: Json, state: ActivityState, course_id: str, user_id: str) -> ActivityCompletion:
    done = state is not ActivityState.INCOMPLETE
    return ActivityCompletion(
        course_id=course_id,
        module_id=identifier(status, "cmid"),
        user_id=user_id,
        state=state,
        kind=text(status, "modname"),
        at=instant(status, "timecompleted") if done else None,
        counts=flag(status, "isoverallcomplete"),
        tracked=flag(status, "istrackeduser") is not False,
        overridden_by=optional_identifier(status, "overrideby"),
    )


def _criterion(one: Json) -> CompletionCriterion:
    link = _MODULE_LINK.search(text(mapping(one.get("details") or {}, "details"), "criteria"))
    return CompletionCriterion(
        met=bool(flag(one, "complete")),
        met_at=instant(one, "timecompleted"),
        module_id=link[1] if link else None,
    )


def _completed_at(criteria: tuple[CompletionCriterion, ...], aggregation: float | None) -> datetime | None:
    """The answer has no instant for the course: it is that of the first criterion met (any) or of the last one
    (all).
    """
    times = [one.met_at for one in criteria if one.met and one.met_at is not None]
    if not times:
        return None
    return min(times) if aggregation == _AGGREGATION_ANY else max(times)
