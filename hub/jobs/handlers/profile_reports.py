"""Statements looked at by profiles, behind the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job, worth_it
from hub.jobs.report import Report
from hub.services import profile_reports

worth_it(profile_reports.JOB)(profile_reports.owed)


@job(profile_reports.JOB)
def look(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Goes on from the cursor of each source."""
    profile_reports.run(tenant, report)
