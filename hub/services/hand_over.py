"""Handing a way in to somebody who has none: who may do it for whom, and the link or card itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.vault import Vault
from hub.domain.roles import Viewer
from hub.models.person import Group, GroupMember, Person
from hub.services.accounts import Purpose, create_sign_in_link
from hub.services.cards import in_force
from hub.services.errors import Forbidden, NotFound
from hub.services.journal import record
from hub.services.roles import viewer_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person for whom the viewer may make a card or a link."""

    person_id: UUID
    name: str
    has_card: bool


def may_hand_over(session: Session, actor: Viewer, person_id: UUID) -> bool:
    """Whether ``actor`` may give this person a way in.

    An administrator of the whole place: anybody. Trainers, mediators and administrators of a part: learners without
    any other role, of the groups their role covers (a mediator's covers the place unless it is scoped).
    """
    if actor.covers("administrator"):
        return True
    target = viewer_of(session, person_id)
    if target is None or target.is_staff:
        return False
    if actor.covers("mediator"):
        return True
    return any(_covers_group(actor, group) for group in _groups_of(session, person_id))


def hand_over_link(
    session: Session, vault: Vault, actor: Viewer, person_id: UUID, purpose: Purpose, now: datetime
) -> str:
    """Make a link to hand over, journalled; gives its token. Raises NotFound, Forbidden."""
    require(session, actor, [person_id])
    token = create_sign_in_link(session, vault, person_id, purpose, now)
    record(session, now, actor.person_id, "sign_in_link.handed_over", "person", person_id, purpose=purpose)
    return token


def require(session: Session, actor: Viewer, person_ids: Iterable[UUID]) -> None:
    """Raises Forbidden unless ``actor`` may give every one of these persons a way in, NotFound for an unknown one."""
    wanted = list(person_ids)
    if any(session.get(Person, person_id) is None for person_id in wanted):
        raise NotFound("person_not_found")
    if not all(may_hand_over(session, actor, person_id) for person_id in wanted):
        raise Forbidden


def groups_for(session: Session, actor: Viewer) -> Sequence[Group]:
    """The groups whose learners ``actor`` may make cards for, by name."""
    groups = session.scalars(select(Group).where(Group.archived.is_(False)).order_by(Group.name)).all()
    whole = actor.covers("administrator") or actor.covers("mediator")
    return [group for group in groups if whole or _covers_group(actor, group)]


def candidates(session: Session, actor: Viewer, group_id: UUID) -> list[Candidate]:
    """The members of a group who can have a card, by name. Raises NotFound for a group that is not the viewer's."""
    if group_id not in {group.id for group in groups_for(session, actor)}:
        raise NotFound
    query = (
        select(Person)
        .join(GroupMember, GroupMember.person_id == Person.id)
        .where(GroupMember.group_id == group_id, Person.erased_at.is_(None))
        .order_by(Person.family_name, Person.given_name)
    )
    found = []
    for person in session.scalars(query):
        viewer = viewer_of(session, person.id)
        if viewer is not None and not viewer.is_staff:
            found.append(Candidate(person.id, person.name, in_force(session, person.id) is not None))
    return found


def _groups_of(session: Session, person_id: UUID) -> Sequence[Group]:
    query = select(Group).join(GroupMember, GroupMember.group_id == Group.id).where(GroupMember.person_id == person_id)
    return session.scalars(query).all()


def _covers_group(actor: Viewer, group: Group) -> bool:
    return any(actor.covers(role, group.organisation_id, group.id) for role in ("administrator", "mediator", "trainer"))
