"""What a trainer is told of a learner's step, in everyday French: state, rule, what came, the likely cause."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from hub.domain.access import Access, Display
from hub.domain.path import Activity, Condition, EvidenceKind, Step, Way
from hub.domain.progress import DONE, Result
from hub.services.journey import Journey, StepView
from hub.services.validation import Act, Fall
from hub.services.why import ConditionView, Why
from hub.texts import N_, translator
from hub.texts import gettext as _
from hub.web.ui.chips import state_word
from hub.web.views._learner_words import skill_names

RESULT_WORDS: dict[Result, str] = {
    Result.NONE: N_("rien reçu"),
    Result.IN_PROGRESS: N_("en cours"),
    Result.COMPLETED: N_("terminé"),
    Result.PASSED: N_("réussi"),
    Result.FAILED: N_("non réussi"),
    Result.WAIVED: N_("dispense"),
}
ACT_WORDS = {
    "step.validate": N_("a validé l’étape"),
    "step.refuse": N_("n’a pas validé l’étape"),
    "waiver.grant": N_("a accordé une dispense"),
    "waiver.withdraw": N_("a retiré la dispense"),
    "fall.acknowledge": N_("a vérifié une baisse"),
    "variant.choose": N_("a changé de façon"),
    "variant.ask": N_("a demandé une autre façon"),
    "variant.refuse": N_("a refusé une autre façon"),
    "enrolment.create": N_("a fait l’inscription"),
    "enrolment.end": N_("a clos l’inscription"),
    "enrolment.migrate": N_("a fait passer à la nouvelle version"),
    "deposit.accept": N_("a accepté un travail"),
    "deposit.return": N_("a rendu un travail à reprendre"),
    "claim.refuse": N_("a répondu que l’étape n’est pas terminée"),
    "hours.own": N_("a changé le compte des heures"),
}
REASON_WORDS = {
    "ill_told": N_("A prévenu : maladie"),
    "transport_told": N_("A prévenu : transport"),
    "other_told": N_("A prévenu : autre raison"),
    "no_news": N_("Sans nouvelles"),
}
HALF_DAY_WORDS = {"am": N_("Matin"), "pm": N_("Après-midi")}
PRESENCE_WORDS = {"present": N_("présent"), "partial": N_("présent en partie"), "absent": N_("absent")}
MODE_WORDS = {"room": N_("en salle"), "screen": N_("à l’écran")}
_MOST_SILENT = timedelta(hours=48)


def display_state(display: Display) -> str:
    """The state of the sprite; a closed step has the padlock."""
    return "locked" if display is Display.CLOSED else display.value


def display_word(display: Display) -> str:
    """The word of a state."""
    return _("fermée") if display is Display.CLOSED else state_word(display.value)


def act_word(act: Act) -> str:
    """What somebody did, as the end of a sentence that their name begins."""
    return _(ACT_WORDS[act.act]) if act.act in ACT_WORDS else act.act


def access_words(view: StepView, journey: Journey) -> str:
    """Why the learner cannot enter the step now; empty for an open one."""
    state = view.access
    if state.access is Access.LOCKED:
        names = [_("« %(step)s »", step=journey.by_step[s].step.title) for s in state.missing_steps]
        names += [_("l’autorisation « %(skill)s »", skill=n) for n in skill_names(journey, state.missing_skills)]
        return _("Attend : %(what)s.", what=translator().enumeration(names))
    if state.access is Access.NOT_YET_OPEN and state.opens_on:
        return _("Ouvre %(day)s.", day=translator().day(state.opens_on))
    if state.access is Access.CLOSED and state.closes_on:
        return _("Fermée depuis %(day)s.", day=translator().day(state.closes_on))
    return ""


def fall_words(fall: Fall) -> str:
    """Old and new: « réussi, 82 % » became « non réussi, 58 % »."""
    return _(
        "Avant : %(old)s. Maintenant : %(new)s.", old=_was(fall.old, fall.old_score), new=_was(fall.new, fall.new_score)
    )


def _was(result: Result, score: float | None) -> str:
    word = _(RESULT_WORDS[result])
    return f"{word}, {translator().percent(score)}" if score is not None else word


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the panel: ``met`` True, False or None (not known yet)."""

    met: bool | None
    text: str


