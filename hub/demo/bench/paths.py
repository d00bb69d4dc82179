"""Paths for benches: nothing but what a path must have."""

from __future__ import annotations

from hub.domain.path import (
    Activity,
    Binding,
    BindingKind,
    Brings,
    Condition,
    EvidenceKind,
    Modality,
    Module,
    PathDocument,
    Rule,
    Step,
    Variant,
    Way,
)


def activity(
    iri: str, *kinds: EvidenceKind, title: str = "", modality: Modality = Modality.OWN_PACE, minutes: int = 10
) -> Activity:
    """One that brings evidence of these kinds by traces; without an address, by work handed in."""
    kind, way = (BindingKind.ACTIVITY, Way.XAPI) if iri else (BindingKind.DEPOSIT, Way.DEPOSIT)
    binding = Binding(kind=kind, iri=iri, brings=tuple(Brings(kind=one, way=way) for one in kinds))
    return Activity(title=title or iri, modality=modality, minutes=minutes, binding=binding)


def step(title: str, *ways: Activity, shown_by: EvidenceKind = EvidenceKind.COMPLETED) -> Step:
    """A step with so many ways to do it, done by evidence of this kind."""
    variants = tuple(Variant(title=way.modality.value, activities=(way,)) for way in ways)
    return Step(title=title, rule=Rule(terms=(Condition(kind=shown_by),)), variants=variants)


def path_of(*steps: Step, title: str = "Banc", module: int = 8) -> PathDocument:
    """A path of these steps, ``module`` in a module."""
    parts = [steps[first : first + module] for first in range(0, len(steps), module)]
    modules = tuple(Module(title=f"Module {n}", steps=part) for n, part in enumerate(parts, 1))
    return PathDocument(title=title, modules=modules)
