"""Webhooks told that somebody was erased whose statements they got: the ids of these, and no name.

Signed and numbered as every message to a webhook (``connectors.webhooks``); told again, a part has the same id.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from connectors.errors import ConnectorError
from hub.db.uow import TenantDatabase
from hub.jobs.registry import Outcome, delivery
from hub.jobs.report import Report
from hub.services import erasure_notices, neighbours
from hub.services.jobs import Permanent, RetryLater
from hub.services.remote_errors import described

PART: Final = 1000
GONE: Final = 410


@delivery(erasure_notices.DELIVERY)
def tell(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Tell the neighbour of ``notice_id``, in messages of at most `PART` ids."""
    notice_id = uuid.UUID(payload["notice_id"])
    with tenant.read() as session:
        found = erasure_notices.find(session, notice_id)
        if not found.by_message:
            raise Permanent({"code": "webhook_removed"})
        ids = erasure_notices.ids(session, found.notice, found.link)
        to = neighbours.neighbour(found.link)
    http, receiver = neighbours.receiver(to, report.installation.config)
    with http:
        try:
            for start in range(0, len(ids), PART):
                receiver.erased(ids[start : start + PART], str(uuid.uuid5(notice_id, str(start))))
        except ConnectorError as fault:
            # A receiver that refuses may be mended: only one that says it is gone is believed at once.
            if fault.status == GONE:
                raise Permanent(described(fault)) from None
            raise RetryLater(described(fault), fault.retry_after or 0.0) from None
    with tenant.write() as session:
        erasure_notices.told(session, notice_id, by=None, now=report.now())
    return Outcome(answer=f"{len(ids)}")
