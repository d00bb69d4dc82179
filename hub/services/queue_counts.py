"""How much work lies in the queues of the places, and where their links to other LRSs stand, for figures."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub.db.directory import Installation
from hub.db.errors import DatabaseError
from hub.models.platforms import Delivery, Job
from hub.services import neighbours
from hub.services.jobs import DUE, FAILED, RUNNING, WAITING, QueueModel

log = logging.getLogger("hub.services")
_QUEUES: tuple[tuple[str, QueueModel], ...] = (("jobs", Job), ("deliveries", Delivery))


@dataclass(frozen=True, slots=True)
class LinkCount:
    """A link to another LRS, or a webhook: statements done, refused and still refused, and (outwards) how many of the
    ledger it has not looked at. ``failing``: the other side does not answer."""

    link: str
    direction: str
    done: int
    refused: int
    behind: int | None
    failing: bool


@dataclass(frozen=True, slots=True)
class QueueCount:
    """One place: rows by (queue, state), how many seconds the longest due work waits, its links."""

    place: str
    rows: dict[tuple[str, str], int]
    late_seconds: float
    links: tuple[LinkCount, ...] = ()


def queue_counts(installation: Installation) -> list[QueueCount]:
    """Every active place that can be read; the others are logged and left out."""
    found = []
    for record in installation.tenants():
        if record.state != "active":
            continue
        try:
            found.append(_of(installation, record.key, datetime.now(UTC)))
        except (DatabaseError, SQLAlchemyError) as error:
            log.warning("the queues of %s cannot be counted: %s", record.key, type(error).__name__)
    return found


def _of(installation: Installation, key: str, now: datetime) -> QueueCount:
    rows: dict[tuple[str, str], int] = {}
    late = 0.0
    with installation.tenant(key).read() as session:
        for name, model in _QUEUES:
            states = (DUE, RUNNING, WAITING, FAILED)
            query = select(model.state, func.count()).where(model.state.in_(states)).group_by(model.state)
            rows |= {(name, state): count for state, count in session.execute(query)}
            oldest = session.scalar(select(func.min(model.due_at)).where(model.state == DUE, model.due_at < now))
            late = max(late, (now - oldest).total_seconds() if oldest else 0.0)
        links = _links(session)
    return QueueCount(key, rows, late, links)


def _links(session: Session) -> tuple[LinkCount, ...]:
    head = neighbours.head(session)
    return tuple(
        LinkCount(
            str(link.id), link.direction, link.done, link.refused,
            max(0, head - link.cursor) if link.direction == "out" else None, link.last_error is not None,
        )
        for link in neighbours.links(session)
    )  # fmt: skip
