"""Who is who: linking an identity (xAPI agent) to a person, and undoing it (DESIGN section 5).

A link touches no statement: it changes one row and marks the person's enrolments, so the past counts at once. Nothing
merges in
silence: each link has a rule and a place in the journal, and linking for evidence never lets anybody sign in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from hub.db.base import new_id
from hub.models.person import IdentityLink, JournalEntry, Person
from hub.models.river import Agent
from hub.services.dictionaries import agent_ids
from hub.services.erasure import stand_still
from hub.services.errors import Conflict, NotFound
from hub.services.marking import mark_persons
from hub.services.source import HUB_HOME


def hub_agent(person_id: UUID, name: str | None = None) -> dict[str, Any]:
    """The hub's own agent for a person: an account, with no personal data unless ``name`` is given."""
    agent: dict[str, Any] = {"objectType": "Agent", "account": {"homePage": HUB_HOME, "name": str(person_id)}}
    return {**agent, "name": name} if name else agent


def own_agent_id(session: Session, person_id: UUID) -> int:
    """Key of the hub's own agent of a person, made and linked when it is not there yet."""
    name = ifi(hub_agent(person_id))
    key = agent_ids(session, [name])[name]
    agent = session.get_one(Agent, key)
    if agent.person_id is None:
        agent.person_id = person_id
    return key


def link(
    session: Session, agent_id: int, person_id: UUID, *, rule: str, by: UUID | None, now: datetime
) -> IdentityLink | None:
    """Say that an identity is a person's. Already so: nothing happens. Raises NotFound, also for somebody erased, and
    Conflict when it is another person's."""
    stand_still(session)
    agent = session.get(Agent, agent_id, with_for_update=True)
    there = select(Person.id).where(Person.id == person_id, Person.erased_at.is_(None))
    if agent is None or session.scalar(there) is None:
        raise NotFound(agent=agent_id)
    if agent.person_id == person_id:
        return None
    if agent.person_id is not None:
        raise Conflict("identity_taken", agent=agent_id)
    agent.person_id = person_id
    row = IdentityLink(id=new_id(), agent_id=agent_id, person_id=person_id, rule=rule, linked_at=now, linked_by=by)
    session.add(row)
    _journal(session, "identity.link", agent_id, person_id, rule, by, now)
    session.flush()
    mark_persons(session, [person_id])
    return row


def unlink(session: Session, agent_id: int, *, by: UUID | None, now: datetime) -> None:
    """Undo a link: what the identity did waits again. Raises NotFound when it is linked to nobody."""
    agent = session.get(Agent, agent_id, with_for_update=True)
    if agent is None or agent.person_id is None:
        raise NotFound(agent=agent_id)
    person_id, agent.person_id = agent.person_id, None
    open_links = select(IdentityLink).where(IdentityLink.agent_id == agent_id, IdentityLink.unlinked_at.is_(None))
    for row in session.scalars(open_links):
        row.unlinked_at, row.unlinked_by = now, by
    _journal(session, "identity.unlink", agent_id, person_id, "", by, now)
    session.flush()
    mark_persons(session, [person_id])


def _journal(
    session: Session, act: str, agent_id: int, person_id: UUID, rule: str, by: UUID | None, now: datetime
) -> None:
    details = {"agent": agent_id, "rule": rule}
    session.add(
        JournalEntry(
            id=new_id(), at=now, actor_id=by, act=act, subject_type="person", subject_id=str(person_id), details=details
        )
    )
