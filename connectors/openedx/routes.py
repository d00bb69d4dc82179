"""The routes of an LMS that are used, the right that each needs, and the notices about what it keeps from us."""

from collections.abc import Mapping

from connectors.capabilities import Capability
from connectors.records import Notice

ME = "/api/user/v1/me"
COURSES = "/api/courses/v1/courses/"
BLOCKS = "/api/courses/v1/blocks/"
ACCOUNTS = "/api/user/v1/accounts"
ENROLMENTS = "/api/enrollment/v1/enrollments"
ENROLMENT = "/api/enrollment/v1/enrollment"
GRADES = "/api/grades/v1/courses/"
GRADEBOOK = "/api/grades/v1/gradebook/"

STAFF = "is_staff (global staff)"
COURSE_STAFF = "course staff"
SCOPE = "scope grades:read"
RIGHTS: Mapping[str, tuple[str, ...]] = {
    ENROLMENTS: (STAFF,),
    ENROLMENT: (STAFF,),
    ACCOUNTS: (STAFF,),
    GRADES: (SCOPE, COURSE_STAFF),
    GRADEBOOK: (COURSE_STAFF, "grades.writable_gradebook"),
    BLOCKS: (COURSE_STAFF,),
}
REQUIRED: Mapping[Capability, tuple[str, ...]] = {
    Capability.CATALOGUE: (COURSES,),
    Capability.CONTENTS: (BLOCKS,),
    Capability.PEOPLE: (ACCOUNTS,),
    Capability.ROSTER: (ENROLMENTS, ACCOUNTS),
    Capability.ENROLMENTS: (ENROLMENTS,),
    Capability.ACTIVITY_COMPLETION: (BLOCKS,),
    Capability.COURSE_COMPLETION: (GRADES,),
    Capability.BULK_COURSE_COMPLETION: (GRADES,),
    Capability.GRADES: (GRADEBOOK, GRADES),
    Capability.DIAGNOSIS: (ME,),
    Capability.ENROL: (ENROLMENT,),
    Capability.UNENROL: (ENROLMENT,),
}
"""By which routes each capability works; the first of ``GRADES`` and the second of ``ROSTER`` may lack."""


def family(route: str) -> str:
    """The route without the course in it."""
    return next((known for known in RIGHTS if route.startswith(known) and known.endswith("/")), route)


def gone(course_id: str) -> Notice:
    """A course asked for that is not there."""
    return Notice("silent_miss", f"course {course_id}", "not found")


def closed(course_id: str, detail: str) -> Notice:
    """A course whose grades the account may not read."""
    return Notice("remote_warning", f"course {course_id}", f"grades are closed: {detail}")


def unnamed(detail: str) -> Notice:
    """Accounts are closed to us: people have their user names only."""
    return Notice("remote_warning", "accounts", detail)
