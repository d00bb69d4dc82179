"""The Open edX connector: also for FUN, which runs Open edX behind its catalogue."""

from connectors.declaration import N_, Declaration, Setting, Tried
from connectors.openedx.connector import OpenEdxConnector, connect
from connectors.openedx.routes import REQUIRED

__all__ = ["DECLARATION", "OpenEdxConnector"]

DECLARATION = Declaration(
    key="openedx",
    title="Open edX",
    summary=N_("Le hub lit les cours, les inscriptions, les notes et ce qui est terminé d’un Open edX, comme FUN."),
    settings=(
        Setting(
            "url",
            N_("Adresse du LMS"),
            kind="url",
            help=N_("Celle où l’on suit les cours, par exemple https://lms.exemple.fr, ni Studio ni la vitrine."),
        ),
        Setting("client_id", N_("Identifiant de l’application (Client id)"),
                help=N_("D’une application OAuth « Client credentials » que le partenaire crée pour le hub.")),
        Setting("client_secret", N_("Secret de l’application (Client secret)"), secret=True),
        Setting(
            "org",
            N_("Sigle de l’organisation"),
            required=False,
            help=N_("Pour ne lire que ses cours, sur une grande plateforme comme FUN. Vide : tous les cours visibles."),
        ),
        Setting(
            "mode",
            N_("Mode d’inscription"),
            required=False,
            help=N_("Celui que le hub demande quand il inscrit : audit, honor, verified… Vide : celui du cours."),
        ),
    ),
    capabilities={capability: ", ".join(names) for capability, names in REQUIRED.items()},
    tried=(Tried("edx-platform, REST APIs v1", "documented"), Tried("edx-platform, REST APIs v1", "double")),
    connect=connect,
)  # fmt: skip
