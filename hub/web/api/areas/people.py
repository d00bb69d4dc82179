"""Persons and their roles, within the reach of whoever administers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.domain.roles import Role
from hub.models.person import Person
from hub.services import admin_scope, api_reads, enrol_admin, erasure, people
from hub.services.people import PersonData
from hub.web.api import paging
from hub.web.api.areas.me import Grant
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Line, Page, Paged

api = Api("people", "people")
ADMINISTRATOR: tuple[Role, ...] = ("administrator",)
Status = Literal["stagiaire", "apprenti", "bénéficiaire", "salarié"]


class PersonQuery(Paged):
    """What is asked of the list of persons."""

    q: str = Field(default="", max_length=100, description="Words of the name; accents and case do not matter.")
    role: Role | None = Field(default=None, description="Who holds this role, whatever its scope.")
    group_id: UUID | None = Field(default=None, description="Who is in this group now.")
    external_id: str = Field(default="", max_length=120, description="The place's own number of the person.")


class PersonLine(Answer):
    """A person as known to the place."""

    id: UUID
    given_name: str
    family_name: str
    email: str | None
    phone: str | None
    language: str
    birth_date: date | None
    status: str
    external_id: str | None
    created_at: Instant


class HeldRole(Grant):
    """A role that a person holds. ``id`` is what takes it back."""

    id: UUID
    granted_at: Instant


class PersonPage(PersonLine):
    """A person with ways in and groups. ``changeable``: whether the caller may change them."""

    changeable: bool
    login: str
    has_card: bool
    groups: list[UUID]
    enrolments: list[UUID]


class NewPerson(Body):
    """A person to be added. Whoever administers a part of the place gives a group of it."""

    given_name: Line
    family_name: Line
    email: Line = ""
    phone: Line = ""
    birth_date: date | None = None
    language: Literal["fr", "en"] = "fr"
    status: Status = "stagiaire"
    external_id: Line = ""
    role: Role = "learner"
    group_id: UUID | None = None
    same_email: bool = Field(default=False, description="Another person rightly has the same address.")


class ChangedPerson(Body):
    """The members to be changed; those left out stay."""

    given_name: Line | None = None
    family_name: Line | None = None
    email: Line | None = None
    phone: Line | None = None
    birth_date: date | None = None
    language: Literal["fr", "en"] | None = None
    status: Status | None = None
    external_id: Line | None = None
    same_email: bool = False


class NewRole(Body):
    """A role to be given, over an organisation, a group, or (neither) the whole place."""

    role: Role
    organisation_id: UUID | None = None
    group_id: UUID | None = None


class HeldRoles(Answer):
    """The roles of a person, the oldest first."""

    items: list[HeldRole]


class ErasurePreview(Answer):
    """What erasing the person would take: statements rewritten, identities replaced, documents removed; neighbours that
    have to be told, since they got statements."""

    statements: int
    identities: int
    documents: int
    recipients: list[str]


@api.get("/persons", "Persons", roles=ADMINISTRATOR)
def list_persons(call: Call, query: PersonQuery) -> Page[PersonLine]:
    """The persons whom the caller administers, by family name."""
    after = paging.read(query.cursor, str, str, UUID)
    wanted = api_reads.PersonFilter(query.q, query.role or "", query.group_id, query.external_id)
    rows = api_reads.persons(call.session, call.viewer, wanted, after, query.limit + 1)
    shown = rows[: query.limit]
    following = paging.write(api_reads.person_key(shown[-1])) if len(rows) > len(shown) else None
    return Page(items=[PersonLine.model_validate(row) for row in shown], next=following)


@api.post("/persons", "Add a person", roles=ADMINISTRATOR)
def create_person(call: Call, body: NewPerson) -> PersonLine:
    """A new person with one role, and a place in a group."""
    api_reads.require_known(call.session, group_id=body.group_id)
    data = PersonData(**body.model_dump(exclude={"role", "group_id", "same_email"}))
    row = people.create(
        call.session,
        call.viewer,
        data,
        now=call.now,
        role=body.role,
        group_id=body.group_id,
        same_email=body.same_email,
    )
    call.location = f"/api/v1/persons/{row.id}"
    return PersonLine.model_validate(row)


@api.get("/persons/{person_id}", "One person", roles=ADMINISTRATOR)
def read_person(call: Call, person_id: UUID) -> PersonPage:
    """A person with ways in, groups and enrolments."""
    found = enrol_admin.person_page(call.session, call.viewer, person_id)
    return PersonPage(
        **PersonLine.model_validate(found.person).model_dump(),
        changeable=found.changeable,
        login=found.login,
        has_card=found.has_card,
        groups=[key for key, _name in found.groups],
        enrolments=[line.id for line in found.enrolments],
    )


@api.patch("/persons/{person_id}", "Change a person", roles=ADMINISTRATOR)
def change_person(call: Call, person_id: UUID, body: ChangedPerson) -> PersonLine:
    """Change what is given and leave the rest. Null empties a date of birth."""
    row = admin_scope.person_of(call.session, call.viewer, person_id)
    given = {name: getattr(body, name) for name in body.model_fields_set - {"same_email"}}
    kept = {name: value for name, value in given.items() if value is not None or name == "birth_date"}
    data = replace(_data(row), **kept)
    same = body.same_email or data.email == (row.email or "")
    row = people.change(call.session, call.viewer, person_id, data, now=call.now, same_email=same)
    return PersonLine.model_validate(row)


def _data(row: Person) -> PersonData:
    return PersonData(
        row.given_name,
        row.family_name,
        row.email or "",
        row.phone or "",
        row.birth_date,
        row.language,
        row.status,
        row.external_id or "",
    )


@api.get("/persons/{person_id}/roles", "Roles of a person", roles=ADMINISTRATOR)
def list_roles(call: Call, person_id: UUID) -> HeldRoles:
    """The roles that a person holds, the oldest first."""
    row = admin_scope.person_of(call.session, call.viewer, person_id)
    return HeldRoles(items=[HeldRole.model_validate(grant) for grant in row.roles])


@api.post("/persons/{person_id}/roles", "Give a role", roles=ADMINISTRATOR)
def give_role(call: Call, person_id: UUID, body: NewRole) -> HeldRole:
    """Give a role over a scope within the caller's reach; the same grant twice is one."""
    api_reads.require_known(call.session, group_id=body.group_id, organisation_id=body.organisation_id)
    row = people.give_role(
        call.session,
        call.viewer,
        person_id,
        body.role,
        now=call.now,
        organisation_id=body.organisation_id,
        group_id=body.group_id,
    )
    call.session.flush()
    return HeldRole.model_validate(row)


@api.delete("/persons/{person_id}/roles/{grant_id}", "Take a role back", roles=ADMINISTRATOR, statuses=(422,))
def take_role(call: Call, person_id: UUID, grant_id: UUID) -> None:
    """Take a role back. The last person who administers the whole place keeps that role."""
    people.take_role(call.session, call.viewer, person_id, grant_id, now=call.now)


@api.get("/persons/{person_id}/erasure", "What an erasure would take", roles=ADMINISTRATOR)
def preview_erasure(call: Call, person_id: UUID) -> ErasurePreview:
    """What erasing this person would take; nothing is changed."""
    admin_scope.changeable(call.session, call.viewer, person_id)
    return ErasurePreview.model_validate(erasure.preview(call.session, person_id))
