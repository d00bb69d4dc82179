"""Reading what another place of the installation shares: by its token, in a reading unit there, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from hub.db.errors import DatabaseError, TenantSuspended
from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services import place_sharing, place_subscriptions


@job(place_subscriptions.READ_JOB)
def read_subscription(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``subscription``. A place that is suspended, gone or being migrated changes nothing here."""
    subscription_id = UUID(payload["subscription"])
    with tenant.read() as session:
        wanted = place_subscriptions.wanted(session, subscription_id)
    if wanted is None:
        return
    key, token = wanted
    try:
        record = report.installation.record(key)
        if record.state != "active":
            raise TenantSuspended(f"tenant {key!r} is suspended")
        with report.installation.tenant(key).read() as session:
            found = place_sharing.given(session, token)
    except (DatabaseError, SQLAlchemyError):
        with report.step() as step:
            place_subscriptions.away(step.session, subscription_id)
        return
    with report.step() as step:
        place_subscriptions.keep(step.session, subscription_id, record.name, found, report.now())


@job(place_subscriptions.ALL_JOB)
def read_all(_tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Every hour: every subscription is read."""
    with report.step() as step:
        place_subscriptions.start_all(step.session, report.now())
