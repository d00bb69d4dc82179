"""Groups (promotions) as administrators keep them: who is in, who trains them, from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.domain.roles import Viewer
from hub.models.person import Group, GroupMember, Organisation, Person, RoleGrant
from hub.services import admin_scope, people, roles
from hub.services.dictionaries import add_once
from hub.services.errors import Forbidden, Invalid, NotFound
from hub.services.journal import record


@dataclass(frozen=True, slots=True)
class GroupData:
    """What is said of a group; the days are included."""

    name: str
    organisation_id: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group in the list."""

    id: UUID
    name: str
    organisation: str
    starts_on: date | None
    ends_on: date | None
    archived: bool
    members: int
    trainers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a group; for a trainer ``grant_id`` is what gives them the group."""

    person_id: UUID
    name: str
    since: date | None = None
    grant_id: UUID | None = None


def listed(session: Session, viewer: Viewer, *, archived: bool = False) -> list[GroupLine]:
    """The groups that the viewer administers, by name."""
    rows = session.execute(
        select(Group, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Group.organisation_id)
        .where(Group.archived.is_(archived))
        .order_by(Group.name, Group.id)
    ).all()
    counted = select(GroupMember.group_id, func.count()).where(GroupMember.until.is_(None))
    counts: Mapping[UUID, int] = dict(session.execute(counted.group_by(GroupMember.group_id)).all())
    trainers: dict[UUID | None, list[str]] = {}
    query = select(RoleGrant.group_id, Person).join(Person, Person.id == RoleGrant.person_id)
    for group_id, person in session.execute(query.where(RoleGrant.role == "trainer", RoleGrant.group_id.is_not(None))):
        trainers.setdefault(group_id, []).append(person.name)
    return [
        GroupLine(
            group.id,
            group.name,
            organisation or "",
            group.starts_on,
            group.ends_on,
            group.archived,
            counts.get(group.id, 0),
            tuple(sorted(trainers.get(group.id, ()))),
        )
        for group, organisation in rows
        if viewer.covers("administrator", group.organisation_id, group.id)
    ]


def find(session: Session, viewer: Viewer, group_id: UUID) -> Group:
    """A group that the viewer administers. Raises NotFound."""
    group = session.get(Group, group_id)
    if group is None or not viewer.covers("administrator", group.organisation_id, group.id):
        raise NotFound(group=str(group_id))
    return group


def add(session: Session, viewer: Viewer, data: GroupData, *, now: datetime) -> Group:
    """A new group of an organisation in the viewer's reach. Raises Invalid, Forbidden."""
    if not viewer.covers("administrator", data.organisation_id, None):
        raise Forbidden
    group = Group(**_checked(session, data))
    session.add(group)
    session.flush()
    record(session, now, viewer.person_id, "group.created", "group", group.id, name=group.name)
    return group


def change(session: Session, viewer: Viewer, group_id: UUID, data: GroupData, *, now: datetime) -> Group:
    """Change a group. Raises NotFound, Invalid; Forbidden where it would leave the viewer's reach."""
    group = find(session, viewer, group_id)
    if not viewer.covers("administrator", data.organisation_id, group_id):
        raise Forbidden
    for name, value in _checked(session, data).items():
        setattr(group, name, value)
    record(session, now, viewer.person_id, "group.changed", "group", group_id, name=group.name)
    return group


def archive(session: Session, viewer: Viewer, group_id: UUID, *, archived: bool, now: datetime) -> Group:
    """Take a group off the lists, or back onto them; nothing of it is lost. Raises NotFound."""
    group = find(session, viewer, group_id)
    group.archived = archived
    act = "group.archived" if archived else "group.restored"
    record(session, now, viewer.person_id, act, "group", group_id, name=group.name)
    return group


