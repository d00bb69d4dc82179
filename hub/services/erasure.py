"""Erasure of a person (RGPD, DESIGN section 3): the one sanctioned rewrite of the ledger.

The text of each statement keeps its id, its place and what it says of learning; who it speaks of becomes a pseudonym,
in every
position. A keyed hash of each erased identity stays, so that no later delivery or sync brings it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from content.xapi.parse import dump, load
from hub.db.base import new_id
from hub.db.types import to_micros, vault_of
from hub.models.learning import Claim, Deposit, Enrolment, HelpMessage, HelpRequest
from hub.models.person import (
    Account,
    ApiToken,
    Authorisation,
    Card,
    GroupMember,
    IdentityLink,
    Person,
    RoleGrant,
    SignInLink,
    WebSession,
)
from hub.models.platforms import Delivery, LtiUser
from hub.models.river import Agent, Document, Erasure, Ledger, StatementAgent, StatementKey
from hub.services.dictionaries import stored_form
from hub.services.errors import NotFound
from hub.services.remote_records import forget_identities

PURPOSE = "erased-identity"
PSEUDONYM_HOME = "https://hub.tiers-lieu.example/pseudonym"
_NAMING = ("mbox", "mbox_sha1sum", "openid", "account")


@dataclass(frozen=True)
class ErasureReport:
    """What an erasure takes, or took: statements rewritten, identities replaced, documents removed."""

    statements: int
    identities: int
    documents: int


def pseudonym_agent(pseudonym: str) -> dict[str, Any]:
    """The agent that stands where an erased person stood."""
    return {"objectType": "Agent", "account": {"homePage": PSEUDONYM_HOME, "name": pseudonym}}


def replace_agents(value: Any, pseudonym_of: Callable[[str], str | None]) -> tuple[Any, bool]:
    """A copy of a statement with every agent that ``pseudonym_of`` (IFI -> pseudonym) knows replaced, and whether any
    was."""
    if isinstance(value, list):
        parts = [replace_agents(v, pseudonym_of) for v in value]
        return [v for v, _ in parts], any(hit for _, hit in parts)
    if not isinstance(value, dict):
        return value, False
    if any(k in value for k in _NAMING) and value.get("objectType", "Agent") == "Agent":
        pseudonym = pseudonym_of(stored_form(ifi(value)))
        return (pseudonym_agent(pseudonym), True) if pseudonym else (value, False)
    items = {k: replace_agents(v, pseudonym_of) for k, v in value.items()}
    return {k: v for k, (v, _) in items.items()}, any(hit for _, hit in items.values())


def scrub(session: Session, text: str) -> dict[str, Any] | None:
    """The statement with the identities erased earlier replaced, or None where it names none of them."""
    vault = vault_of(session)

    def pseudonym_of(name: str) -> str | None:
        return session.scalar(select(Erasure.pseudonym).where(Erasure.ifi_hash == vault.keyed_hash(PURPOSE, name)))

    statement, hit = replace_agents(load(text.encode()), pseudonym_of)
    return statement if hit else None


def preview(session: Session, person_id: UUID) -> ErasureReport:
    """What erasing this person would take. Nothing is changed."""
    agents = _agents(session, person_id)
    return ErasureReport(len(_seqs(session, list(agents))), len(agents), len(_documents(session, list(agents))))


def erase(session: Session, person_id: UUID, by: UUID | None, now: datetime) -> ErasureReport:
    """Erase a person: identity, ways in and free texts go; statements stay under one pseudonym. Raises NotFound.

    Progress rows keep their numbers for the place's figures; nothing in them names the person any more.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(person=str(person_id))
    agents = _agents(session, person_id)
    keys = list(agents)
    seqs = _seqs(session, keys)
    documents = _documents(session, keys)
    pseudonym = new_id().hex
    vault = vault_of(session)
    for number, (key, name) in enumerate(agents.items()):
        digest = vault.keyed_hash(PURPOSE, name)
        session.merge(Erasure(ifi_hash=digest, pseudonym=f"{pseudonym}-{number}", at=to_micros(now), by=by))
        ifi_text = ifi(pseudonym_agent(f"{pseudonym}-{number}"))
        session.execute(update(Agent).where(Agent.id == key).values(ifi=ifi_text, name=None))
    names = {name: f"{pseudonym}-{number}" for number, name in enumerate(agents.values())}
    _rewrite(session, seqs, names)
    forget_identities(session, names, now)
    session.execute(delete(Document).where(Document.id.in_(documents)))
    _forget(session, person)
    person.erased_at = now
    return ErasureReport(len(seqs), len(agents), len(documents))


def _agents(session: Session, person_id: UUID) -> dict[int, str]:
    rows = session.execute(select(Agent.id, Agent.ifi).where(Agent.person_id == person_id).order_by(Agent.id))
    return dict(rows.all())


def _seqs(session: Session, agents: list[int]) -> list[int]:
    elsewhere = select(StatementAgent.seq).where(StatementAgent.agent_id.in_(agents))
    query = select(Ledger.seq).where(or_(Ledger.agent_id.in_(agents), Ledger.seq.in_(elsewhere)))
    return list(session.scalars(query.order_by(Ledger.seq)))


def _documents(session: Session, agents: list[int]) -> list[UUID]:
    return list(session.scalars(select(Document.id).where(Document.agent_id.in_(agents))))


def _rewrite(session: Session, seqs: list[int], names: Mapping[str, str]) -> None:
    for seq in seqs:
        text = session.scalar(select(Ledger.text).where(Ledger.seq == seq)) or "{}"
        statement, _ = replace_agents(load(text.encode()), names.get)
        session.execute(update(Ledger).where(Ledger.seq == seq).values(text=dump(statement)))
        session.execute(update(StatementKey).where(StatementKey.seq == seq).values(redacted=True))


def _forget(session: Session, person: Person) -> None:
    for model in (Account, SignInLink, Card, WebSession, ApiToken, Authorisation, GroupMember, LtiUser, RoleGrant):
        session.execute(delete(model).where(model.person_id == person.id))
    requests = select(HelpRequest.id).where(HelpRequest.person_id == person.id)
    session.execute(update(HelpMessage).where(HelpMessage.request_id.in_(requests)).values(text=""))
    enrolments = select(Enrolment.id).where(Enrolment.person_id == person.id)
    session.execute(
        update(Deposit).where(Deposit.enrolment_id.in_(enrolments)).values(files=[], link="", note="", answer="")
    )
    session.execute(delete(Claim).where(Claim.enrolment_id.in_(enrolments)))
    session.execute(delete(Delivery).where(Delivery.person_id == person.id))
    session.execute(delete(IdentityLink).where(IdentityLink.person_id == person.id))
    person.given_name, person.family_name = "", ""
    person.email = person.phone = person.external_id = person.birth_date = None
    person.means, person.adaptations = {}, []
