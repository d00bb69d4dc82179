"""The BigBlueButton connector: video classes with the minutes of each person."""

from connectors.bigbluebutton.connector import CALLS, BbbConnector, connect
from connectors.declaration import N_, Declaration, Setting, Tried

__all__ = ["DECLARATION", "BbbConnector"]

DECLARATION = Declaration(
    key="bigbluebutton",
    title="BigBlueButton",
    summary=N_(
        "Les séances à distance ont leur salle ; les minutes de présence et les enregistrements reviennent au hub."
    ),
    settings=(
        Setting(
            "url",
            N_("Adresse du serveur"),
            kind="url",
            help=N_("Celle que montre bbb-conf --secret, par exemple https://visio.exemple.fr/bigbluebutton."),
        ),
        Setting("secret", N_("Secret partagé"), secret=True, help=N_("Celui que montre bbb-conf --secret.")),
        Setting(
            "checksum",
            N_("Somme de contrôle"),
            kind="choice",
            choices=(("sha256", "SHA-256"), ("sha512", "SHA-512"), ("sha1", "SHA-1")),
            help=N_("SHA-256 convient aux versions 2.5 et plus récentes."),
        ),
    ),
    capabilities=CALLS,
    tried=(Tried("3.0", "documented"), Tried("3.0", "double")),
    connect=connect,
)
