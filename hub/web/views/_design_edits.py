"""The small forms of the path editor: each becomes one operation on the document. One table, ``EDITS``.

A parse function reads the request's form and gives the operation; what is wrong is left in ``form.errors``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from hub.domain.path import (
    Instructions,
    Need,
    PathDocument,
    Skill,
    SkillPrerequisite,
    Step,
    StepPrerequisite,
    Variant,
    Window,
)
from hub.services import paths_edit as op
from hub.services import paths_remedies
from hub.services.paths_edit import Operation
from hub.texts import _
from hub.web.forms import Form
from hub.web.views._design_rules import parse_rule

SKILL_ROWS = 20
References = Literal["rome", "rncp", "own"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a form asks for: the operation, the step to show afterwards, the place in the page."""

    operation: Operation
    step: UUID | None = None
    anchor: str = ""


Parse = Callable[[Form, PathDocument], Parsed]


def one_id(form: Form, name: str) -> UUID | None:
    """The id in a field; None, with a fault, when it holds none."""
    found = form.ids(name)
    if not found and name not in form.errors:
        form.errors.fault(name, "required")
    return found[0] if found else None


def _id(form: Form, name: str) -> UUID:
    """The id in a field; the nil id, with a fault, when it holds none: the operation then runs no more."""
    return one_id(form, name) or UUID(int=0)


def _number(form: Form, name: str, *, low: int, high: int) -> float | None:
    """A number that may have a decimal comma."""
    typed = form.text(name, longest=20).replace(",", ".")
    if not typed or name in form.errors:
        return None
    try:
        value = float(typed)
    except ValueError:
        form.errors.fault(name, "not_a_number")
        return None
    if not low <= value <= high:
        form.errors.fault(name, "out_of_range")
    return value


def _header(form: Form, document: PathDocument) -> Parsed:
    title = form.text("title", required=True, longest=200)
    objectives = form.text("objectives", longest=5000)
    earlier = form.flag("earlier_evidence")
    return Parsed(
        lambda d: op.set_header(d, title=title, objectives=objectives, earlier_evidence=earlier), anchor="plan"
    )


def _module_add(form: Form, document: PathDocument) -> Parsed:
    title = form.text("title", required=True, longest=200)
    return Parsed(lambda d: op.add_module(d, title), anchor="arrange")


def _module(form: Form, document: PathDocument) -> Parsed:
    module = _id(form, "module")
    title = form.text("title", required=True, longest=200)
    kind = form.choice("need", ("all", "count", "weight")) or "all"
    amount = _number(form, "amount", low=0, high=10_000) or 0
    if kind != "all" and not amount:
        form.errors.fault("amount", "required")
    need = Need(kind=cast(Literal["all", "count", "weight"], kind), amount=0 if kind == "all" else max(0, amount))
    return Parsed(lambda d: op.update_module(d, module, title=title, need=need), anchor=f"module-{module}")


def _module_move(form: Form, document: PathDocument) -> Parsed:
    module, by = _id(form, "module"), -1 if form.typed("by") == "-1" else 1

    def move(d: PathDocument) -> PathDocument:
        rank = next((i for i, m in enumerate(d.modules) if m.id == module), 0)
        return op.move_module(d, module, max(0, rank + by))

    return Parsed(move, anchor=f"module-{module}")


def _module_remove(form: Form, document: PathDocument) -> Parsed:
    module = _id(form, "module")
    return Parsed(lambda d: op.remove_module(d, module), anchor="arrange")


def _step_add(form: Form, document: PathDocument) -> Parsed:
    module = _id(form, "module")
    step = Step(title=form.text("title", required=True, longest=200))
    return Parsed(lambda d: op.add_step(d, module, step), step.id, "step")


