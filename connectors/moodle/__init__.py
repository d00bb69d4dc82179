"""The Moodle connector."""

from connectors.declaration import N_, Declaration, Setting
from connectors.moodle.connector import MoodleConnector, connect
from connectors.moodle.functions import REQUIRED

__all__ = ["DECLARATION", "MoodleConnector"]

DECLARATION = Declaration(
    key="moodle",
    title="Moodle",
    settings=(
        Setting(
            "url", N_("Adresse du site"), kind="url", help=N_("Par exemple https://moodle.exemple.fr, sans rien après.")
        ),
        Setting(
            "token",
            N_("Jeton de service web"),
            secret=True,
            help=N_("Celui d'un compte de service, pour un service limité aux fonctions nécessaires."),
        ),
        Setting(
            "report",
            N_("Numéro du rapport « Participants aux cours »"),
            kind="integer",
            required=False,
            help=N_("Un rapport personnalisé, trié, qui donne l'achèvement de tout le monde en un appel. Facultatif."),
        ),
    ),
    capabilities=frozenset(REQUIRED),
    connect=connect,
)
