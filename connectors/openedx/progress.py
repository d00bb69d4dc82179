"""What people did: course grades, the gradebook's subsections, blocks done.

Sources: edx-platform ``grades/rest_api`` (``CourseGradesView``, ``GradebookView``), ``course_api/blocks``. None of them
tells when something was done, nor when somebody was there last.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.openedx.catalogue import CONTAINERS, NOT_LEARNING
from connectors.openedx.values import flag, number, required
from connectors.records import (
    ActivityCompletion,
    ActivityState,
    CourseCompletion,
    CourseRef,
    Grade,
    Page,
    UserRef,
)
from connectors.values import Json, items, mapping, optional_text

GRADES_PAGE = 1000
"""``page_size`` has no upper limit there; grades are read from a table, not computed."""
COURSE_ITEM = "course"


def course_completions(rows: Any) -> Page[CourseCompletion]:
    """Rows of the course grades: ``passed`` is what Open edX calls the course done; ``percent`` in hundredths."""
    return Page(tuple(_completion(row) for row in items(rows, "grades")))


def _completion(row: Json) -> CourseCompletion:
    username = required(row, "username")
    return CourseCompletion(
        course=CourseRef(id=required(row, "course_id")),
        user=UserRef(id=username, username=username),
        completed=flag(row, "passed"),
        grade=_percent(row),
    )


def course_grades(rows: Any) -> Page[Grade]:
    """The course's own grade alone, where the gradebook is closed to us."""
    return Page(tuple(_course_grade(row, required(row, "course_id")) for row in items(rows, "grades")))


def gradebook(entries: Any, course_id: str) -> Page[Grade]:
    """Entries of the gradebook: the course and each graded subsection."""
    found: list[Grade] = []
    for entry in items(entries, "gradebook"):
        found.append(_course_grade(entry, course_id))
        found += [_subsection(it, required(entry, "username"), course_id)
                  for it in items(entry.get("section_breakdown", []), "section_breakdown")]  # fmt: skip
    return Page(tuple(found))


def _course_grade(row: Json, course_id: str) -> Grade:
    return Grade(course_id, required(row, "username"), COURSE_ITEM, "course", 0.0, 100.0, raw=_percent(row))


def _subsection(part: Json, username: str, course_id: str) -> Grade:
    """Not attempted is no grade: its points come as 0 of 0 then."""
    usage_id, possible = required(part, "module_id"), number(part, "score_possible") or 0.0
    counts = bool(flag(part, "attempted")) and possible > 0
    return Grade(
        course_id,
        username,
        usage_id,
        "mod",
        0.0,
        possible if counts else 1.0,
        raw=number(part, "score_earned") if counts else None,
        name=optional_text(part, "subsection_name"),
        module_id=usage_id,
        kind="sequential",
    )


def activities(payload: Any, course_id: str, username: str) -> Page[ActivityCompletion]:
    """Blocks with their completion for one learner; those that cannot be completed say null and are left out."""
    blocks = mapping(mapping(payload, "blocks").get("blocks"), "blocks")
    return Page(tuple(_activities(blocks, course_id, username)))


def _activities(blocks: Mapping[str, Any], course_id: str, username: str) -> Iterator[ActivityCompletion]:
    for found in blocks.values():
        block = mapping(found, "block")
        kind, done = required(block, "type"), number(block, "completion")
        if kind in CONTAINERS or kind in NOT_LEARNING or done is None:
            continue
        state = ActivityState.COMPLETED if done >= 1.0 else ActivityState.INCOMPLETE
        yield ActivityCompletion(course_id, required(block, "id"), username, state, kind)


def _percent(row: Json) -> float | None:
    """``percent`` is a share there; ours in hundredths, without what binary fractions add."""
    share = number(row, "percent")
    return None if share is None else round(min(max(share, 0.0), 1.0) * 100.0, 4)
