"""Finding a course or a person that a report names by something else than the platform's id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from connectors.records import CourseRef, UserRef
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
        """Id of the course, None when it is unknown or its name is ambiguous."""
        named = (("idnumber", ref.idnumber), ("shortname", ref.shortname))
        return ref.id or next((it for name in named if name[1] and (it := self.courses.get((name[0], name[1])))), None)

    def user(self, ref: UserRef) -> str | None:
        """Id of the person, None when they are unknown or the name is ambiguous."""
        named = (("username", ref.username), ("idnumber", ref.idnumber), ("email", ref.email and ref.email.lower()))
        return ref.id or next((it for name in named if name[1] and (it := self.users.get((name[0], name[1])))), None)


def _index(session: Session, platform_id: UUID, kind: str, names: tuple[str, ...]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for it in records.every(session, platform_id, kind):
        for name in names:
            text = it.value.get(name)
            if text:
                key = (name, str(text).lower() if name == "email" else str(text))
                found[key] = it.key if found.get(key, it.key) == it.key else AMBIGUOUS
    return found
