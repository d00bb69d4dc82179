"""Rewriting the long history of somebody who was erased, unit by unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.services import erasure


@job(erasure.JOB)
def rewrite(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Payload: ``agents`` (keys), ``after`` (a sequence number). Goes on where the last committed unit ended."""
    after = report.cursor.get("after", payload["after"])
    erasure.rewrite_rest([int(key) for key in payload["agents"]], int(after), report)
