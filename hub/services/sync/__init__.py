"""Reading partners' platforms (DESIGN sections 2, 3 and 5): what they say becomes catalogue, identities and statements.

Absence changes nothing: a record that a platform no longer lists stays as it was last read.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from connectors.capabilities import Connector
from connectors.errors import ConnectorError
from hub.db.uow import TenantDatabase
from hub.models.platforms import SyncRun
from hub.services import platforms
from hub.services.jobs import Reporter, RetryLater, Unleased
from hub.services.platforms import Connection
from hub.services.remote_errors import described
from hub.services.remote_site import site_of
from hub.services.sync import held, person, reading, runs
from hub.services.sync.held import APPLY_JOB, confirm_held
from hub.services.sync.person import PERSON_JOB, PersonRead, request_person_read
from hub.services.sync.runs import request_sync

__all__ = [
    "APPLY_JOB",
    "PERSON_JOB",
    "PersonRead",
    "apply_held",
    "confirm_held",
    "read_person",
    "request_person_read",
    "request_sync",
    "run_sync",
]

Connect = Callable[[Connection], Connector]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def run_sync(
    tenant: TenantDatabase,
    platform_id: UUID,
    connect: Connect,
    report: Reporter | None = None,
    *,
    full: bool = False,
    clock: Callable[[], datetime] = _utc_now,
) -> UUID:
    """Read a platform: go on with the run that was cut off, or begin one. Gives the run's id.

    ``full``: everybody, not only those who moved since the last time. ``connect`` opens a connector and is called
    outside any unit. Raises ConnectorError (kept on run and platform first), RetryLater while the platform asked to be
    left alone, and what ``report`` raises.
    """
    report = report or Unleased(tenant)
    with report.step() as unit:
        platform = platforms.find(unit.session, platform_id)
        wait = runs.seconds_to_wait(platform, clock())
        if wait:
            raise RetryLater(platform.last_error or {}, wait)
        run = runs.begin(unit.session, platform_id, clock(), full=full)
        site = site_of(platform)
        settings = platforms.connection(unit.session, platform_id)
    try:
        connector = connect(settings)
        try:
            fault = reading.Reading(tenant, site, connector, run, report, clock).perform()
        finally:
            connector.close()
    except ConnectorError as error:
        with report.step() as unit:
            runs.keep_fault(unit.session, unit.session.get_one(SyncRun, run.id), error, clock())
        raise
    waits = held.settle(tenant, site, run.id, report, clock())
    with report.step() as unit:
        ended = unit.session.get_one(SyncRun, run.id)
        ended.error = described(fault) | {"at": clock().isoformat()} if fault else None
        runs.end(unit.session, ended, runs.HELD if waits else runs.PARTIAL if fault else runs.DONE, clock())
    return run.id


def read_person(
    tenant: TenantDatabase,
    platform_id: UUID,
    person_id: UUID,
    step_id: UUID | None,
    connect: Connect,
    report: Reporter | None = None,
    *,
    clock: Callable[[], datetime] = _utc_now,
) -> int:
    """Read what a platform says of one person; gives how many records. Raises as ``run_sync``."""
    report = report or Unleased(tenant)
    with tenant.read() as session:
        platform = platforms.find(session, platform_id)
        wait = runs.seconds_to_wait(platform, clock())
        site, settings = site_of(platform), platforms.connection(session, platform_id)
    if wait:
        raise RetryLater(platform.last_error or {}, wait)
    connector = connect(settings)
    try:
        return person.read_person(tenant, site, connector, person_id, step_id, report, clock)
    finally:
        connector.close()


def apply_held(
    tenant: TenantDatabase,
    platform_id: UUID,
    report: Reporter | None = None,
    *,
    clock: Callable[[], datetime] = _utc_now,
) -> int:
    """Write the falls of a platform that an administrator confirmed; gives how many. See ``confirm_held``."""
    with tenant.read() as session:
        site = site_of(platforms.find(session, platform_id))
    return held.apply_all(tenant, site, report or Unleased(tenant), clock())
