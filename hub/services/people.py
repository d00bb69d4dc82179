"""Persons as administrators keep them: search, create, change, groups and roles within the administrator's reach."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.domain.roles import ROLES, Role, Viewer
from hub.models.person import Group, GroupMember, Person, RoleGrant
from hub.services import admin_scope, roles
from hub.services.errors import Forbidden, Invalid, NotFound
from hub.services.journal import record

STATUSES: Final = ("stagiaire", "apprenti", "bénéficiaire", "salarié")
LANGUAGES: Final = ("fr", "en")
LONGEST: Final = 120
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
EMAIL = re.compile(rf"[^\s@<>\"(),:;\\\[\]]+@{_LABEL}(?:\.{_LABEL})+", re.I)
PHONE = re.compile(r"\+?[0-9]{6,15}")
#: What a spreadsheet would take for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class PersonData:
    """What is known of a person; empty texts stand for what is not. ``external_id``: the place's own number."""

    given_name: str
    family_name: str
    email: str = ""
    phone: str = ""
    birth_date: date | None = None
    language: str = "fr"
    status: str = "stagiaire"
    external_id: str = ""


def cleaned(data: PersonData, today: date) -> tuple[PersonData, dict[str, str]]:
    """The data as they are kept, and the faults by field. Telephone numbers lose blanks, dots and hyphens."""
    made = PersonData(
        given_name=_line(data.given_name),
        family_name=_line(data.family_name),
        email=_line(data.email),
        phone=re.sub(r"[\s.\-()/\u00a0\u202f]", "", data.phone),
        birth_date=data.birth_date,
        language=data.language or "fr",
        status=data.status or STATUSES[0],
        external_id=_line(data.external_id),
    )
    return made, _faults(made, today)


def _line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).replace("\0", "").split())


def _faults(made: PersonData, today: date) -> dict[str, str]:
    faults = {name: "required" for name in ("given_name", "family_name") if not getattr(made, name)}
    for name in ("given_name", "family_name", "external_id", "email"):
        text: str = getattr(made, name)
        if len(text) > LONGEST:
            faults[name] = "too_long"
        elif text.startswith(FORMULA):
            faults[name] = "formula"
    if made.email and not EMAIL.fullmatch(made.email):
        faults.setdefault("email", "not_an_email")
    if made.phone and not PHONE.fullmatch(made.phone):
        faults["phone"] = "not_a_phone"
    if made.birth_date and not date(1900, 1, 1) <= made.birth_date <= today:
        faults["birth_date"] = "not_a_birth_date"
    if made.language not in LANGUAGES:
        faults["language"] = "unknown"
    if made.status not in STATUSES:
        faults["status"] = "unknown"
    return faults


def create(
    session: Session,
    viewer: Viewer,
    data: PersonData,
    *,
    now: datetime,
    role: str = "learner",
    group_id: UUID | None = None,
    same_email: bool = False,
) -> Person:
    """A new person with one role, and a place in a group.

    ``same_email``: somebody said that another person rightly has the same address. Raises Invalid; Forbidden for a
    group or role out of the viewer's reach. Whoever administers a part gives a group of it.
    """
    if not admin_scope.whole_place(viewer) and group_id is None:
        raise Invalid({"group": "required"})
    if not admin_scope.reaches(session, viewer, None, group_id):
        raise Forbidden
    if role and role not in ROLES:
        raise Invalid({"role": "unknown"})
    # The viewer's own row is held: a second click waits for the first, and is then told of whom that one added.
    session.get(Person, viewer.person_id, with_for_update={"key_share": True})
    made = _checked(session, data, now.date(), None, same_email)
    person = Person(**columns(made), created_at=now)
    session.add(person)
    session.flush()
    record(session, now, viewer.person_id, "person.created", "person", person.id)
    if group_id is not None:
        session.add(GroupMember(group_id=group_id, person_id=person.id, since=now.date()))
    if role:
        give_role(session, viewer, person.id, role, now=now, group_id=None if role == "learner" else group_id)
    return person


