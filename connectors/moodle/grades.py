"""The grades of a course (``gradereport_user_get_grade_items``)."""

from typing import Any

from connectors.moodle.client import warnings
from connectors.moodle.values import flag, identifier, instant, number, optional_identifier, text
from connectors.records import Grade, Notice, Page
from connectors.values import Json, items, mapping, optional_text


def parse_grades(payload: Any, user_id: str | None = None) -> Page[Grade]:
    """Every item for every learner of the answer, ``user_id`` saying for whom it was asked.

    ``graderaw``, ``grademin`` and ``grademax`` are trusted; the formatted forms are HTML. An item of no numeric scale
    is left out. Asked for somebody who is not enrolled, Moodle lists all items without a grade and without an error:
    that is told as a notice.
    """
    learners = items(mapping(payload, "grades").get("usergrades"), "usergrades")
    grades = tuple(
        grade
        for learner in learners
        for item in items(learner.get("gradeitems"), "gradeitems")
        if (grade := _grade(item, learner)) is not None
    )
    notices = list(warnings(payload))
    if user_id is not None and all(grade.raw is None for grade in grades):
        notices.append(Notice("silent_miss", f"grades of user {user_id}", "no grade at all: perhaps not enrolled"))
    return Page(grades, tuple(notices))


def _grade(item: Json, learner: Json) -> Grade | None:
    minimum, maximum = number(item, "grademin"), number(item, "grademax")
    if minimum is None or maximum is None:
        return None
    return Grade(
        course_id=identifier(learner, "courseid"),
        user_id=identifier(learner, "userid"),
        item_id=identifier(item, "id"),
        item=text(item, "itemtype"),
        minimum=minimum,
        maximum=maximum,
        raw=number(item, "graderaw"),
        name=optional_text(item, "itemname"),
        module_id=optional_identifier(item, "cmid"),
        kind=optional_text(item, "itemmodule"),
        graded_at=instant(item, "gradedategraded"),
        submitted_at=instant(item, "gradedatesubmitted"),
        hidden=bool(flag(item, "gradeishidden")),
        overridden=bool(flag(item, "gradeisoverridden")),
    )
