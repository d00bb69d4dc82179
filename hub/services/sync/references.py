"""Finding a course or a person that a report names by something else than the platform's id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from connectors.records import CourseCompletion, CourseRef, UserRef
from hub.services import remote_records as records

AMBIGUOUS = ""
"""Stands for a name that two have: it names nobody."""


@dataclass(frozen=True, slots=True)
class References:
    """Ids by ``(kind of name, name)``, for one platform."""

    courses: Mapping[tuple[str, str], str]
    users: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, session: Session, platform_id: UUID) -> References:
        """From what was read of the platform: one pass over its courses and people."""
        courses = _index(session, platform_id, records.COURSE, ("idnumber", "shortname"))
        return cls(courses, _index(session, platform_id, records.USER, ("username", "idnumber", "email")))

    def course(self, ref: CourseRef) -> str | None:
        """Id of the course, None when it is unknown. A name that two have is passed over for the next one."""
        return ref.id or next((it for name in _course_names(ref) if (it := self.courses.get(name))), None)

    def user(self, ref: UserRef) -> str | None:
        """Id of the person, None when they are unknown. A name that two have is passed over for the next one."""
        return ref.id or next((it for name in _user_names(ref) if (it := self.users.get(name))), None)

    def is_ambiguous(self, record: CourseCompletion) -> bool:
        """Whether a record names a course or a person by nothing but what two have."""
        told = (self.courses, self.course(record.course), _course_names(record.course))
        whose = (self.users, self.user(record.user), _user_names(record.user))
        return any(
            found is None and any(index.get(name) == AMBIGUOUS for name in names)
            for index, found, names in (told, whose)
        )


Name = tuple[str, str]


def _course_names(ref: CourseRef) -> list[Name]:
    return [(kind, name) for kind, name in (("idnumber", ref.idnumber), ("shortname", ref.shortname)) if name]


def _user_names(ref: UserRef) -> list[Name]:
    email = ref.email.lower() if ref.email else None
    told = (("username", ref.username), ("idnumber", ref.idnumber), ("email", email))
    return [(kind, name) for kind, name in told if name]


def _index(session: Session, platform_id: UUID, kind: str, names: tuple[str, ...]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for it in records.every(session, platform_id, kind):
        for name in names:
            text = it.value.get(name)
            if text:
                key = (name, str(text).lower() if name == "email" else str(text))
                found[key] = it.key if found.get(key, it.key) == it.key else AMBIGUOUS
    return found
