"""A path's rules in the words of everyday (UI: no protocol word). Texts are those of the present translator."""

from __future__ import annotations

from hub.domain.path import Condition, EvidenceKind, Rule, Step
from hub.texts import _, translator


def rule_sentence(step: Step, rule: Rule | None = None) -> str:
    """When the step is complete, as the end of a sentence: « le quiz est réussi ou une formatrice l’a validée ».

    Without a condition, says that nothing completes the step.
    """
    asked = step.rule if rule is None else rule
    if not asked.terms:
        return _("aucune condition n’est encore choisie")
    return _joined(step, asked)


def condition_phrase(step: Step, condition: Condition) -> str:
    """One condition in words; the activity is named when the condition speaks of one of several."""
    activity = next((a for a in step.activities() if a.id == condition.activity_id), None)
    named = activity.title if activity else ""
    if condition.activity_id and activity is None:
        named = _("une activité retirée")
    return _with_name(condition, named) if named else _plain(condition)


def _joined(step: Step, rule: Rule) -> str:
    parts = []
    for term in rule.terms:
        if isinstance(term, Condition):
            parts.append(condition_phrase(step, term))
        elif len(term.terms) > 1:
            parts.append(f"({_joined(step, term)})")
        else:
            parts.append(rule_sentence(step, term))
    return translator().enumeration(parts) if rule.mode == "all" else translator().enumeration(parts, "or")


def _share(condition: Condition, default: float = 0.0) -> str:
    return translator().percent(condition.at_least if condition.at_least is not None else default)


def _presence(condition: Condition) -> str:
    if condition.at_least is None:
        return ""
    if condition.unit == "minutes":
        return translator().duration(condition.at_least)
    return _("%(share)s du temps prévu", share=_share(condition))


def _plain(condition: Condition) -> str:
    match condition.kind:
        case EvidenceKind.COMPLETED:
            return _("le contenu est terminé")
        case EvidenceKind.PASSED:
            return _("le quiz est réussi")
        case EvidenceKind.SCORE:
            return _("la note atteint %(share)s", share=_share(condition))
        case EvidenceKind.PROGRESS:
            return _("l’avancement atteint %(share)s", share=_share(condition, 1.0))
        case EvidenceKind.ATTENDED if condition.at_least is None:
            return _("la personne est venue")
        case EvidenceKind.ATTENDED:
            return _("la présence atteint %(amount)s", amount=_presence(condition))
        case EvidenceKind.ACCEPTED:
            return _("le travail déposé est accepté")
        case _:
            return _("une formatrice ou un formateur l’a validée")


def _with_name(condition: Condition, name: str) -> str:
    match condition.kind:
        case EvidenceKind.COMPLETED:
            return _("« %(name)s » est terminé", name=name)
        case EvidenceKind.PASSED:
            return _("« %(name)s » est réussi", name=name)
        case EvidenceKind.SCORE:
            return _("la note de « %(name)s » atteint %(share)s", name=name, share=_share(condition))
        case EvidenceKind.PROGRESS:
            return _("l’avancement de « %(name)s » atteint %(share)s", name=name, share=_share(condition, 1.0))
        case EvidenceKind.ATTENDED if condition.at_least is None:
            return _("la personne est venue à « %(name)s »", name=name)
        case EvidenceKind.ATTENDED:
            return _("la présence à « %(name)s » atteint %(amount)s", name=name, amount=_presence(condition))
        case EvidenceKind.ACCEPTED:
            return _("le travail déposé pour « %(name)s » est accepté", name=name)
        case _:
            return _("une formatrice ou un formateur a validé « %(name)s »", name=name)
