"""The words on screen for modalities, states and phones: one table for map, chips, charts and legends."""

from hub.texts import N_

MODALITIES = ("on_site", "remote_live", "own_pace", "comodal", "afest")
"""In the order of the style guide; the position + 1 is the number of the colour, line and pictogram (``m1`` to
``m5``)."""

MODALITY_WORDS = {
    "on_site": N_("sur place"),
    "remote_live": N_("à distance en direct"),
    "own_pace": N_("à distance à mon rythme"),
    "comodal": N_("comodal"),
    "afest": N_("au travail"),
}

SHORT_MODALITY_WORDS = MODALITY_WORDS | {"remote_live": N_("en direct"), "own_pace": N_("à mon rythme")}

STATES = (
    "done", "todo", "in_progress", "awaiting", "check", "redo", "failed", "locked", "not_open", "waived", "open",
)  # fmt: skip

STATE_WORDS = {
    "done": N_("terminé"),
    "todo": N_("à faire maintenant"),
    "in_progress": N_("en cours"),
    "awaiting": N_("en attente de confirmation"),
    "check": N_("à vérifier"),
    "redo": N_("à reprendre"),
    "failed": N_("non réussi"),
    "locked": N_("à débloquer"),
    "not_open": N_("ouvre plus tard"),
    "waived": N_("dispense"),
    "open": N_("ouvert"),
}

PHONE_WORDS = {
    "yes": N_("Téléphone : oui"),
    "difficult": N_("Téléphone : avec difficulté"),
    "no": N_("Téléphone : non"),
}

PHONE_CLASSES = {"yes": "yes", "difficult": "partly", "no": "no"}


def modality_class(modality: str) -> str:
    """``m1`` to ``m5``, the class and the symbol of a modality. :raises ValueError: for an unknown modality."""
    if modality not in MODALITIES:
        raise ValueError(f"unknown modality {modality!r}")
    return f"m{MODALITIES.index(modality) + 1}"
