"""Roles of persons: who holds what, over which organisation and group."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.roles import ROLES, Grant, Role, Viewer
from hub.models.person import Person, RoleGrant
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record
from hub.texts import LANGUAGES


def grants_of(session: Session, person_id: UUID) -> tuple[Grant, ...]:
    """The grants of a person, the oldest first; a role that the code does not know is left out."""
    query = select(RoleGrant).where(RoleGrant.person_id == person_id).order_by(RoleGrant.granted_at, RoleGrant.id)
    return tuple(
        Grant(row.role, row.organisation_id, row.group_id) for row in session.scalars(query) if row.role in ROLES
    )


def viewer_of(session: Session, person_id: UUID) -> Viewer | None:
    """The person as a viewer; None for an unknown or an erased one."""
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        return None
    language = person.language if person.language in LANGUAGES else LANGUAGES[0]
    return Viewer(person.id, person.name, language, grants_of(session, person.id))


def grant_role(
    session: Session,
    person_id: UUID,
    role: Role,
    now: datetime,
    *,
    by: UUID | None = None,
    organisation_id: UUID | None = None,
    group_id: UUID | None = None,
) -> RoleGrant:
    """Give a role, journalled; the same grant twice is one. Raises NotFound (person), Invalid (role)."""
    if role not in ROLES:
        raise Invalid({"role": "unknown"})
    # The person's row is held: the same grant made at the same moment is seen below (empty scopes break no constraint).
    if session.get(Person, person_id, with_for_update={"key_share": True}) is None:
        raise NotFound("person_not_found")
    query = select(RoleGrant).where(
        RoleGrant.person_id == person_id,
        RoleGrant.role == role,
        RoleGrant.organisation_id.is_not_distinct_from(organisation_id),
        RoleGrant.group_id.is_not_distinct_from(group_id),
    )
    existing = session.scalars(query).first()
    if existing is not None:
        return existing
    grant = RoleGrant(
        person_id=person_id,
        role=role,
        organisation_id=organisation_id,
        group_id=group_id,
        granted_at=now,
        granted_by=by,
    )
    session.add(grant)
    record(session, now, by, "role.granted", "person", person_id, role=role, **_scope(organisation_id, group_id))
    return grant


def revoke_role(session: Session, grant_id: UUID, now: datetime, *, by: UUID | None = None) -> None:
    """Take a role back, journalled. Raises NotFound."""
    grant = session.get(RoleGrant, grant_id)
    if grant is None:
        raise NotFound("role_grant_not_found")
    scope = _scope(grant.organisation_id, grant.group_id)
    record(session, now, by, "role.revoked", "person", grant.person_id, role=grant.role, **scope)
    session.delete(grant)


def holders(session: Session, role: Role) -> Iterable[UUID]:
    """Persons who hold ``role``, whatever its scope, each once."""
    return session.scalars(select(RoleGrant.person_id).where(RoleGrant.role == role).distinct())


def _scope(organisation_id: UUID | None, group_id: UUID | None) -> dict[str, str]:
    scope = {"organisation_id": organisation_id, "group_id": group_id}
    return {name: str(value) for name, value in scope.items() if value is not None}