def findings(answer: Why, view: StepView, journey: Journey) -> list[Finding]:
    """What was seen of the step: access, opening, then each condition."""
    say = translator().moment
    found: list[Finding] = []
    if words := access_words(view, journey):
        found.append(Finding(False, words))
    opened = view.launched_at or view.opened_at
    if opened:
        found.append(Finding(True, _("Ouvert %(when)s.", when=say(opened))))
    elif view.result is Result.NONE and not view.done:
        found.append(Finding(False, _("Rien n’a été ouvert depuis le hub.")))
    if view.claimed_at:
        found.append(Finding(None, _("« J’ai terminé », dit %(when)s.", when=say(view.claimed_at))))
    found += [Finding(c.met, condition_words(answer.step, c)) for c in answer.conditions]
    return found


def condition_words(step: Step, seen: ConditionView) -> str:
    """One condition: what was asked, what came."""
    asked, came = _asked(step, seen.condition), _came(seen)
    if seen.met and seen.at:
        return _("%(asked)s : oui, %(came)s (%(when)s).", asked=asked, came=came, when=translator().moment(seen.at))
    return _("%(asked)s : %(came)s.", asked=asked, came=came)


def _asked(step: Step, condition: Condition) -> str:
    words = {
        EvidenceKind.COMPLETED: N_("Activité terminée"),
        EvidenceKind.PASSED: N_("Activité réussie"),
        EvidenceKind.SCORE: N_("Note"),
        EvidenceKind.PROGRESS: N_("Avancement"),
        EvidenceKind.ATTENDED: N_("Présence"),
        EvidenceKind.ACCEPTED: N_("Travail accepté"),
        EvidenceKind.VALIDATED: N_("Validation par une formatrice ou un formateur"),
    }
    text = _(words[condition.kind])
    activity = next((a for a in step.activities() if a.id == condition.activity_id), None)
    if activity is not None:
        text = _("%(what)s, « %(title)s »", what=text, title=activity.title)
    if condition.at_least is None:
        return text
    say = translator()
    least = say.duration(condition.at_least) if condition.unit == "minutes" else say.percent(condition.at_least)
    return _("%(what)s d’au moins %(least)s", what=text, least=least)


def _came(seen: ConditionView) -> str:
    if seen.have is None or (seen.condition.kind is EvidenceKind.ATTENDED and not seen.have):
        return _("rien reçu")
    if seen.condition.kind is EvidenceKind.ATTENDED:
        return translator().duration(seen.have)
    if seen.condition.kind in (EvidenceKind.SCORE, EvidenceKind.PROGRESS):
        return translator().percent(seen.have)
    return _("reçu") if seen.have >= 1 else _("dit non")


def likely_cause(answer: Why, view: StepView, fall: Fall | None) -> str:
    """The most likely reason, from what is known; empty for a step that is done."""
    if view.result in DONE:
        return ""
    if fall is not None:
        return _("Un résultat a baissé à la source, ou y a été effacé.")
    if view.access.access is Access.LOCKED:
        return _("Ce qui vient avant n’est pas terminé.")
    broken = [p for p in answer.platforms if p.error]
    if broken:
        names = translator().enumeration(p.name for p in broken)
        return _("Le hub n’arrive pas à lire %(sites)s. L’administrateur le voit dans les plateformes.", sites=names)
    if view.deposit == "handed_in":
        return _("Un travail rendu attend une réponse.")
    if view.deposit == "returned":
        return _("Le travail est à reprendre par la personne.")
    opened = view.launched_at or view.opened_at
    if opened is None and view.result is Result.NONE:
        return _("La personne n’a pas encore commencé, ou pas depuis le hub.")
    stale = [p for p in answer.platforms if p.last_read_at is None or (opened and p.last_read_at < opened)]
    if stale and _by_web_services(answer.step.activities()):
        return _("La plateforme n’a pas encore été lue depuis l’ouverture.")
    if view.result is Result.FAILED:
        return _("Le résultat est sous le seuil demandé : un nouvel essai, ou une autre façon.")
    if opened and translator().now() - opened > _MOST_SILENT and not answer.evidence:
        return _("Ouvert, mais rien n’est revenu : le compte de la personne n’est peut-être pas relié.")
    return _("L’étape est commencée, il en manque une partie.")


def _by_web_services(activities: Iterable[Activity]) -> bool:
    return any(b.way is Way.WEB_SERVICES for a in activities for b in a.binding.brings)
