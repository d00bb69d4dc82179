"""Writing back to a platform, because somebody asked: a group into a course or out of it, a roll into its attendance
activity. What else is written: ``platform_done``; what is taken from there: ``platform_takes``.

Each act is a job: people are found by the accounts linked to them there, those without one are counted and told. Done
twice it is done once (see ``connectors.acts``), so a killed worker does it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.acts import Enrol, MarkAttendance, Unenrol, WriteGroups
from connectors.capabilities import Capability, Connector
from connectors.errors import NotPossible
from connectors.records import AttendanceMark, ModuleRef, Presence, UserRef
from content.xapi.canonical import ifi
from hub.db.uow import TenantDatabase
from hub.domain.attendance import Presence as Here
from hub.domain.translate.lms import COMPETENCY
from hub.models.learning import Resource
from hub.models.person import Group, GroupMember
from hub.models.place import Seance
from hub.models.platforms import Platform
from hub.models.river import Agent, BindingRow
from hub.services import attendance, jobs, journal, platforms
from hub.services import remote_records as records
from hub.services.errors import Conflict, NotFound
from hub.services.jobs import Reporter
from hub.services.platforms import Connection
from hub.services.remote_records import Known
from hub.services.remote_site import Site, site_of
from hub.services.seances_read import bounds
from hub.services.sync import negotiated
from hub.services.sync.extras import OWN_SESSION

ENROL_JOB, UNENROL_JOB, ROLL_JOB = "platform_enrol", "platform_unenrol", "platform_roll"
ROLL_KIND = "attendance"
NOT_MARKED = frozenset({ROLL_KIND, COMPETENCY})
"""Kinds of entries that are not marked as done: a roll has its own act, a competency is rated by people."""
Connect = Callable[[Connection], Connector]


@dataclass(frozen=True, slots=True)
class Written:
    """What an act did: people written, and people without an account there that the hub knows."""

    people: int
    unknown: int


def request_enrolment(
    session: Session, platform_id: UUID, resource_id: UUID, group_id: UUID, *, by: UUID | None, now: datetime
) -> UUID:
    """Have the learners of a group enrolled into a course; gives the job's id. Raises NotFound, Conflict."""
    _platform, course = target(session, platform_id, resource_id, "remote_course")
    group = found_group(session, group_id)
    journal.record(session, now, by, "platform.enrolment_asked", "platform", platform_id, group=group.name,
                   course=course.title)  # fmt: skip
    return put_down_for_group(session, ENROL_JOB, course, group, by, now)


def request_unenrolment(
    session: Session, platform_id: UUID, resource_id: UUID, group_id: UUID, *, by: UUID | None, now: datetime
) -> UUID:
    """Have the learners of a group taken out of a course where the hub may have enrolled them; what they did there
    stays. Gives the job's id. Raises NotFound, Conflict."""
    _platform, course = target(session, platform_id, resource_id, "remote_course")
    group = found_group(session, group_id)
    journal.record(session, now, by, "platform.unenrolment_asked", "platform", platform_id, group=group.name,
                   course=course.title)  # fmt: skip
    return put_down_for_group(session, UNENROL_JOB, course, group, by, now)


def request_roll(
    session: Session, platform_id: UUID, resource_id: UUID, seance_id: UUID, *, by: UUID | None, now: datetime
) -> UUID:
    """Have the roll of a séance written into an attendance activity; gives the job's id. Raises NotFound, Conflict."""
    platform, resource = target(session, platform_id, resource_id, "remote_module")
    seance = session.get(Seance, seance_id)
    if seance is None:
        raise NotFound(seance=str(seance_id))
    payload = {"platform_id": str(platform.id), "resource_id": str(resource.id), "seance_id": str(seance_id)}
    journal.record(session, now, by, "platform.roll_asked", "platform", platform_id, seance=seance.title)
    return put_down(session, ROLL_JOB, platform_id, payload, f"{resource_id}:{seance_id}", by, now)


def found_group(session: Session, group_id: UUID) -> Group:
    """A group of the place. Raises NotFound."""
    group = session.get(Group, group_id)
    if group is None:
        raise NotFound(group=str(group_id))
    return group


def put_down_for_group(
    session: Session, kind: str, resource: Resource, group: Group, by: UUID | None, now: datetime
) -> UUID:
    """A job about a group and an entry of a platform (``target``); gives its id."""
    platform_id = cast(UUID, resource.platform_id)
    payload = {"platform_id": str(platform_id), "resource_id": str(resource.id), "group_id": str(group.id)}
    return put_down(session, kind, platform_id, payload, f"{resource.id}:{group.id}", by, now)


