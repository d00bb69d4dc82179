"""What a learner is told of a step in everyday French: why it is locked, what it waits for, how far it is."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from hub.domain.access import Access, Display
from hub.domain.advice import Reason
from hub.domain.path import Modality, Step
from hub.domain.roles import Role
from hub.services.journey import Journey, StepView
from hub.services.why import PlatformReading
from hub.texts import N_, _, ngettext, translator
from hub.web.ui.chips import modality_word

ROLE_NAMES: dict[Role, str] = {
    "trainer": N_("formation"),
    "mediator": N_("médiation"),
    "administrator": N_("administration du lieu"),
}

PRO_WORDS: dict[Reason, str] = {
    Reason.HAS_COMPUTER: N_("Vous avez un ordinateur."),
    Reason.PHONE_SUFFICES: N_("Votre téléphone suffit."),
    Reason.LIGHT: N_("Peu de données : cela passe sur une connexion lente."),
    Reason.HELP_ON_SITE: N_("Quelqu’un est là pour vous aider."),
    Reason.EQUIPMENT_ON_SITE: N_("Le matériel est fourni sur place."),
    Reason.OWN_HOURS: N_("Vous choisissez vos heures."),
    Reason.SOMEONE_ANSWERS: N_("Quelqu’un répond tout de suite."),
    Reason.ADAPTATION_MET: N_("C’est ce que vous avez demandé."),
}
CON_WORDS: dict[Reason, str] = {
    Reason.NEEDS_COMPUTER: N_("Il faut un ordinateur : il y en a sur place."),
    Reason.PHONE_DIFFICULT: N_("Sur téléphone, c’est difficile."),
    Reason.LINE_TOO_SLOW: N_("Votre connexion est lente : prévoyez le wifi du lieu."),
    Reason.NO_CAMERA: N_("Il faut une caméra."),
    Reason.TRAVEL_HARD: N_("Il faut venir sur place."),
    Reason.FIXED_HOURS: N_("Les heures sont fixées."),
    Reason.OVER_PLAN: N_("Cela dépasse votre plan convenu."),
}


def locked_reason(view: StepView, journey: Journey) -> str:
    """Why a step cannot be entered now: what is missing, when it opens, when it closed. Empty for an open one."""
    state = view.access
    if state.access is Access.LOCKED:
        names = [_("« %(step)s »", step=journey.by_step[s].step.title) for s in state.missing_steps]
        parts = [_("Terminez d’abord %(steps)s.", steps=translator().enumeration(names))] if names else []
        if state.missing_skills:
            skills = translator().enumeration(skill_names(journey, state.missing_skills))
            parts.append(_("Il faut une autorisation à jour : %(skills)s.", skills=skills))
        return " ".join(parts)
    if state.access is Access.NOT_YET_OPEN and state.opens_on:
        return _("Ouvre %(day)s.", day=translator().day(state.opens_on))
    if state.access is Access.CLOSED and state.closes_on:
        day = translator().day(state.closes_on)
        return _("Fermée depuis %(day)s. Demandez à la personne qui vous accompagne.", day=day)
    return ""


def skill_names(journey: Journey, codes: Iterable[str]) -> list[str]:
    """Labels of skills as the path writes them; the code where no step of it grants the skill."""
    labels = {skill.code: skill.label for step in journey.document.steps() for skill in step.skills}
    return [labels.get(code, code) for code in codes]


def state_of(view: StepView) -> tuple[str, str | None]:
    """(state of the sprite, fuller word or None)."""
    if view.display is Display.CLOSED:
        return "locked", _("fermée")
    if view.display is Display.NOT_OPEN and view.access.opens_on:
        return "not_open", _("ouvre le %(day)s", day=translator().plain_date(view.access.opens_on))
    return view.display.value, None


def short_reason(view: StepView, journey: Journey, readings: Iterable[PlatformReading] = ()) -> str:
    """One sentence under a station of the map."""
    if view.display is Display.DONE:
        return _("Valable jusqu’au %(day)s.", day=_day(view.expires_on)) if view.expires_on else ""
    if view.display is Display.WAIVED:
        return str((view.waiver or {}).get("why") or "")
    if view.display is Display.CHECK:
        return _("Un résultat a baissé. Une personne regarde.")
    if view.display is Display.AWAITING:
        return awaiting_words(view) if view.deposit == "handed_in" else reading_words(readings)
    if view.display is Display.REDO and view.deposit == "returned":
        return _("Votre travail est à reprendre.")
    reason = locked_reason(view, journey)
    if not reason and view.access.closes_on and not view.done:
        return _("À faire avant le %(day)s.", day=_day(view.access.closes_on))
    return reason


def _day(day: date) -> str:
    return translator().plain_date(day)


def opened_words(view: StepView) -> str:
    """When the step was opened through the hub or first seen elsewhere; never "pas commencé" for such a step."""
    opened = view.launched_at or view.opened_at
    return _("Ouvert %(when)s.", when=translator().moment(opened)) if opened else ""


def awaiting_words(view: StepView) -> str:
    """What the learner did that is not confirmed yet."""
    say = translator().moment
    if view.deposit == "handed_in":
        return _("Votre travail est rendu. Il attend une réponse.")
    if view.claimed_at:
        return _("Vous avez dit avoir terminé %(when)s.", when=say(view.claimed_at))
    return opened_words(view)


def reading_words(readings: Iterable[PlatformReading]) -> str:
    """When the platforms were last read and when they will be again."""
    return " ".join(capital(_reading(reading)) for reading in readings)


def capital(text: str) -> str:
    """The sentence with its first letter as a capital: names of platforms may begin with an article."""
    return text[:1].upper() + text[1:]


def _reading(reading: PlatformReading) -> str:
    say, here = translator().moment, translator().now()
    due = reading.next_read_at if reading.next_read_at and reading.next_read_at > here else None
    if reading.last_read_at is None:
        if due is None:
            return _("%(site)s n’a pas encore été lu.", site=reading.name)
        return _("%(site)s n’a pas encore été lu ; il le sera %(next)s.", site=reading.name, next=say(due))
    last = say(reading.last_read_at)
    if due is None:
        return _("%(site)s a été lu %(last)s ; il le sera bientôt de nouveau.", site=reading.name, last=last)
    return _(
        "%(site)s a été lu %(last)s ; il le sera de nouveau %(next)s.", site=reading.name, last=last, next=say(due)
    )


def counts_words(journey: Journey) -> str:
    """« 2 étapes terminées, 1 dispense, 1 à vérifier »."""
    done, waived = journey.count(Display.DONE), journey.count(Display.WAIVED)
    check, waiting = journey.count(Display.CHECK), journey.count(Display.AWAITING)
    parts = [ngettext("%(num)s étape terminée", "%(num)s étapes terminées", done)]
    if waived:
        parts.append(ngettext("%(num)s dispense", "%(num)s dispenses", waived))
    if check:
        parts.append(_("%(num)s à vérifier", num=translator().number(check)))
    if waiting:
        parts.append(_("%(num)s en attente", num=translator().number(waiting)))
    return ", ".join(parts)


def limit_words(limits: Iterable[Mapping[str, object]]) -> list[str]:
    """The limits of the agreed plan that a way breaks: modality, how much it asks for, how much is left."""
    return [_limit(str(it["modality"]), _minutes(it["wanted"]), _minutes(it["left"])) for it in limits]


def _limit(modality: str, wanted: float, left: float) -> str:
    say, how = translator().duration, modality_word(modality)
    if left <= 0:
        return _("Cette façon demande %(wanted)s %(how)s ; votre plan convenu n’en prévoit plus.", wanted=say(wanted),
                 how=how)  # fmt: skip
    return _(
        "Cette façon demande %(wanted)s %(how)s ; votre plan convenu en laisse %(left)s.",
        wanted=say(wanted), how=how, left=say(left),
    )  # fmt: skip


def _minutes(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def over_plan_words(step: Step, variant_id: UUID, left: Mapping[Modality, int]) -> list[str]:
    """The same for a way that was not asked for yet."""
    variant = step.variant(variant_id)
    wanted: dict[Modality, int] = {}
    for activity in variant.activities if variant else ():
        wanted[activity.modality] = wanted.get(activity.modality, 0) + activity.minutes
    return limit_words(
        {"modality": m.value, "wanted": minutes, "left": left.get(m, 0)}
        for m, minutes in wanted.items()
        if minutes > left.get(m, 0)
    )
