"""What content said that was refused or cut, for the trainer to see."""

from __future__ import annotations

from datetime import datetime

from hub.models.play import PlayAttempt


def odd(attempt: PlayAttempt, code: str, shown: object, now: datetime) -> None:
    """Note for the trainer that content said something that was refused or cut."""
    before = attempt.oddities.get(code, {})
    entry = {"count": int(before.get("count", 0)) + 1, "last": str(shown)[:80], "at": now.isoformat()}
    attempt.oddities = {**attempt.oddities, code: entry}