def put_down(
    session: Session, kind: str, platform_id: UUID, payload: Mapping[str, str], key: str, by: UUID | None, now: datetime
) -> UUID:
    """A job in the platform's lane; gives its id."""
    lane = jobs.lane_of_platform(platform_id)
    return jobs.enqueue(
        session, kind, payload, lane=lane, unique_key=f"{kind}:{key}", by=by, due_at=now, max_attempts=6
    )


def target(session: Session, platform_id: UUID, resource_id: UUID, kind: str) -> tuple[Platform, Resource]:
    """An active platform and an entry of it. Raises NotFound, Conflict."""
    platform = active(session, platform_id)
    resource = session.get(Resource, resource_id)
    if resource is None or resource.platform_id != platform_id or resource.kind != kind:
        raise NotFound(kind="resource", id=resource_id)
    return platform, resource


def active(session: Session, platform_id: UUID) -> Platform:
    """A platform that is read and not paused. Raises NotFound, Conflict."""
    platform = platforms.find(session, platform_id)
    if not platform.connector or platform.state != platforms.ACTIVE:
        raise Conflict("platform_not_read", platform=str(platform_id))
    return platform


def enrol_group(
    tenant: TenantDatabase,
    payload: Mapping[str, str],
    connect: Connect,
    report: Reporter,
    clock: Callable[[], datetime],
) -> Written:
    """Enrol a group and keep a group of the same name in the course. Raises ConnectorError, NotFound."""
    group_id = UUID(payload["group_id"])
    with tenant.read() as session:
        site, to, resource = opened(session, payload)
        group = found_group(session, group_id)
        people = members(session, group_id)
        known = accounts(session, site, people)
        course, name = resource.remote_id, group.name
    users = sorted({user for some in known.values() for user in some})
    with able(Capability.ENROL, tenant, site, connect(to), clock()) as (connector, possible):
        cast(Enrol, connector).enrol(course, users)
        if Capability.WRITE_GROUPS in possible:
            writer = cast(WriteGroups, connector)
            writer.set_members(writer.put_group(course, f"hub-{group_id}", name), users)
    return told(report, Written(len(known), len(people) - len(known)))


def unenrol_group(
    tenant: TenantDatabase,
    payload: Mapping[str, str],
    connect: Connect,
    report: Reporter,
    clock: Callable[[], datetime],
) -> Written:
    """Take a group out of a course; enrolments that others made there stay. Raises ConnectorError, NotFound."""
    with tenant.read() as session:
        site, to, resource = opened(session, payload)
        people = members(session, UUID(payload["group_id"]))
        known = accounts(session, site, people)
        course = resource.remote_id
    with able(Capability.UNENROL, tenant, site, connect(to), clock()) as (connector, _possible):
        cast(Unenrol, connector).unenrol(course, sorted({user for some in known.values() for user in some}))
    return told(report, Written(len(known), len(people) - len(known)))


def members(session: Session, group_id: UUID) -> set[UUID]:
    """Who is in a group now."""
    now = (GroupMember.group_id == group_id, GroupMember.until.is_(None))
    return set(session.scalars(select(GroupMember.person_id).where(*now)))


def write_roll(
    tenant: TenantDatabase,
    payload: Mapping[str, str],
    connect: Connect,
    report: Reporter,
    clock: Callable[[], datetime],
) -> Written:
    """Write who was there into the platform's own roll. Raises ConnectorError, NotFound."""
    seance_id = UUID(payload["seance_id"])
    with tenant.read() as session:
        site, to, resource = opened(session, payload)
        seance = session.get(Seance, seance_id)
        if seance is None:
            raise NotFound(seance=str(seance_id))
        starts_at, ends_at = bounds(seance)
        noted: dict[UUID, list[str]] = {}
        for (_seance, person, _half), row in attendance.current(session, [seance_id]).items():
            noted.setdefault(person, []).append(row.presence)
        known = accounts(session, site, noted)
        module, title = module_ref(session, site, resource), seance.title
    marks = [AttendanceMark(UserRef(id=user), presence_of(noted[person])) for person, users in sorted(known.items())
             for user in users]  # fmt: skip
    with able(Capability.MARK_ATTENDANCE, tenant, site, connect(to), clock()) as (connector, _possible):
        writer = cast(MarkAttendance, connector)
        there = writer.put_session(module, str(seance_id), title, starts_at, ends_at - starts_at)
        with report.step() as unit:  # before its first mark: no reading takes our own roll for another one
            own = Known(there, records.digest({}), 1, {})
            records.save(unit.session, site.id, OWN_SESSION, [own], clock())
        writer.mark(there, marks)
    return told(report, Written(len(known), len(noted) - len(known)))


