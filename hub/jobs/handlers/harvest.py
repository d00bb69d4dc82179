"""Reading another repository by OAI-PMH, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from connectors.addresses import AddressPolicy
from connectors.errors import ConnectorError
from connectors.http import HttpClient, HttpOptions
from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services import harvest
from hub.services.jobs import Permanent, RetryLater
from hub.services.remote_errors import described

LIMITS = HttpOptions(read_timeout=60.0, deadline=120.0, max_bytes=harvest.PAGE_BYTES, max_redirects=3, retries=2)


@job(harvest.HARVEST_JOB)
def harvest_source(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``source``. A broken line is tried again from the page reached."""
    policy = AddressPolicy(development=report.installation.config.allow_loopback)
    with HttpClient(LIMITS, policy) as http:
        try:
            harvest.run(tenant, http.get_bytes, UUID(payload["source"]), report, report.now)
        except ConnectorError as fault:
            with tenant.write() as session:
                harvest.note_fault(session, UUID(payload["source"]), described(fault))
            if fault.transient:
                raise RetryLater(described(fault), fault.retry_after or 0.0) from None
            raise Permanent(described(fault)) from None


@job("harvest_all")
def harvest_all(_tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Daily: every repository is asked for what changed."""
    with report.step() as step:
        harvest.start_all(step.session, now=report.now())
