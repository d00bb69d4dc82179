"""What an edit changed, kept so that another designer can be shown it and so that it can be undone. Pure.

A draft's edits are rows of the journal (act ``path.edited``, subject ``path_version``); ``Reversal`` is that part of
the details from which the state before is made again: the shape of the line, and the parts that the edit changed or
removed.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from hub.domain.path import Frozen, Module, PathDocument, Step, StepPrerequisite
from hub.services.paths_edit import add_step, changed, update_step


class Shape(Frozen):
    """A module as it was, without its steps, and which steps it held in order."""

    module: Module
    steps: tuple[UUID, ...]


class Reversal(Frozen):
    """The way back from an edit. ``header``: the document without modules; ``steps``: as they were, if changed or
    removed."""

    header: PathDocument
    shape: tuple[Shape, ...]
    steps: tuple[Step, ...] = ()
    removed: tuple[UUID, ...] = Field(default=())


def reversal(before: PathDocument, after: PathDocument) -> Reversal:
    """What it takes to come back from ``after`` to ``before``."""
    now = {s.id: s for s in after.steps()}
    return Reversal(
        header=changed(before, modules=()),
        shape=tuple(Shape(module=changed(m, steps=()), steps=tuple(s.id for s in m.steps)) for m in before.modules),
        steps=tuple(s for s in before.steps() if now.get(s.id) != s),
        removed=tuple(s.id for s in before.steps() if s.id not in now),
    )


def undone(after: PathDocument, way_back: Reversal) -> PathDocument:
    """The document before the edit, exactly. ``after`` must be what the edit left: nothing came since."""
    known = {s.id: s for s in after.steps()} | {s.id: s for s in way_back.steps}
    modules = tuple(changed(part.module, steps=tuple(known[i] for i in part.steps)) for part in way_back.shape)
    return changed(way_back.header, modules=modules)


def brought_back(current: PathDocument, way_back: Reversal) -> PathDocument:
    """``current`` with the steps and modules that the edit had removed, where they stood; later edits are kept.

    Prerequisites that named a removed step come back with it.
    """
    steps = {s.id: s for s in way_back.steps}
    present = {s.id for s in current.steps()}
    returning = [i for i in way_back.removed if i not in present]
    document = current
    for rank, part in enumerate(way_back.shape):
        wanted = [i for i in part.steps if i in returning]
        missing = part.module.id not in {m.id for m in document.modules}
        if missing and (wanted or not part.steps):
            modules = list(document.modules)
            modules.insert(rank, part.module)
            document = changed(document, modules=tuple(modules))
        for step_id in wanted:
            document = add_step(document, part.module.id, steps[step_id], part.steps.index(step_id))
    return _linked_again(document, way_back, set(returning))


def _linked_again(document: PathDocument, way_back: Reversal, returned: set[UUID]) -> PathDocument:
    for old in way_back.steps:
        current = document.step(old.id)
        links = tuple(p for p in old.prerequisites if isinstance(p, StepPrerequisite) and p.step_id in returned)
        if current is not None and any(p not in current.prerequisites for p in links):
            kept = tuple(p for p in current.prerequisites if p not in links)
            document = update_step(document, old.id, prerequisites=(*kept, *links))
    return document
