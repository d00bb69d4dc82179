"""Views on the ledger by actor and by activity, from dictionaries, counters and links: nothing counts statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.models.learning import LearningPath, PathVersion
from hub.models.river import AgentDay, BindingRow, XapiActivity
from hub.services.errors import NotFound
from hub.services.statements_who import Identity, identities
from hub.services.versions import document
from hub.services.xapi_query import activity_definition

_FIRST: Final = date(1970, 1, 1)
#: Days of the actor's picture.
DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Actor:
    """An identity with what it did: statements in all, and by day over the last ninety, today the last."""

    identity: Identity
    statements: int
    days: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A step of a published path that an activity counts for."""

    path_id: UUID
    path: str
    version: int
    step: str


@dataclass(frozen=True, slots=True)
class About:
    """An activity: ``definition`` as its latest statements describe it; ``canonical`` (key, IRI) where this address is
    another name of that one."""

    id: int
    iri: str
    name: str
    definition: dict[str, Any]
    canonical: tuple[int, str] | None
    steps: Sequence[Bound]


def actor(session: Session, agent_id: int, now: datetime) -> Actor:
    """One identity, whosever it is. Raises NotFound."""
    found = identities(session, [agent_id])
    if not found:
        raise NotFound(agent=agent_id)
    total = session.scalar(select(func.sum(AgentDay.count)).where(AgentDay.agent_id == agent_id)) or 0
    today = (now.date() - _FIRST).days
    within = (AgentDay.agent_id == agent_id, AgentDay.day > today - DAYS, AgentDay.day <= today)
    rows = session.execute(select(AgentDay.day, AgentDay.count).where(*within))
    counts: dict[int, int] = {row[0]: int(row[1]) for row in rows}
    days = tuple((_FIRST + timedelta(days=day), counts.get(day, 0)) for day in range(today - DAYS + 1, today + 1))
    return Actor(found[0], int(total), days)


def activity(session: Session, activity_id: int) -> About:
    """One activity, and the steps of published versions that it counts for. Raises NotFound."""
    row = session.get(XapiActivity, activity_id)
    if row is None:
        raise NotFound(activity=activity_id)
    canonical = session.get(XapiActivity, row.canonical_id) if row.canonical_id else None
    definition = activity_definition(session, row.iri)
    other = (canonical.id, canonical.iri) if canonical else None
    return About(row.id, row.iri, row.name or "", definition, other, _bound(session, row))


def _bound(session: Session, row: XapiActivity) -> list[Bound]:
    query = (
        select(BindingRow, PathVersion, LearningPath.title)
        .join(PathVersion, PathVersion.id == BindingRow.version_id)
        .join(LearningPath, LearningPath.id == PathVersion.path_id)
        .where(BindingRow.activity_id == (row.canonical_id or row.id))
        .order_by(LearningPath.title, PathVersion.number.desc())
    )
    found = []
    for binding, version, title in session.execute(query):
        step = document(session, version.id).step(binding.step_id)
        found.append(Bound(version.path_id, title, version.number, step.title if step else ""))
    return found
