"""The words of the doctor, by the names of BigBlueButton's own files and packages."""

from collections.abc import Mapping

from connectors import errors
from connectors import unreachable as findings
from connectors.declaration import N_
from connectors.errors import ConnectorError
from connectors.records import Symptom
from connectors.unreachable import Words

SITE = N_("Le serveur répond : %(name)s, BigBlueButton %(release)s.")
OLD = N_("BigBlueButton %(release)s est trop ancien : le hub demande la version 2.5 ou une plus récente.")
ASK_OLD = N_("Passez le serveur à une version 2.5 ou plus récente (bbb-install).")
CLOCK = N_("L’horloge du serveur a %(minutes)s minutes d’écart : les minutes de présence seraient fausses.")
ASK_CLOCK = N_("Réglez l’horloge du serveur (NTP).")
HOOKS = N_("bbb-webhooks n’est pas installé : les présences arrivent après la fin de la séance seulement.")
ASK_HOOKS = N_("Installez le paquet bbb-webhooks (apt-get install bbb-webhooks).")
ANALYTICS = N_("Les minutes de présence viennent d’un script qui part à la fin de chaque séance.")
ASK_ANALYTICS = N_(
    "Vérifiez que post_events_analytics_callback.rb est dans /usr/local/bigbluebutton/core/scripts/post_events, et que "
    "le serveur peut joindre le hub en https."
)
RECORDINGS = N_("Le serveur ne donne pas la liste des enregistrements.")
ASK_RECORDINGS = N_("Si des séances sont enregistrées, autorisez l’appel getRecordings.")

_OWN: Mapping[type[ConnectorError], Words | str] = {
    errors.InvalidToken: (
        "secret",
        N_("Le secret partagé, ou la somme de contrôle choisie, n’est pas celle du serveur."),
        N_(
            "Donnez-nous le secret que montre bbb-conf --secret, et les sommes permises (supportedChecksumAlgorithms "
            "dans bigbluebutton.properties)."
        ),
    ),
    errors.RedirectRefused: N_("Indiquez-nous l’adresse exacte du serveur (celle que montre bbb-conf --secret)."),
    errors.ConfigurationFault: (
        "address",
        N_("Il n’y a pas de BigBlueButton à cette adresse (/bigbluebutton/api n’y est pas)."),
        N_("Indiquez-nous l’adresse exacte du serveur (celle que montre bbb-conf --secret)."),
    ),
    errors.RemoteRefused: N_("Autorisez l’adresse du hub dans votre pare-feu, pour /bigbluebutton/api."),
    errors.Unreadable: N_(
        "Vérifiez que BigBlueButton est en marche (bbb-conf --check), et qu’aucun portail ne précède "
        "/bigbluebutton/api."
    ),
}


def unreachable(fault: ConnectorError) -> Symptom:
    """The finding for a fault that stops everything."""
    return findings.unreachable(fault, _OWN)
