"""Marks: which enrolments' projections are owed. A mark is written with what causes it and survives a killed
process."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.learning import Enrolment
from hub.models.river import Agent, BindingRow, Dirty, XapiActivity
from hub.services.dictionaries import CHUNK, upsert
from hub.services.driver_sql import Question


def mark(session: Session, enrolments: Iterable[UUID]) -> None:
    """Owe the projection of these enrolments. The token is new each time, so that a mark set meanwhile is not taken
    for an old one."""
    token = secrets.randbits(62)
    rows = [{"enrolment_id": e, "token": token} for e in sorted(set(enrolments))]
    if rows:
        statement = upsert(session, Dirty.__table__)
        session.execute(
            statement.on_conflict_do_update(index_elements=["enrolment_id"], set_={"token": statement.excluded.token}),
            rows,
        )


def question(agents: Iterable[int]) -> Question:
    """The question which of these agents are somebody's."""
    return Question("SELECT id FROM agent WHERE person_id IS NOT NULL AND id {among}", sorted(set(agents)), "bigint")


def mark_pairs(session: Session, pairs: Iterable[tuple[int, int]], linked: Iterable[Any]) -> bool:
    """Owe the projection of every enrolment whose person has the agent and whose version binds the activity; whether
    there is one. ``linked``: what the question for their agents gave."""
    wanted = set(pairs)
    agents = [row.id for row in linked]
    somebody = set(agents)
    activities = sorted({b for a, b in wanted if a in somebody})
    found: set[UUID] = set()
    for start in range(0, len(agents), CHUNK):
        for first in range(0, len(activities), CHUNK):
            some, others = agents[start : start + CHUNK], activities[first : first + CHUNK]
            for via in (XapiActivity.id, XapiActivity.canonical_id):
                query: Any = (
                    select(Agent.id, XapiActivity.id, Enrolment.id)
                    .join(Enrolment, Enrolment.person_id == Agent.person_id)
                    .join(BindingRow, BindingRow.version_id == Enrolment.version_id)
                    .join(XapiActivity, via == BindingRow.activity_id)
                    .where(Agent.id.in_(some), XapiActivity.id.in_(others))
                )
                found |= {e for agent, activity, e in session.execute(query) if (agent, activity) in wanted}
    mark(session, found)
    return bool(found)


def mark_persons(session: Session, persons: Iterable[UUID]) -> None:
    """Owe the projection of every enrolment of these persons (a link or a means of counting changed)."""
    mark(session, session.scalars(select(Enrolment.id).where(Enrolment.person_id.in_(list(persons)))))
