"""The words of the doctor: French msgids that name things as Open edX's own administration does (in English)."""

from collections.abc import Mapping

from connectors import errors
from connectors import unreachable as findings
from connectors.declaration import N_
from connectors.errors import ConnectorError
from connectors.openedx import routes
from connectors.records import Symptom, SymptomLevel
from connectors.unreachable import Words

SITE = N_("La plateforme répond : %(name)s ; le hub y est %(account)s.")
COURSES = N_("Le compte du hub voit %(count)s cours.")
NO_COURSE = N_("Le compte du hub ne voit aucun cours.")
ASK_COURSES = N_(
    "Vérifiez que les cours sont visibles dans le catalogue (Studio > Settings > Advanced Settings > Course "
    "Visibility In Catalog : both), et le sigle d’organisation que le hub a reçu."
)
ENROLMENTS = N_("Le compte du hub ne peut pas lire les inscriptions.")
ASK_STAFF = N_(
    "Admin de Django du LMS (/admin/auth/user/) : pour le compte du hub, cochez « Staff status » (global staff). Sans "
    "ce droit, /api/enrollment/v1/enrollments répond 403 et le hub ne peut inscrire personne."
)
ACCOUNTS = N_("Les noms et les adresses e-mail des apprenants sont cachés au hub.")
GRADES = N_("Le compte du hub ne peut pas lire les notes des cours.")
ASK_GRADES = N_(
    "Application OAuth du hub (/admin/oauth2_provider/application/) : si elle est « restricted », ajoutez la portée "
    "grades:read et le filtre de l’organisation (/admin/oauth_dispatch/applicationaccess/). Donnez au compte le rôle "
    "Staff des cours (Instructor > Membership > Course Team), ou global staff."
)
GRADEBOOK = N_("Le carnet de notes est fermé au hub : il lit la note du cours, pas celles de ses parties.")
ASK_GRADEBOOK = N_(
    "Admin de Django, Waffle flags : créez grades.writable_gradebook pour ces cours ou pour tous (Everyone : Yes)."
)
BLOCKS = N_("Le compte du hub ne peut pas lire le contenu des cours.")
ASK_BLOCKS = N_(
    "Donnez au compte du hub le rôle Staff des cours (Instructor > Membership > Course Team), ou global staff : "
    "/api/courses/v1/blocks/?all_blocks=true le demande."
)
ENDPOINT = N_("La plateforme n’a pas la route %(route)s.")
ASK_ENDPOINT = N_(
    "Dites-nous la version d’Open edX (edition) ; vérifiez que le LMS, et non Studio ou la vitrine (Richie, MFE), est "
    "à l’adresse donnée, et que cette route n’est pas coupée par votre serveur."
)
CLOCK = N_("L’horloge du site a %(minutes)s minutes d’écart avec celle du hub.")
ASK_CLOCK = N_("Réglez l’horloge du serveur (NTP) : les jetons du hub en dépendent.")
IDENTITY = N_(
    "Si le LMS envoie aussi ses traces (event-routing-backends), elles nomment les personnes par un numéro que le hub "
    "ne peut pas lire ici."
)
ASK_IDENTITY = N_(
    "Réglage XAPI_AGENT_IFI_TYPE du LMS : mbox ou mbox_sha1sum, pour que traces et inscriptions soient d’une même "
    "personne."
)
ALL = N_("Le compte du hub a tous les droits utiles.")

PER_ROUTE = {
    routes.ENROLMENTS: (SymptomLevel.MISSING, "right", ENROLMENTS, ASK_STAFF),
    routes.ACCOUNTS: (SymptomLevel.MISSING, "identity", ACCOUNTS, ASK_STAFF),
    routes.GRADES: (SymptomLevel.MISSING, "scope", GRADES, ASK_GRADES),
    routes.GRADEBOOK: (SymptomLevel.ADVICE, "gradebook", GRADEBOOK, ASK_GRADEBOOK),
    routes.BLOCKS: (SymptomLevel.MISSING, "right", BLOCKS, ASK_BLOCKS),
    routes.COURSES: (SymptomLevel.FAULT, "courses", NO_COURSE, ASK_COURSES),
}
"""What the refusal of a route means."""

_OWN: Mapping[type[ConnectorError], Words | str] = {
    errors.InvalidToken: (
        "token",
        N_("La plateforme ne connaît pas cet identifiant d’application ou son secret."),
        N_(
            "Admin de Django du LMS (/admin/oauth2_provider/application/) : une application « Confidential », "
            "« Client credentials », liée au compte du hub ; donnez-nous Client id et Client secret."
        ),
    ),
    errors.RedirectRefused: N_("Indiquez-nous l’adresse exacte du LMS (LMS_ROOT_URL)."),
    errors.ConfigurationFault: (
        "address",
        N_("Il n’y a pas de LMS Open edX à cette adresse (/oauth2/access_token n’y est pas)."),
        N_("Indiquez-nous l’adresse du LMS (LMS_ROOT_URL), non celle de Studio ni de la vitrine."),
    ),
    errors.RemoteRefused: N_("Autorisez l’adresse du hub dans votre pare-feu ou votre WAF, pour /oauth2/ et /api/."),
    errors.RateLimited: N_(
        "Relevez la limite pour le compte du hub (REST_FRAMEWORK DEFAULT_THROTTLE_RATES, ou votre serveur)."
    ),
    errors.Unreadable: N_(
        "Vérifiez que le site n’est pas en maintenance, et qu’aucun portail ne précède /oauth2/ et /api/."
    ),
}


def unreachable(fault: ConnectorError) -> Symptom:
    """The finding for a fault that stops everything."""
    return findings.unreachable(fault, _OWN)
