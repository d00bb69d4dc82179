"""Webhooks: an event posted as JSON, signed as the Standard Webhooks specification 1.0 says.

``webhook-id`` is the same at every try, so a receiver can tell a repetition; ``webhook-signature`` is ``v1,`` and the
base64 of HMAC-SHA256 over ``id.timestamp.body``. The body says ``type``, ``timestamp`` and ``data``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.addresses import AddressPolicy
from connectors.answers import encode_json
from connectors.errors import ConnectorError
from connectors.http import HttpClient, HttpOptions
from connectors.webhooks import signed
from hub.db.uow import TenantDatabase
from hub.jobs.registry import Outcome, delivery
from hub.jobs.report import Report
from hub.services.deliveries import webhook_endpoint
from hub.services.jobs import Permanent, RetryLater
from hub.services.remote_errors import described

LIMITS = HttpOptions(read_timeout=20.0, deadline=30.0, max_bytes=65_536, max_redirects=0, retries=0)
GONE = 410


@delivery("webhook")
def webhook(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Post ``payload`` (``endpoint``, ``event``, ``data``) and keep what was answered."""
    with tenant.read() as session:
        endpoint = webhook_endpoint(session, str(payload["endpoint"]))
    if endpoint is None:
        raise Permanent({"code": "webhook_unknown_endpoint"})
    now = report.now()
    body = encode_json({"type": payload["event"], "timestamp": now.isoformat(), "data": payload["data"]})
    headers = signed(str(report.id), int(now.timestamp()), body, endpoint.secret)
    policy = AddressPolicy(development=report.installation.config.allow_loopback)
    with HttpClient(LIMITS, policy, secrets=[endpoint.secret]) as http:
        try:
            answer = http.request("POST", endpoint.url, headers=headers, body=body)
        except ConnectorError as fault:
            # A receiver that refuses may be mended: only one that says it is gone is believed at once.
            if fault.status == GONE:
                raise Permanent(described(fault)) from None
            raise RetryLater(described(fault), fault.retry_after or 0.0) from None
    return Outcome(answer=f"HTTP {answer.status}")