def _checked(session: Session, data: GroupData) -> dict[str, object]:
    name, faults = " ".join(data.name.split()), {}
    if not name or len(name) > 120:
        faults["name"] = "too_long" if name else "required"
    if data.organisation_id is not None and session.get(Organisation, data.organisation_id) is None:
        faults["organisation"] = "unknown"
    if data.starts_on and data.ends_on and data.ends_on < data.starts_on:
        faults["ends_on"] = "ends_before"
    if faults:
        raise Invalid(faults)
    dates = {"starts_on": data.starts_on, "ends_on": data.ends_on}
    return {"name": name, "organisation_id": data.organisation_id, **dates}


def members(session: Session, group_id: UUID) -> list[Member]:
    """Who is in the group now, by name."""
    query = select(Person, GroupMember.since).join(GroupMember, GroupMember.person_id == Person.id)
    query = query.where(GroupMember.group_id == group_id, GroupMember.until.is_(None), Person.erased_at.is_(None))
    ordered = query.order_by(Person.family_name, Person.given_name, Person.id)
    return [Member(person.id, person.name, since) for person, since in session.execute(ordered)]


def trainers(session: Session, group_id: UUID) -> list[Member]:
    """Who trains this very group, by name."""
    query = select(Person, RoleGrant.id).join(RoleGrant, RoleGrant.person_id == Person.id)
    query = query.where(RoleGrant.role == "trainer", RoleGrant.group_id == group_id, Person.erased_at.is_(None))
    ordered = query.order_by(Person.family_name, Person.given_name)
    return [Member(person.id, person.name, None, grant) for person, grant in session.execute(ordered)]


def trainer_choices(session: Session) -> list[tuple[UUID, str]]:
    """Whoever trains something already, by name: who can be given another group."""
    query = select(Person).join(RoleGrant, RoleGrant.person_id == Person.id)
    query = query.where(RoleGrant.role == "trainer", Person.erased_at.is_(None)).distinct()
    return [(person.id, person.name) for person in session.scalars(query.order_by(Person.family_name))]


def join(session: Session, viewer: Viewer, group_id: UUID, person_id: UUID, *, now: datetime) -> bool:
    """Put a person in a group; False when they are there already. Raises NotFound."""
    group = find(session, viewer, group_id)
    person = admin_scope.person_of(session, viewer, person_id)
    if not put_in(session, group_id, person.id, since=now.date()):
        return False
    record(session, now, viewer.person_id, "group.joined", "person", person.id, group=group.name)
    return True


def put_in(session: Session, group_id: UUID, person_id: UUID, *, since: date) -> bool:
    """Put a person in a group, or in it again; False when they are there already."""
    row = session.get(GroupMember, (group_id, person_id), with_for_update=True)
    if row is None:
        return add_once(session, GroupMember, group_id=group_id, person_id=person_id, since=since)
    again, row.until = row.until is not None, None
    return again


def leave(session: Session, viewer: Viewer, group_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """Take a person out of a group; what they did in it stays. Raises NotFound."""
    group = find(session, viewer, group_id)
    row = session.get(GroupMember, (group_id, person_id), with_for_update=True)
    if row is None:
        raise NotFound("person_not_found")
    if row.since is not None and row.since >= now.date():
        session.delete(row)  # put in by mistake: there is no past to keep
    else:
        row.until = now.date()  # the séances until today still expect them
    record(session, now, viewer.person_id, "group.left", "person", person_id, group=group.name)


def train(session: Session, viewer: Viewer, group_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """Name a trainer of the group. Raises NotFound."""
    group = find(session, viewer, group_id)
    people.give_role(session, viewer, person_id, "trainer", now=now, group_id=group.id)


def stop_training(session: Session, viewer: Viewer, group_id: UUID, grant_id: UUID, *, now: datetime) -> None:
    """Take a trainer off the group. Raises NotFound."""
    find(session, viewer, group_id)
    grant = session.get(RoleGrant, grant_id)
    if grant is None or grant.group_id != group_id or grant.role != "trainer":
        raise NotFound("role_grant_not_found")
    roles.revoke_role(session, grant_id, now, by=viewer.person_id)
