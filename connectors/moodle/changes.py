"""What moved, in bulk: ``mod_assign_get_grades`` and ``…_get_submissions`` (many assignments, ``since``),
``mod_h5pactivity_get_user_attempts`` (everybody), ``core_course_get_updates_since`` (a course; ids of items, not of
people, and nothing on completion).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.moodle.client import warnings
from connectors.moodle.values import identifier, instant, text
from connectors.records import Change, ChangeKind, ModuleRef, Page
from connectors.values import items, mapping

ASSIGN, H5P = "assign", "h5pactivity"
ASSIGN_PAGE = 100
H5P_PAGE = 500
_UPDATES = {
    "usergrades": ChangeKind.GRADE,
    "userattempts": ChangeKind.ATTEMPT,
    "usertracks": ChangeKind.ATTEMPT,
    "usersubmissions": ChangeKind.SUBMISSION,
    "configuration": ChangeKind.CONTENT,
    "contentfiles": ChangeKind.CONTENT,
    "packagefiles": ChangeKind.CONTENT,
    "questions": ChangeKind.CONTENT,
}


def parse_assign(payload: Any, modules: Mapping[str, ModuleRef], field: str, kind: ChangeKind) -> Page[Change]:
    """Grades or submissions (``field``) of assignments; ``modules`` by their instance."""
    found = []
    for assignment in items(mapping(payload, "assign").get("assignments"), "assignments"):
        module = modules.get(identifier(assignment, "assignmentid"))
        if module is None:
            continue
        for one in items(assignment.get(field, []), field):
            user = identifier(one, "userid")
            found.append(Change(module.course_id, kind, module.id, user, instant(one, "timemodified")))
    return Page(tuple(found), warnings(payload))


def parse_h5p(payload: Any, module: ModuleRef, since: datetime) -> tuple[Page[Change], int]:
    """Attempts of one H5P activity since then, and how many people the page told of."""
    people = items(mapping(payload, "h5p").get("usersattempts"), "usersattempts")
    found = []
    for person in people:
        times = [at for one in items(person.get("attempts", []), "attempts") if (at := instant(one, "timemodified"))]
        if times and max(times) >= since:
            user = identifier(person, "userid")
            found.append(Change(module.course_id, ChangeKind.ATTEMPT, module.id, user, max(times)))
    return Page(tuple(found), warnings(payload)), len(people)


def parse_updates(payload: Any, course_id: str, told_better: Sequence[str]) -> Page[Change]:
    """What moved in a course, without saying whose. ``told_better``: modules whose people another call names."""
    found = []
    for instance in items(mapping(payload, "updates").get("instances"), "instances"):
        module = identifier(instance, "id")
        for update in items(instance.get("updates", []), "updates"):
            kind = _UPDATES.get(text(update, "name"), ChangeKind.UNKNOWN)
            if kind is ChangeKind.CONTENT or module not in told_better:
                found.append(Change(course_id, kind, module, at=instant(update, "timeupdated")))
    notices = tuple(one for one in warnings(payload) if not one.detail.startswith("missingcallback"))
    return Page(tuple(found), notices)
