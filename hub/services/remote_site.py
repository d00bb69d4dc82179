"""What the writing units of a reading need to know of the platform they write for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from content.xapi.canonical import ifi
from hub.models.platforms import Platform
from hub.services.source import Source

RecordT = TypeVar("RecordT")
CHUNK = 200
"""Records written in one unit: with what hangs on them some 50 ms of work (DESIGN section 6 allows 100)."""


@dataclass(frozen=True, slots=True)
class Site:
    """A platform, as one reading sees it. ``home``: home page of its accounts; ``domains``: those it proves."""

    id: UUID
    name: str
    connector: str
    base_url: str
    home: str
    domains: frozenset[str]

    @property
    def source(self) -> Source:
        """Who the statements come from: the hub's own translation of what this platform says."""
        return Source(name=self.name, id=self.id, trusted=True)

    def actor(self, username: str) -> dict[str, Any]:
        """The agent of an account of the platform."""
        return {"objectType": "Agent", "account": {"homePage": self.home, "name": username}}

    def ifi(self, username: str) -> str:
        """Its canonical text."""
        return ifi(self.actor(username))


def site_of(platform: Platform) -> Site:
    """The site of a platform's row."""
    home = platform.account_home or platform.base_url
    domains = frozenset(platform.authoritative_domains)
    return Site(platform.id, platform.name, platform.connector, platform.base_url, home, domains)


def chunks(items: Sequence[RecordT]) -> Iterator[list[RecordT]]:
    """``items`` in pieces for one unit each."""
    rest = iter(items)
    while some := list(islice(rest, CHUNK)):
        yield some
