"""Writing a list of people that an administrator checked and confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services import people_import


@job(people_import.IMPORT_JOB)
def import_people(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``lines``, ``by``. A unit's lines and the place reached are committed together: no line twice."""
    people_import.write(tenant, payload, report.lease.progress, report, report.now)
