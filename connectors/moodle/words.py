"""The words of the doctor: French msgids that name things as Moodle's pages do (English names in brackets, as the
partner's site may be in either language).
"""

from collections.abc import Mapping

from connectors import errors
from connectors import unreachable as findings
from connectors.capabilities import Capability
from connectors.declaration import N_
from connectors.errors import ConnectorError
from connectors.records import Symptom, SymptomLevel
from connectors.unreachable import Words

FAULT, MISSING = SymptomLevel.FAULT, SymptomLevel.MISSING
EXTRAS = frozenset(
    {Capability.COMPETENCIES, Capability.SESSIONS, Capability.CHANGES, Capability.GROUPS, Capability.BACKUPS,
     Capability.BULK_COURSE_COMPLETION}
)  # fmt: skip
"""Reads that the hub does without."""

SITE = N_("Le site répond : %(name)s, Moodle %(release)s.")
COURSES = N_("Le compte du hub voit %(count)s cours.")
ALL_FUNCTIONS = N_("Le service web contient toutes les fonctions utiles.")
NO_COURSE = N_("Le compte du hub ne voit aucun cours.")
ASK_COURSES = N_(
    "Donnez au compte du hub un rôle au niveau du système (ou de la catégorie) avec les droits moodle/course:view et "
    "moodle/course:viewhiddencourses."
)
UNTRACKED = N_("Le suivi d’achèvement est éteint dans : %(courses)s.")
ASK_TRACKING = N_(
    "Dans les paramètres de ces cours, « Suivi d’achèvement » (Completion tracking), choisissez Oui pour « Activer le "
    "suivi d’achèvement des activités »."
)
NO_LEARNER = N_("Aucun apprenant n’est visible dans les premiers cours : la suite n’a pas pu être essayée.")
ASK_LEARNERS = N_(
    "Vérifiez que des personnes y sont inscrites avec le rôle Étudiant (student), et que le compte du hub a le droit "
    "moodle/course:viewparticipants."
)
OTHER_ROLES = N_(
    "Personne n’a le rôle d’apprenant dans les premiers cours ; les rôles vus y sont : %(roles)s. Si les apprenants en "
    "ont un à eux, écrivez son nom abrégé dans les réglages."
)
ADMIN = N_("Le jeton appartient à un administrateur du site : il peut beaucoup plus que lire.")
ASK_ACCOUNT = N_("Créez pour le hub un compte de service à lui, avec un rôle limité, et donnez-nous son jeton.")
ADDRESS = N_("Le site se nomme lui-même %(found)s, le hub l’appelle %(given)s : mettez la première adresse.")
CLOCK = N_("L’horloge du site a %(minutes)s minutes d’écart avec celle du hub.")
ASK_CLOCK = N_("Réglez l’horloge du serveur (NTP) : les dates d’achèvement en dépendent.")
FEATURE = N_("La fonction avancée « %(name)s » est éteinte sur le site.")
ASK_FEATURE = N_("Administration du site > Fonctions avancées (Advanced features) : cochez %(name)s.")
FUNCTIONS = N_("Le service web du hub n’a pas les fonctions : %(functions)s.")
FUNCTIONS_EXTRA = N_("Fonctions facultatives absentes du service web du hub : %(functions)s.")
ASK_FUNCTIONS = N_(
    "Administration du site > Serveur > Services web > Services externes (External services), service du hub, "
    "Fonctions > Ajouter : %(functions)s."
)
RIGHT = N_("Le compte du hub n’a pas tous les droits que demande %(function)s.")
ASK_RIGHT = N_(
    "Administration du site > Utilisateurs > Permissions > Définition des rôles, rôle du compte du hub, contexte "
    "Système : autorisez %(rights)s."
)
ODD = N_("%(function)s a répondu autrement que prévu (%(detail)s).")
NO_USERNAME = N_("Le nom d’utilisateur des apprenants est caché au hub.")
ASK_IDENTITY = N_(
    "Autorisez moodle/user:viewalldetails et moodle/site:viewuseridentity au rôle du compte du hub : sans nom "
    "d’utilisateur, les traces xAPI du site ne peuvent pas être rapprochées."
)
NO_EMAIL = N_("L’adresse e-mail des apprenants est cachée au hub.")
ASK_EMAIL = N_("Autorisez moodle/course:useremail au rôle du compte du hub.")
NO_IDNUMBER = N_("Les apprenants n’ont pas de numéro d’identification, ou il est caché au hub.")
ASK_IDNUMBER = N_(
    "Remplissez le champ « Numéro d’identification » (ID number) des comptes avec la clé convenue, et ajoutez-le à "
    "« Afficher l’identité de l’utilisateur » (showuseridentity)."
)
CRON = N_(
    "Un apprenant remplit toutes les conditions d’un cours sans que le cours soit achevé : le cron semble arrêté."
)
ASK_CRON = N_(
    "Vérifiez que admin/cli/cron.php tourne chaque minute, et la tâche « Traitement régulier de l’achèvement des "
    "cours » (Completion regular task)."
)
NO_REPORT = N_("Aucun rapport « Participants au cours » : le hub lit personne par personne, ce qui est lent au-delà de "
               "quelques centaines d’inscriptions.")  # fmt: skip
