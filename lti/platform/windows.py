"""The two windows of time that a resource link may have (Deep Linking 2.0 section 3.1)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LinkDates:
    """When the link may be opened, and when work may be handed in through it; instants aware, in UTC, None for no
    limit."""

    available_from: datetime | None = None
    available_until: datetime | None = None
    submission_from: datetime | None = None
    submission_until: datetime | None = None
