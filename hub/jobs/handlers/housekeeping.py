"""Daily: what nobody needs any more goes: ended work, expired tokens, uploads never handed in, files of no deposit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.models.platforms import Delivery, Job
from hub.services import packages, transfer_files, uploads
from hub.services.files import intake, sheets
from hub.services.files import report as files_report
from hub.services.jobs import CANCELLED, DONE, FAILED, QueueModel
from hub.services.ledger_ranges import ensure_next_range
from hub.services.lti_ports import forget_expired

KEPT: Mapping[str, timedelta] = {DONE: timedelta(days=30), CANCELLED: timedelta(days=30), FAILED: timedelta(days=180)}
BATCH = 500


@job("housekeeping")
def housekeeping(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Remove done work after 30 days and failed work after 180, in units of 500 rows; then tokens, uploads and
    files."""
    models: tuple[QueueModel, ...] = (Job, Delivery)
    for model in models:
        for state, age in KEPT.items():
            while _remove(report, model, state, age) == BATCH:
                report.check()
    with report.step() as step:
        forget_expired(step.session, report.now())
    with report.step() as step:
        ensure_next_range(step.session)
        transfer_files.expire(step.session, report.now())
    while True:
        report.check()
        with report.step() as step:
            if not files_report.forget_old(step.session, report.now()):
                break
    installation = report.installation
    uploads.forget_stale(tenant, uploads.waiting_room(installation.config.data, tenant.key), report.now())
    with tenant.read() as session:
        kept = uploads.referenced(session) | packages.referenced(session)
        kept |= intake.referenced(session) | sheets.referenced(session) | transfer_files.referenced(session)
    installation.blobs(tenant.key).remove_unreferenced(kept.__contains__)


def _remove(report: Report, model: QueueModel, state: str, age: timedelta) -> int:
    with report.step() as step:
        old = select(model.id).where(model.state == state, model.ended_at < report.now() - age).limit(BATCH)
        ids = step.session.scalars(old).all()
        step.session.execute(delete(model).where(model.id.in_(ids)))
        return len(ids)
