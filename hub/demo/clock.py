"""The clock of the demo: visitors live now, the actors of the play in the weeks before.

The play says with each request at which instant it happens. So a visitor who looks on meanwhile keeps their own
present, and no order of threads changes what comes out.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import has_request_context, request

INSTANT, KEY = "X-Demo-Instant", "X-Demo-Key"


class DemoClock:
    """Gives the present instant, or that of the play for a request that bears this process's key."""

    def __init__(self) -> None:
        self._key = secrets.token_urlsafe(24)

    def __call__(self) -> datetime:
        """Aware, UTC. A request's instant counts only with the key, so that no visitor chooses the time."""
        if has_request_context():
            told, key = request.headers.get(INSTANT), request.headers.get(KEY, "")
            if told and hmac.compare_digest(key.encode(), self._key.encode()):
                return datetime.fromisoformat(told).astimezone(UTC)
        return datetime.now(UTC)

    def headers(self, at: datetime) -> Mapping[str, str]:
        """What a request of the play bears to happen at ``at`` (aware)."""
        return {INSTANT: at.isoformat(), KEY: self._key}