def change(
    session: Session, viewer: Viewer, person_id: UUID, data: PersonData, *, now: datetime, same_email: bool = False
) -> Person:
    """Change a person; the journal names the fields, not what stood in them. Raises NotFound, Forbidden, Invalid."""
    person = admin_scope.changeable(session, viewer, person_id)
    known = (person.email or "").lower() == data.email.strip().lower()
    made = _checked(session, data, now.date(), person_id, same_email or known)
    fields = put(person, made)
    if fields:
        record(session, now, viewer.person_id, "person.changed", "person", person_id, fields=fields)
    return person


def put(person: Person, made: PersonData) -> list[str]:
    """Write ``made`` on the row; gives the names of the fields that changed."""
    fields = []
    for name, value in columns(made).items():
        if getattr(person, name) != value:
            setattr(person, name, value)
            fields.append(name)
    return fields


def columns(made: PersonData) -> dict[str, Any]:
    """The columns of ``Person`` for cleaned data: what is not known is None there."""
    optional = {name: getattr(made, name) or None for name in ("email", "phone", "external_id")}
    return {**asdict(made), **optional}


def _checked(session: Session, data: PersonData, today: date, own: UUID | None, same_email: bool) -> PersonData:
    made, faults = cleaned(data, today)
    if made.external_id and _others(session, Person.external_id == made.external_id, own):
        faults.setdefault("external_id", "taken")
    if made.email and not same_email and _others(session, func.lower(Person.email) == made.email.lower(), own):
        faults.setdefault("email", "shared_email")
    if faults:
        raise Invalid(faults)
    return made


def _others(session: Session, condition: Any, own: UUID | None) -> bool:
    query = select(Person.id).where(condition, Person.erased_at.is_(None))
    return any(found != own for found in session.scalars(query))


def give_role(
    session: Session,
    viewer: Viewer,
    person_id: UUID,
    role: str,
    *,
    now: datetime,
    organisation_id: UUID | None = None,
    group_id: UUID | None = None,
) -> RoleGrant:
    """Give a role over a scope within the viewer's reach. Raises NotFound, Forbidden, Invalid.

    To be a learner opens nothing of anybody else, so that role alone may be given without a scope by whoever
    administers a part.
    """
    known: Role | None = next((one for one in ROLES if one == role), None)
    if known is None:
        raise Invalid({"role": "unknown"})
    if session.get(Person, person_id) is None:
        raise NotFound("person_not_found")
    if group_id is not None and session.get(Group, group_id) is None:
        raise Invalid({"group": "unknown"})
    if known != "learner" and not admin_scope.reaches(session, viewer, organisation_id, group_id):
        raise Forbidden
    return roles.grant_role(
        session, person_id, known, now, by=viewer.person_id, organisation_id=organisation_id, group_id=group_id
    )


def take_role(session: Session, viewer: Viewer, person_id: UUID, grant_id: UUID, *, now: datetime) -> None:
    """Take a role back. Raises NotFound, Forbidden, Invalid (``last_administrator``: the place would have none)."""
    grant = session.get(RoleGrant, grant_id)
    if grant is None or grant.person_id != person_id:
        raise NotFound("role_grant_not_found")
    if not admin_scope.reaches(session, viewer, grant.organisation_id, grant.group_id):
        raise Forbidden
    whole = grant.organisation_id is None and grant.group_id is None
    if grant.role == "administrator" and whole and not _other_administrator(session, grant):
        raise Invalid({"role": "last_administrator"})
    roles.revoke_role(session, grant_id, now, by=viewer.person_id)


def _other_administrator(session: Session, grant: RoleGrant) -> bool:
    query = select(RoleGrant.id).join(Person, Person.id == RoleGrant.person_id)
    query = query.where(RoleGrant.role == "administrator", RoleGrant.id != grant.id, Person.erased_at.is_(None))
    query = query.where(RoleGrant.organisation_id.is_(None), RoleGrant.group_id.is_(None))
    return session.scalar(query.limit(1)) is not None
