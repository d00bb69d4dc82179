"""Reading one person on one platform, because they say "J'ai terminé": rarely enough not to disturb the platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.capabilities import Capability, Connector, Enrolments, Roster
from connectors.errors import DataDrift
from content.xapi.canonical import ifi
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.models.river import Agent, BindingRow
from hub.services import jobs
from hub.services import remote_records as records
from hub.services.jobs import Reporter
from hub.services.platforms import find, is_read
from hub.services.projection import project_dirty
from hub.services.remote_records import Known
from hub.services.remote_site import Site, chunks
from hub.services.sync import negotiated, people, registers
from hub.services.sync.pairs import read_pair

PERSON_JOB = "sync_person"
AT_MOST_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PersonRead:
    """When the platform will be read for the person: at once, or when the last reading is ten minutes old."""

    at: datetime
    job_id: UUID | None


def request_person_read(
    session: Session, platform_id: UUID, person_id: UUID, step_id: UUID | None, *, now: datetime
) -> PersonRead:
    """Have a platform read for one person: at most once in ten minutes for each person and platform.

    Asked again too soon, the reading waits for its time, once. A platform that is not read gives no job. Raises
    NotFound.
    """
    platform = find(session, platform_id)
    if not is_read(platform):
        return PersonRead(now, None)
    key = str(person_id)
    last = records.load(session, platform_id, records.PERSON_READ, [key]).get(key)
    asked = datetime.fromisoformat(last.value["at"]) if last else None
    at = now if asked is None or asked + AT_MOST_EVERY <= now else asked + AT_MOST_EVERY
    if asked is None or at == now:
        value = {"at": now.isoformat()}
        turn = Known(key, records.digest(value), (last.revision if last else 0) + 1, value)
        records.save(session, platform_id, records.PERSON_READ, [turn], now)
    payload = {"platform_id": str(platform_id), "person_id": key, "step_id": str(step_id) if step_id else None}
    lane = jobs.lane_of_platform(platform_id)
    unique = f"{PERSON_JOB}:{platform_id}:{person_id}"
    job_id = jobs.enqueue(
        session, PERSON_JOB, payload, lane=lane, unique_key=unique, due_at=at, max_attempts=5, by=person_id
    )
    return PersonRead(at, job_id)


def note_read(session: Session, platform_id: UUID, person_id: UUID, now: datetime) -> None:
    """The ten minutes count from the reading itself."""
    key, value = str(person_id), {"at": now.isoformat()}
    records.save(session, platform_id, records.PERSON_READ, [Known(key, records.digest(value), 1, value)], now)


def read_person(
    tenant: TenantDatabase,
    site: Site,
    connector: Connector,
    person_id: UUID,
    step_id: UUID | None,
    report: Reporter,
    clock: Callable[[], datetime],
) -> int:
    """Read what a platform says of one person, on the courses of one step where it is given; gives how many records.

    Raises ConnectorError.
    """
    # One person is asked about alone: the report of everybody would cost far more.
    allowed = negotiated.remembered(tenant, site, connector, clock())
    possible, account = allowed.possible - {Capability.BULK_COURSE_COMPLETION}, allowed.found.get("account", "")
    with tenant.read() as session:
        courses = step_courses(session, site.id, step_id) if step_id else []
        users = remote_users(session, site, person_id)
    if not users and courses and Capability.ROSTER in possible:
        _read_rosters(tenant, site, connector, courses, report, clock)
        with tenant.read() as session:
            users = remote_users(session, site, person_id)
    count = 0
    for user in users:
        for course in courses or _own_courses(connector, possible, user):
            report.check()
            try:
                found, _ = read_pair(connector, possible, course, user, grades=True, account=account)
            except DataDrift:
                continue  # not enrolled there any more
            count += len(found)
            for some in chunks(found):
                with report.step() as unit:
                    registers.observe(unit.session, site, some, clock())
    with report.step() as unit:
        note_read(unit.session, site.id, person_id, clock())
    project_dirty(tenant)
    return count


def _read_rosters(
    tenant: TenantDatabase,
    site: Site,
    connector: Connector,
    courses: Iterable[str],
    report: Reporter,
    clock: Callable[[], datetime],
) -> None:
    """Somebody who enrolled since the last reading is on no roster that we know."""
    for course in courses:
        for page in cast(Roster, connector).roster(course):
            for some in chunks(page.items):
                with report.step() as unit:
                    people.put_roster(unit.session, site, some, clock())
    project_dirty(tenant)


def _own_courses(connector: Connector, possible: frozenset[Capability], user: str) -> list[str]:
    if Capability.ENROLMENTS not in possible:
        return []
    pages = cast(Enrolments, connector).enrolments(user)
    return [it.course.id for page in pages for it in page.items if it.course.id is not None]


def step_courses(session: Session, platform_id: UUID, step_id: UUID) -> list[str]:
    """The platform's courses that a step is bound to, itself or by their modules."""
    bound = select(BindingRow.resource_id).where(BindingRow.step_id == step_id, BindingRow.resource_id.is_not(None))
    mine = select(Resource).where(Resource.platform_id == platform_id, Resource.id.in_(bound))
    found: set[str] = set()
    for resource in session.scalars(mine):
        course = session.get(Resource, resource.parent_id) if resource.parent_id else resource
        if course is not None and course.kind == "remote_course":
            found.add(course.remote_id)
    return sorted(found)


def remote_users(session: Session, site: Site, person_id: UUID) -> list[str]:
    """Ids by which the platform knows a person, from the identities linked to them."""
    linked = set(session.scalars(select(Agent.ifi).where(Agent.person_id == person_id)))
    home = ifi(site.actor(""))
    names = {name.removeprefix(home) for name in linked if name.startswith(home)}
    if not names:
        return []
    return [it.key for it in records.every(session, site.id, records.USER) if it.value.get("username") in names]
