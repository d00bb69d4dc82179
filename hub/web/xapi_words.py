"""Words of the sources' pages: scopes, and what to change after a refusal."""

from collections.abc import Mapping
from typing import Any, Final

from hub.services.xapi_sources import Scope
from hub.texts import N_, gettext

SCOPE_WORDS: Final[dict[Scope, str]] = {
    "statements/write": N_("Envoyer des traces (statements/write)"),
    "statements/read/mine": N_("Relire ses propres traces (statements/read/mine)"),
    "statements/read": N_("Lire toutes les traces du lieu (statements/read)"),
    "define": N_("Nommer les personnes et décrire les activités pour tout le lieu (define)"),
    "all/read": N_("Relire tout, sans rien envoyer (all/read)"),
    "state": N_("Garder l’état d’une activité, par exemple où reprendre (state)"),
    "profile": N_("Garder des réglages par personne ou par activité (profile)"),
    "all": N_("Tout ce qui précède (all)"),
}

_FORM = N_("Corrigez la valeur à l’endroit indiqué : elle n’a pas la forme que la norme demande.")
_ADVICE: Final[dict[str, str]] = {
    "unknown": N_("Vérifiez la clé dans les réglages de la plateforme qui envoie."),
    "token": N_("Le jeton d’accès n’est plus bon. La plateforme doit en demander un autre avec sa clé et son secret."),
    "expired": N_(
        "Le jeton d’accès a expiré. La plateforme doit en demander un autre, ce qu’elle fait d’habitude seule."
    ),
    "rate": N_("La source demande plus souvent que sa limite. Espacez les envois, ou relevez la limite ci-dessous."),
    "wrong_secret": N_("Le secret ne va pas avec la clé. Recopiez-le ; s’il est perdu, faites-en un nouveau ici."),
    "inactive": N_("Cette source est fermée. Rouvrez-la ici, ou arrêtez l’envoi sur l’autre plateforme."),
    "scope": N_("La source demande plus que ses droits. Cochez le droit qui manque ci-dessous, si c’est voulu."),
    "profile": N_("La trace ne suit pas le profil demandé à cette source. Corrigez-la à l’endroit indiqué."),
    "missing": N_("Il manque quelque chose à l’endroit indiqué : ajoutez-le."),
    "unknown_property": N_("La norme ne connaît pas ce nom. Retirez-le ou corrigez son orthographe."),
    "not_allowed": N_("La norme ne permet pas cela à cet endroit : retirez-le."),
    "identifier_count": N_("Désignez la personne d’une seule façon : adresse e-mail, compte ou OpenID, pas deux."),
    "repeated_key": N_("Le même nom vient deux fois : gardez-en un."),
    "repeated_id": N_("Deux traces du même envoi ont le même identifiant : donnez à chacune le sien."),
    "json": N_("Ce qui est envoyé n’est pas du JSON complet. L’envoi est peut-être coupé."),
    "encoding": N_("Envoyez du texte en UTF-8, sans compression et sans caractère nul."),
    "too_large": N_("L’envoi est trop lourd : envoyez moins de traces à la fois."),
    "too_many": N_("L’envoi est trop long : envoyez moins de traces à la fois."),
    "statement_conflict": N_("Cet identifiant est déjà pris par une autre trace. Une trace ne change jamais."),
    "void_forbidden": N_("Une source n’annule que ses propres traces. Demandez à qui a envoyé celle-ci."),
    "not_mergeable": N_("Seuls deux objets JSON se fusionnent. Remplacez le document entier (PUT)."),
    "precondition_failed": N_("Le document a changé entre-temps. La plateforme doit le relire, puis recommencer."),
    "precondition_needed": N_("La plateforme doit dire quelle version du document elle remplace (If-Match)."),
    "precondition_missing": N_("La plateforme doit envoyer If-Match ou If-None-Match."),
}

REPAIR_WORDS: Final[dict[str, str]] = {
    "group_activity": N_("Type d’activité « GroupActivity » d’Open edX, lu comme une activité"),
    "missing_id": N_(
        "Trace sans identifiant : il est tiré de son contenu, pour qu’un second envoi ne compte pas deux fois"
    ),
    "bare_uuid": N_("Activité nommée par un UUID seul, comme une épreuve d’Open edX : écrite « urn:uuid: »"),
    "no_scale": N_("Score de 0 sur 0, qui ne dit rien : laissé de côté"),
    "scaled": N_("Score ramené entre 0 et 1 d’après les points obtenus et le barème"),
}


def advice(refusal: Mapping[str, Any]) -> str:
    """What to change, in the reader's language, for a refusal as ``xapi_sources.note_refused`` keeps it."""
    return gettext(_ADVICE.get(str(refusal.get("code")), _FORM))
