"""Files of statements: exports to be made and fetched in pieces, imports of finished uploads, what was not taken."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final
from uuid import UUID

from pydantic import AwareDatetime

from hub.services import admin_scope, statement_transfers, uploads
from hub.services.errors import Invalid, NotFound
from hub.services.statement_files import Format, at_hand
from hub.services.statement_rows import Chosen
from hub.web.api import paging
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Details, Instant, Page, Paged
from hub.web.context import here

api = Api("administration", "administration")
PIECE: Final = 1 << 20


class NewExport(Body):
    """What is to be taken out: of a source, a time (of arrival), a person under any account."""

    format: Format
    source_id: UUID | None = None
    person_id: UUID | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class NewImport(Body):
    """A finished upload of the caller's, brought in under a source of statements."""

    upload_id: UUID
    source_id: UUID


class TransferAnswer(Answer):
    """An export (``out``) or import (``in``). ``share`` 0..1; ``counts`` by fate: of an export ``statements``,
    ``redacted``, ``voided``; of an import ``stored``, ``known``, ``refused``."""

    id: UUID
    direction: str
    format: str
    name: str
    state: str
    share: float
    done: int
    counts: Details
    size: int
    created_at: Instant
    ended_at: Instant | None


class FaultAnswer(Answer):
    """A line that was not taken, and why."""

    line: int
    code: str
    path: str
    requirement: str
    reason: str


class PieceAnswer(Answer):
    """A piece of a file, of at most 1 MiB: ``content`` in base64 (RFC 4648). ``last``: nothing follows."""

    number: int
    last: bool
    content: str


@api.post("/statement-exports", "Have statements taken out", roles=ADMINISTRATOR)
def create_export(call: Call, body: NewExport) -> TransferAnswer:
    """Have a file of statements made; it is done when its ``state`` is ``done``, and stays for seven days."""
    admin_scope.require_place(call.viewer)
    chosen = Chosen(body.source_id, body.since, body.until, body.person_id)
    row = statement_transfers.ask_export(call.session, body.format, chosen, by=call.me, now=call.now)
    call.location = f"/api/v1/statement-transfers/{row.id}"
    return TransferAnswer.model_validate(row)


@api.post("/statement-imports", "Bring statements in", roles=ADMINISTRATOR, statuses=(404,))
def create_import(call: Call, body: NewImport) -> TransferAnswer:
    """Bring a finished upload in; a statement that is there already enters once only."""
    admin_scope.require_place(call.viewer)
    file = uploads.find(call.session, body.upload_id, call.me)
    if not file.sha256:
        raise Invalid({"upload_id": "upload_unfinished"})
    row = statement_transfers.ask_import(
        call.session, file.name, file.sha256, file.size, body.source_id, by=call.me, now=call.now
    )
    call.location = f"/api/v1/statement-transfers/{row.id}"
    return TransferAnswer.model_validate(row)


@api.get("/statement-transfers", "Exports and imports of statements", roles=ADMINISTRATOR)
def list_transfers(call: Call, query: Paged) -> Page[TransferAnswer]:
    """Files taken out and brought in, the newest first."""
    admin_scope.require_place(call.viewer)
    before = paging.read(query.cursor, UUID)
    found = statement_transfers.listed(call.session, None, before[0] if before else None, query.limit + 1)
    shown = found[: query.limit]
    following = paging.write([shown[-1].id]) if len(found) > len(shown) else None
    return Page(items=[TransferAnswer.model_validate(row) for row in shown], next=following)


@api.get("/statement-transfers/{transfer_id}", "One export or import", roles=ADMINISTRATOR)
def read_transfer(call: Call, transfer_id: UUID) -> TransferAnswer:
    """How far it is and what came of it."""
    admin_scope.require_place(call.viewer)
    return TransferAnswer.model_validate(statement_transfers.find(call.session, transfer_id))


@api.get("/statement-transfers/{transfer_id}/pieces/{number}", "A piece of the file", roles=ADMINISTRATOR)
def read_piece(call: Call, transfer_id: UUID, number: int) -> PieceAnswer:
    """A piece of a file that was made (``state`` ``done``), the first is 0."""
    admin_scope.require_place(call.viewer)
    row = statement_transfers.find(call.session, transfer_id)
    if not row.sha256 or row.state != "done" or number * PIECE >= max(row.size, 1):
        raise NotFound(piece=number)
    where = here()
    with at_hand(where.installation.blobs(where.record.key).open(row.sha256)) as file:
        file.seek(number * PIECE)
        content = file.read(PIECE)
    return PieceAnswer(number=number, last=(number + 1) * PIECE >= row.size, content=b64encode(content).decode())


@api.get("/statement-transfers/{transfer_id}/faults", "Lines that were not taken", roles=ADMINISTRATOR)
def list_faults(call: Call, transfer_id: UUID, query: Paged) -> Page[FaultAnswer]:
    """The lines of an import that were not taken, in the file's order."""
    admin_scope.require_place(call.viewer)
    statement_transfers.find(call.session, transfer_id)
    after = paging.read(query.cursor, int)
    found: Any = statement_transfers.faults(call.session, transfer_id, after[0] if after else 0, query.limit + 1)
    shown = found[: query.limit]
    following = paging.write([shown[-1].line]) if len(found) > len(shown) else None
    return Page(items=[FaultAnswer.model_validate(row) for row in shown], next=following)
