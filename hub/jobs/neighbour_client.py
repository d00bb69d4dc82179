"""The client of a link's neighbour, for the jobs that send and pull."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from connectors.errors import ConnectorError
from connectors.http import HttpClient
from connectors.lrs import Neighbour
from hub.config import Config
from hub.db.uow import TenantDatabase
from hub.jobs.report import Report
from hub.models.neighbours import LrsLink
from hub.services import neighbours, neighbours_out
from hub.services.jobs import RetryLater
from hub.services.remote_errors import described

T = TypeVar("T")
Refused = tuple[str, int | None, dict[str, Any]]
"""A statement that was not taken: its id, its sequence number where the ledger has it, why."""


@contextmanager
def opened(
    tenant: TenantDatabase, link_id: UUID, report: Report, make: Callable[[Neighbour, Config], tuple[HttpClient, T]]
) -> Iterator[T | None]:
    """A client of the link's neighbour; None where the link is gone or paused. What the neighbour answers for itself is
    kept on the link, and the work is tried again later."""
    with tenant.read() as session:
        link = session.get(LrsLink, link_id)
        to = neighbours.neighbour(link) if link is not None and link.active else None
    if to is None:
        yield None
        return
    http, client = make(to, report.installation.config)
    try:
        with http:
            yield client
    except ConnectorError as fault:
        with report.step() as step:
            neighbours_out.note_error(step.session, link_id, described(fault))
        raise RetryLater(described(fault), fault.retry_after or 0.0) from None
