"""Taking from a platform what a reading leaves there: its groups into the place's, a backup into the catalogue."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.capabilities import Backups, Capability, Connector, Groups
from connectors.errors import NotPossible
from connectors.records import RemoteFile, RemoteGroup
from content.xapi.canonical import ifi
from hub.db.base import new_id
from hub.db.blobs import BlobStore
from hub.db.uow import TenantDatabase
from hub.domain.translate import key_of
from hub.models.learning import Resource
from hub.models.packages import PackageImport
from hub.models.person import Group
from hub.models.river import Agent
from hub.services import groups_admin, journal, packages, platforms, uploads
from hub.services import remote_records as records
from hub.services.errors import NotFound
from hub.services.jobs import Reporter
from hub.services.packages import Original
from hub.services.platform_acts import Connect, able, active, opened, put_down, target
from hub.services.remote_records import Known
from hub.services.remote_site import Site, site_of

GROUPS_JOB, BACKUP_JOB = "platform_groups", "platform_backup"
BAND, BACKUP = "band", "backup"
LARGEST: Final = 256 * 1024 * 1024
"""A larger backup is brought by hand: it would fill the memory of the worker."""


@dataclass(frozen=True, slots=True)
class Band:
    """A group over there. ``course``: title of the course it belongs to, empty for one of the whole platform (a
    cohort); ``members`` of which ``known`` are people of the place."""

    key: str
    name: str
    course: str
    members: int
    known: int


def request_groups(
    session: Session, platform_id: UUID, resource_id: UUID | None, *, by: UUID | None, now: datetime
) -> UUID:
    """Have the groups of a course read, or without one those of the whole platform; gives the job's id. Raises
    NotFound, Conflict."""
    payload = {"platform_id": str(active(session, platform_id).id)}
    if resource_id is not None:
        target(session, platform_id, resource_id, "remote_course")
        payload["resource_id"] = str(resource_id)
    return put_down(session, GROUPS_JOB, platform_id, payload, str(resource_id or "all"), by, now)


def read_groups(
    tenant: TenantDatabase,
    payload: Mapping[str, str],
    connect: Connect,
    report: Reporter,
    clock: Callable[[], datetime],
) -> int:
    """Read groups and keep them to be chosen from; gives how many. Raises ConnectorError, NotFound."""
    with tenant.read() as session:
        platform = platforms.find(session, UUID(payload["platform_id"]))
        site, to = site_of(platform), platforms.connection(session, platform.id)
        course = opened(session, payload)[2].remote_id if "resource_id" in payload else ""
    with able(Capability.GROUPS, tenant, site, connect(to), clock()) as (connector, _possible):
        reader = cast(Groups, connector)
        found = [it for page in (reader.groups(course) if course else reader.cohorts()) for it in page.items]
    with report.step() as unit:
        _keep(unit.session, site, course, found, clock())
        unit.progress(groups=len(found))
    return len(found)


def _keep(session: Session, site: Site, course: str, found: Sequence[RemoteGroup], now: datetime) -> None:
    """In the place of what was known of this course, or of the platform: a group that is gone is not offered."""
    prefix = f"{key_of(course)}:"
    records.forget(session, site.id, BAND, [it.key for it in records.below(session, site.id, BAND, prefix)])
    values: dict[str, dict[str, Any]] = {
        key_of(course, it.id): {"name": it.name, "members": sorted(it.members)} for it in found
    }
    records.save(session, site.id, BAND, records.changes({}, values), now)


def bands(session: Session, platform_id: UUID) -> list[Band]:
    """The groups that were read, those of the platform first."""
    site = site_of(platforms.find(session, platform_id))
    rows = list(records.every(session, platform_id, BAND))
    people = _persons(session, site, {user for it in rows for user in it.value["members"]}) if rows else {}
    titles = {it.key: str(it.value.get("title", "")) for it in records.every(session, platform_id, records.COURSE)}
    found = []
    for it in rows:
        course = it.key.partition(":")[0]
        users = it.value["members"]
        known = len({people[user] for user in users if user in people})
        found.append(Band(it.key, it.value["name"], titles.get(course, course), len(users), known))
    return sorted(found, key=lambda it: (it.course, it.name))


def take_group(
    session: Session, platform_id: UUID, key: str, group_id: UUID | None, *, by: UUID | None, now: datetime
) -> int:
    """Put the people of the place who are in a group over there into one of the place (a new one of the same name
    without ``group_id``); gives how many joined. Nobody is taken out. Raises NotFound."""
    site = site_of(platforms.find(session, platform_id))
    band = records.load(session, platform_id, BAND, [key]).get(key)
    group = session.get(Group, group_id) if group_id else None
    if band is None or (group_id and group is None):
        raise NotFound(group=key)
    if group is None:
        group = Group(id=new_id(), name=band.value["name"])
        session.add(group)
        session.flush()
    joined = 0
    for person in sorted(set(_persons(session, site, set(band.value["members"])).values())):
        joined += groups_admin.put_in(session, group.id, person, since=now.date())
    journal.record(session, now, by, "platform.group_taken", "platform", platform_id, group=group.name, people=joined)
    return joined


def _persons(session: Session, site: Site, users: set[str]) -> dict[str, UUID]:
    """Persons by the platform's ids, for those whose account is linked to one."""
    known = records.load(session, site.id, records.USER, users)
    names = {key: str(it.value["username"]) for key, it in known.items() if it.value.get("username")}
    linked = select(Agent.ifi, Agent.person_id)
    linked = linked.where(Agent.person_id.is_not(None), Agent.ifi.startswith(ifi(site.actor(""))))
    whose = {name: person for name, person in session.execute(linked) if person is not None} if names else {}
    return {key: whose[site.ifi(name)] for key, name in names.items() if site.ifi(name) in whose}


