"""The Moodle connector."""

from connectors.declaration import N_, Declaration, Setting, Tried
from connectors.moodle.connector import MoodleConnector, connect
from connectors.moodle.functions import REQUIRED

__all__ = ["DECLARATION", "MoodleConnector"]

DECLARATION = Declaration(
    key="moodle",
    title="Moodle",
    summary=N_("Le hub lit les cours, les inscriptions, ce qui est terminé et les notes, à heures fixes."),
    settings=(
        Setting(
            "url",
            N_("Adresse du site"),
            kind="url",
            help=N_(
                "Celle de sa page d'accueil, par exemple https://moodle.exemple.fr ou https://www.exemple.fr/moodle."
            ),
            pages=("/webservice/rest/server.php", "/login/index.php", "/index.php", "/login", "/my/courses.php", "/my"),
        ),
        Setting(
            "token",
            N_("Jeton de service web"),
            secret=True,
            help=N_("Celui d'un compte de service, pour un service limité aux fonctions nécessaires."),
        ),
        Setting(
            "report",
            N_("Numéro du rapport « Participants au cours »"),
            kind="integer",
            required=False,
            help=N_("Laissez vide : le hub cherche lui-même un rapport qui convient."),
        ),
        Setting(
            "role",
            N_("Numéro du rôle Étudiant"),
            kind="integer",
            required=False,
            help=N_("Celui que le hub donne quand il inscrit dans un cours. Vide : 5, comme dans un Moodle neuf."),
        ),
        Setting(
            "learners",
            N_("Noms abrégés des rôles d'apprenant"),
            required=False,
            help=N_(
                "Séparés par des virgules, si le site a les siens. Vide : student. Les autres rôles ne sont pas lus."
            ),
        ),
        Setting(
            "competencies",
            N_("Compétences des cours"),
            kind="choice",
            required=False,
            choices=(("no", N_("Ne pas les lire")), ("yes", N_("Les lire une fois par jour"))),
            help=N_(
                "Elles entrent au catalogue ; celles qu'un parcours utilise sont demandées "
                "pour chaque apprenant, un appel à la fois."
            ),
        ),
    ),
    capabilities={capability: ", ".join(names) for capability, names in REQUIRED.items()},
    tried=(Tried("4.5.6", "recorded"), Tried("4.5.6", "double")),
    connect=connect,
)