def _step(form: Form, document: PathDocument) -> Parsed:
    step = _id(form, "step")
    fields: dict[str, Any] = {
        "title": form.text("title", required=True, longest=200),
        "plain": form.text("plain", longest=120),
        "objectives": form.text("objectives", longest=5000),
        "instructions": Instructions(**{n: form.text(n, longest=5000) for n in Instructions.model_fields}),
        "required": form.flag("required"),
        "window": _window(form),
        "valid_for_days": form.number("valid_for_days", low=1, high=36_500),
    }
    weight = _number(form, "weight", low=0, high=1000)
    if not form.errors:
        fields["weight"] = 1 if weight is None else weight
    return Parsed(lambda d: op.update_step(d, step, **fields), step, "step")


def _window(form: Form) -> Window:
    days = {n: form.number(n, low=0, high=10_000) for n in ("opens_after_days", "closes_after_days")}
    opens, closes = form.day("opens_on"), form.day("closes_on")
    if opens and closes and closes < opens:
        form.errors["closes_on"] = _("La fermeture est avant l’ouverture.")
    return Window(opens_on=opens, closes_on=closes, **days)


def _step_move(form: Form, document: PathDocument) -> Parsed:
    step, by = _id(form, "step"), form.typed("by")
    if by:
        return Parsed(lambda d: op.shift_step(d, step, -1 if by == "-1" else 1), anchor=f"line-{step}")
    module, rank = _id(form, "module"), form.number("rank", low=0)
    return Parsed(lambda d: op.move_step(d, step, module, 10_000 if rank is None else rank), anchor=f"line-{step}")


def _step_copy(form: Form, document: PathDocument) -> Parsed:
    step = _id(form, "step")
    return Parsed(lambda d: op.copy_step(d, step), step, "plan")


def _step_remove(form: Form, document: PathDocument) -> Parsed:
    step = _id(form, "step")
    return Parsed(lambda d: op.remove_step(d, step), anchor="plan")


def _rule(form: Form, document: PathDocument) -> Parsed:
    step = _id(form, "step")
    if form.errors:
        return Parsed(lambda d: d, step)
    rule = parse_rule(form, op.find_step(document, step))
    return Parsed(lambda d: op.update_step(d, step, rule=rule), step, "rule")


def _skills(form: Form, document: PathDocument) -> Parsed:
    step = _id(form, "step")
    skills = []
    for i in range(SKILL_ROWS):
        code, label = form.text(f"code-{i}", longest=40), form.text(f"label-{i}", longest=200)
        reference = form.choice(f"reference-{i}", ("rome", "rncp", "own")) or "own"
        if label and not code:
            form.errors.fault(f"code-{i}", "required")
        if code:
            skills.append(Skill(code=code, label=label or code, reference=cast(References, reference)))
    return Parsed(lambda d: op.update_step(d, step, skills=tuple(skills)), step, "skills")


def _prerequisite_add(form: Form, document: PathDocument) -> Parsed:
    step, wanted, skill = _id(form, "step"), form.typed("wanted"), form.text("skill", longest=40)
    if not wanted and not skill:
        form.errors.fault("wanted", "required")
    more: list[StepPrerequisite | SkillPrerequisite] = []
    if wanted:
        more += [StepPrerequisite(step_id=i) for i in form.ids("wanted")]
    if skill:
        more.append(SkillPrerequisite(skill=skill))

    def add(d: PathDocument) -> PathDocument:
        held = op.find_step(d, step).prerequisites
        return op.update_step(d, step, prerequisites=(*held, *(p for p in more if p not in held)))

    return Parsed(add, step, "prerequisites")


def _prerequisite_remove(form: Form, document: PathDocument) -> Parsed:
    step, rank = _id(form, "step"), form.number("rank", low=0, required=True)

    def remove(d: PathDocument) -> PathDocument:
        held = op.find_step(d, step).prerequisites
        return op.update_step(d, step, prerequisites=tuple(p for i, p in enumerate(held) if i != rank))

    return Parsed(remove, step, "prerequisites")


