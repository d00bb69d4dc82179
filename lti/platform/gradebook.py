"""The gradebook as the services need it: records, and the port ``Gradebook`` that the host implements on its
storage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

_Record = TypeVar("_Record", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[_Record]):
    """One page of a list. ``next`` is the host's cursor of the page after, None on the last."""

    items: tuple[_Record, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class LineItemContent:
    """A column of the gradebook as the tool describes it. ``score_maximum`` is over 0; instants are aware, in UTC.

    ``extra`` holds the members of the tool's JSON that the standard does not know, kept and given back.
    """

    label: str
    score_maximum: float
    resource_id: str | None = None
    resource_link_id: str | None = None
    tag: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    grades_released: bool | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineItem:
    """A line item of the registration ``client_id``. ``id`` is the host's own, one segment of the item's address."""

    id: str
    client_id: str
    content: LineItemContent


@dataclass(frozen=True, slots=True)
class LineItemFilter:
    """Keep the line items that have all the values given here."""

    resource_link_id: str | None = None
    resource_id: str | None = None
    tag: str | None = None

    def keeps(self, content: LineItemContent) -> bool:
        """Whether a line item passes, for hosts that filter in memory."""
        wanted = (
            (self.resource_link_id, content.resource_link_id),
            (self.resource_id, content.resource_id),
            (self.tag, content.tag),
        )
        return all(value is None or value == found for value, found in wanted)


class ActivityProgress(StrEnum):
    """How far the user is with the activity."""

    INITIALIZED = "Initialized"
    STARTED = "Started"
    IN_PROGRESS = "InProgress"
    SUBMITTED = "Submitted"
    COMPLETED = "Completed"


class GradingProgress(StrEnum):
    """How far the marking is. Only a fully graded score is final."""

    FULLY_GRADED = "FullyGraded"
    PENDING = "Pending"
    PENDING_MANUAL = "PendingManual"
    FAILED = "Failed"
    NOT_READY = "NotReady"


class Effect(StrEnum):
    """What a score does to the user's result."""

    ENTER = "enter"
    """It becomes the result."""
    CLEAR = "clear"
    """The result is taken away."""
    KEEP = "keep"
    """The result stays as it was: the score is not final."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score as the tool published it. ``timestamp`` is aware, in UTC, to the microsecond; ``given`` may be above
    ``maximum``. ``effect`` is decided here, for the host to apply."""

    user_id: str
    activity_progress: ActivityProgress
    grading_progress: GradingProgress
    timestamp: datetime
    effect: Effect
    given: float | None = None
    maximum: float | None = None
    comment: str | None = field(default=None, repr=False)
    scoring_user_id: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """A score that stands in the book: the last one entered for that user, in the tool's own points.

    ``is_member`` is False where the person has left the context; such results are not shown to tools.
    """

    user_id: str
    given: float
    maximum: float
    comment: str | None = field(default=None, repr=False)
    scoring_user_id: str | None = None
    is_member: bool = True


class Gradebook(Protocol):
    """The gradebook of one context. Users are named as in the launches to the registration concerned (``sub``).

    One request uses it inside one unit of work of the host. Methods with ``after`` give at most ``limit`` records that
    follow the cursor, and raise ``ServiceRefused(Code.QUERY_INVALID)`` for a cursor they never gave.
    """

    def admits(self, client_id: str) -> bool:
        """Whether that registration has something to do in this context."""
        ...

    def has_resource_link(self, client_id: str, resource_link_id: str) -> bool:
        """Whether the context has that resource link, and it is that registration's."""
        ...

    def has_user(self, client_id: str, user_id: str) -> bool:
        """Whether that user is a member of the context now."""
        ...

    def line_items(self, client_id: str, chosen: LineItemFilter, after: str | None, limit: int) -> Page[LineItem]:
        """The registration's line items that pass the filter, in a stable order."""
        ...

    def line_item(self, line_item_id: str) -> LineItem | None:
        """The line item of that id, whosever it is."""
        ...

    def add_line_item(self, client_id: str, content: LineItemContent) -> LineItem:
        """Make a line item."""
        ...

    def replace_line_item(self, line_item: LineItem, content: LineItemContent) -> LineItem:
        """Give a line item another content."""
        ...

    def remove_line_item(self, line_item: LineItem) -> None:
        """Remove a line item from the gradebook, with its results."""
        ...

    def lock_score(self, line_item: LineItem, user_id: str) -> datetime | None:
        """The ``timestamp`` of the last score recorded, whatever its effect; None before the first.

        Until the unit of work ends no other one may record a score of this user and line item.
        """
        ...

    def record_score(self, line_item: LineItem, score: Score) -> None:
        """Keep a score, which is the newest, and apply its ``effect`` to the user's result."""
        ...

    def results(self, line_item: LineItem, user_id: str | None, after: str | None, limit: int) -> Page[Result]:
        """The results that stand, in a stable order; of one user where ``user_id`` is given."""
        ...
