"""Remedies for a rule that no binding can meet: edits of one step, ready to be applied from the checks. Pure."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from hub.domain.path import (
    Activity,
    Binding,
    BindingKind,
    Brings,
    Condition,
    EvidenceKind,
    Modality,
    PathDocument,
    Rule,
    Step,
    Way,
)
from hub.services.paths_edit import add_activity, find_step, update_activity, update_step

#: Kinds of binding that live on a partner's platform, whose figures a file of that partner can bring.
PARTNERS = frozenset({BindingKind.LTI_LINK, BindingKind.REMOTE_COURSE, BindingKind.REMOTE_MODULE, BindingKind.WEB})
#: A partner's file is read about once a week.
FILE_HOURS = 168


def or_else(rule: Rule, condition: Condition) -> Rule:
    """The rule, or else ``condition``; a rule of one term, or an "any", stays flat."""
    if condition in rule.terms and rule.mode == "any":
        return rule
    if rule.mode == "any" or len(rule.terms) < 2:
        return Rule(mode="any", terms=(*rule.terms, condition))
    return Rule(mode="any", terms=(rule, condition))


def accept_validation(document: PathDocument, step_id: UUID, title: str = "") -> PathDocument:
    """The step is also complete when a trainer says so."""
    return _also(document, step_id, EvidenceKind.VALIDATED)


def accept_attendance(document: PathDocument, step_id: UUID, title: str = "") -> PathDocument:
    """The step is also complete by presence at its séances."""
    return _also(document, step_id, EvidenceKind.ATTENDED)


def accept_deposit(document: PathDocument, step_id: UUID, title: str = "") -> PathDocument:
    """The step is also complete when work handed in is accepted: each way without a deposit gets one, named
    ``title``."""
    for variant in find_step(document, step_id).variants:
        if not any(a.binding.kind is BindingKind.DEPOSIT for a in variant.activities):
            brings = (Brings(kind=EvidenceKind.ACCEPTED, way=Way.DEPOSIT, within_hours=72),)
            binding = Binding(kind=BindingKind.DEPOSIT, brings=brings)
            deposit = Activity(title=title, modality=Modality.OWN_PACE, binding=binding)
            document = add_activity(document, step_id, variant.id, deposit)
    return _also(document, step_id, EvidenceKind.ACCEPTED)


def read_partner_file(document: PathDocument, step_id: UUID, title: str = "") -> PathDocument:
    """Declare that a file of the partner will bring what the rule asks for and nothing else brings."""
    step = find_step(document, step_id)
    lacking = {c.kind for c in step.rule.conditions()} - {EvidenceKind.VALIDATED, EvidenceKind.ACCEPTED}
    for activity in step.activities():
        if activity.binding.kind in PARTNERS:
            kinds = lacking - {b.kind for b in activity.binding.brings}
            more = tuple(Brings(kind=k, way=Way.FILE, within_hours=FILE_HOURS) for k in sorted(kinds))
            binding = activity.binding.model_copy(update={"brings": (*activity.binding.brings, *more)})
            document = update_activity(document, step_id, activity.id, binding=binding)
    return document


#: What can be done at once from the checks, by name; each takes the document, the step and the title of what it adds.
ONE_CLICK: dict[str, Callable[[PathDocument, UUID, str], PathDocument]] = {
    "deposit_and_validation": accept_deposit,
    "trainer_validation": accept_validation,
    "seances": accept_attendance,
    "partner_file": read_partner_file,
}


def applicable(step: Step, remedy: str) -> bool:
    """Whether applying the remedy to this step changes anything for the better."""
    if remedy == "seances":
        return any(b.kind is EvidenceKind.ATTENDED for a in step.activities() for b in a.binding.brings)
    if remedy == "partner_file":
        return any(a.binding.kind in PARTNERS for a in step.activities())
    return remedy in ONE_CLICK and bool(step.variants)


def _also(document: PathDocument, step_id: UUID, kind: EvidenceKind) -> PathDocument:
    rule = or_else(find_step(document, step_id).rule, Condition(kind=kind))
    return update_step(document, step_id, rule=rule)
