"""Courses and what they are made of (``core_course_get_courses`` or ``…_by_field``, ``core_course_get_contents``)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.moodle.names import shown
from connectors.moodle.values import flag, identifier, instant, number, optional_identifier, text
from connectors.records import CompletionTracking, Notice, Page, RemoteCourse, RemoteModule
from connectors.values import Json, items, optional_text

# The front page of the site is listed among the courses, by its number and its format.
SITE_COURSE = "1"
_TRACKING = {0: CompletionTracking.NONE, 1: CompletionTracking.MANUAL, 2: CompletionTracking.AUTOMATIC}
_OPENS = ("allowsubmissionsfromdate", "timeopen")
_DUE = ("duedate", "timeclose")


def parse_courses(payload: Any, site_url: str) -> Page[RemoteCourse]:
    """Every course but the site's front page. ``payload``: of either function that lists courses."""
    listed = payload.get("courses") if isinstance(payload, dict) else payload
    return Page(
        tuple(
            _course(course, site_url)
            for course in items(listed, "courses")
            if identifier(course, "id") != SITE_COURSE and course.get("format") != "site"
        )
    )


def missing_courses(page: Page[RemoteCourse], ids: Sequence[str]) -> Page[RemoteCourse]:
    """The page, with a notice for each course asked for that Moodle just left out."""
    there = {course.id for course in page.items}
    gone = tuple(Notice("silent_miss", f"course {one}", "not in the answer") for one in ids if one not in there)
    return Page(page.items, page.notices + gone)


def parse_modules(payload: Any, course_id: str) -> Page[RemoteModule]:
    """The modules of all sections, in the order of the page. ``completiondata`` is the caller's own and is not read."""
    found = list(_in_sections(payload))
    return Page(tuple(_module(module, course_id, section, place) for place, (section, module) in enumerate(found)))


def _course(course: Json, site_url: str) -> RemoteCourse:
    course_id = identifier(course, "id")
    return RemoteCourse(
        id=course_id,
        shortname=shown(course, "shortname"),
        fullname=shown(course, "fullname"),
        url=f"{site_url}/course/view.php?id={course_id}",
        idnumber=optional_text(course, "idnumber"),
        category_id=optional_identifier(course, "categoryid"),
        visible=flag(course, "visible") is not False,
        tracks_completion=flag(course, "enablecompletion"),
        starts_at=instant(course, "startdate"),
        ends_at=instant(course, "enddate"),
        modified_at=instant(course, "timemodified"),
        created_at=instant(course, "timecreated"),
    )


def _in_sections(payload: Any) -> Iterator[tuple[str, Json]]:
    for section in items(payload, "contents"):
        for module in items(section.get("modules", []), "modules"):
            yield shown(section, "name"), module


def _module(module: Json, course_id: str, section: str, position: int) -> RemoteModule:
    dates = {text(date, "dataid"): instant(date, "timestamp") for date in items(module.get("dates", []), "dates")}
    return RemoteModule(
        id=identifier(module, "id"),
        course_id=course_id,
        kind=text(module, "modname"),
        name=shown(module, "name"),
        section=section,
        position=position,
        url=optional_text(module, "url"),
        visible=flag(module, "visible") is not False,
        tracking=_TRACKING.get(int(number(module, "completion") or 0), CompletionTracking.NONE),
        rules=_rules(module),
        opens_at=next((dates[name] for name in _OPENS if dates.get(name)), None),
        due_at=next((dates[name] for name in _DUE if dates.get(name)), None),
        instance=optional_identifier(module, "instance"),
    )


def _rules(module: Json) -> tuple[str, ...]:
    """Names of the completion rules: those told with the state, else the custom ones in ``customdata`` (JSON in a
    string).
    """
    state = module.get("completiondata")
    if isinstance(state, dict):
        return tuple(text(rule, "rulename") for rule in items(state.get("details", []), "details"))
    try:
        custom = json.loads(text(module, "customdata") or "null")
    except ValueError:
        return ()
    rules = custom.get("customcompletionrules") if isinstance(custom, dict) else None
    return tuple(rules) if isinstance(rules, dict) else ()
