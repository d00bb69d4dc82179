"""Every ten minutes, and when a séance changed: offers that nobody answered end, freed seats are offered in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job, worth_it
from hub.jobs.report import Report
from hub.services import seat_lines
from hub.services.seances import SEATS_JOB

worth_it(SEATS_JOB)(seat_lines.any_offer)


@job(SEATS_JOB)
def offer_seats(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Each séance in a unit of its own."""
    with tenant.read() as session:
        found = seat_lines.to_settle(session, report.now())
    for seance_id in found:
        report.check()
        with report.step() as step:
            row = seat_lines.locked(step.session, seance_id)
            if row is not None:
                seat_lines.settle(step.session, row, report.now())
