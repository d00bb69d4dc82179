"""The rule editor: a completion rule as rows of a form that read as a sentence, and back."""

from dataclasses import dataclass
from uuid import UUID

from hub.domain.path import Condition, EvidenceKind, Rule, Step
from hub.services.paths_words import rule_sentence
from hub.texts import N_, _, translator
from hub.web.forms import Form

#: Row choices in the order shown: value, words, whether an amount is asked for, and its unit.
PHRASES: tuple[tuple[str, str, str], ...] = (
    ("completed", N_("le contenu est terminé"), ""),
    ("passed", N_("le quiz est réussi"), ""),
    ("score", N_("la note atteint…"), "%"),
    ("progress", N_("l’avancement atteint…"), "%"),
    ("attended", N_("la personne est venue"), ""),
    ("attended_share", N_("la présence, en part du temps prévu, atteint…"), "%"),
    ("attended_minutes", N_("la présence, en minutes, atteint…"), "min"),
    ("accepted", N_("un travail déposé est accepté"), ""),
    ("validated", N_("une formatrice ou un formateur l’a validée"), ""),
)
UNITS = {value: unit for value, _words, unit in PHRASES}
LONGEST = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the editor. ``group``: a nested rule, shown as a sentence and kept or removed whole."""

    index: int
    phrase: str = ""
    amount: str = ""
    activity: str = ""
    group: str = ""


def phrases() -> list[tuple[str, str]]:
    """Choices of a row's first field, translated."""
    return [(value, _(words)) for value, words, _unit in PHRASES]


def rows_of(step: Step) -> list[Row]:
    """The rule as rows, and an empty one to add a condition."""
    rows = [
        Row(i, group=rule_sentence(step, term)) if isinstance(term, Rule) else _row(i, term)
        for i, term in enumerate(step.rule.terms)
    ]
    return [*rows, Row(len(rows))]


def typed_rows(form: Form, step: Step) -> list[Row]:
    """The rows as they were typed, for a form that comes back with errors."""
    kept = rows_of(step)
    rows = []
    for i in range(_count(form)):
        if form.typed(f"group-{i}"):
            rows.append(next((r for r in kept if r.index == i), Row(i)))
        else:
            typed = (form.typed(f"phrase-{i}"), form.typed(f"amount-{i}"), form.typed(f"activity-{i}"))
            rows.append(Row(i, *typed))
    return rows


def parse_rule(form: Form, step: Step) -> Rule:
    """The rule that the form says; faults are left in ``form.errors`` under ``amount-<row>`` and ``phrase-<row>``."""
    mode = form.choice("mode", ("all", "any"))
    terms: list[Condition | Rule] = []
    for i in range(_count(form)):
        if form.typed(f"group-{i}"):
            if not form.flag(f"drop-{i}") and i < len(step.rule.terms):
                terms.append(step.rule.terms[i])
            continue
        phrase = form.choice(f"phrase-{i}", UNITS)
        if phrase:
            terms.append(_condition(form, i, phrase, step))
    return Rule(mode="any" if mode == "any" else "all", terms=tuple(terms))


def _count(form: Form) -> int:
    return next(
        (i for i in range(LONGEST) if f"{form.typed(f'phrase-{i}', '?')}{form.typed(f'group-{i}')}" == "?"), LONGEST
    )


def _condition(form: Form, i: int, phrase: str, step: Step) -> Condition:
    kind, _sep, unit = phrase.partition("_")
    amount = None
    if UNITS[phrase]:
        number = form.number(f"amount-{i}", low=0, high=100 if UNITS[phrase] == "%" else 100_000, required=True)
        amount = None if number is None else number / 100 if UNITS[phrase] == "%" else float(number)
    named = form.choice(f"activity-{i}", [str(a.id) for a in step.activities()])
    return Condition(
        kind=EvidenceKind(kind),
        at_least=amount,
        unit="minutes" if unit == "minutes" else "share",
        activity_id=UUID(named) if named else None,
    )


def _row(index: int, condition: Condition) -> Row:
    phrase = condition.kind.value
    amount = ""
    if condition.kind is EvidenceKind.ATTENDED and condition.at_least is not None:
        phrase = f"attended_{condition.unit}"
    if UNITS.get(phrase) and condition.at_least is not None:
        shown = condition.at_least * 100 if UNITS[phrase] == "%" else condition.at_least
        amount = translator().number(shown, 0)
    return Row(index, phrase, amount, str(condition.activity_id or ""))