def _variant_add(form: Form, document: PathDocument) -> Parsed:
    step, variant = _id(form, "step"), Variant(title=form.text("title", longest=200))
    return Parsed(lambda d: op.add_variant(d, step, variant), step, f"way-{variant.id}")


def _variant(form: Form, document: PathDocument) -> Parsed:
    step, variant, title = _id(form, "step"), _id(form, "variant"), form.text("title", longest=200)
    return Parsed(lambda d: op.update_variant(d, step, variant, title=title), step, f"way-{variant}")


def _variant_move(form: Form, document: PathDocument) -> Parsed:
    step, variant, by = _id(form, "step"), _id(form, "variant"), -1 if form.typed("by") == "-1" else 1

    def move(d: PathDocument) -> PathDocument:
        ids = [v.id for v in op.find_step(d, step).variants]
        return op.move_variant(d, step, variant, max(0, ids.index(variant) + by) if variant in ids else 0)

    return Parsed(move, step, f"way-{variant}")


def _variant_remove(form: Form, document: PathDocument) -> Parsed:
    step, variant = _id(form, "step"), _id(form, "variant")
    return Parsed(lambda d: op.remove_variant(d, step, variant), step, "ways")


def _activity_move(form: Form, document: PathDocument) -> Parsed:
    step, activity, by = _id(form, "step"), _id(form, "activity"), -1 if form.typed("by") == "-1" else 1

    def move(d: PathDocument) -> PathDocument:
        for variant in op.find_step(d, step).variants:
            ids = [a.id for a in variant.activities]
            if activity in ids:
                return op.move_activity(d, step, activity, max(0, ids.index(activity) + by))
        raise op.PartNotFound("activity", activity)

    return Parsed(move, step, "ways")


def _activity_minutes(form: Form, document: PathDocument) -> Parsed:
    step, activity = _id(form, "step"), _id(form, "activity")
    minutes = form.number("minutes", low=0, high=100_000, required=True) or 0
    return Parsed(lambda d: op.update_activity(d, step, activity, minutes=minutes), step, f"activity-{activity}")


def _activity_remove(form: Form, document: PathDocument) -> Parsed:
    step, activity = _id(form, "step"), _id(form, "activity")
    return Parsed(lambda d: op.remove_activity(d, step, activity), step, "ways")


def _remedy(form: Form, document: PathDocument) -> Parsed:
    step, remedy = _id(form, "step"), form.choice("remedy", paths_remedies.ONE_CLICK, required=True)
    title = _("Travail à déposer")
    return Parsed(lambda d: paths_remedies.ONE_CLICK[remedy](d, step, title), step, "checks")


#: Name in the address -> how the form is read, and the label that the journal keeps.
EDITS: dict[str, tuple[Parse, str]] = {
    "header": (_header, "header"),
    "module-add": (_module_add, "module_added"),
    "module": (_module, "module_changed"),
    "module-move": (_module_move, "module_moved"),
    "module-remove": (_module_remove, "module_removed"),
    "step-add": (_step_add, "step_added"),
    "step": (_step, "step_changed"),
    "step-move": (_step_move, "step_moved"),
    "step-copy": (_step_copy, "step_copied"),
    "step-remove": (_step_remove, "step_removed"),
    "rule": (_rule, "rule_changed"),
    "skills": (_skills, "skills_changed"),
    "prerequisite-add": (_prerequisite_add, "prerequisites_changed"),
    "prerequisite-remove": (_prerequisite_remove, "prerequisites_changed"),
    "variant-add": (_variant_add, "variant_added"),
    "variant": (_variant, "variant_changed"),
    "variant-move": (_variant_move, "variant_moved"),
    "variant-remove": (_variant_remove, "variant_removed"),
    "activity-move": (_activity_move, "activity_moved"),
    "activity-minutes": (_activity_minutes, "activity_changed"),
    "activity-remove": (_activity_remove, "activity_removed"),
    "remedy": (_remedy, "remedy"),
}
