"""The proof of an erasure: everything that could still name somebody erased is looked through, by the keyed hashes that
an erasure leaves. The names themselves are kept nowhere, and this needs none.

What is found (a name in a place that no index knows, of a statement about somebody else) is replaced on the spot where
that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from content.xapi.errors import StatementError
from content.xapi.parse import load
from hub.db.types import from_micros
from hub.db.uow import TenantDatabase
from hub.models.platforms import Delivery, Job
from hub.models.river import Agent, Document, Erasure, Ledger, StatementAttachment, StatementKey
from hub.models.transfers import ImportFault, StatementTransfer
from hub.services import erasure, erasure_notices

PAGE: Final = 500


@dataclass(slots=True)
class Proof:
    """What was looked at, and (``found_…``) where somebody erased is named still: all zero is the proof.
    ``recipients``: how many times a neighbour had to be told, ``to_tell``: how many it was not yet."""

    erased: int = 0
    statements: int = 0
    identities: int = 0
    documents: int = 0
    queued: int = 0
    recipients: int = 0
    to_tell: int = 0
    found_statements: int = 0
    found_identities: int = 0
    found_documents: int = 0
    found_queued: int = 0
    found_attachments: int = 0
    found_files: int = 0

    @property
    def clean(self) -> bool:
        """Whether nobody erased is named anywhere."""
        return not any(getattr(self, one.name) for one in fields(self) if one.name.startswith("found_"))


def prove(tenant: TenantDatabase, tell: Callable[[int], None] = lambda _done: None, *, mend: bool = False) -> Proof:
    """Look through statements, identities, documents, attachments, queues and files of exports and imports; a page
    in each unit. ``mend``: rewrite statements that name somebody erased, remove documents that are theirs."""
    proof = Proof()
    with tenant.read() as session:
        proof.erased = len(session.scalars(select(Erasure.pseudonym)).all())
        if not proof.erased:
            return proof
        _files(session, proof)
        proof.recipients, proof.to_tell = erasure_notices.counts(session)
    for numbers in _statements(tenant, proof, tell):
        if mend and numbers:
            with tenant.write() as session:
                erasure.rewrite(session, numbers)
    _identities(tenant, proof, mend=mend)
    _payloads(tenant, proof)
    return proof


def _statements(tenant: TenantDatabase, proof: Proof, tell: Callable[[int], None]) -> Iterator[list[int]]:
    after = 0
    while True:
        with tenant.read() as session:
            query = select(Ledger.seq, Ledger.text).where(Ledger.seq > after).order_by(Ledger.seq).limit(PAGE)
            rows = session.execute(query).all()
            clean = erasure.scrub(session, [row.text for row in rows])
        found = [row.seq for row, text in zip(rows, clean, strict=True) if text is not None]
        proof.statements += len(rows)
        proof.found_statements += len(found)
        yield found
        if len(rows) < PAGE:
            return
        after = rows[-1].seq
        tell(proof.statements)


def _identities(tenant: TenantDatabase, proof: Proof, *, mend: bool) -> None:
    after = 0
    while True:
        with tenant.read() as session:
            query = select(Agent.id, Agent.ifi).where(Agent.id > after).order_by(Agent.id).limit(PAGE)
            rows = session.execute(query).all()
            known = erasure.erased_among(session, {row.ifi for row in rows})
            gone = [row.id for row in rows if row.ifi.startswith(f"account:{erasure.PSEUDONYM_HOME}|")]
            held = session.scalars(select(Document.id).where(Document.agent_id.in_(gone))).all()
        proof.identities += len(rows)
        proof.found_identities += len(known)
        proof.found_documents += len(held)
        if mend and held:
            with tenant.write() as session:
                session.execute(delete(Document).where(Document.id.in_(held)))
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def _payloads(tenant: TenantDatabase, proof: Proof) -> None:
    """Agents in the JSON of documents, jobs and deliveries."""
    for model, column in ((Document, Document.content), (Job, Job.payload), (Delivery, Delivery.payload)):
        after: UUID | None = None
        while True:
            with tenant.read() as session:
                query: Any = select(model.id, column).order_by(model.id).limit(PAGE)
                rows = session.execute(query.where(model.id > after) if after else query).all()
                found = sum(_names_somebody(session, value) for _key, value in rows)
            if model is Document:
                proof.documents += len(rows)
                proof.found_documents += found
            else:
                proof.queued += len(rows)
                proof.found_queued += found
            if len(rows) < PAGE:
                break
            after = rows[-1][0]


def _names_somebody(session: Session, value: Any) -> bool:
    try:
        said: Any = load(bytes(value)) if isinstance(value, bytes | memoryview) else value
    except StatementError:
        return False  # no JSON: nothing in it is an agent
    return bool(erasure.erased_among(session, erasure.named_in(said)))


def _files(session: Session, proof: Proof) -> None:
    """Files and faulty lines older than the last erasure, and contents that came along with statements rewritten."""
    last = from_micros(session.scalars(select(Erasure.at).order_by(Erasure.at.desc()).limit(1)).one())
    older = (StatementTransfer.created_at < last) & (StatementTransfer.sha256 != "")
    ended = StatementTransfer.state.in_(("done", "failed"))
    proof.found_files = len(session.scalars(select(StatementTransfer.id).where(older, ended)).all())
    faulty = select(ImportFault.line).join(StatementTransfer, StatementTransfer.id == ImportFault.transfer_id)
    proof.found_files += len(session.scalars(faulty.where(StatementTransfer.ended_at < last).limit(PAGE)).all())
    redacted = select(StatementAttachment.seq).join(StatementKey, StatementKey.seq == StatementAttachment.seq)
    proof.found_attachments = len(session.scalars(redacted.where(StatementKey.redacted).limit(PAGE)).all())


def as_json(proof: Proof) -> bytes:
    """The figures, for programs."""
    return orjson.dumps({**{one.name: getattr(proof, one.name) for one in fields(proof)}, "clean": proof.clean})
