"""In-memory implementations of the ports of ``lti``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from lti import AccessGrant, Code, KeySetUnavailable, ServiceRefused, ToolRegistration
from lti.platform.gradebook import Effect, LineItem, LineItemContent, LineItemFilter, Page, Result, Score

T = TypeVar("T")


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class MemoryRegistrations:
    """As strict as PostgreSQL, which takes no NUL in a text."""

    def __init__(self, *registrations: ToolRegistration) -> None:
        self.by_client = {registration.client_id: registration for registration in registrations}

    def find(self, client_id: str) -> ToolRegistration | None:
        if "\0" in client_id:
            raise ValueError("NUL in a text")
        return self.by_client.get(client_id)


class MemoryOneTimeUse:
    def __init__(self) -> None:
        self.used: dict[tuple[str, str], datetime] = {}

    def consume(self, purpose: str, key: str, until: datetime) -> bool:
        return self.used.setdefault((purpose, key), until) is until


class MemoryKeySets:
    """Key sets by client id. ``stale`` ones are served until a refresh is asked for."""

    def __init__(self, **sets: Mapping[str, object]) -> None:
        self.sets = sets
        self.stale: dict[str, Mapping[str, object]] = {}
        self.refreshes = 0

    def key_set(self, registration: ToolRegistration, *, refresh: bool) -> Mapping[str, object]:
        self.refreshes += refresh
        if not refresh and registration.client_id in self.stale:
            return self.stale[registration.client_id]
        try:
            return self.sets[registration.client_id]
        except KeyError:
            raise KeySetUnavailable from None


class MemoryGrants:
    def __init__(self) -> None:
        self.by_digest: dict[str, AccessGrant] = {}

    def add(self, grant: AccessGrant) -> None:
        self.by_digest[grant.digest] = grant

    def find(self, digest: str) -> AccessGrant | None:
        return self.by_digest.get(digest)


@dataclass
class MemoryGradebook:
    """One context: its tools' resource links, its members, its columns."""

    links: dict[str, set[str]]
    members: set[str] = field(default_factory=set)
    items: dict[str, LineItem] = field(default_factory=dict)
    scores: dict[tuple[str, str], Score] = field(default_factory=dict)
    entered: dict[tuple[str, str], Score] = field(default_factory=dict)

    def admits(self, client_id: str) -> bool:
        return client_id in self.links

    def has_resource_link(self, client_id: str, resource_link_id: str) -> bool:
        return resource_link_id in self.links.get(client_id, ())

    def has_user(self, client_id: str, user_id: str) -> bool:
        return user_id in self.members

    def line_items(self, client_id: str, chosen: LineItemFilter, after: str | None, limit: int) -> Page[LineItem]:
        own = [item for item in self.items.values() if item.client_id == client_id and chosen.keeps(item.content)]
        return _page(own, after, limit)

    def line_item(self, line_item_id: str) -> LineItem | None:
        return self.items.get(line_item_id)

    def add_line_item(self, client_id: str, content: LineItemContent) -> LineItem:
        item = LineItem(str(len(self.items) + 1), client_id, content)
        self.items[item.id] = item
        return item

    def replace_line_item(self, line_item: LineItem, content: LineItemContent) -> LineItem:
        self.items[line_item.id] = LineItem(line_item.id, line_item.client_id, content)
        return self.items[line_item.id]

    def remove_line_item(self, line_item: LineItem) -> None:
        del self.items[line_item.id]

    def lock_score(self, line_item: LineItem, user_id: str) -> datetime | None:
        last = self.scores.get((line_item.id, user_id))
        return last.timestamp if last else None

    def record_score(self, line_item: LineItem, score: Score) -> None:
        key = (line_item.id, score.user_id)
        self.scores[key] = score
        if score.effect is Effect.ENTER:
            self.entered[key] = score
        elif score.effect is Effect.CLEAR:
            self.entered.pop(key, None)

    def results(self, line_item: LineItem, user_id: str | None, after: str | None, limit: int) -> Page[Result]:
        found = [
            _result(score, score.user_id in self.members)
            for (item_id, holder), score in sorted(self.entered.items())
            if item_id == line_item.id and user_id in (None, holder)
        ]
        return _page(found, after, limit)


def _result(score: Score, is_member: bool) -> Result:
    if score.given is None or score.maximum is None:
        raise AssertionError("only scores with points are entered")
    return Result(score.user_id, score.given, score.maximum, score.comment, score.scoring_user_id, is_member)


def _page(items: list[T], after: str | None, limit: int) -> Page[Any]:
    if after is not None and not after.isdigit():
        raise ServiceRefused(Code.QUERY_INVALID, "after")
    start = int(after or 0)
    rest = len(items) > start + limit
    return Page(tuple(items[start : start + limit]), str(start + limit) if rest else None)
