"""Daily: rows of the queues that ended long ago go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.models.platforms import Delivery, Job
from hub.services.jobs import CANCELLED, DONE, FAILED, QueueModel

KEPT: Mapping[str, timedelta] = {DONE: timedelta(days=30), CANCELLED: timedelta(days=30), FAILED: timedelta(days=180)}
BATCH = 500


@job("housekeeping")
def housekeeping(_tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Remove done work after 30 days and failed work after 180, in units of 500 rows."""
    models: tuple[QueueModel, ...] = (Job, Delivery)
    for model in models:
        for state, age in KEPT.items():
            while _remove(report, model, state, age) == BATCH:
                report.check()


def _remove(report: Report, model: QueueModel, state: str, age: timedelta) -> int:
    with report.step() as step:
        old = select(model.id).where(model.state == state, model.ended_at < report.now() - age).limit(BATCH)
        ids = step.session.scalars(old).all()
        step.session.execute(delete(model).where(model.id.in_(ids)))
        return len(ids)
