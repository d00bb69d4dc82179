"""The nightly backup of a place, and the log of erasures kept beside its backups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.db.errors import DatabaseError
from hub.db.stores import Store, open_store
from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services.backup import BACKUP_JOB, STATE, erasures, keep, make
from hub.services.erasure import LOG_JOB
from hub.services.jobs import RetryLater
from hub.services.settings import get_setting, set_setting


@job(BACKUP_JOB)
def backup(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Back up, try the backup, rotate. What fails is tried again and stays to be seen in the place's settings."""
    config = report.installation.config
    if config.backup_to is None:
        return
    try:
        store = open_store(config.backup_to, config)
        made = make.back_up(report.installation, tenant.key, store, report.now())
        keep.rotate(
            store,
            tenant.key,
            daily=config.backup_daily,
            weekly=config.backup_weekly,
            monthly=config.backup_monthly,
        )
    except DatabaseError as error:
        _note(report, error=f"{error}"[:500], error_at=report.now().isoformat())
        raise RetryLater({"code": error.code, "detail": f"{error}"[:500]}) from error
    ok = {"ok_at": report.now().isoformat(), "stamp": made.stamp, "size": made.size}
    _note(report, **ok, error=None, error_at=None)


def _note(report: Report, **told: Any) -> None:
    with report.step() as step:
        known = {**get_setting(step.session, STATE), **told}
        set_setting(step.session, STATE, {name: value for name, value in known.items() if value is not None})


@job(LOG_JOB)
def publish_erasures(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Write down beside the backups who was erased, so that a restore does not bring anybody back."""
    config = report.installation.config
    stores: list[Store] = [open_store(config.backup_to, config)] if config.backup_to else []
    try:
        erasures.publish(report.installation, tenant.key, stores)
    except DatabaseError as error:
        raise RetryLater({"code": error.code, "detail": f"{error}"[:500]}) from error
