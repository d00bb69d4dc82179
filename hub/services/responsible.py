"""Who answers a learner, and who may look at what a learner does: roles by the scope of an enrolment."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.roles import Role, Viewer
from hub.models.learning import Enrolment
from hub.models.person import Group, Person, RoleGrant

#: Who may read and answer for a learner of their scope.
HELPERS: tuple[Role, ...] = ("trainer", "mediator", "administrator")


def scope_of(session: Session, enrolment: Enrolment | None) -> tuple[UUID | None, UUID | None]:
    """(organisation, group) of an enrolment; the group's organisation goes before the enrolment's own."""
    if enrolment is None:
        return None, None
    group = session.get(Group, enrolment.group_id) if enrolment.group_id else None
    organisation = (group.organisation_id if group else None) or enrolment.organisation_id
    return organisation, enrolment.group_id


def covers(session: Session, viewer: Viewer, enrolment: Enrolment | None, *roles: Role) -> bool:
    """Whether the viewer holds one of ``roles`` (``HELPERS`` unless given) over this enrolment."""
    scope = scope_of(session, enrolment)
    return any(viewer.covers(role, *scope) for role in roles or HELPERS)


def latest_enrolment(session: Session, person_id: UUID) -> Enrolment | None:
    """The enrolment that speaks for a person where no path is named: the newest active one, else the newest."""
    query = select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.state != "cancelled")
    rows = session.scalars(query.order_by((Enrolment.state == "active").desc(), Enrolment.entered_on.desc())).all()
    return next(iter(rows), None)


def trainer_of(session: Session, enrolment: Enrolment | None) -> Person | None:
    """The trainer of the enrolment's group, else the first whose scope holds it; never the learner."""
    return _of_group(session, enrolment) or _covering(session, enrolment, "trainer")


def who_answers(session: Session, enrolment: Enrolment | None) -> tuple[Person, Role] | None:
    """Who is asked for help: the trainer of the group, else a mediator, else an administrator, else any trainer.

    The oldest grant of each role goes first; None where the place has nobody at all.
    """
    trainer = _of_group(session, enrolment)
    if trainer is not None:
        return trainer, "trainer"
    for role in ("mediator", "administrator", "trainer"):
        found = _covering(session, enrolment, role)
        if found is not None:
            return found, role
    return None


def _of_group(session: Session, enrolment: Enrolment | None) -> Person | None:
    if enrolment is None or enrolment.group_id is None:
        return None
    for person, grant in _holders(session, "trainer"):
        if grant.group_id == enrolment.group_id and person.id != enrolment.person_id:
            return person
    return None


def _covering(session: Session, enrolment: Enrolment | None, role: str) -> Person | None:
    organisation, group = scope_of(session, enrolment)
    for person, grant in _holders(session, role):
        holds = grant.organisation_id in (None, organisation) and grant.group_id in (None, group)
        if holds and (enrolment is None or person.id != enrolment.person_id):
            return person
    return None


def _holders(session: Session, role: str) -> list[tuple[Person, RoleGrant]]:
    query = (
        select(Person, RoleGrant)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == role, Person.erased_at.is_(None))
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
