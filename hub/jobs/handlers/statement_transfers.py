"""Files of statements: exports made, imports brought in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services import statement_import, statement_transfers
from hub.services.errors import Invalid
from hub.services.jobs import Permanent


@job(statement_transfers.EXPORT_JOB)
def export(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``transfer``."""
    blobs = report.installation.blobs(tenant.key)
    statement_transfers.make(tenant, blobs, UUID(payload["transfer"]), report, report.now)


@job(statement_transfers.IMPORT_JOB)
def bring_in(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``transfer``. Goes on where the last committed unit ended."""
    transfer, blobs = UUID(payload["transfer"]), report.installation.blobs(tenant.key)
    try:
        statement_import.run(tenant, blobs, transfer, report, report.now)
    except Invalid as error:
        statement_import.fail(tenant, transfer, error, report.now())
        raise Permanent({"code": error.fields.get("file") or error.code}) from None
