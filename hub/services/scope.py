"""What a trainer or an administrator may see: groups and the enrolments in them, by the scopes of their roles."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.roles import Role, Viewer
from hub.models.learning import Enrolment
from hub.models.person import Group
from hub.services.errors import NotFound

#: Roles whose holders follow groups.
ROLES: tuple[Role, ...] = ("trainer", "administrator")


def covers_group(viewer: Viewer, group: Group) -> bool:
    """Whether one of the viewer's roles reaches the group."""
    return any(viewer.covers(role, group.organisation_id, group.id) for role in ROLES)


def groups_of(session: Session, viewer: Viewer, *, archived: bool = False) -> list[Group]:
    """The groups that the viewer follows, by name."""
    query = select(Group).order_by(Group.name, Group.id)
    if not archived:
        query = query.where(Group.archived.is_(False))
    return [g for g in session.scalars(query) if covers_group(viewer, g)]


def group_of(session: Session, viewer: Viewer, group_id: UUID) -> Group:
    """A group of the viewer. Raises NotFound, also for one outside their scope."""
    group = session.get(Group, group_id)
    if group is None or not covers_group(viewer, group):
        raise NotFound(group=str(group_id))
    return group


def enrolment_of(session: Session, viewer: Viewer, enrolment_id: UUID) -> Enrolment:
    """An enrolment that the viewer follows: through its group, else through its organisation. Raises NotFound."""
    row = session.get(Enrolment, enrolment_id)
    if row is not None:
        group = session.get(Group, row.group_id) if row.group_id else None
        if group is not None and covers_group(viewer, group):
            return row
        if group is None and any(viewer.covers(role, row.organisation_id, None) for role in ROLES):
            return row
    raise NotFound(enrolment=str(enrolment_id))


def in_group(session: Session, viewer: Viewer, group_id: UUID, enrolment_id: UUID) -> Enrolment:
    """An enrolment that the viewer follows in this group. Raises NotFound."""
    row = enrolment_of(session, viewer, enrolment_id)
    if row.group_id != group_id:
        raise NotFound(enrolment=str(enrolment_id))
    return row
