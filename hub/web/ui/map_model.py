"""What the line map draws, as plain data. The view layer fills it from projections; nothing here is read from a
database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

Audience = Literal["learner", "trainer", "designer"]


@dataclass(frozen=True, slots=True)
class MapVariant:
    """Another way to a step's objective.

    `modality` is one of `words.MODALITIES`; `label` replaces the modality's word; `count` is how many of the group
    chose it.
    """

    modality: str
    label: str = ""
    href: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class MapStep:
    """One station.

    `state` is one of `words.STATES`, `state_text` a fuller word for it; `modality` is the way one follows (None: the
    step has no way yet); `minutes` are planned; `reason` says why it is locked, when it opens, what it waits for.
    For a trainer, `here` persons are at this step now and `done` of `total` have finished it.
    """

    number: int
    title: str
    href: str
    state: str
    modality: str | None
    state_text: str | Markup | None = None
    minutes: int | None = None
    reason: str | Markup = ""
    others: tuple[MapVariant, ...] = ()
    here: int | None = None
    done: int | None = None
    total: int | None = None
    selected: bool = False


@dataclass(frozen=True, slots=True)
class MapModule:
    """A section of the line with at least one step; `done_text` stands beside its title (« 2 sur 4 »)."""

    title: str
    done_text: str
    steps: tuple[MapStep, ...]


def fullest(modules: Sequence[MapModule]) -> int:
    """The greatest number of persons at one step; 0 when nobody is anywhere."""
    return max((step.here or 0 for module in modules for step in module.steps), default=0)
