"""Whom and what an explorer's words mean: persons, identities and activities of the dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hub.domain.plain_text import pattern, plain
from hub.domain.roles import Viewer
from hub.models.person import Person
from hub.models.river import Agent, XapiActivity
from hub.services.dictionaries import stored_form
from hub.services.identities_read import label_of
from hub.services.people_search import Wanted, search

#: Persons, identities or activities that one word may mean; more are not told apart.
MOST: Final = 20
#: Rows of a dictionary looked at again for one word.
LOOKED_AT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity of the ledger: how a platform names somebody, and whom it is linked to."""

    id: int
    ifi: str
    label: str
    site: str
    name: str
    person_id: UUID | None
    person: str


def of_person(session: Session, person_id: UUID) -> tuple[int, ...]:
    """The keys of a person's identities."""
    return tuple(session.scalars(select(Agent.id).where(Agent.person_id == person_id).order_by(Agent.id)))


def person_name(session: Session, person_id: UUID) -> str:
    """How a person is called; empty for nobody, and for somebody erased."""
    person = session.get(Person, person_id)
    return person.name if person is not None else ""


def agents_like(session: Session, viewer: Viewer, text: str) -> tuple[int, ...]:
    """Identities that a name, an address or an account may mean: of persons so called, and so written in the ledger.
    At most ``MOST`` of either."""
    people = [line.id for line in search(session, viewer, Wanted(text), limit=MOST).lines]
    linked = select(Agent.id).where(Agent.person_id.in_(people)).order_by(Agent.id).limit(MOST * 5)
    theirs = session.scalars(linked).all() if people else ()
    exact = {stored_form(text), stored_form(f"mailto:{text}"), stored_form(text.replace("account:", "", 1))}
    query = select(Agent.id, Agent.name, Agent.ifi)
    known = session.scalars(select(Agent.id).where(Agent.ifi.in_(exact)))
    found = [*theirs, *known, *_holding(session, query, (Agent.name, Agent.ifi), text)]
    return tuple(dict.fromkeys(found))


def _holding(session: Session, query: Any, columns: Sequence[Any], text: str) -> list[int]:
    """Keys of the rows in which one of the columns holds the text, whatever the accents; at most ``MOST``. What the
    database gives is looked at again: its pattern lets more through."""
    wanted = plain(text)
    like = pattern(wanted)
    rows = session.execute(query.where(or_(*(c.ilike(like, escape="\\") for c in columns))).limit(LOOKED_AT))
    found = (row[0] for row in rows if any(wanted in plain(part) for part in row[1:] if part))
    return list(islice(found, MOST))


def activities_like(session: Session, text: str) -> tuple[int, ...]:
    """Activities whose address is, or whose address or title holds, the text; at most ``MOST``."""
    exact = session.scalar(select(XapiActivity.id).where(XapiActivity.iri == stored_form(text)))
    if exact is not None:
        return (exact,)
    query = select(XapiActivity.id, XapiActivity.name, XapiActivity.iri).order_by(XapiActivity.id)
    return tuple(_holding(session, query, (XapiActivity.name, XapiActivity.iri), text))


def identities(session: Session, keys: Sequence[int]) -> list[Identity]:
    """The identities of these keys, in their order."""
    query = select(Agent, Person).outerjoin(Person, Person.id == Agent.person_id).where(Agent.id.in_(keys))
    found = {agent.id: (agent, person) for agent, person in session.execute(query)}
    lines = []
    for key in keys:
        if key not in found:
            continue
        agent, person = found[key]
        label, site = label_of(agent.ifi)
        named = person.name if person is not None else ""
        lines.append(Identity(agent.id, agent.ifi, label, site, agent.name or "", agent.person_id, named))
    return lines