ASK_REPORT = N_(
    "Administration du site > Rapports > Générateur de rapports > Rapports personnalisés (Report builder > Custom "
    "reports) : nouveau rapport, source « Participants au cours » (Course participants), sans condition, avec les "
    "colonnes : nom abrégé du cours (Course short name), numéro d’identification du cours (Course ID number), nom "
    "d’utilisateur (Username), numéro d’identification (ID number), achevé (Completed), date d’achèvement (Time "
    "completed), note (Grade), dernier accès au cours (Last access to course) ; triez par cours puis par nom "
    "d’utilisateur. Donnez au rôle du hub moodle/reportbuilder:view et moodle/reportbuilder:viewall."
)
REPORT = N_("Le rapport n° %(report)s suffit à suivre %(rows)s inscriptions (appels par lecture : %(calls)s).")
COLUMNS = N_("Le rapport n° %(report)s n’a pas les colonnes : %(columns)s.")
ASK_COLUMNS = N_("Ajoutez ces colonnes au rapport n° %(report)s : %(columns)s.")
NO_ACCESS = N_("Le rapport n° %(report)s ne dit pas le dernier accès : le hub ne sait pas qui a bougé.")
LANGUAGE = N_(
    "Les colonnes du rapport n° %(report)s ne sont pas en anglais : le site n’applique pas la langue demandée."
)
ASK_LANGUAGE = N_(
    "Installez le paquet de langue English (en), et mettez la langue du compte du hub sur English ; n’enfermez pas la "
    "langue par un thème ou un cours."
)
ZONE = N_("Les dates du rapport n° %(report)s ont %(hours)s h d’écart avec le temps universel.")
ASK_ZONE = N_(
    "Mettez le fuseau horaire du compte du hub sur UTC, et laissez « Imposer le fuseau horaire » (forcetimezone) sur « "
    "Les utilisateurs peuvent choisir leur fuseau horaire »."
)
ORDER = N_("Le rapport n° %(report)s n’est pas trié : d’une page à l’autre, des lignes peuvent échapper au hub.")
ASK_ORDER = N_("Dans le rapport n° %(report)s, onglet Tri (Sorting) : triez par cours, puis par nom d’utilisateur.")

_OWN: Mapping[type[ConnectorError], Words | str] = {
    errors.InvalidToken: (
        "token",
        N_(
            "Moodle ne connaît pas ce jeton, ou son compte est fermé ou pas prêt (politique du site à accepter, mot "
            "de passe à changer)."
        ),
        N_(
            "Administration du site > Serveur > Services web > Gérer les jetons (Manage tokens) : créez un jeton pour "
            "le compte et le service du hub, sans date de fin ni adresse IP, ou avec celle du hub."
        ),
    ),
    errors.FunctionMissing: (
        "service",
        N_(
            "Le jeton ne permet même pas de demander qui on est (core_webservice_get_site_info) : il est périmé, "
            "pris d’une autre adresse que celle permise, ou son service est trop étroit."
        ),
        N_(
            "Ajoutez core_webservice_get_site_info au service du hub, et le compte du hub aux « Utilisateurs "
            "autorisés » (Authorised users) du service."
        ),
    ),
    errors.MissingRight: (
        "right",
        N_("Le compte du hub ne peut pas utiliser les services web."),
        N_("Autorisez webservice/rest:use au rôle du compte du hub, au niveau du système."),
    ),
    errors.RedirectRefused: N_("Indiquez-nous l’adresse exacte du site ($CFG->wwwroot)."),
    errors.ConfigurationFault: (
        "protocol",
        N_("Il n’y a pas de serveur REST de Moodle à cette adresse."),
        N_(
            "Fonctions avancées : activez les services web (enablewebservices) ; Serveur > Services web > Gérer les "
            "protocoles (Manage protocols) : activez REST."
        ),
    ),
    errors.RemoteRefused: N_(
        "Autorisez l’adresse du hub dans votre pare-feu ou votre WAF, pour /webservice/rest/server.php."
    ),
    errors.Unreadable: N_(
        "Vérifiez que le site n’est pas en maintenance, et qu’aucun portail ne précède /webservice/rest/server.php."
    ),
}


def unreachable(fault: ConnectorError) -> Symptom:
    """The finding for a fault that stops everything."""
    return findings.unreachable(fault, _OWN)


def right(fault: errors.MissingRight) -> Symptom:
    """The finding for a right that lacks."""
    names = (("function", fault.function), ("rights", ", ".join(fault.rights)))
    return Symptom(MISSING, "right", RIGHT, ASK_RIGHT, names)


def functions(names: list[str], level: SymptomLevel) -> Symptom:
    """The finding for functions that are not in the service."""
    text = FUNCTIONS if level is MISSING else FUNCTIONS_EXTRA
    return Symptom(level, "function", text, ASK_FUNCTIONS, (("functions", ", ".join(names)),))


def function(name: str) -> Symptom:
    """The same for one function."""
    return functions([name], MISSING)
