"""Who a statement comes from: what ingest may trust, whose statements a void may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

#: Account home page by which the hub names its own persons; an IRI of its own that no change of address touches.
HUB_HOME = "https://hub.tiers-lieu.example/person"


@dataclass(frozen=True)
class Source:
    """A sender of statements. ``trusted``: the hub itself, whose series and revisions are believed; ``voids_any``: an
    administrator's act; ``keeps_authority``: a forwarder that is trusted to name who said what it hands on;
    ``defines``: its names of people and definitions of activities count (xAPI scope ``define``)."""

    name: str
    id: UUID | None = None
    trusted: bool = False
    voids_any: bool = False
    keeps_authority: bool = False
    defines: bool = True

    @property
    def authority(self) -> dict[str, Any]:
        """The authority written into each statement of this source (xAPI 1.0.3 Part Two 2.4.9)."""
        key = self.name if self.id is None else str(self.id)
        home = "https://hub.tiers-lieu.example/source"
        return {"objectType": "Agent", "name": self.name, "account": {"homePage": home, "name": key}}


def hub_source(name: str = "hub") -> Source:
    """The hub's own hand: attendance, a trainer's word, translated records of a platform."""
    return Source(name=name, trusted=True)
