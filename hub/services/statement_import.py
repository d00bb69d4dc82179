"""Bringing a file of statements in: piece by piece, idempotent by id, every line that is not taken kept aside.

A statement without an id gets one made of its own bytes, so that the same file twice counts once. The place reached is
committed with what was stored: a killed import goes on there.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from content.xapi.errors import Fault, StatementError
from content.xapi.grammar import check
from content.xapi.multipart import SIGNATURE, Content, attachments_of
from content.xapi.parse import load
from content.xapi.repair import repair
from content.xapi.signature import check_signatures
from hub.db.blobs import BlobStore
from hub.db.uow import TenantDatabase, nested
from hub.models.river import XapiSource
from hub.models.transfers import ImportFault, StatementTransfer
from hub.services import ledger, transfer_files
from hub.services.errors import Invalid, NotFound, StatementConflict, VoidForbidden
from hub.services.jobs import Reporter
from hub.services.ledger import Prepared
from hub.services.projection import project_dirty
from hub.services.source import Source
from hub.services.statement_archive import Given
from hub.services.statement_files import at_hand, lines, of_jsonl
from hub.services.xapi_sources import sender

#: Lines of one unit of work.
AT_ONCE: Final = 100
_NAMES: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://hub.tiers-lieu.example/import")
_KEPT: Final = 1 << 20
"""Bytes of a faulty line that are kept aside."""


@dataclass(slots=True)
class Piece:
    """Some lines, read and prepared: statements by their line, and the lines that are none."""

    last: int
    ready: list[tuple[int, bytes, Prepared]] = field(default_factory=list)
    faults: list[tuple[int, bytes | None, dict[str, str]]] = field(default_factory=list)


def run(
    tenant: TenantDatabase, blobs: BlobStore, transfer_id: UUID, report: Reporter, clock: Callable[[], datetime]
) -> None:
    """Bring in what is left of a file. Raises NotFound, Invalid for a file that cannot be read at all."""
    with tenant.read() as session:
        row = session.get(StatementTransfer, transfer_id)
        origin = session.get(XapiSource, row.source_id) if row is not None and row.source_id else None
    if row is None or origin is None:
        raise NotFound(transfer=str(transfer_id))
    source, lenient = sender(origin), origin.lenient
    with at_hand(blobs.open(row.sha256)) as file:
        archive = Given(file, blobs) if row.format == "zip" else None
        found = of_jsonl(archive.statements) if archive else lines(file, row.format)
        left = (one for one in found if one[0] > row.done)
        while some := list(islice(left, AT_ONCE)):
            report.check()
            piece = _prepared(some, source, lenient, clock(), archive)
            share = min(0.99, archive.share if archive else file.tell() / max(row.size, 1))
            with report.step() as step:
                counts = _commit(step.session, transfer_id, piece, source, clock(), share)
                step.progress(None, done=piece.last, **counts)
            project_dirty(tenant, at_most=25)
    with report.step() as step:
        done = step.session.get_one(StatementTransfer, transfer_id)
        done.state, done.share, done.ended_at = "done", 1.0, clock()
        if done.filters.get(transfer_files.MARK):
            transfer_files.take_away(step.session, [done.id], clock())


def _prepared(
    some: list[tuple[int, bytes | None]], source: Source, lenient: bool, now: datetime, archive: Given | None
) -> Piece:
    piece = Piece(some[-1][0])
    for number, line in some:
        try:
            if line is None:
                raise StatementError("$", "Communication 3.2", "the line is longer than 8 MiB", Fault.RANGE)
            statement = _statement(line, lenient)
            along = _along(archive, number, statement) if archive else None
            piece.ready.append((number, line, ledger.prepare([statement], source, now, along)[0]))
        except StatementError as error:
            why = {"code": str(error.code), "path": error.path, "requirement": error.requirement}
            piece.faults.append((number, line, why | {"reason": error.reason}))
    return piece


def _along(archive: Given, number: int, statement: dict[str, Any]) -> dict[str, ledger.Attached]:
    """The contents that the archive has for a statement. A signature among them has to sign it."""
    along = archive.contents(number)
    signed = [one for _, one in attachments_of(statement, "$") if one["usageType"] == SIGNATURE]
    if signed and all(one["sha2"].lower() in along for one in signed):
        contents = {sha2: Content(sha2, one.content_type, archive.data(one)) for sha2, one in along.items()}
        check_signatures(statement, "$", contents, _version(statement))
    return along


def _version(statement: dict[str, Any]) -> str:
    return "2.0.0" if str(statement.get("version", "")).startswith("2") else "1.0.3"


def _statement(line: bytes, lenient: bool) -> dict[str, Any]:
    if b"\\u0000" in line:
        raise StatementError("$", "Data 4", "holds the character U+0000, which cannot be stored", Fault.ENCODING)
    statement: Any = load(line)
    version = "1.0.3"
    if isinstance(statement, dict):
        version = _version(statement)
        statement.setdefault("id", str(uuid.uuid5(_NAMES, hashlib.sha256(line).hexdigest())))
    if lenient:
        repair(statement, version, "$")
    check(statement, version, "$")
    return dict(statement)


def _commit(
    session: Session, transfer_id: UUID, piece: Piece, source: Source, now: datetime, share: float
) -> dict[str, int]:
    """Store a piece with its faults and the place reached; the counts so far."""
    row = session.get_one(StatementTransfer, transfer_id, with_for_update=True)
    if row.done >= piece.last:
        return dict(row.counts)  # another hand was here before
    fates = {"stored": 0, "known": 0}
    _store(session, piece, source, now, fates)
    for number, line, why in piece.faults:
        text = line[:_KEPT] if line is not None else None
        session.merge(ImportFault(transfer_id=transfer_id, line=number, text=text, **why))
    fates["refused"] = len(piece.faults)
    row.counts = {name: row.counts.get(name, 0) + count for name, count in fates.items()}
    row.done, row.share, row.state = piece.last, max(share, row.share), "running"
    return dict(row.counts)


def _store(session: Session, piece: Piece, source: Source, now: datetime, fates: dict[str, int]) -> None:
    try:
        with nested(session):
            _count(ledger.store(session, [p for _, _, p in piece.ready], source, now), fates)
        return
    except (StatementConflict, VoidForbidden):
        pass  # one of them: which one is found one by one, the others are kept
    for number, line, prepared in piece.ready:
        try:
            with nested(session):
                _count(ledger.store(session, [prepared], source, now), fates)
        except (StatementConflict, VoidForbidden) as error:
            why = {"code": error.code, "path": "$", "requirement": "Communication 2.1.1", "reason": _WHY[error.code]}
            piece.faults.append((number, line, why))


_WHY: Final = {
    "statement_conflict": "another statement has this id already",
    "void_forbidden": "voids a statement that another source sent",
}


def _count(result: ledger.IngestResult, fates: dict[str, int]) -> None:
    fates["stored"] += result.stored
    fates["known"] += len(result.duplicates)


def fail(tenant: TenantDatabase, transfer_id: UUID, error: Invalid, now: datetime) -> None:
    """Keep why a file could not be read; what was stored before stays."""
    with tenant.write() as session:
        row = session.get_one(StatementTransfer, transfer_id)
        row.state, row.error, row.ended_at = "failed", {"code": error.fields.get("file") or error.code}, now
