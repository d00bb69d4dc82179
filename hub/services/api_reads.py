"""Lists that only the JSON API asks for, by keyset, and checks of ids that its calls name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from hub.db.base import Base
from hub.domain.plain_text import plain, words
from hub.domain.roles import Viewer
from hub.models.learning import Enrolment, LearningPath, PathVersion
from hub.models.person import Group, GroupMember, Organisation, Person, RoleGrant
from hub.models.place import Room
from hub.models.platforms import Delivery, Job
from hub.models.river import PathStateRow
from hub.services import admin_scope, scope
from hub.services.errors import Invalid
from hub.services.jobs import QueueLine, QueueModel, rows
from hub.services.people_search import holding

PersonKey = tuple[str, str, UUID]


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """What is asked of a list of persons; empty means any. ``text``: words of their names, without accents."""

    text: str = ""
    role: str = ""
    group_id: UUID | None = None
    external_id: str = ""


def persons(
    session: Session, viewer: Viewer, wanted: PersonFilter, after: PersonKey | None, limit: int
) -> Sequence[Person]:
    """Persons whom the viewer administers, by family name, given name and id, from the one after ``after``."""
    query = select(Person).where(admin_scope.visible(viewer), *_conditions(wanted))
    query = query.order_by(Person.family_name, Person.given_name, Person.id)
    found: list[Person] = []
    asked = words(wanted.text)
    while True:
        page = query.where(tuple_(Person.family_name, Person.given_name, Person.id) > after) if after else query
        rows = session.scalars(page.limit(limit)).all()
        found += [row for row in rows if all(word in plain(row.name) for word in asked)]
        if len(found) >= limit or len(rows) < limit:
            return found[:limit]
        after = person_key(rows[-1])


def person_key(row: Person) -> PersonKey:
    """The sort key of ``persons``."""
    return row.family_name, row.given_name, row.id


def _conditions(wanted: PersonFilter) -> list[ColumnElement[bool]]:
    found = holding(wanted.text)
    if wanted.role:
        found.append(
            select(RoleGrant.id).where(RoleGrant.person_id == Person.id, RoleGrant.role == wanted.role).exists()
        )
    if wanted.group_id is not None:
        member = select(GroupMember.person_id).where(GroupMember.person_id == Person.id, GroupMember.until.is_(None))
        found.append(member.where(GroupMember.group_id == wanted.group_id).exists())
    if wanted.external_id:
        found.append(Person.external_id == wanted.external_id)
    return found


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """An enrolment in a list, with the names of what it refers to and how far it is (``share`` 0..1)."""

    enrolment: Enrolment
    person: str
    path: str
    version: int
    share: float


@dataclass(frozen=True, slots=True)
class EnrolmentFilter:
    """What is asked of a list of enrolments; empty means any."""

    person_id: UUID | None = None
    group_id: UUID | None = None
    path_id: UUID | None = None
    state: str = ""


def enrolments(
    session: Session, viewer: Viewer, wanted: EnrolmentFilter, after: UUID | None, limit: int
) -> Sequence[EnrolmentRow]:
    """The viewer's own enrolments and those that their roles follow (``scope.enrolment_of``), by id."""
    query = (
        select(Enrolment, Person, LearningPath.title, PathVersion.number, PathStateRow.share)
        .join(Person, Person.id == Enrolment.person_id)
        .join(LearningPath, LearningPath.id == Enrolment.path_id)
        .join(PathVersion, PathVersion.id == Enrolment.version_id)
        .outerjoin(PathStateRow, PathStateRow.enrolment_id == Enrolment.id)
        .where(Person.erased_at.is_(None), _followed(session, viewer))
    )
    pairs: list[tuple[InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None], UUID | None]] = [
        (Enrolment.person_id, wanted.person_id),
        (Enrolment.group_id, wanted.group_id),
        (Enrolment.path_id, wanted.path_id),
    ]
    query = query.where(*(column == value for column, value in pairs if value is not None))
    if wanted.state:
        query = query.where(Enrolment.state == wanted.state)
    if after is not None:
        query = query.where(Enrolment.id > after)
    rows = session.execute(query.order_by(Enrolment.id).limit(limit))
    return [EnrolmentRow(row, person.name, title, number, share or 0.0) for row, person, title, number, share in rows]


def _followed(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """The condition that ``scope.enrolment_of`` checks, as one of the database."""
    own = Enrolment.person_id == viewer.person_id
    if any(viewer.covers(role) for role in scope.ROLES):
        return Person.id.is_not(None)
    groups = [group.id for group in scope.groups_of(session, viewer, archived=True)]
    organisations = {g.organisation_id for g in viewer.scopes(*scope.ROLES) if g.organisation_id and not g.group_id}
    groupless = and_(Enrolment.group_id.is_(None), Enrolment.organisation_id.in_(organisations))
    return or_(own, Enrolment.group_id.in_(groups), groupless)


def enrolment_for(session: Session, viewer: Viewer, enrolment_id: UUID) -> Enrolment:
    """An enrolment that is the viewer's own or that their roles follow. Raises NotFound."""
    row = session.get(Enrolment, enrolment_id)
    if row is not None and row.person_id == viewer.person_id:
        return row
    return scope.enrolment_of(session, viewer, enrolment_id)


def require_known(
    session: Session,
    *,
    group_id: UUID | None = None,
    organisation_id: UUID | None = None,
    room_id: UUID | None = None,
) -> None:
    """Raises Invalid for an id that names nothing."""
    named: dict[str, tuple[type[Base], UUID | None]] = {
        "group_id": (Group, group_id),
        "organisation_id": (Organisation, organisation_id),
        "room_id": (Room, room_id),
    }
    faults = {name: "unknown" for name, (model, key) in named.items() if key and session.get(model, key) is None}
    if faults:
        raise Invalid(faults)


def enrolment_row(session: Session, row: Enrolment) -> EnrolmentRow:
    """One enrolment as ``enrolments`` gives it."""
    person = session.get_one(Person, row.person_id)
    version = session.get_one(PathVersion, row.version_id)
    share = session.scalar(select(PathStateRow.share).where(PathStateRow.enrolment_id == row.id))
    title = session.get_one(LearningPath, row.path_id).title
    return EnrolmentRow(row, person.name, title, version.number, share or 0.0)


def queue(session: Session, model: QueueModel, state: str, before: UUID | None, limit: int) -> Sequence[QueueLine]:
    """Rows of a queue, the newest first, from the one before the id ``before``; ids grow with time."""
    query = select(model).order_by(model.id.desc()).limit(limit)
    if state:
        query = query.where(model.state == state)
    if before is not None:
        query = query.where(model.id < before)
    return [_queue_line(row) for row in rows(session, query)]


def _queue_line(row: Job | Delivery) -> QueueLine:
    own: dict[str, Any] = {"progress": {}, "answer": "", "person_id": None}
    fields: dict[str, Any] = {name: getattr(row, name, own.get(name)) for name in QueueLine.__slots__}
    return QueueLine(**fields)
