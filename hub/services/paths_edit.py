"""Edits of a path's document: small pure functions from one ``PathDocument`` to the next (DESIGN section 4).

Each takes the document first and gives a new one; nothing is written. A part that is not there raises ``PartNotFound``;
a value that does not fit raises ``pydantic.ValidationError``. Positions are zero-based and clamped to the ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel

from hub.domain.path import (
    Activity,
    Condition,
    Module,
    PathDocument,
    Rule,
    Step,
    StepPrerequisite,
    Variant,
)
from hub.services.errors import NotFound

Operation = Callable[[PathDocument], PathDocument]
_M = TypeVar("_M", bound=BaseModel)
_P = TypeVar("_P", Module, Step, Variant, Activity)


class PartNotFound(NotFound):
    """The document has no such part: ``kind`` is ``module``, ``step``, ``variant`` or ``activity``."""

    code = "path_part_not_found"

    def __init__(self, kind: str, part_id: UUID) -> None:
        super().__init__(kind=kind, part_id=part_id)


def changed(value: _M, **fields: Any) -> _M:
    """A copy of ``value`` with ``fields`` replaced, validated again."""
    return type(value).model_validate({**dict(value), **fields})


def set_header(document: PathDocument, **fields: Any) -> PathDocument:
    """Title, objectives or ``earlier_evidence`` of the path."""
    return changed(document, **fields)


def add_module(document: PathDocument, title: str, at: int | None = None) -> PathDocument:
    """A new empty module, last unless ``at`` says where."""
    modules = list(document.modules)
    modules.insert(len(modules) if at is None else at, Module(title=title))
    return changed(document, modules=tuple(modules))


def update_module(document: PathDocument, module_id: UUID, **fields: Any) -> PathDocument:
    """Rename a module or change its ``need``."""
    return changed(document, modules=_replaced(document.modules, "module", module_id, lambda m: changed(m, **fields)))


def move_module(document: PathDocument, module_id: UUID, to: int) -> PathDocument:
    """Put a module at another rank."""
    return changed(document, modules=_moved(document.modules, "module", module_id, to))


def remove_module(document: PathDocument, module_id: UUID) -> PathDocument:
    """Take a module and its steps out, and the prerequisites that named them."""
    module = _found(document.modules, "module", module_id)
    left = changed(document, modules=tuple(m for m in document.modules if m.id != module_id))
    return _forget_steps(left, {s.id for s in module.steps})


def add_step(document: PathDocument, module_id: UUID, step: Step, at: int | None = None) -> PathDocument:
    """Put ``step`` into a module, last unless ``at`` says where."""
    module = _found(document.modules, "module", module_id)
    steps = list(module.steps)
    steps.insert(len(steps) if at is None else max(0, at), step)
    return update_module(document, module_id, steps=tuple(steps))


def update_step(document: PathDocument, step_id: UUID, **fields: Any) -> PathDocument:
    """Change fields of a step: any of ``hub.domain.path.Step`` but its id."""
    return _with_step(document, step_id, lambda s: changed(s, **fields))


def copy_step(document: PathDocument, step_id: UUID) -> PathDocument:
    """A copy right after the step. Its identities are new: a trainer's word on one is not said of the other."""
    module = module_of(document, step_id)
    rank = next(i for i, s in enumerate(module.steps) if s.id == step_id)
    return add_step(document, module.id, renewed_step(module.steps[rank]), rank + 1)


def move_step(document: PathDocument, step_id: UUID, module_id: UUID, to: int) -> PathDocument:
    """Put a step at a rank of a module, its own or another."""
    source = module_of(document, step_id)
    if source.id == module_id:
        return update_module(document, module_id, steps=_moved(source.steps, "step", step_id, to))
    step = _found(source.steps, "step", step_id)
    _found(document.modules, "module", module_id)
    left = update_module(document, source.id, steps=tuple(s for s in source.steps if s.id != step_id))
    return add_step(left, module_id, step, to)


def shift_step(document: PathDocument, step_id: UUID, by: int) -> PathDocument:
    """One rank earlier (-1) or later (+1) on the line; at the edge of a module the step passes into the next one."""
    source = module_of(document, step_id)
    rank = next(i for i, s in enumerate(source.steps) if s.id == step_id)
    if 0 <= rank + by < len(source.steps):
        return move_step(document, step_id, source.id, rank + by)
    neighbour = next(i for i, m in enumerate(document.modules) if m.id == source.id) + by
    if not 0 <= neighbour < len(document.modules):
        return document
    target = document.modules[neighbour]
    return move_step(document, step_id, target.id, len(target.steps) if by < 0 else 0)


def remove_step(document: PathDocument, step_id: UUID) -> PathDocument:
    """Take a step out, and the prerequisites that named it."""
    module = module_of(document, step_id)
    left = update_module(document, module.id, steps=tuple(s for s in module.steps if s.id != step_id))
    return _forget_steps(left, {step_id})


def add_variant(document: PathDocument, step_id: UUID, variant: Variant) -> PathDocument:
    """Another way to the objective, last."""
    return _with_step(document, step_id, lambda s: changed(s, variants=(*s.variants, variant)))


def update_variant(document: PathDocument, step_id: UUID, variant_id: UUID, **fields: Any) -> PathDocument:
    """Rename a way."""
    return _with_variant(document, step_id, variant_id, lambda v: changed(v, **fields))


def move_variant(document: PathDocument, step_id: UUID, variant_id: UUID, to: int) -> PathDocument:
    """Put a way at another rank; the first is the one proposed by default."""
    return _with_step(document, step_id, lambda s: changed(s, variants=_moved(s.variants, "variant", variant_id, to)))


