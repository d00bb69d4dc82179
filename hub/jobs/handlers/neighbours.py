"""Statements to and from other LRSs, each link in a lane of its own: in order, one thing at a time.

Outwards a batch is sent outside any unit, then the cursor is committed: a worker killed between the two sends the same
statements again, which the neighbour keeps once because their ids are the same. Inwards a page is committed together
with the cursor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from connectors.errors import ConnectorError
from connectors.lrs import LrsClient, StatementPage, refuses_content
from content.xapi.errors import Fault, StatementError
from content.xapi.formats import instant
from content.xapi.grammar import check
from content.xapi.multipart import Content
from hub.db.blobs import BlobStore
from hub.db.errors import BlobMissing
from hub.db.types import from_micros, to_micros
from hub.db.uow import TenantDatabase
from hub.jobs.registry import job, worth_it
from hub.jobs.report import Report
from hub.models.neighbours import LrsLink
from hub.services import ledger, neighbours, neighbours_out
from hub.services.errors import StatementConflict, VoidForbidden
from hub.services.jobs import RetryLater
from hub.services.neighbours_out import Item
from hub.services.projection import project_dirty
from hub.services.remote_errors import described
from hub.services.source import Source

OVERLAP: Final = timedelta(seconds=5)
"""How far a pull looks back: an LRS may show late what it stored in the same instant as the last statement taken."""
PROJECTED: Final = 100
Refused = tuple[str, int | None, dict[str, Any]]

worth_it(neighbours.FORWARD_JOB)(neighbours.owed)


@job(neighbours.FORWARD_JOB)
def forward(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Send what lies behind the cursor of a link until nothing is left."""
    link_id, blobs = UUID(payload["link_id"]), report.installation.blobs(tenant.key)
    with _opened(tenant, link_id, report) as client:
        while client is not None:
            report.check()
            with tenant.read() as session:
                link = neighbours.find(session, link_id)
                batch = neighbours_out.next_batch(session, link) if link.active else None
            if batch is None or batch.until is None:
                return
            refused = _send(client, batch.items, blobs) if batch.items else []
            with report.step() as step:
                sent = len(batch.items) - len(refused)
                neighbours_out.note_progress(step.session, link, batch.until, sent, report.now())
                neighbours_out.note_refusals(step.session, link_id, refused, report.now())


@job(neighbours.RESEND_JOB)
def resend(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Send the refused statements of a link once more, each on its own."""
    link_id, after, blobs = UUID(payload["link_id"]), None, report.installation.blobs(tenant.key)
    with _opened(tenant, link_id, report) as client:
        while client is not None:
            report.check()
            with tenant.read() as session:
                rows = neighbours_out.refused_items(session, neighbours.find(session, link_id), after)
            if not rows:
                return
            after = rows[-1][0]
            still = [fault for _, item in rows for fault in _send(client, [item], blobs)]
            left = {statement_id for statement_id, _, _ in still}
            with report.step() as step:
                neighbours_out.note_refusals(step.session, link_id, still, report.now())
                taken = [row_id for row_id, item in rows if item.id not in left]
                neighbours_out.forget_refusals(step.session, link_id, taken)


def _send(client: LrsClient, items: Sequence[Item], blobs: BlobStore) -> list[Refused]:
    """Send in order; where the neighbour refuses, halve until the statements it refuses are known. Raises
    ConnectorError where it cannot be asked at all."""
    try:
        client.send([item.text for item in items], [_content(one, blobs) for item in items for one in item.attachments])
    except BlobMissing as fault:
        return [(item.id, item.seq, {"code": fault.code}) for item in items]
    except ConnectorError as fault:
        if not refuses_content(fault):
            raise
        if len(items) == 1:
            return [(items[0].id, items[0].seq, described(fault))]
        middle = len(items) // 2
        return [*_send(client, items[:middle], blobs), *_send(client, items[middle:], blobs)]
    return []


def _content(attachment: tuple[str, str, str], blobs: BlobStore) -> Content:
    sha2, blob, media_type = attachment
    with blobs.open(blob) as file:
        return Content(sha2, media_type, file.read())


@job(neighbours.PULL_JOB)
def pull(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Take what the neighbour stored since the last time, page by page."""
    link_id, more = UUID(payload["link_id"]), ""
    with _opened(tenant, link_id, report) as client:
        while client is not None:
            report.check()
            with tenant.read() as session:
                link = neighbours.find(session, link_id)
            since = from_micros(link.cursor) - OVERLAP if link.cursor else None
            page = client.read(since, more)
            more = page.more if _take(link, page, report) else ""
            project_dirty(tenant, PROJECTED)
            if not more:
                return


def _take(link: LrsLink, page: StatementPage, report: Report) -> bool:
    """Store a page and the cursor in one unit; a statement that cannot be stored is kept as refused, the others go in.
    False where the link was set back meanwhile: its pages are no longer the ones to read."""
    source = Source(link.name, link.source_id, trusted=False)
    good, refused = _sorted_out(link, page.statements)
    prepared = ledger.prepare(good, source, report.now())
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


@contextmanager
def _opened(tenant: TenantDatabase, link_id: UUID, report: Report) -> Iterator[LrsClient | None]:
    """A client of the link's neighbour; None where the link is gone or paused. What the neighbour answers for itself is
    kept on the link, and the work is tried again later."""
    with tenant.read() as session:
        link = session.get(LrsLink, link_id)
        to = neighbours.neighbour(link) if link is not None and link.active else None
    if to is None:
        yield None
        return
    http, client = neighbours.client(to, report.installation.config)
    try:
        with http:
            yield client
    except ConnectorError as fault:
        with report.step() as step:
            neighbours_out.note_error(step.session, link_id, described(fault))
        raise RetryLater(described(fault), fault.retry_after or 0.0) from None
