"""Every quarter of an hour: sessions of cmi5 units that fell silent are abandoned (cmi5 9.3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job, worth_it
from hub.jobs.report import Report
from hub.models.cmi5 import Cmi5Session
from hub.services.errors import ServiceError
from hub.services.play.cmi5 import sessions
from hub.services.play.store import PackageStore

BATCH: Final = 100

worth_it(sessions.SILENCE_JOB)(sessions.any_open)


@job(sessions.SILENCE_JOB)
def abandon_silent(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Each in a unit of its own; one whose package cannot be read any more is left for the next time."""
    store = PackageStore(report.installation)
    with tenant.read() as session:
        found = list(sessions.silent(session, report.now(), BATCH))
    for session_id, package_id in found:
        report.check()
        try:
            held = store.get(tenant.key, package_id)
        except ServiceError:
            continue
        with report.step() as step:
            row = step.session.get_one(Cmi5Session, session_id, with_for_update=True)
            sessions.abandon(step.session, row, held, report.now())
