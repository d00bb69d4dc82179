"""Words for refused launches: what the learner does, what the administrator reads."""

from __future__ import annotations

from hub.texts import N_, gettext
from lti.errors import Code, LtiError

_AGAIN = N_("Retournez dans votre cours et ouvrez l’activité encore une fois.")
_WAIT = N_("Le lieu doit d’abord accepter ce cours. Dites-le à votre formateur, puis réessayez plus tard.")
_TELL = N_("Le lien entre votre plateforme et le hub est à revoir. Donnez ce numéro à votre formateur.")
_COOKIES = N_(
    "Votre navigateur bloque ce lien. Ouvrez l’activité dans une nouvelle fenêtre, ou avec un autre navigateur."
)
_LATER = N_("Votre plateforme ne répond pas. Attendez quelques minutes, puis réessayez.")

ADVICE: dict[Code, str] = {
    Code.STATE_ABSENT: _AGAIN,
    Code.STATE_UNKNOWN: _AGAIN,
    Code.STATE_EXPIRED: _AGAIN,
    Code.MESSAGE_REPLAYED: _AGAIN,
    Code.MESSAGE_EXPIRED: _AGAIN,
    Code.PLATFORM_ERROR: _AGAIN,
    Code.BROWSER_UNKNOWN: _COOKIES,
    Code.BROWSER_DIFFERENT: _COOKIES,
    Code.DEPLOYMENT_UNKNOWN: _WAIT,
    Code.KEY_SET_UNAVAILABLE: _LATER,
}

REASONS: dict[Code, str] = {
    Code.PLATFORM_UNKNOWN: N_("aucune plateforme enregistrée n’a cet émetteur (issuer)"),
    Code.CLIENT_UNKNOWN: N_("l’identifiant client (client id) ou la clé n’est pas enregistré"),
    Code.PLATFORM_AMBIGUOUS: N_(
        "plusieurs enregistrements ont cet émetteur : utilisez l’adresse de connexion de chacun"
    ),
    Code.TARGET_FOREIGN: N_("l’adresse à ouvrir (target link URI) n’est pas du hub"),
    Code.TARGET_INVALID: N_("l’adresse à ouvrir (target link URI) manque ou n’est pas du hub"),
    Code.STATE_UNKNOWN: N_("la réponse ne correspond à aucune demande du hub"),
    Code.STATE_EXPIRED: N_("la réponse est venue trop tard"),
    Code.BROWSER_UNKNOWN: N_("le navigateur n’a ni cookie ni stockage de la plateforme"),
    Code.BROWSER_DIFFERENT: N_("la réponse vient d’un autre navigateur que la demande"),
    Code.JWT_SIGNATURE_INVALID: N_("la signature du message n’est pas bonne"),
    Code.JWT_KEY_UNKNOWN: N_("la clé de signature n’est pas dans les clés publiées par la plateforme"),
    Code.ID_TOKEN_KID_MISSING: N_("le message ne dit pas quelle clé l’a signé"),
    Code.ID_TOKEN_ALGORITHM: N_("le message est signé par un autre algorithme que celui convenu"),
    Code.KEY_SET_UNAVAILABLE: N_("les clés de la plateforme ne sont pas lisibles à leur adresse"),
    Code.AUDIENCE_WRONG: N_("le message est adressé à un autre client id"),
    Code.MESSAGE_EXPIRED: N_("le message est trop vieux, ou l’horloge d’un des deux serveurs n’est pas à l’heure"),
    Code.ISSUED_IN_FUTURE: N_("le message vient du futur : l’horloge d’un des deux serveurs n’est pas à l’heure"),
    Code.MESSAGE_REPLAYED: N_("le message a déjà servi"),
    Code.DEPLOYMENT_UNKNOWN: N_("ce déploiement attend votre accord"),
    Code.PLATFORM_ERROR: N_("la plateforme a répondu par une erreur"),
    Code.PARAMETER_REPEATED: N_("un paramètre est envoyé deux fois"),
}


def advice_of(error: LtiError) -> str:
    """What the learner may do."""
    return gettext(ADVICE.get(error.code, _TELL))


def reason_of(error: LtiError) -> str:
    """What happened, for the journal of administrators, in the place's language; empty where the code says it all."""
    return gettext(REASONS[error.code]) if error.code in REASONS else ""
