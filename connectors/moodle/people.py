"""Who is in which course (``core_enrol_get_enrolled_users``, ``core_enrol_get_users_courses``)."""

from collections.abc import Collection, Sequence
from typing import Any

from connectors.capabilities import UserKey
from connectors.moodle.encoding import Value
from connectors.moodle.values import flag, identifier, instant, share, text
from connectors.records import CourseRef, Notice, Page, RemoteEnrolment, RemoteUser
from connectors.values import Json, items, optional_text

# Without this list each person comes with groups, pictures and every other course: twice the time, five times the
# bytes.
LIGHT_FIELDS = ("id", "username", "firstname", "lastname", "fullname", "email", "idnumber", "lastcourseaccess", "roles")
LEARNER = "student"
"""Short name of the archetype role in a fresh Moodle."""
ROSTER_PAGE = 500
LOOKUP_PAGE = 100


def roster_params(course_id: str, start: int) -> dict[str, Value]:
    """Parameters for one page of a roster: active enrolments, light fields, a fixed order so that pages do not
    overlap.
    """
    options: dict[str, Value] = {
        "userfields": ",".join(LIGHT_FIELDS),
        "onlyactive": True,
        "sortby": "id",
        "limitfrom": start,
        "limitnumber": ROSTER_PAGE,
    }
    return {"courseid": course_id, "options": [{"name": name, "value": value} for name, value in options.items()]}


def parse_roster(payload: Any, course_id: str, learners: Collection[str] = (LEARNER,)) -> Page[RemoteEnrolment]:
    """One page of a roster; a field that the account may not see is None. ``learners``: short names of the roles that
    stand for Moodle's own *student*, as which they are told.
    """
    return Page(tuple(_participant(person, course_id, learners) for person in items(payload, "enrolled_users")))


def parse_users_courses(payload: Any, user_id: str) -> Page[RemoteEnrolment]:
    """The courses of one person. Progress is of the tracked activities; None where the course tracks nothing."""
    return Page(tuple(_own_course(course, user_id) for course in items(payload, "users_courses")))


def parse_people(payload: Any, key: UserKey, values: Sequence[str]) -> Page[RemoteUser]:
    """The accounts found, with a notice for each value that nobody has (Moodle says nothing of them).

    The notice gives the place in ``values``, not the value: it may be an e-mail address. Case is
    ignored here: some of Moodle's databases ignore it, others do not.
    """
    found = tuple(parse_user(person) for person in items(payload, "users"))
    there = {str(getattr(user, key) or "").casefold() for user in found}
    gone = [index for index, value in enumerate(values) if value.casefold() not in there]
    return Page(found, tuple(Notice("silent_miss", f"{key} number {index}", "nobody") for index in gone))


def parse_user(person: Json) -> RemoteUser:
    """A person in any of Moodle's lists of users."""
    return RemoteUser(
        id=identifier(person, "id"),
        username=optional_text(person, "username"),
        idnumber=optional_text(person, "idnumber"),
        email=optional_text(person, "email"),
        fullname=optional_text(person, "fullname"),
        firstname=optional_text(person, "firstname"),
        lastname=optional_text(person, "lastname"),
    )


def _participant(person: Json, course_id: str, learners: Collection[str]) -> RemoteEnrolment:
    roles = person.get("roles")
    told = None if roles is None else [text(role, "shortname") for role in items(roles, "roles")]
    return RemoteEnrolment(
        course=CourseRef(id=course_id),
        user=parse_user(person),
        roles=None if told is None else tuple(LEARNER if name in learners else name for name in told),
        last_access_at=instant(person, "lastcourseaccess"),
    )


def _own_course(course: Json, user_id: str) -> RemoteEnrolment:
    return RemoteEnrolment(
        course=CourseRef(
            identifier(course, "id"), optional_text(course, "idnumber"), optional_text(course, "shortname")
        ),
        user=RemoteUser(id=user_id),
        last_access_at=instant(course, "lastaccess"),
        progress=share(course, "progress"),
        completed=flag(course, "completed"),
    )
