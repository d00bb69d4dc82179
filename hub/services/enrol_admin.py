"""A person's page for administrators, and enrolling them: version, group, organisation, funding, agreed plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.path import Modality
from hub.domain.roles import Viewer
from hub.models.learning import Enrolment, LearningPath, PathVersion
from hub.models.person import Account, Group, GroupMember, Organisation, Person, RoleGrant
from hub.models.platforms import Delivery, Platform
from hub.models.river import Agent, PathStateRow
from hub.services import admin_scope, cards, enrolments
from hub.services.dictionaries import add_once
from hub.services.errors import Forbidden, Invalid, NotFound
from hub.services.identities_read import label_of
from hub.services.jobs import FAILED, QueueLine, lines
from hub.services.remote_site import site_of
from hub.services.source import HUB_HOME
from hub.services.versions import document


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A role as shown: over which organisation and group, and whether the viewer may take it back."""

    id: UUID
    role: str
    organisation: str
    group: str
    granted_at: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """An enrolment as shown. ``share`` 0..1; ``agreed``: minutes by modality of the agreed plan."""

    id: UUID
    title: str
    number: int
    state: str
    group: str
    organisation: str
    funding: str
    entered_on: date
    ends_on: date | None
    share: float
    agreed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """All that the page of a person shows. ``identities``: (key, name or identifier) on other sites; ``unsent``: the
    last messages to them that could not leave."""

    person: Person
    changeable: bool
    grants: tuple[GrantLine, ...]
    groups: tuple[tuple[UUID, str], ...]
    enrolments: tuple[EnrolmentLine, ...]
    login: str
    has_card: bool
    identities: tuple[tuple[int, str, str], ...]
    unsent: tuple[QueueLine, ...]


def person_page(session: Session, viewer: Viewer, person_id: UUID) -> PersonPage:
    """The page of a person in the viewer's reach. Raises NotFound."""
    person = admin_scope.person_of(session, viewer, person_id)
    joined = select(Group.id, Group.name).join(GroupMember, GroupMember.group_id == Group.id)
    groups = session.execute(joined.where(GroupMember.person_id == person_id).order_by(Group.name)).all()
    login = session.scalar(select(Account.login).where(Account.person_id == person_id)) or ""
    return PersonPage(
        person,
        admin_scope.may_change(session, viewer, person_id),
        tuple(_grants(session, viewer, person_id)),
        tuple((group, name) for group, name in groups),
        tuple(_enrolments(session, person_id)),
        login,
        cards.in_force(session, person_id) is not None,
        tuple(_identities(session, person_id)),
        tuple(lines(session, Delivery, states=(FAILED,), person_id=person_id, limit=3)),
    )


def _identities(session: Session, person_id: UUID) -> Iterator[tuple[int, str, str]]:
    """The person's identities elsewhere: key, the account or address, and the platform's name or else its address."""
    homes = {site.home: site.name for site in map(site_of, session.scalars(select(Platform))) if site.home}
    query = select(Agent.id, Agent.ifi).where(Agent.person_id == person_id).order_by(Agent.id)
    for key, ifi in session.execute(query):
        label, home = label_of(ifi)
        if home != HUB_HOME:
            yield key, label, homes.get(home, home)


def _grants(session: Session, viewer: Viewer, person_id: UUID) -> list[GrantLine]:
    query = (
        select(RoleGrant, Organisation.name, Group.name)
        .outerjoin(Organisation, Organisation.id == RoleGrant.organisation_id)
        .outerjoin(Group, Group.id == RoleGrant.group_id)
        .where(RoleGrant.person_id == person_id)
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    )
    return [
        GrantLine(
            grant.id,
            grant.role,
            organisation or "",
            group or "",
            grant.granted_at,
            admin_scope.reaches(session, viewer, grant.organisation_id, grant.group_id),
        )
        for grant, organisation, group in session.execute(query)
    ]


