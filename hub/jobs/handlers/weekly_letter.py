"""Each Monday morning at the place: the letter to its administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services.weekly import WEEKLY_JOB, write_letters
from hub.urls.addresses import base_address


@job(WEEKLY_JOB)
def weekly_letter(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Owe one letter to each administrator, in one unit with the progress that says so: never twice."""
    if report.progress_so_far.get("letters") is not None:
        return
    config = report.installation.config
    address = base_address(config, report.installation.record(tenant.key).hosts[0])
    with report.step() as step:
        sent = write_letters(step.session, config, address, report.now())
        step.progress(letters=sent)
