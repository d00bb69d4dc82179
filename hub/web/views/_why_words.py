"""« Pourquoi ce n'est pas terminé ? » in everyday French: what is met, what is missing, what came and from where."""

from hub.domain.path import Condition, EvidenceKind, SkillPrerequisite, Step, StepPrerequisite
from hub.services.deposits import DepositView
from hub.services.journey import Journey, StepView
from hub.services.why import ConditionView, PieceOfEvidence, Why
from hub.texts import N_, _, translator
from hub.web.views._learner_words import locked_reason, skill_names

Item = tuple[bool | None, str]
"""(met, sentence); None: not known yet."""

KIND_WORDS: dict[str, str] = {
    "opened": N_("ouvert"),
    "completed": N_("terminé"),
    "passed": N_("réussi"),
    "score": N_("note"),
    "progress": N_("avancement"),
    "attended": N_("présence"),
    "deposited": N_("travail rendu"),
    "accepted": N_("travail accepté"),
    "validated": N_("validé"),
    "spent": N_("temps passé"),
}
NO_WORDS: dict[str, str] = {
    "completed": N_("pas terminé"),
    "passed": N_("pas réussi"),
    "attended": N_("absence"),
    "deposited": N_("travail retiré"),
    "accepted": N_("travail à reprendre"),
    "validated": N_("validation retirée"),
}


def items(answer: Why, view: StepView, journey: Journey, deposit: DepositView | None) -> list[Item]:
    """Every reason, in order: what must come before, when it opens, then each condition of the rule."""
    found = [*_before(view, journey)]
    if not view.access.missing_steps and not view.access.missing_skills:
        reason = locked_reason(view, journey)
        if reason:
            found.append((False, reason))
    found += [(c.met, _condition(answer.step, c, deposit)) for c in answer.conditions]
    if not answer.conditions:
        found.append((None, _("Une formatrice ou un formateur dira quand l’étape est terminée.")))
    return found


def _before(view: StepView, journey: Journey) -> list[Item]:
    found: list[Item] = []
    for wanted in view.step.prerequisites:
        if isinstance(wanted, StepPrerequisite):
            other = journey.by_step.get(wanted.step_id)
            title = other.step.title if other else ""
            met = wanted.step_id not in view.access.missing_steps
            if met:
                found.append((True, _("L’étape « %(step)s » est terminée.", step=title)))
            else:
                found.append((False, _("Il faut d’abord terminer « %(step)s ».", step=title)))
        elif isinstance(wanted, SkillPrerequisite):
            met = wanted.skill not in view.access.missing_skills
            name = skill_names(journey, [wanted.skill])[0]
            if met:
                found.append((True, _("L’autorisation « %(skill)s » est à jour.", skill=name)))
            else:
                found.append((False, _("Il faut l’autorisation « %(skill)s ».", skill=name)))
    return found


def _condition(step: Step, seen: ConditionView, deposit: DepositView | None) -> str:
    sentence = _met(step, seen) if seen.met else _missing(step, seen, deposit)
    if seen.met and seen.at:
        return _("%(sentence)s, %(day)s.", sentence=sentence, day=translator().day(seen.at))
    return f"{sentence}."


def _name(step: Step, condition: Condition) -> str:
    activity = next((a for a in step.activities() if a.id == condition.activity_id), None)
    return _("« %(title)s »", title=activity.title) if activity else _("l’activité")


def _asked(condition: Condition) -> str:
    if condition.at_least is None:
        return ""
    if condition.unit == "minutes":
        return translator().duration(condition.at_least)
    return translator().percent(condition.at_least)


def _met(step: Step, seen: ConditionView) -> str:
    name, have = _name(step, seen.condition), seen.have or 0.0
    match seen.condition.kind:
        case EvidenceKind.COMPLETED:
            return _("C’est fait : %(name)s est terminé", name=name)
        case EvidenceKind.PASSED:
            return _("C’est fait : %(name)s est réussi", name=name)
        case EvidenceKind.SCORE:
            return _("La note demandée est atteinte : %(have)s", have=translator().percent(have))
        case EvidenceKind.PROGRESS:
            return _("L’avancement demandé est atteint : %(have)s", have=translator().percent(have))
        case EvidenceKind.ATTENDED:
            return _("Votre présence est notée : %(time)s", time=translator().duration(have))
        case EvidenceKind.ACCEPTED:
            return _("Votre travail est accepté")
        case _:
            return _("L’étape est validée par une formatrice ou un formateur")


def _missing(step: Step, seen: ConditionView, deposit: DepositView | None) -> str:
    name, asked, have = _name(step, seen.condition), _asked(seen.condition), seen.have
    match seen.condition.kind:
        case EvidenceKind.COMPLETED:
            return _("Il manque : terminer %(name)s", name=name)
        case EvidenceKind.PASSED:
            return _("Il manque : réussir %(name)s", name=name)
        case EvidenceKind.SCORE if have is None:
            return _("Il manque : une note d’au moins %(asked)s. Aucune note n’est arrivée", asked=asked)
        case EvidenceKind.SCORE:
            best = translator().percent(have or 0)
            return _("Il manque : une note d’au moins %(asked)s. La meilleure est %(best)s", asked=asked, best=best)
        case EvidenceKind.PROGRESS:
            share = translator().percent(have or 0)
            return _("Il manque : avancer jusqu’à %(asked)s. Vous en êtes à %(share)s", asked=asked, share=share)
        case EvidenceKind.ATTENDED if asked:
            time = translator().duration(have or 0)
            return _("Il manque : votre présence (%(asked)s demandés). Notée : %(time)s", asked=asked, time=time)
        case EvidenceKind.ATTENDED:
            return _("Il manque : votre présence")
        case EvidenceKind.ACCEPTED:
            return _deposit_missing(deposit)
        case _:
            return _("Il manque : la validation d’une formatrice ou d’un formateur")


def _deposit_missing(deposit: DepositView | None) -> str:
    if deposit is None:
        return _("Il manque votre travail. Rien n’a été reçu")
    if deposit.deposit.state == "returned":
        return _("Votre travail est à reprendre : lisez le mot de %(name)s", name=deposit.answered_by or _("l’équipe"))
    when = translator().moment(deposit.deposit.handed_in_at)
    name = deposit.trainer or _("l’équipe")
    return _("Il manque l’accord de %(name)s sur votre travail, rendu %(when)s", name=name, when=when)


def fact_words(kind: str, value: float | None, minutes: float | None) -> str:
    """« note 82 % », « présence 3 h 30 », « terminé »: what one piece of evidence says."""
    say = translator()
    if kind in ("score", "progress"):
        word = say.gettext(KIND_WORDS[kind])
        return word if value is None else f"{word} {say.percent(value)}"
    denied = value is not None and value <= 0
    word = say.gettext((NO_WORDS if denied and kind in NO_WORDS else KIND_WORDS).get(kind, kind))
    return f"{word} {say.duration(minutes)}" if minutes and not denied else word


def evidence_line(piece: PieceOfEvidence) -> tuple[str, str, str]:
    """(what, where it comes from, when) of a piece of evidence of the step."""
    said_by = piece.said_by if piece.said_by and piece.said_by != "hub" else _("le hub")
    what = fact_words(piece.kind, piece.value, piece.minutes)
    return f"{piece.activity} : {what}", said_by, translator().moment(piece.at)