def remove_variant(document: PathDocument, step_id: UUID, variant_id: UUID) -> PathDocument:
    """Take a way out."""

    def without(step: Step) -> Step:
        _found(step.variants, "variant", variant_id)
        return changed(step, variants=tuple(v for v in step.variants if v.id != variant_id))

    return _with_step(document, step_id, without)


def add_activity(document: PathDocument, step_id: UUID, variant_id: UUID, activity: Activity) -> PathDocument:
    """One more thing to do within a way, last."""
    return _with_variant(document, step_id, variant_id, lambda v: changed(v, activities=(*v.activities, activity)))


def update_activity(document: PathDocument, step_id: UUID, activity_id: UUID, **fields: Any) -> PathDocument:
    """Change fields of an activity: any of ``hub.domain.path.Activity`` but its id."""
    return _with_activities(
        document,
        step_id,
        activity_id,
        lambda held: _replaced(held, "activity", activity_id, lambda a: changed(a, **fields)),
    )


def move_activity(document: PathDocument, step_id: UUID, activity_id: UUID, to: int) -> PathDocument:
    """Put an activity at another rank of its way."""
    return _with_activities(document, step_id, activity_id, lambda held: _moved(held, "activity", activity_id, to))


def remove_activity(document: PathDocument, step_id: UUID, activity_id: UUID) -> PathDocument:
    """Take an activity out. A condition that named it stays and the checks report it: the designer decides."""
    return _with_activities(document, step_id, activity_id, lambda held: tuple(a for a in held if a.id != activity_id))


def find_step(document: PathDocument, step_id: UUID) -> Step:
    """The step of that identity, or PartNotFound."""
    return _found(tuple(document.steps()), "step", step_id)


def module_of(document: PathDocument, step_id: UUID) -> Module:
    """The module that holds the step, or PartNotFound."""
    for module in document.modules:
        if any(s.id == step_id for s in module.steps):
            return module
    raise PartNotFound("step", step_id)


def find_activity(step: Step, activity_id: UUID) -> Activity:
    """The activity of that id within the step, or PartNotFound."""
    return _found(tuple(step.activities()), "activity", activity_id)


def renewed(document: PathDocument) -> PathDocument:
    """The same document with new identities everywhere, for a path that must not share what is done with its origin."""
    steps = {s.id: uuid4() for s in document.steps()}

    def of_step(step: Step) -> Step:
        prerequisites = tuple(
            changed(p, step_id=steps.get(p.step_id, p.step_id)) if isinstance(p, StepPrerequisite) else p
            for p in step.prerequisites
        )
        return changed(renewed_step(step), id=steps[step.id], prerequisites=prerequisites)

    modules = tuple(changed(m, id=uuid4(), steps=tuple(of_step(s) for s in m.steps)) for m in document.modules)
    return changed(document, modules=modules)


def renewed_step(step: Step) -> Step:
    """A step with new identities. Bindings to the outside stay; IRIs the hub had given are given anew at publishing."""
    ids = {a.id: uuid4() for a in step.activities()}

    def of_activity(activity: Activity) -> Activity:
        binding = activity.binding
        own = changed(binding, iri="") if binding.iri == activity.id.urn else binding
        return changed(activity, id=ids[activity.id], binding=own)

    def of_term(term: Condition | Rule) -> Condition | Rule:
        if isinstance(term, Rule):
            return changed(term, terms=tuple(of_term(t) for t in term.terms))
        return changed(term, activity_id=ids.get(term.activity_id, term.activity_id)) if term.activity_id else term

    variants = tuple(
        changed(v, id=uuid4(), activities=tuple(of_activity(a) for a in v.activities)) for v in step.variants
    )
    return changed(step, id=uuid4(), variants=variants, rule=of_term(step.rule))


def _found(parts: Sequence[_P], kind: str, part_id: UUID) -> _P:
    for part in parts:
        if part.id == part_id:
            return part
    raise PartNotFound(kind, part_id)


def _replaced(parts: Sequence[_P], kind: str, part_id: UUID, change: Callable[[_P], _P]) -> tuple[_P, ...]:
    _found(parts, kind, part_id)
    return tuple(change(p) if p.id == part_id else p for p in parts)


def _moved(parts: Sequence[_P], kind: str, part_id: UUID, to: int) -> tuple[_P, ...]:
    part = _found(parts, kind, part_id)
    others = [p for p in parts if p.id != part_id]
    others.insert(max(0, to), part)
    return tuple(others)


def _with_step(document: PathDocument, step_id: UUID, change: Callable[[Step], Step]) -> PathDocument:
    module = module_of(document, step_id)
    return update_module(document, module.id, steps=_replaced(module.steps, "step", step_id, change))


def _with_variant(
    document: PathDocument, step_id: UUID, variant_id: UUID, change: Callable[[Variant], Variant]
) -> PathDocument:
    return _with_step(
        document, step_id, lambda s: changed(s, variants=_replaced(s.variants, "variant", variant_id, change))
    )


def _with_activities(
    document: PathDocument,
    step_id: UUID,
    activity_id: UUID,
    change: Callable[[tuple[Activity, ...]], tuple[Activity, ...]],
) -> PathDocument:
    for variant in find_step(document, step_id).variants:
        if any(a.id == activity_id for a in variant.activities):
            return _with_variant(document, step_id, variant.id, lambda v: changed(v, activities=change(v.activities)))
    raise PartNotFound("activity", activity_id)


def _forget_steps(document: PathDocument, gone: set[UUID]) -> PathDocument:
    for step in document.steps():
        kept = tuple(p for p in step.prerequisites if not (isinstance(p, StepPrerequisite) and p.step_id in gone))
        if kept != step.prerequisites:
            document = update_step(document, step.id, prerequisites=kept)
    return document
