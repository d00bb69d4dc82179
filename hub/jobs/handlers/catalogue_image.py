"""Each minute, where a large catalogue has changed: its index is written down, so that no search has to read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job, worth_it
from hub.jobs.report import Report
from hub.services import catalogue_image


@worth_it(catalogue_image.IMAGE_JOB)
def is_due(session: Session, _payload: Mapping[str, Any]) -> bool:
    """A small catalogue never is."""
    return catalogue_image.due(session)


@job(catalogue_image.IMAGE_JOB)
def make(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Its progress keeps the lease alive."""
    catalogue_image.make(tenant, lambda done, total: _tell(report, done, total))


def _tell(report: Report, done: int, total: int) -> None:
    if done % 10_000 == 0:
        with report.step() as step:
            step.progress(done=done, total=total)
