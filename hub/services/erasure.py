"""Erasure of a person (RGPD, DESIGN section 3): the one sanctioned rewrite of the ledger.

The text of each statement keeps its id, its place and what it says of learning; who it speaks of becomes a pseudonym,
in every
position. A keyed hash of each erased identity stays, so that no later delivery or sync brings it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from content.xapi.parse import dump, load_own
from hub.db.base import new_id
from hub.db.types import from_micros, to_micros, vault_of
from hub.db.uow import driver
from hub.models.learning import Claim, Deposit, Enrolment, HelpMessage, HelpRequest
from hub.models.lti_in import LtiInScore, LtiInUser
from hub.models.person import (
    Account,
    ApiToken,
    Authorisation,
    Card,
    GroupMember,
    IdentityLink,
    Person,
    Preference,
    RoleGrant,
    SignInLink,
    WebSession,
)
from hub.models.platforms import Delivery, LtiUser
from hub.models.play import PlayAttempt, PlaySession, PlayShared
from hub.models.river import (
    Agent,
    Document,
    Erasure,
    Ledger,
    StatementAttachment,
    StatementKey,
)
from hub.models.second_factor import OidcAccount, RecoveryCode, SecondFactor
from hub.services import erasure_notices, jobs, transfer_files
from hub.services.dictionaries import CHUNK, stored_form
from hub.services.driver_sql import Question, together
from hub.services.erasure_notices import naming
from hub.services.errors import NotFound
from hub.services.jobs import Reporter
from hub.services.remote_records import forget_identities

PURPOSE = "erased-identity"
LOG_JOB = "publish_erasures"
PSEUDONYM_HOME = "https://hub.tiers-lieu.example/pseudonym"
_NAMING = ("mbox", "mbox_sha1sum", "openid")
#: Statements rewritten in one unit of work; a longer history is finished by a job.
UNIT = 200
JOB = "erasure_rewrite"


@dataclass(frozen=True)
class ErasureReport:
    """What an erasure takes, or took: statements rewritten, identities replaced; documents, attachments of statements,
    messages and scores that were to be sent, and files of exports and imports removed. ``recipients``: names of the
    neighbours that have to be told, since they got statements."""

    statements: int
    identities: int
    documents: int
    attachments: int = 0
    deliveries: int = 0
    files: int = 0
    recipients: tuple[str, ...] = ()


def pseudonym_agent(pseudonym: str) -> dict[str, Any]:
    """The agent that stands where an erased person stood."""
    return {"objectType": "Agent", "account": {"homePage": PSEUDONYM_HOME, "name": pseudonym}}


def _name_of(value: Mapping[str, Any]) -> str | None:
    """The identifier of an agent, in its stored form; None for whatever else has such a member (an extension may hold
    anything under the name ``account``)."""
    if value.get("objectType", "Agent") != "Agent":
        return None
    account = value.get("account")
    whole = isinstance(account, dict) and all(isinstance(account.get(part), str) for part in ("homePage", "name"))
    if whole or ("account" not in value and any(isinstance(value.get(key), str) for key in _NAMING)):
        return stored_form(ifi(dict(value)))
    return None


def replace_agents(value: Any, pseudonym_of: Callable[[str], str | None]) -> tuple[Any, bool]:
    """A copy of a statement with every agent that ``pseudonym_of`` (IFI -> pseudonym) knows replaced, and whether any
    was."""
    if isinstance(value, list):
        parts = [replace_agents(v, pseudonym_of) for v in value]
        return [v for v, _ in parts], any(hit for _, hit in parts)
    if not isinstance(value, dict):
        return value, False
    name = _name_of(value)
    if name is not None and (pseudonym := pseudonym_of(name)):
        return pseudonym_agent(pseudonym), True
    items = {k: replace_agents(v, pseudonym_of) for k, v in value.items()}
    return {k: v for k, (v, _) in items.items()}, any(hit for _, hit in items.values())


def named_in(value: Any) -> Iterator[str]:
    """The identifiers of every agent in a JSON value, at any depth."""
    if isinstance(value, list):
        for part in value:
            yield from named_in(part)
    elif isinstance(value, dict):
        name = _name_of(value)
        if name is not None:
            yield name
        for part in value.values():
            yield from named_in(part)


_STAND_STILL: Final = "LOCK TABLE erasure IN {} MODE"
"""PostgreSQL has no turn of writers, as SQLite has: whoever stores what may name a person shares the table of erasures
to the end of his unit, and an erasure waits until it has the table for itself. Readers and copies wait for neither
(PostgreSQL, documentation, 13.3.1)."""


def stand_still(session: Session) -> None:
    """Nobody is erased from here until the unit has ended: for whoever is about to store what may name a person. It
    waits for an erasure under way."""
    together(session, *_still(session))


def _still(session: Session) -> tuple[Question, ...]:
    return () if driver(session).on_sqlite else (Question(_STAND_STILL.format("ROW SHARE")),)


def scrub(session: Session, texts: Sequence[str], *, entering: bool = False) -> list[dict[str, Any] | None]:
    """For each statement: itself with the identities erased earlier replaced, or None where it names none of them.
    One question to the database for all. ``entering``: they are about to be stored in this unit."""
    still = _still(session) if entering else ()
    if not together(session, *still, Question("SELECT 1 FROM erasure LIMIT 1"))[-1]:
        return [None] * len(texts)
    statements = [load_own(text) for text in texts]
    pseudonyms = _pseudonyms(session, {name for it in statements for name in named_in(it)})
    if not pseudonyms:
        return [None] * len(texts)
    replaced = (replace_agents(it, pseudonyms.get) for it in statements)
    return [it if hit else None for it, hit in replaced]


def erased_among(session: Session, names: Iterable[str]) -> set[str]:
    """Those of the identifiers that were erased."""
    return set(_pseudonyms(session, set(names)))


def rewrite(session: Session, seqs: Sequence[int]) -> None:
    """Replace whoever was erased in statements that name them in a place no index knows."""
    _redact(session, seqs)
    _rewrite(session, seqs)


def _pseudonyms(session: Session, names: set[str]) -> dict[str, str]:
    """Pseudonym by identifier, for those of the identifiers that were erased."""
    vault = vault_of(session)
    by_hash = {vault.keyed_hash(PURPOSE, name): name for name in names}
    hashes = list(by_hash)
    found: dict[str, str] = {}
    for start in range(0, len(hashes), CHUNK):
        query = select(Erasure.ifi_hash, Erasure.pseudonym).where(Erasure.ifi_hash.in_(hashes[start : start + CHUNK]))
        found |= {by_hash[bytes(digest)]: pseudonym for digest, pseudonym in session.execute(query)}
    return found


def preview(session: Session, person_id: UUID) -> ErasureReport:
    """What erasing this person would take. Nothing is changed."""
    agents = _agents(session, person_id)
    return _report(session, person_id, agents, naming(session, list(agents)), _documents(session, list(agents)))


def _report(
    session: Session, person_id: UUID, agents: Mapping[int, str], seqs: Sequence[int], documents: Sequence[UUID]
) -> ErasureReport:
    attached = 0
    for start in range(0, len(seqs), CHUNK):
        some = StatementAttachment.seq.in_(seqs[start : start + CHUNK])
        attached += session.scalar(select(func.count()).select_from(StatementAttachment).where(some)) or 0
    owed = select(func.count()).select_from(Delivery).where(Delivery.person_id == person_id)
    files = transfer_files.count(session)
    told = tuple(link.name for link, _ in erasure_notices.recipients(session, seqs))
    return ErasureReport(len(seqs), len(agents), len(documents), attached, session.scalar(owed) or 0, files, told)


def erase(session: Session, person_id: UUID, by: UUID | None, now: datetime) -> ErasureReport:
    """Erase a person: identity, ways in and free texts go; statements stay under one pseudonym. Raises NotFound.

    The texts of a long history are rewritten by a job, unit by unit: the place does not wait for them. Progress rows
    keep their numbers for the place's figures; nothing in them names the person any more. The backups are told
    (``services.backup.erasures``), so that a restore does not bring the person back; so are the neighbours
    (``services.erasure_notices``).
    """
    _wait_for_writers(session)
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(person=str(person_id))
    agents = _agents(session, person_id)
    keys = list(agents)
    seqs = naming(session, keys)
    documents = _documents(session, keys)
    taken = _report(session, person_id, agents, seqs, documents)
    pseudonym = new_id().hex
    erasure_notices.owe(session, pseudonym, keys, seqs, now)
    vault = vault_of(session)
    for number, (key, name) in enumerate(agents.items()):
        digest = vault.keyed_hash(PURPOSE, name)
        session.merge(Erasure(ifi_hash=digest, pseudonym=f"{pseudonym}-{number}", at=to_micros(now), by=by))
        ifi_text = ifi(pseudonym_agent(f"{pseudonym}-{number}"))
        session.execute(update(Agent).where(Agent.id == key).values(ifi=ifi_text, name=None))
    _redact(session, seqs)
    session.flush()
    _rewrite(session, seqs[:UNIT])
    if seqs[UNIT:]:
        payload = {"agents": keys, "after": seqs[UNIT - 1]}
        jobs.enqueue(session, JOB, payload, unique_key=f"{JOB}:{person_id}", due_at=now, by=by)
    forget_identities(session, agents.values(), now)
    session.execute(delete(Document).where(Document.id.in_(documents)))
    _forget(session, person)
    transfer_files.withdraw_all(session, now)
    person.erased_at = now
    jobs.enqueue(session, LOG_JOB, {}, unique_key=LOG_JOB)
    return taken


def erase_identity(session: Session, digest: bytes, pseudonym: str, at: int, by: UUID | None) -> int:
    """Erase one identity that only its keyed hash names, as a restore has to; gives the statements rewritten.

    ``at``: when it was erased the first time, microseconds. Nothing happens where it is erased already.
    """
    _wait_for_writers(session)
    if session.get(Erasure, digest) is not None:
        return 0
    session.add(Erasure(ifi_hash=digest, pseudonym=pseudonym, at=at, by=by))
    vault = vault_of(session)
    named = session.execute(select(Agent.id, Agent.ifi)).all()
    found = {key: name for key, name in named if vault.keyed_hash(PURPOSE, name) == digest}
    seqs = naming(session, list(found))
    erasure_notices.owe(session, pseudonym.rpartition("-")[0], list(found), seqs, from_micros(at))
    for key in found:
        session.execute(
            update(Agent).where(Agent.id == key).values(ifi=ifi(pseudonym_agent(pseudonym)), name=None, person_id=None)
        )
    _redact(session, seqs)
    session.flush()
    for start in range(0, len(seqs), UNIT):
        _rewrite(session, seqs[start : start + UNIT])
    session.execute(delete(Document).where(Document.agent_id.in_(list(found))))
    transfer_files.withdraw_all(session, from_micros(at))
    return len(seqs)


def _wait_for_writers(session: Session) -> None:
    """What others are storing is found from here on, and what they store later is told who was erased."""
    if not driver(session).on_sqlite:
        session.execute(text(_STAND_STILL.format("EXCLUSIVE")))


def _agents(session: Session, person_id: UUID) -> dict[int, str]:
    rows = session.execute(select(Agent.id, Agent.ifi).where(Agent.person_id == person_id).order_by(Agent.id))
    return dict(rows.all())


def _documents(session: Session, agents: list[int]) -> list[UUID]:
    return list(session.scalars(select(Document.id).where(Document.agent_id.in_(agents))))


def _redact(session: Session, seqs: Sequence[int]) -> None:
    """From here on a second delivery of these statements is taken for known, whatever it says."""
    for start in range(0, len(seqs), CHUNK):
        some = StatementKey.seq.in_(seqs[start : start + CHUNK])
        session.execute(update(StatementKey).where(some).values(redacted=True))


def _rewrite(session: Session, seqs: Sequence[int]) -> None:
    """Replace every erased identity in the texts of these statements (at most ``UNIT``). The contents that came along
    with them go: a signature or a certificate may name the person, and nobody can tell. Housekeeping removes the files.
    """
    rows = session.execute(select(Ledger.seq, Ledger.text).where(Ledger.seq.in_(seqs)).order_by(Ledger.seq)).all()
    for row, clean in zip(rows, scrub(session, [row.text for row in rows]), strict=True):
        if clean is not None:
            session.execute(update(Ledger).where(Ledger.seq == row.seq).values(text=dump(clean)))
            session.execute(delete(StatementAttachment).where(StatementAttachment.seq == row.seq))


def rewrite_rest(agents: list[int], after: int, report: Reporter) -> int:
    """Rewrite what ``erase`` left to its job, one unit after another, from behind sequence number ``after``; gives how
    many statements. Rewriting one again changes nothing."""
    done = 0
    while True:
        report.check()
        with report.step() as unit:
            seqs = naming(unit.session, agents, after, UNIT)
            _rewrite(unit.session, seqs)
            after = seqs[-1] if seqs else after
            done += len(seqs)
            unit.progress({"after": after}, rewritten=done)
        if not seqs:
            return done


def _forget(session: Session, person: Person) -> None:
    ways_in = (Account, SignInLink, Card, WebSession, ApiToken, SecondFactor, RecoveryCode, OidcAccount)
    for model in (*ways_in, Authorisation, GroupMember, LtiUser, Preference, RoleGrant):
        session.execute(delete(model).where(model.person_id == person.id))
    users = select(LtiInUser.id).where(LtiInUser.person_id == person.id)
    session.execute(delete(LtiInScore).where(LtiInScore.user_id.in_(users)))
    session.execute(delete(LtiInUser).where(LtiInUser.person_id == person.id))
    requests = select(HelpRequest.id).where(HelpRequest.person_id == person.id)
    session.execute(update(HelpMessage).where(HelpMessage.request_id.in_(requests)).values(text=""))
    enrolments = select(Enrolment.id).where(Enrolment.person_id == person.id)
    session.execute(
        update(Deposit).where(Deposit.enrolment_id.in_(enrolments)).values(files=[], link="", note="", answer="")
    )
    attempts = select(PlayAttempt.id).where(PlayAttempt.person_id == person.id)
    session.execute(delete(PlaySession).where(PlaySession.attempt_id.in_(attempts)))
    session.execute(delete(PlayAttempt).where(PlayAttempt.person_id == person.id))
    session.execute(delete(PlayShared).where(PlayShared.person_id == person.id))
    session.execute(delete(Claim).where(Claim.enrolment_id.in_(enrolments)))
    session.execute(delete(Delivery).where(Delivery.person_id == person.id))
    session.execute(delete(IdentityLink).where(IdentityLink.person_id == person.id))
    person.given_name, person.family_name = "", ""
    person.email = person.phone = person.external_id = person.birth_date = None
    person.means, person.adaptations = {}, []
