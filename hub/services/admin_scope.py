"""How far an administrator reaches: the whole place, or the persons and groups of an organisation or a group.

Whoever administers a part sees the people of that part, and changes only those who hold no role beyond it: otherwise
changing an e-mail address would be a way to somebody else's rights.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, true
from sqlalchemy.orm import Session

from hub.domain.roles import STAFF, Grant, Viewer
from hub.models.learning import Enrolment
from hub.models.person import Group, GroupMember, Person, RoleGrant
from hub.services.errors import Forbidden, NotFound
from hub.services.roles import grants_of


def whole_place(viewer: Viewer) -> bool:
    """Whether the viewer administers the whole place."""
    return viewer.covers("administrator")


def require_place(viewer: Viewer) -> None:
    """Raises Forbidden unless the viewer administers the whole place."""
    if not whole_place(viewer):
        raise Forbidden


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on ``Person`` that keeps those whom the viewer administers; erased persons are left out."""
    alive = Person.erased_at.is_(None)
    if whole_place(viewer):
        return alive
    mine = [_within(grant) for grant in viewer.scopes("administrator")]
    return and_(alive, or_(*mine)) if mine else ~true()


def _within(grant: Grant) -> ColumnElement[bool]:
    group = [Group.organisation_id == grant.organisation_id] if grant.organisation_id else []
    group += [Group.id == grant.group_id] if grant.group_id else []
    member = exists().where(GroupMember.person_id == Person.id, GroupMember.group_id == Group.id, *group)
    holds = [RoleGrant.organisation_id == grant.organisation_id] if grant.organisation_id else []
    holds += [RoleGrant.group_id == grant.group_id] if grant.group_id else []
    follows = [Enrolment.organisation_id == grant.organisation_id] if grant.organisation_id else []
    follows += [Enrolment.group_id == grant.group_id] if grant.group_id else []
    return or_(
        member,
        exists().where(RoleGrant.person_id == Person.id, *holds),
        exists().where(Enrolment.person_id == Person.id, *follows),
    )


def person_of(session: Session, viewer: Viewer, person_id: UUID) -> Person:
    """A person whom the viewer administers. Raises NotFound, also for one out of reach or erased."""
    person = session.query(Person).where(Person.id == person_id, visible(viewer)).one_or_none()
    if person is None:
        raise NotFound("person_not_found", person=str(person_id))
    return person


def may_change(session: Session, viewer: Viewer, person_id: UUID) -> bool:
    """Whether the viewer may change the person: all the roles above learner that the person holds are in reach."""
    if whole_place(viewer):
        return True
    staff = [grant for grant in grants_of(session, person_id) if grant.role in STAFF]
    return all(reaches(session, viewer, grant.organisation_id, grant.group_id) for grant in staff)


def reaches(session: Session, viewer: Viewer, organisation_id: UUID | None, group_id: UUID | None) -> bool:
    """Whether the viewer administers this organisation and group; a group stands in its organisation."""
    group = session.get(Group, group_id) if group_id else None
    organisation = organisation_id or (group.organisation_id if group else None)
    return viewer.covers("administrator", organisation, group_id)


def changeable(session: Session, viewer: Viewer, person_id: UUID) -> Person:
    """A person whom the viewer may change. Raises NotFound, Forbidden."""
    person = person_of(session, viewer, person_id)
    if not may_change(session, viewer, person_id):
        raise Forbidden
    return person