def presence_of(halves: list[str]) -> Presence:
    """One word for the half-days of a séance: there for all, for none, or for a part."""
    if all(one == Here.PRESENT for one in halves):
        return Presence.PRESENT
    return Presence.ABSENT if all(one == Here.ABSENT for one in halves) else Presence.LATE


def accounts(session: Session, site: Site, people: Mapping[UUID, object] | set[UUID]) -> dict[UUID, list[str]]:
    """The platform's ids of people, by the accounts that are linked to them."""
    home = ifi(site.actor(""))
    linked = select(Agent.ifi, Agent.person_id).where(Agent.person_id.in_(list(people)), Agent.ifi.startswith(home))
    whose = {name.removeprefix(home): person for name, person in session.execute(linked)}
    found: dict[UUID, list[str]] = {}
    for it in records.every(session, site.id, records.USER) if whose else ():
        person = whose.get(str(it.value.get("username", "")))
        if person is not None:
            found.setdefault(person, []).append(it.key)
    return found


def opened(session: Session, payload: Mapping[str, str]) -> tuple[Site, Connection, Resource]:
    """The site, the way there and the entry that a job's payload names. Raises NotFound."""
    platform = platforms.find(session, UUID(payload["platform_id"]))
    resource = session.get(Resource, UUID(payload["resource_id"]))
    if resource is None:
        raise NotFound(kind="resource", id=payload["resource_id"])
    return site_of(platform), platforms.connection(session, platform.id), resource


def module_ref(session: Session, site: Site, resource: Resource) -> ModuleRef:
    """A module as calls name it."""
    known = records.load(session, site.id, records.MODULE, [resource.remote_id]).get(resource.remote_id)
    value = known.value if known else {}
    return ModuleRef(resource.remote_id, value.get("course", ""), value.get("kind", ""), value.get("instance"))


@contextmanager
def able(
    to_do: Capability, tenant: TenantDatabase, site: Site, connector: Connector, now: datetime
) -> Iterator[tuple[Connector, frozenset[Capability]]]:
    """The connector and all that is possible by it, for what needs ``to_do``; closed at the end. Raises ConnectorError,
    NotPossible."""
    try:
        possible = negotiated.remembered(tenant, site, connector, now).possible
        if to_do not in possible:
            raise NotPossible(str(to_do))
        yield connector, possible
    finally:
        connector.close()


def told(report: Reporter, written: Written) -> Written:
    """Note what was done on the job."""
    with report.step() as unit:
        unit.progress(people=written.people, unknown=written.unknown)
    return written


@dataclass(frozen=True, slots=True)
class Choices:
    """What an administrator chooses from: (id, words)."""

    courses: list[tuple[UUID, str]]
    rolls: list[tuple[UUID, str]]
    modules: list[tuple[UUID, str]]
    groups: list[tuple[UUID, str]]
    seances: list[tuple[UUID, str]]


def choices(session: Session, platform_id: UUID, *, seances: int = 40) -> Choices:
    """Courses and rolls of a platform, its activities that a path is bound to, groups of the place, its latest
    séances."""
    mine = (Resource.platform_id == platform_id, Resource.withdrawn_at.is_(None))
    rows = session.scalars(select(Resource).where(*mine).order_by(Resource.title)).all()
    titles = {row.id: row.title for row in rows}
    latest = select(Seance).where(Seance.cancelled_at.is_(None)).order_by(Seance.day.desc(), Seance.id).limit(seances)
    groups = select(Group).where(Group.archived.is_(False)).order_by(Group.name)
    bound = set(session.scalars(select(BindingRow.resource_id).where(BindingRow.resource_id.in_(titles)).distinct()))
    modules = [row for row in rows if row.kind == "remote_module"]
    named = {row.id: f"{titles[row.parent_id]} › {row.title}" if row.parent_id in titles else row.title
             for row in modules}  # fmt: skip
    return Choices(
        [(row.id, row.title) for row in rows if row.kind == "remote_course"],
        [(row.id, named[row.id]) for row in modules if row.custom.get("kind") == ROLL_KIND],
        [(row.id, named[row.id]) for row in modules if row.id in bound and row.custom.get("kind") not in NOT_MARKED],
        [(row.id, row.name) for row in session.scalars(groups)],
        [(row.id, f"{row.day:%d/%m/%Y} {row.title}") for row in session.scalars(latest)],
    )  # fmt: skip
