"""Words of the choices on the pages of an account: value -> French text."""

from collections.abc import Mapping

from hub.texts import N_, gettext

DEVICES = {
    "computer": N_("Un ordinateur à moi"),
    "shared": N_("Un ordinateur partagé"),
    "phone": N_("Un téléphone seulement"),
    "none": N_("Rien pour le moment"),
}
LINES = {
    "good": N_("Bonne connexion"),
    "poor": N_("Connexion lente ou peu de données"),
    "none": N_("Pas d’internet chez moi"),
}
TRAVELS = {"easy": N_("Je viens facilement"), "hard": N_("Venir est difficile")}
HOURS = {
    "day": N_("En journée"),
    "evening": N_("Plutôt le soir"),
    "irregular": N_("Cela change d’une semaine à l’autre"),
}
ADAPTATIONS = {
    "on_site": N_("Être sur place, avec quelqu’un"),
    "own_pace": N_("Avancer à mon rythme"),
    "more_time": N_("Avoir plus de temps"),
    "breaks": N_("Avoir plus de pauses"),
    "large_text": N_("Des textes plus grands"),
    "captions": N_("Des sous-titres"),
    "easy_words": N_("Des mots simples"),
    "read_aloud": N_("Écouter plutôt que lire"),
    "step_free": N_("Un accès sans marche"),
}
ROLE_WORDS = {
    "learner": N_("en formation"),
    "trainer": N_("formation"),
    "designer": N_("conception des parcours"),
    "mediator": N_("médiation"),
    "administrator": N_("administration"),
    "tutor": N_("tutorat"),
    "prescriber": N_("prescription"),
    "auditor": N_("contrôle"),
}
SESSION_WORDS = {
    "password": N_("avec un mot de passe"),
    "link": N_("avec un lien"),
    "card": N_("avec une carte"),
    "lti": N_("depuis un autre site"),
    "oidc": N_("avec le compte de votre organisme"),
    "second": N_("avec une seconde preuve"),
    "lti_proved": N_("depuis un autre site"),
}
COUNT_WORDS = {
    "attendance": N_("Présences aux séances"),
    "launches": N_("Étapes ouvertes"),
    "attempts": N_("Essais de contenus"),
    "contents": N_("Repères que des contenus gardent d’un module à l’autre"),
    "help_requests": N_("Demandes d’aide"),
    "deposits": N_("Travaux rendus"),
    "claims": N_("« J’ai terminé »"),
}
ENROLMENT_WORDS = {
    "active": N_("en cours"),
    "paused": N_("en pause"),
    "completed": N_("terminé"),
    "ended": N_("fini"),
    "abandoned": N_("arrêté"),
}


def choices(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """(value, text in the reader's language), as the macros of forms take them."""
    return [(value, gettext(text)) for value, text in words.items()]


def word(words: Mapping[str, str], value: str) -> str:
    """The text of ``value``; the value itself where the table has none."""
    return gettext(words[value]) if value in words else value
