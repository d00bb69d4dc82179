"""The contents that came along with a person's statements (signatures, files of evidence), for that person."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import select, union
from sqlalchemy.orm import Session

from content.xapi.canonical import Role
from hub.db.blobs import BlobStore
from hub.db.errors import BlobMissing
from hub.db.uow import TenantDatabase
from hub.models.river import Ledger, StatementAgent, StatementAttachment, StatementKey

#: What a person did, and what was done to them: statements whose object they are, or of a group they are in.
ROLES: Final = (Role.ACTOR, Role.OBJECT)
_PIECE: Final = 3 << 16
"""Bytes read at once; a multiple of three, so that the pieces in base64 can be put behind one another."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A content: id of its statement, hash as the statement names it, name of the blob, bytes, media type."""

    statement: str
    sha2: str
    sha256: str
    size: int
    content_type: str


def of_agents(session: Session, agents: Sequence[int]) -> list[Attachment]:
    """The contents of all statements about these identities, in the order of the ledger."""
    own = select(Ledger.seq).where(Ledger.agent_id.in_(agents))
    named = select(StatementAgent.seq).where(StatementAgent.agent_id.in_(agents), StatementAgent.role.in_(ROLES))
    query = (
        select(StatementKey.statement_id, StatementAttachment)
        .join(StatementAttachment, StatementAttachment.seq == StatementKey.seq)
        .where(StatementAttachment.seq.in_(union(own, named)))
        .order_by(StatementAttachment.seq, StatementAttachment.sha2)
    )
    rows: Any = session.execute(query)
    return [Attachment(key, row.sha2, row.sha256, row.size, row.content_type) for key, row in rows]


def as_json(tenant: TenantDatabase, blobs: BlobStore, agents: Sequence[int]) -> Iterator[bytes]:
    """The members of a JSON array, each content in base64 (RFC 4648, 4), in pieces."""
    with tenant.read() as session:
        found = of_agents(session, agents)
    before = b""
    for one in found:
        try:
            file = blobs.open(one.sha256)
        except BlobMissing:
            continue
        told = {"statement": one.statement, "sha2": one.sha2, "content_type": one.content_type, "size": one.size}
        yield before + orjson.dumps(told)[:-1] + b',"content":"'
        with file:
            while piece := file.read(_PIECE):
                yield b64encode(piece)
        yield b'"}'
        before = b",\n"
