"""Reading platforms, in the platform's lane: one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from connectors.capabilities import Connector
from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services import platforms, sync
from hub.services.platforms import Connection


@job(platforms.SYNC_JOB)
def sync_platform(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Read a whole platform, or go on where a reading was cut off."""
    full = bool(payload.get("full"))
    sync.run_sync(tenant, _id(payload, "platform_id"), _opens(report), report, full=full, clock=report.now)


@job(sync.PERSON_JOB)
def sync_person(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Read a platform for one person ("J'ai terminé")."""
    step = UUID(payload["step_id"]) if payload.get("step_id") else None
    ids = _id(payload, "platform_id"), _id(payload, "person_id")
    sync.read_person(tenant, *ids, step, _opens(report), report, clock=report.now)


@job(sync.APPLY_JOB)
def sync_apply_held(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Write the falls that an administrator confirmed."""
    sync.apply_held(tenant, _id(payload, "platform_id"), report, clock=report.now)


def _id(payload: Mapping[str, Any], name: str) -> UUID:
    return UUID(str(payload[name]))


def _opens(report: Report) -> sync.Connect:
    def connect(to: Connection) -> Connector:
        return platforms.connect(to, report.installation.config)

    return connect
