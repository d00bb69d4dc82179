"""The Moodle connector."""

from connectors.declaration import Declaration, Setting
from connectors.moodle.connector import MoodleConnector, connect
from connectors.moodle.functions import REQUIRED

__all__ = ["DECLARATION", "MoodleConnector"]

DECLARATION = Declaration(
    key="moodle",
    title="Moodle",
    settings=(
        Setting("url", "Adresse du site", kind="url", help="Par exemple https://moodle.exemple.fr, sans rien après."),
        Setting(
            "token",
            "Jeton de service web",
            secret=True,
            help="Celui d'un compte de service, pour un service limité aux fonctions nécessaires.",
        ),
        Setting(
            "report",
            "Numéro du rapport « Participants aux cours »",
            kind="integer",
            required=False,
            help="Un rapport personnalisé, trié, qui donne l'achèvement de tout le monde en un appel. Facultatif.",
        ),
    ),
    capabilities=frozenset(REQUIRED),
    connect=connect,
)
