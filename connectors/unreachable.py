"""What a doctor says when a fault stops everything: found by the kind of fault, the same for every system unless its
connector knows better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors import errors
from connectors.declaration import N_
from connectors.errors import ConnectorError
from connectors.records import Symptom, SymptomLevel

Words = tuple[str, str, str]
"""(code, what was found, what to ask the partner's administrator)"""

_COMMON: Final[Mapping[type, Words]] = {
    errors.AddressRefused: (
        "host",
        N_("L’adresse mène à un réseau privé, ou n’est pas en https : par sécurité, le hub n’y va pas."),
        N_("Donnez au site une adresse publique en https, ou demandez à qui tient le hub d’ouvrir ce réseau."),
    ),
    errors.RedirectRefused: ("address", N_("Le site répond à une autre adresse que celle donnée."), ""),
    errors.CertificateFault: (
        "certificate",
        N_("Le certificat de sécurité du site est périmé, inconnu, ou fait pour un autre nom."),
        N_("Renouvelez le certificat, avec sa chaîne complète."),
    ),
    errors.RemoteRefused: (
        "host", N_("Le serveur du site refuse l’entrée au hub (pare-feu, filtrage, maintenance)."), "",
    ),
    errors.RateLimited: (
        "host",
        N_("Le serveur du site demande au hub de venir moins souvent."),
        N_("Autorisez l’adresse du hub dans la limitation de débit de votre serveur."),
    ),
    errors.Unreadable: (
        "maintenance",
        N_("Le site a répondu autre chose que des données : souvent une page de maintenance ou de connexion."), "",
    ),
    ConnectorError: (
        "host",
        N_("Le site ne répond pas au hub."),
        N_("Vérifiez l’adresse, que le site est en marche, et qu’aucun pare-feu n’arrête le hub."),
    ),
}  # fmt: skip


def unreachable(fault: ConnectorError, own: Mapping[type[ConnectorError], Words | str]) -> Symptom:
    """The finding for a fault that stops everything. ``own``: the connector's words by kind of fault; a text alone is
    what to ask, beside the words common to all."""
    for kind in type(fault).__mro__:
        said = own.get(kind)
        if said is None:
            said = _COMMON.get(kind)
        if said is not None:
            code, text, ask = (*_COMMON[kind][:2], said) if isinstance(said, str) else said
            return Symptom(SymptomLevel.FAULT, code, text, ask, (("technical", str(fault)),))
    raise TypeError(f"{type(fault).__name__} is no ConnectorError")
