"""What a SCORM manifest asks of a player: the table of contents, and the terms of each content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from content.packages import sequencing
from content.packages.manifest import Item, Node
from content.packages.scorm import Launch, Scorm
from content.packages.sequencing import real, truth
from hub.domain.cmi_status import Terms


@dataclass(frozen=True, slots=True)
class Line:
    """An item of the tree: ``launch`` None of a heading."""

    item: Item
    depth: int
    launch: Launch | None


def lines(package: Scorm) -> list[Line]:
    """The items of the organisation in their order; hidden ones are left out unless they launch something."""
    launches = {one.item_id: one for one in package.launches}
    organization = package.manifest.organization
    found = list(_lines(organization.items if organization else (), 0, launches))
    return [line for line in found if line.item.visible or line.launch]


def _lines(items: Sequence[Item], depth: int, launches: dict[str, Launch]) -> Iterator[Line]:
    for item in items:
        yield Line(item, depth, launches.get(item.identifier))
        yield from _lines(item.items, depth + 1, launches)


def terms(package: Scorm) -> dict[str, Terms]:
    """Terms by item, of every launch."""
    organization = package.manifest.organization
    items = {item.identifier: item for item in organization.walk()} if organization else {}
    return {one.item_id: _terms(package, one, items.get(one.item_id)) for one in package.launches}


def _terms(package: Scorm, launch: Launch, item: Item | None) -> Terms:
    if package.version == "1.2" or item is None:
        return Terms(mastery=launch.mastery_score)
    parts = sequencing.parts(item.nodes, package.manifest)
    listed = (one for part in parts if part.name == "objectives" for one in part.children)
    objective = next((one for one in listed if one.name == "primaryObjective"), None)
    rollup = next((one for one in parts if one.name == "rollupRules"), None)
    controls = next((one for one in parts if one.name == "deliveryControls"), None)
    threshold = sequencing.threshold(item)
    tracked = controls is None or truth(controls.attributes.get("tracked"), default=True)
    told = rollup.attributes if rollup else {}
    return Terms(
        passing=_passing(objective),
        threshold=threshold["minProgressMeasure"] if threshold["completedByMeasure"] else None,
        weight=real(told.get("objectiveMeasureWeight"), 1.0),
        counts_completion=tracked and truth(told.get("rollupProgressCompletion"), default=True),
        counts_success=tracked and truth(told.get("rollupObjectiveSatisfied"), default=True),
    )


def _passing(objective: Node | None) -> float | None:
    if objective is None or not truth(objective.attributes.get("satisfiedByMeasure"), default=False):
        return None
    stated = next((one.text for one in objective.children if one.name == "minNormalizedMeasure"), "1.0")
    return min(1.0, max(-1.0, real(stated, 1.0)))
