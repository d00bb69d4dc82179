"""Writing back to platforms and taking from them, in the platform's lane: never while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.capabilities import Connector
from hub.db.uow import TenantDatabase
from hub.jobs.registry import Outcome, job
from hub.jobs.report import Report
from hub.services import platform_acts, platform_done, platform_takes, platforms
from hub.services.platform_acts import Written
from hub.services.platforms import Connection


@job(platform_acts.ENROL_JOB)
def platform_enrol(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Enrol a group into a course."""
    return _told(platform_acts.enrol_group(tenant, payload, _opens(report), report, report.now))


@job(platform_acts.UNENROL_JOB)
def platform_unenrol(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Take a group out of a course."""
    return _told(platform_acts.unenrol_group(tenant, payload, _opens(report), report, report.now))


@job(platform_done.DONE_JOB)
def platform_completion(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Tell a platform what was done elsewhere."""
    return _told(platform_done.write_done(tenant, payload, _opens(report), report, report.now))


@job(platform_takes.GROUPS_JOB)
def platform_groups(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Read a platform's groups."""
    return Outcome(answer=f"{platform_takes.read_groups(tenant, payload, _opens(report), report, report.now)} groups")


@job(platform_takes.BACKUP_JOB)
def platform_backup(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Bring a backup into the catalogue."""
    blobs = report.installation.blobs(tenant.key)
    return Outcome(answer=platform_takes.fetch_backup(tenant, blobs, payload, _opens(report), report, report.now))


@job(platform_acts.ROLL_JOB)
def platform_roll(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Write a roll into an attendance activity."""
    return _told(platform_acts.write_roll(tenant, payload, _opens(report), report, report.now))


def _told(written: Written) -> Outcome:
    return Outcome(answer=f"{written.people} written, {written.unknown} without an account there")


def _opens(report: Report) -> platform_acts.Connect:
    def connect(to: Connection) -> Connector:
        return platforms.connect(to, report.installation.config)

    return connect
