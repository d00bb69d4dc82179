"""The activity tree: what the manifest says of each activity, and what was tracked of it (SN 3 and 4.2).

A tree is made anew from the manifest each time; only what was tracked is kept (`Tree.dump`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import unquote

Data = Mapping[str, Any]
#: What an objective holds, here and in the shared ones: None is unknown.
FIELDS: Final = ("satisfied", "measure", "completed", "progress", "raw", "min", "max")
#: The names of the maps' flags for them.
MAPPED: Final[Mapping[str, str]] = {
    "satisfied": "SatisfiedStatus", "measure": "NormalizedMeasure", "completed": "CompletionStatus",
    "progress": "ProgressMeasure", "raw": "RawScore", "min": "MinScore", "max": "MaxScore",
}  # fmt: skip


@dataclass(slots=True)
class Objective:
    """An objective of an activity, ``key`` its identifier as it is compared, ``name`` as it is written; ``values`` is
    what is known of it here, by the names of `FIELDS`."""

    key: str
    name: str
    by_measure: bool
    least: float
    maps: Sequence[Data]
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Activity:
    """A node of the tree. ``said`` is what the manifest says. ``attempts`` counts them; ``completed`` and ``progress``
    are of the current one, None unknown; ``began`` and ``ended`` are its instants (µs UTC, None: it has not);
    ``stale`` (``objective``, ``progress``): what is tracked is of an earlier attempt of the parent, which does not
    count."""

    key: str
    title: str
    said: Data
    parent: Activity | None
    children: list[Activity] = field(default_factory=list)
    available: list[Activity] = field(default_factory=list)
    primary: Objective = field(default_factory=lambda: Objective("", "", False, 1.0, []))
    others: dict[str, Objective] = field(default_factory=dict)
    active: bool = False
    suspended: bool = False
    attempts: int = 0
    completed: bool | None = None
    progress: float | None = None
    began: int | None = None
    ended: int | None = None
    stale: set[str] = field(default_factory=set)
    chosen: bool = False

    @property
    def controls(self) -> Data:
        """Control modes, rollup and delivery controls."""
        found: Data = self.said["sequencingControls"]
        return found

    @property
    def tracked(self) -> bool:
        """Whether anything is recorded of it."""
        return bool(self.controls["tracked"])

    @property
    def objectives(self) -> list[Objective]:
        """The primary one first."""
        return [self.primary, *self.others.values()]

    def path(self) -> list[Activity]:
        """From the root to this one, both included."""
        found: list[Activity] = []
        at: Activity | None = self
        while at is not None:
            found.insert(0, at)
            at = at.parent
        return found

    def walk(self) -> Iterator[Activity]:
        """This one and all below, in the order of the manifest."""
        yield self
        for child in self.children:
            yield from child.walk()

    def below(self, other: Activity) -> bool:
        """Whether it is ``other`` or lies below it."""
        return other in self.path()


@dataclass(slots=True)
class Tree:
    """A package being gone through. ``shared``: the objectives that maps name, by their identifier, ``kept_apart``
    where they are the learner's across packages; ``now`` (µs UTC): when it is asked; ``written``: those of them that
    were written since the parents were counted last; ``strict``: what is stale is unknown now, when parents are
    counted; ``begun``: a new attempt at the whole began.
    """

    root: Activity
    by_key: dict[str, Activity]
    current: Activity | None = None
    suspended: Activity | None = None
    shared: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    kept_apart: bool = False
    now: int = 0
    strict: bool = False
    begun: bool = False
    random: Random = field(default_factory=Random)

    def dump(self) -> dict[str, Any]:
        """What was tracked, as JSON."""
        return {
            "current": self.current.key if self.current else "",
            "suspended": self.suspended.key if self.suspended else "",
            "shared": {} if self.kept_apart else self.shared,
            "activities": {
                one.key: _tracked(one) for one in self.root.walk() if one.attempts or one.chosen or one.stale
            },
        }


def build(said: Data, kept: Data | None = None, across: Mapping[str, Data] | None = None, now: int = 0) -> Tree:
    """The tree of a package (as ``content.packages.sequencing.tree`` gives it) with what was tracked before, at an
    instant (µs UTC). ``across``: shared objectives that the learner has across packages, None where the package keeps
    its own."""
    root = _activity(said, None)
    tree = Tree(root, {one.key: one for one in root.walk()}, kept_apart=across is not None, now=now)
    if kept:
        tree.current, tree.suspended = tree.by_key.get(kept["current"]), tree.by_key.get(kept["suspended"])
        tree.shared = {key: dict(values) for key, values in kept["shared"].items()}
        for key, tracked in kept["activities"].items():
            if one := tree.by_key.get(key):
                _restore(tree, one, tracked)
    for key, values in (across or {}).items():
        tree.shared[key] = {**tree.shared.get(key, {}), **values}
    return tree


def targets(said: Data) -> set[str]:
    """The identifiers of the shared objectives that maps of a package name, as they are compared."""
    own = {
        named(one["targetObjectiveID"])
        for objective in (said["primaryObjective"], *said["objectives"])
        for one in objective["mapInfo"]
    }
    return own.union(*map(targets, said.get("children", ())))


def named(identifier: str) -> str:
    """An identifier as it is compared: an address, so escapes and blanks around or repeated make no difference."""
    return " ".join(unquote(identifier).split())


def common(first: Activity, second: Activity) -> Activity:
    """The nearest activity above both, or one of them."""
    others = second.path()
    return next(one for one in reversed(first.path()) if one in others)


def _activity(said: Data, parent: Activity | None) -> Activity:
    made = Activity(said["id"], said["title"], said, parent)
    made.primary = _objective(said["primaryObjective"])
    made.others = {named(one["objectiveID"]): _objective(one) for one in said["objectives"]}
    made.children = [_activity(one, made) for one in said.get("children", ())]
    made.available = list(made.children)
    return made


def _objective(said: Data) -> Objective:
    name = said["objectiveID"].strip()
    maps = [{**one, "targetObjectiveID": named(one["targetObjectiveID"])} for one in said["mapInfo"]]
    return Objective(named(name), name, said["satisfiedByMeasure"], said["minNormalizedMeasure"], maps)


def _tracked(one: Activity) -> dict[str, Any]:
    return {
        "active": one.active, "suspended": one.suspended, "attempts": one.attempts, "completed": one.completed,
        "progress": one.progress, "began": one.began, "ended": one.ended, "stale": sorted(one.stale),
        "chosen": one.chosen,
        "children": [child.key for child in one.available] if one.chosen else [],
        "primary": one.primary.values, "others": {key: objective.values for key, objective in one.others.items()},
    }  # fmt: skip


def _restore(tree: Tree, one: Activity, tracked: Data) -> None:
    one.active, one.suspended, one.attempts = tracked["active"], tracked["suspended"], tracked["attempts"]
    one.completed, one.progress, one.stale = tracked["completed"], tracked["progress"], set(tracked["stale"])
    one.began, one.ended = tracked.get("began"), tracked.get("ended")
    one.chosen, one.primary.values = tracked["chosen"], dict(tracked["primary"])
    if one.chosen:
        one.available = [
            child for key in tracked["children"] if (child := tree.by_key.get(key)) in one.children and child
        ]
    for key, values in tracked["others"].items():
        if key in one.others:
            one.others[key].values = dict(values)
