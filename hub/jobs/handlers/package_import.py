"""Looking at a package that somebody gave to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services import package_intake, packages


@job(packages.IMPORT_JOB)
def import_package(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``import``. Looked at outside units of work; accepted or refused in one."""
    blobs = report.installation.blobs(tenant.key)
    package_intake.run(tenant, blobs, UUID(payload["import"]), report, report.now)
