"""Exports and imports of statements: asked for, followed, fetched."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.blobs import BlobStore
from hub.db.uow import TenantDatabase
from hub.models.person import Person
from hub.models.river import XapiSource
from hub.models.transfers import ImportFault, StatementTransfer
from hub.services import jobs
from hub.services.errors import Invalid, NotFound
from hub.services.exports import harmless
from hub.services.jobs import Reporter
from hub.services.journal import record
from hub.services.source_names import all_names
from hub.services.statement_files import FORMATS, counted, stream
from hub.services.statement_parquet import library
from hub.services.statement_rows import Chosen, of_filters, pages
from hub.services.transfer_files import ENDED

EXPORT_JOB: Final = "statement_export"
IMPORT_JOB: Final = "statement_import"
LARGEST: Final = 1 << 40


def ask_export(session: Session, form: str, chosen: Chosen, *, by: UUID | None, now: datetime) -> StatementTransfer:
    """Have an export made. Raises Invalid (``format``, ``person``, ``source``, ``until``)."""
    if form not in FORMATS:
        raise Invalid({"format": "unknown"})
    if form == "parquet":
        library()
    if chosen.person is not None and session.get(Person, chosen.person) is None:
        raise Invalid({"person": "unknown"})
    if chosen.source is not None and chosen.source not in all_names(session):
        raise Invalid({"source": "unknown"})
    if chosen.since and chosen.until and chosen.until <= chosen.since:
        raise Invalid({"until": "out_of_range"})
    row = StatementTransfer(
        direction="out", format=form, name=f"statements-{now.date().isoformat()}.{form}", created_by=by,
        filters=chosen.as_filters(), created_at=now,
    )  # fmt: skip
    return _begun(session, row, EXPORT_JOB, now)


def ask_import(
    session: Session, name: str, sha256: str, size: int, source_id: UUID, *, by: UUID | None, now: datetime,
    queued: bool = True,
) -> StatementTransfer:  # fmt: skip
    """Have a file brought in under a source; it is in the blobs already. The same file under the same source, not at
    its end yet, is gone on with. ``queued``: by the worker, else by the caller's own hands. Raises Invalid (``file``,
    ``source``)."""
    form = form_of(name)
    if form == "parquet":
        library()
    if session.get(XapiSource, source_id) is None:
        raise Invalid({"source": "unknown"})
    same = select(StatementTransfer).where(
        StatementTransfer.direction == "in", StatementTransfer.sha256 == sha256,
        StatementTransfer.source_id == source_id, StatementTransfer.state.not_in(ENDED),
    )  # fmt: skip
    row = session.scalars(same).first() or StatementTransfer(
        direction="in", format=form, name=name[-200:], source_id=source_id, sha256=sha256, size=size, created_by=by,
        created_at=now,
    )  # fmt: skip
    return _begun(session, row, IMPORT_JOB if queued else None, now)


def form_of(name: str) -> str:
    """The format that a file's name tells. Raises Invalid."""
    suffixes = [part.lower().lstrip(".") for part in PurePosixPath(name).suffixes if part.lower() != ".gz"]
    last = suffixes[-1] if suffixes else ""
    form = {"ndjson": "jsonl", "json": "jsonl"}.get(last, last)
    if form not in FORMATS:
        raise Invalid({"file": "unknown_format"})
    return form


def _begun(session: Session, row: StatementTransfer, kind: str | None, now: datetime) -> StatementTransfer:
    session.add(row)
    session.flush()
    if kind is not None:
        jobs.enqueue(
            session, kind, {"transfer": str(row.id)}, lane="transfer", unique_key=f"{kind}:{row.id}", due_at=now,
            by=row.created_by, again=False,
        )  # fmt: skip
    act = "statements.exported" if row.direction == "out" else "statements.imported"
    record(session, now, row.created_by, act, "statement_transfer", row.id, name=row.name)
    return row


def find(session: Session, transfer_id: UUID) -> StatementTransfer:
    """One export or import. Raises NotFound."""
    row = session.get(StatementTransfer, transfer_id)
    if row is None:
        raise NotFound(transfer=str(transfer_id))
    return row


def listed(
    session: Session, direction: str | None = None, before: UUID | None = None, limit: int = 20
) -> Sequence[StatementTransfer]:
    """The latest exports and imports, the newest first."""
    query = select(StatementTransfer).order_by(StatementTransfer.id.desc()).limit(limit)
    if direction is not None:
        query = query.where(StatementTransfer.direction == direction)
    return session.scalars(query.where(StatementTransfer.id < before) if before else query).all()


def faults(session: Session, transfer_id: UUID, after: int = 0, limit: int = 50) -> Sequence[ImportFault]:
    """Lines that an import did not take, in the file's order."""
    query = select(ImportFault).where(ImportFault.transfer_id == transfer_id, ImportFault.line > after)
    return session.scalars(query.order_by(ImportFault.line).limit(limit)).all()


def make(
    tenant: TenantDatabase, blobs: BlobStore, transfer_id: UUID, report: Reporter, clock: Callable[[], datetime]
) -> None:
    """Write the file of an export into the blobs. Killed, it begins anew; withdrawn meanwhile, it leaves no file."""
    with tenant.read() as session:
        row = find(session, transfer_id)
        names = {key: one.name for key, one in all_names(session).items()}
    if row.state in ENDED:
        return
    counts: dict[str, int] = {}

    def tell(share: float, done: int) -> None:
        report.check()
        with report.step() as step:
            now = find(step.session, transfer_id)
            now.share, now.done = share, done
            now.state = "running" if now.state == "due" else now.state
            step.progress(done=done)

    found = pages(tenant, of_filters(row.filters), attachments=row.format == "zip")
    blob = blobs.put(stream(counted(found, names, counts, tell), row.format, blobs), LARGEST)
    with report.step() as step:
        ended = find(step.session, transfer_id)
        if ended.state != "withdrawn":
            ended.sha256, ended.size, ended.counts = blob.sha256, blob.size, counts
            ended.state, ended.share, ended.ended_at = "done", 1.0, clock()


def refused_lines(tenant: TenantDatabase, transfer_id: UUID) -> Iterator[bytes]:
    """The lines that were not taken, as they came, one a line; read page by page."""
    for fault in _all_faults(tenant, transfer_id):
        if fault.text is not None:
            yield fault.text + b"\n"


def report_lines(tenant: TenantDatabase, transfer_id: UUID) -> Iterator[bytes]:
    """A table (CSV) of the lines that were not taken: line, code, path, requirement, reason."""
    yield b"\xef\xbb\xbfline;code;path;requirement;reason\r\n"
    for fault in _all_faults(tenant, transfer_id):
        out = io.StringIO(newline="")
        cells = [fault.line, *map(harmless, (fault.code, fault.path, fault.requirement, fault.reason))]
        csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
        yield out.getvalue().encode()


def _all_faults(tenant: TenantDatabase, transfer_id: UUID) -> Iterator[ImportFault]:
    after = 0
    while True:
        with tenant.read() as session:
            some = faults(session, transfer_id, after)
        yield from some
        if not some:
            return
        after = some[-1].line