def request_backup(session: Session, platform_id: UUID, resource_id: UUID, *, by: UUID, now: datetime) -> UUID:
    """Have the newest backup of a course brought into the catalogue; gives the job's id. Raises NotFound, Conflict."""
    platform, resource = target(session, platform_id, resource_id, "remote_course")
    payload = {"platform_id": str(platform.id), "resource_id": str(resource.id), "by": str(by)}
    journal.record(session, now, by, "platform.backup_asked", "platform", platform_id, course=resource.title)
    return put_down(session, BACKUP_JOB, platform_id, payload, str(resource_id), by, now)


def fetch_backup(
    tenant: TenantDatabase,
    blobs: BlobStore,
    payload: Mapping[str, str],
    connect: Connect,
    report: Reporter,
    clock: Callable[[], datetime],
) -> str:
    """Fetch a backup and give it to the intake, which leaves people's data out; gives the name of the file.

    The same file again is left alone; another one is the next version of the same entry. Raises ConnectorError,
    NotPossible where the account may fetch none, NotFound.
    """
    with tenant.read() as session:
        site, to, resource = opened(session, payload)
        limit = min(LARGEST, packages.budget(session))
        course = resource.remote_id
    with able(Capability.BACKUPS, tenant, site, connect(to), clock()) as (connector, _possible):
        file, data = _newest(connector, course, limit)
    blob = blobs.put(io.BytesIO(data), limit)
    name = uploads.clean_name(file.name)
    with report.step() as unit:
        before = records.load(unit.session, site.id, BACKUP, [course]).get(course)
        if before is None or before.value["sha256"] != blob.sha256:
            entry = _entry(unit.session, before)
            given = Original(blob.sha256, blob.size, name)
            made = packages.take(unit.session, given, by=UUID(payload["by"]), now=clock(), resource_id=entry)
            value = {"sha256": blob.sha256, "import": str(made)}
            records.save(unit.session, site.id, BACKUP, [Known(course, records.digest(value), 1, value)], clock())
        unit.progress(bytes=len(data))
    return name


def _newest(connector: Connector, course: str, limit: int) -> tuple[RemoteFile, bytes]:
    reader = cast(Backups, connector)
    file = next((it for page in reader.backups(course) for it in page.items), None)
    if file is None:
        raise NotPossible(f"no backup of course {course} that this account may fetch")
    return file, reader.fetch(file, max_bytes=limit)


def _entry(session: Session, before: Known | None) -> UUID | None:
    """The entry that an earlier backup of the course became."""
    made = session.get(PackageImport, UUID(before.value["import"])) if before else None
    first = UUID(made.made[0]) if made is not None and made.made else None
    row = session.get(Resource, first) if first else None
    return row.id if row is not None and row.kind == "package" and row.withdrawn_at is None else None
