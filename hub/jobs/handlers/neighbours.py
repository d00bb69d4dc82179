"""Statements to other LRSs and to webhooks, each link in a lane of its own: in order, one thing at a time.

A batch is sent outside any unit, then the cursor is committed: a worker killed between the two sends the same
statements again, which the neighbour keeps once because their ids are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from connectors.errors import ConnectorError
from connectors.http import HttpClient
from connectors.lrs import Neighbour, refuses_content
from connectors.webhooks import Kept
from content.xapi.multipart import Content
from hub.config import Config
from hub.db.blobs import BlobStore
from hub.db.errors import BlobMissing
from hub.db.uow import TenantDatabase
from hub.jobs.neighbour_client import Refused, opened
from hub.jobs.registry import job, worth_it
from hub.jobs.report import Report
from hub.services import neighbours, neighbours_out
from hub.services.neighbours_out import Item
from hub.services.remote_errors import described

worth_it(neighbours.FORWARD_JOB)(neighbours.owed)


@job(neighbours.FORWARD_JOB)
def forward(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Send what lies behind the cursor of a link until nothing is left."""
    link_id, blobs = UUID(payload["link_id"]), report.installation.blobs(tenant.key)
    with opened(tenant, link_id, report, _out) as client:
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
    with opened(tenant, link_id, report, _out) as client:
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


Send = Callable[[Sequence[Item], BlobStore], None]
"""Sends statements to another LRS, or tells a webhook of them. Raises ConnectorError, BlobMissing."""


def _out(to: Neighbour, config: Config) -> tuple[HttpClient, Send]:
    if to.version == neighbours.WEBHOOK:
        http, receiver = neighbours.receiver(to, config)
        return http, lambda items, _blobs: receiver.send(_texts(items), [one for item in items for one in _kept(item)])
    http, client = neighbours.client(to, config)
    return http, lambda items, blobs: client.send(
        _texts(items), [_content(one, blobs) for item in items for one in item.attachments]
    )


def _texts(items: Sequence[Item]) -> list[str]:
    return [item.text for item in items]


def _kept(item: Item) -> list[Kept]:
    return [Kept(item.id, sha2, media_type) for sha2, _, media_type in item.attachments]


def _send(send: Send, items: Sequence[Item], blobs: BlobStore) -> list[Refused]:
    """Send in order; where the neighbour refuses, halve until the statements it refuses are known. Raises
    ConnectorError where it cannot be asked at all."""
    try:
        send(items, blobs)
    except BlobMissing as fault:
        return [(item.id, item.seq, {"code": fault.code}) for item in items]
    except ConnectorError as fault:
        if not refuses_content(fault):
            raise
        if len(items) == 1:
            return [(items[0].id, items[0].seq, described(fault))]
        middle = len(items) // 2
        return [*_send(send, items[:middle], blobs), *_send(send, items[middle:], blobs)]
    return []


def _content(attachment: tuple[str, str, str], blobs: BlobStore) -> Content:
    sha2, blob, media_type = attachment
    with blobs.open(blob) as file:
        return Content(sha2, media_type, file.read())
