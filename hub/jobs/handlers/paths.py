"""Moving enrolments into a version that was just published: a batch a unit, resumed where a killed worker left it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services.paths_publish import BATCH, MIGRATE_JOB, migrate_batch


@job(MIGRATE_JOB)
def migrate(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``version_id``. An enrolment is moved and its projection owed in one unit, so doing it again moves
    nobody."""
    version_id = UUID(payload["version_id"])
    moved, total = BATCH, 0
    while moved == BATCH:
        report.check()
        with report.step() as step:
            moved = migrate_batch(step.session, version_id)
            total += moved
            step.progress(moved=total)
