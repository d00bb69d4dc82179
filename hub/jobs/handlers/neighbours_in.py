"""Statements from other LRSs, each link in a lane of its own. A page is committed together with the cursor, and what a
statement has attached is fetched before that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from connectors.errors import ConnectorError, TooLarge, Unreadable
from connectors.lrs import PAGE_BYTES, LrsClient, StatementPage
from content.xapi.errors import Fault, StatementError
from content.xapi.formats import instant
from content.xapi.grammar import check
from content.xapi.multipart import SIGNATURE, attachments_of
from content.xapi.signature import check_signatures
from hub.db.blobs import BlobStore
from hub.db.types import from_micros, to_micros
from hub.db.uow import TenantDatabase
from hub.jobs.neighbour_client import Refused, opened
from hub.jobs.registry import job
from hub.jobs.report import Report
from hub.models.neighbours import LrsLink
from hub.services import ledger, neighbours, neighbours_out
from hub.services.errors import StatementConflict, VoidForbidden
from hub.services.projection import project_dirty
from hub.services.source import Source

OVERLAP: Final = timedelta(seconds=5)
"""How far a pull looks back: an LRS may show late what it stored in the same instant as the last statement taken."""
PROJECTED: Final = 100


@job(neighbours.PULL_JOB)
def pull(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Take what the neighbour stored since the last time, page by page."""
    link_id, more, blobs = UUID(payload["link_id"]), "", report.installation.blobs(tenant.key)
    with opened(tenant, link_id, report, neighbours.client) as client:
        while client is not None:
            report.check()
            with tenant.read() as session:
                link = neighbours.find(session, link_id)
            since = from_micros(link.cursor) - OVERLAP if link.cursor else None
            page = client.read(since, more)
            more = page.more if _take(link, page, report, _along(client, blobs)) else ""
            project_dirty(tenant, PROJECTED)
            if not more:
                return


Along = Callable[[dict[str, Any]], dict[str, ledger.Attached]]
"""The contents of a statement's attachments, now in the store. Raises ConnectorError, StatementError."""


def _along(client: LrsClient, blobs: BlobStore) -> Along:
    def fetched(statement: dict[str, Any]) -> dict[str, ledger.Attached]:
        if not any(True for _ in attachments_of(statement, "$")):
            return {}
        found = client.contents(statement["id"])
        wanted = {one["sha2"].lower(): one for _, one in attachments_of(statement, "$")}
        if all(sha2 in found for sha2, one in wanted.items() if one["usageType"] == SIGNATURE):
            check_signatures(statement, "$", found, str(statement.get("version", "1.0.3")))
        kept = {}
        for sha2 in wanted.keys() & found.keys():
            content = found[sha2]
            blob = blobs.put([content.data], PAGE_BYTES)
            kept[sha2] = ledger.Attached(sha2, blob.sha256, blob.size, content.media_type)
        return kept

    return fetched


def _take(link: LrsLink, page: StatementPage, report: Report, along: Along) -> bool:
    """Store a page and the cursor in one unit; a statement that cannot be stored is kept as refused, the others go in.
    False where the link was set back meanwhile: its pages are no longer the ones to read."""
    source = Source(link.name, link.source_id, trusted=False)
    good, refused = _sorted_out(link, page.statements)
    prepared = []
    for statement in good:
        contents, fault = _contents(statement, along)
        refused += [fault] if fault else []
        prepared += ledger.prepare([statement], source, report.now(), contents)
    try:
        return _store(link, source, prepared, refused, _cursor(link, page), report)
    except (StatementConflict, VoidForbidden):
        for one in prepared:
            try:
                _store(link, source, [one], (), link.cursor, report)
            except (StatementConflict, VoidForbidden) as error:
                refused.append((one.id, None, {"code": error.code}))
        return _store(link, source, (), refused, _cursor(link, page), report)


def _store(
    link: LrsLink,
    source: Source,
    prepared: Sequence[ledger.Prepared],
    refused: Sequence[Refused],
    cursor: int,
    report: Report,
) -> bool:
    with report.step() as step:
        new = ledger.store(step.session, prepared, source, report.now()).stored if prepared else 0
        neighbours_out.note_refusals(step.session, link.id, refused, report.now())
        return neighbours_out.note_progress(step.session, link, cursor, new, report.now())


def _sorted_out(link: LrsLink, statements: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Refused]]:
    """The statements that keep the grammar, and the others with what is wrong. One without an id would be another at
    every reading."""
    good: list[dict[str, Any]] = []
    refused: list[Refused] = []
    for statement in statements:
        try:
            check(statement, link.version)
            if "id" not in statement:
                raise StatementError("$.id", "Data 2.4.1", "is required of a stored statement", Fault.MISSING)
            good.append(statement)
        except StatementError as error:
            what = {"code": str(error.code), "path": error.path, "requirement": error.requirement}
            refused.append((_id(statement), None, what))
    return good, refused


def _contents(statement: dict[str, Any], along: Along) -> tuple[dict[str, ledger.Attached], Refused | None]:
    """What comes along with a statement. What the neighbour does not give, or gives spoilt, is shown, and the statement
    goes in without it. Raises ConnectorError where the neighbour cannot be asked at all."""
    try:
        return along(statement), None
    except StatementError as error:
        what = {"code": "attachments_unread", "path": error.path, "requirement": error.requirement}
    except ConnectorError as fault:
        if not isinstance(fault, Unreadable | TooLarge) and fault.status not in (400, 403, 404):
            raise
        what = {"code": "attachments_unread"}
    return {}, (statement["id"], None, what)


def _cursor(link: LrsLink, page: StatementPage) -> int:
    """The instant stored of the last statement of a page, and not beyond what the neighbour says is consistent."""
    stored = [moment for statement in page.statements if (moment := _stored(statement)) is not None]
    if page.consistent_through is not None:
        stored = [moment for moment in stored if moment <= to_micros(page.consistent_through)]
    return max([link.cursor, *stored])


def _stored(statement: Mapping[str, Any]) -> int | None:
    try:
        return to_micros(instant(statement["stored"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _id(statement: Mapping[str, Any]) -> str:
    found = statement.get("id")
    return found[:64] if isinstance(found, str) else "?"
