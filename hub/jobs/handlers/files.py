"""Partners' files: checking every line, then writing what a person agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services.files import intake, run


@job(intake.CHECK_JOB)
def check_file(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``import``. A unit's lines and the place reached are committed together."""
    run.check(tenant, report.installation.blobs(tenant.key), UUID(payload["import"]), report, report.now)


@job(intake.APPLY_JOB)
def apply_file(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``import``. A unit's lines and the place reached are committed together: no line twice."""
    run.apply(tenant, report.installation.blobs(tenant.key), UUID(payload["import"]), report, report.now)