def _enrolments(session: Session, person_id: UUID) -> list[EnrolmentLine]:
    query = (
        select(Enrolment, LearningPath.title, PathVersion.number, Group.name, Organisation.name, PathStateRow.share)
        .join(LearningPath, LearningPath.id == Enrolment.path_id)
        .join(PathVersion, PathVersion.id == Enrolment.version_id)
        .outerjoin(Group, Group.id == Enrolment.group_id)
        .outerjoin(Organisation, Organisation.id == Enrolment.organisation_id)
        .outerjoin(PathStateRow, PathStateRow.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.entered_on.desc(), Enrolment.id)
    )
    return [
        EnrolmentLine(
            row.id,
            title,
            number,
            row.state,
            group or "",
            organisation or "",
            row.funding,
            row.entered_on,
            row.ends_on,
            share or 0.0,
            {
                str(name): int(minutes)
                for name, minutes in (row.agreed_plan or {}).get("minutes", {}).items()
                if minutes
            },
        )
        for row, title, number, group, organisation, share in session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class EnrolChoices:
    """What can be chosen when enrolling: (id, text) of versions in use, groups and organisations in reach."""

    versions: tuple[tuple[UUID, str], ...]
    groups: tuple[tuple[UUID, str], ...]
    organisations: tuple[tuple[UUID, str], ...]


def choices(session: Session, viewer: Viewer) -> EnrolChoices:
    """The newest published version of each path in use, and the groups and organisations that the viewer
    administers."""
    query = select(PathVersion.path_id, PathVersion.id, PathVersion.number, LearningPath.title)
    query = query.join(LearningPath, LearningPath.id == PathVersion.path_id)
    query = query.where(
        PathVersion.state == "published", ~LearningPath.archived, LearningPath.of_resource_id.is_(None)
    ).order_by(PathVersion.number)
    newest = {path: (version, f"{title} (v{number})") for path, version, number, title in session.execute(query)}
    groups = session.scalars(select(Group).where(~Group.archived).order_by(Group.name))
    organisations = session.scalars(select(Organisation).order_by(Organisation.name))
    return EnrolChoices(
        tuple(sorted(newest.values(), key=lambda pair: pair[1].casefold())),
        tuple((g.id, g.name) for g in groups if viewer.covers("administrator", g.organisation_id, g.id)),
        tuple((o.id, o.name) for o in organisations if viewer.covers("administrator", o.id, None)),
    )


def planned_minutes(session: Session, version_id: UUID) -> dict[str, int]:
    """Planned minutes by modality of a version with its first variants: what an agreed plan starts from. Raises
    NotFound."""
    if session.get(PathVersion, version_id) is None:
        raise NotFound(version=str(version_id))
    found = enrolments.planned(document(session, version_id), {})
    return {modality.value: found.get(modality, 0) for modality in Modality}


@dataclass(frozen=True, slots=True)
class EnrolData:
    """An enrolment as asked for. ``minutes`` by modality: the agreed plan, empty where there is none (DESIGN 4:
    a funded enrolment has one); it runs from ``entered_on`` to ``ends_on``."""

    version_id: UUID | None
    entered_on: date | None
    ends_on: date | None = None
    group_id: UUID | None = None
    organisation_id: UUID | None = None
    funding: str = ""
    minutes: Mapping[str, int] = field(default_factory=dict)


def enrol(session: Session, viewer: Viewer, person_id: UUID, data: EnrolData, *, now: datetime) -> Enrolment:
    """Enrol a person, and put them in the group. Raises NotFound, Forbidden, Invalid, Conflict (as
    ``services.enrolments.enrol``)."""
    admin_scope.person_of(session, viewer, person_id)
    faults = {name: "required" for name in ("version_id", "entered_on") if getattr(data, name) is None}
    if data.entered_on and data.ends_on and data.ends_on < data.entered_on:
        faults["ends_on"] = "ends_before"
    if any(minutes for minutes in data.minutes.values()) and data.ends_on is None:
        faults.setdefault("ends_on", "plan_needs_end")
    if data.version_id is not None and session.get(PathVersion, data.version_id) is None:
        faults["version_id"] = "unknown"
    if faults or data.version_id is None or data.entered_on is None:
        raise Invalid(faults)
    group = session.get(Group, data.group_id) if data.group_id else None
    # The group by its own organisation: the one that is given says nothing of whose group it is.
    own = group.organisation_id if group else data.organisation_id
    if not admin_scope.reaches(session, viewer, own, data.group_id):
        raise Forbidden
    other = data.organisation_id if data.organisation_id != own else None
    if other and not admin_scope.reaches(session, viewer, other, None):
        raise Forbidden
    row = enrolments.enrol(
        session,
        person_id,
        data.version_id,
        by=viewer.person_id,
        now=now,
        entered_on=data.entered_on,
        ends_on=data.ends_on,
        group_id=data.group_id,
        organisation_id=data.organisation_id or (group.organisation_id if group else None),
        funding=data.funding,
        agreed_plan=_agreed(data),
    )
    if group:
        add_once(session, GroupMember, group_id=group.id, person_id=person_id, since=data.entered_on)
    return row


def _agreed(data: EnrolData) -> dict[str, Any] | None:
    minutes = {name: count for name, count in data.minutes.items() if count}
    if not minutes:
        return None
    dates = {"starts_on": data.entered_on, "ends_on": data.ends_on}
    return {"minutes": minutes, **{name: day.isoformat() for name, day in dates.items() if day}}


def end(session: Session, viewer: Viewer, enrolment_id: UUID, state: str, why: str, *, now: datetime) -> UUID:
    """Close an enrolment of somebody in reach; gives the person's id. Raises NotFound, Invalid."""
    row = enrolments.get(session, enrolment_id)
    admin_scope.person_of(session, viewer, row.person_id)
    if not admin_scope.reaches(session, viewer, row.organisation_id, row.group_id):
        raise Forbidden
    enrolments.end(session, enrolment_id, state, why=why, by=viewer.person_id, now=now)
    return row.person_id
