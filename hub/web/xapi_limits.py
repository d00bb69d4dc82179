"""The limits of one source: requests a minute, and bytes of one body.

Requests are counted in this process, by a bucket that fills again evenly: with several processes a source gets as many
times its rate, which is still a bound. A refusal says when to come again (RFC 6585, RFC 9110 Retry-After).
"""

import threading
import time
from typing import Final
from uuid import UUID

_BUCKETS: Final[dict[UUID, tuple[float, float]]] = {}
_GUARD: Final = threading.Lock()
_MOST_BUCKETS: Final = 10_000


def seconds_to_wait(source_id: UUID, per_minute: int | None) -> int:
    """0 if the source may ask now, which is then counted; else after how many whole seconds."""
    if per_minute is None:
        return 0
    now = time.monotonic()
    with _GUARD:
        if len(_BUCKETS) > _MOST_BUCKETS:
            _BUCKETS.clear()
        left, at = _BUCKETS.get(source_id, (float(per_minute), now))
        left = min(float(per_minute), left + (now - at) * per_minute / 60)
        if left < 1:
            _BUCKETS[source_id] = (left, now)
            return int((1 - left) * 60 / per_minute) + 1
        _BUCKETS[source_id] = (left - 1, now)
        return 0
