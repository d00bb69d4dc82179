"""Four times an hour: the records served by OAI-PMH are brought up to date, where the place serves any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services import oai_serve, offers


@job(oai_serve.REFRESH_JOB)
def oai_refresh(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Nothing happens while the catalogue is not open to harvesters."""
    with tenant.read() as session:
        wanted = offers.published(session)["oai"]
    if wanted:
        oai_serve.refresh(tenant, report, report.now)
