"""Names of columns in the exports of systems that French training bodies use, and who owns what they tell.

``documented`` names come from the maker's own help pages; the others are assumed and have to be checked against a real
export (docs/files.md says which are which). A profile only proposes: the administrator maps the columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.files.columns import N_, Kind

Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Profile:
    """A system. ``names``: for each kind of file, target -> headers. ``owns``: kinds of facts for which it is the
    one source; what it does not own is never taken from its files."""

    title: str
    names: Mapping[Kind, Names] = field(default_factory=dict)
    owns: frozenset[Kind] = frozenset(Kind)
    documented: frozenset[str] = frozenset()


_PEOPLE: Final[Names] = {"family_name": ("Nom",), "given_name": ("Prénom",)}
PROFILES: Final[Mapping[str, Profile]] = {
    "any": Profile(N_("Un autre logiciel, ou un tableau fait à la main")),
    "digiforma": Profile(
        "Digiforma",
        {
            Kind.ROSTER: {
                **_PEOPLE,
                "email": ("Email", "Email de l'apprenant"),
                "course": ("Session", "Nom de la session"),
                "course_id": ("Code session", "ID de la session"),
                "state": ("Statut",),
            },
            Kind.ATTENDANCE: {
                **_PEOPLE,
                "email": ("Email",),
                "course": ("Session", "Nom de la session"),
                "course_id": ("Code session",),
                "day": ("Date",),
                "starts": ("Heure de début",),
                "ends": ("Heure de fin",),
                "presence": ("Présence", "Émargement"),
            },
        },
        frozenset({Kind.ROSTER, Kind.ATTENDANCE}),
    ),
    "dendreo": Profile(
        "Dendreo",
        {
            Kind.ROSTER: {
                **_PEOPLE,
                "user_id": ("ID participant", "id_participant"),
                "email": ("Email",),
                "course": ("Intitulé", "Action de formation"),
                "course_id": ("Numéro ADF", "Numéro complet"),
                "state": ("Statut",),
            },
            Kind.ATTENDANCE: {
                **_PEOPLE,
                "user_id": ("ID participant", "id_participant"),
                "email": ("Email",),
                "course": ("Intitulé", "Action de formation"),
                "course_id": ("Numéro ADF", "Numéro complet"),
                "session_id": ("ID créneau", "id_creneau"),
                "session": ("Créneau",),
                "day": ("Date",),
                "starts": ("Début",),
                "ends": ("Fin",),
                "presence": ("Présence",),
                "minutes": ("Durée",),
            },
        },
        frozenset({Kind.ROSTER, Kind.ATTENDANCE}),
    ),
    "edusign": Profile(
        "Edusign",
        {
            Kind.ATTENDANCE: {
                **_PEOPLE,
                "email": ("Adresse mail", "Email"),
                "course": ("Groupe", "Formation"),
                "session_id": ("ID cours", "API_ID"),
                "session": ("Cours", "Nom du cours"),
                "day": ("Date",),
                "starts": ("Début", "Heure de début"),
                "ends": ("Fin", "Heure de fin"),
                "presence": ("Statut", "Présence"),
                "late": ("Retard",),
                "signed_at": ("Signé le", "Date de signature"),
            }
        },
        frozenset({Kind.ATTENDANCE}),
        frozenset({"family_name", "given_name", "email"}),
    ),
    "sowesign": Profile(
        "SoWeSign",
        {
            Kind.ATTENDANCE: {
                **_PEOPLE,
                "user_id": ("Code apprenant", "Identifiant apprenant"),
                "email": ("Email",),
                "course": ("Formation", "Groupe"),
                "course_id": ("Code formation",),
                "session_id": ("Code cours",),
                "session": ("Cours", "Matière"),
                "day": ("Date",),
                "half_day": ("Demi-journée", "Période"),
                "starts": ("Heure début",),
                "ends": ("Heure fin",),
                "presence": ("Présence", "Statut"),
                "signed_at": ("Heure de signature",),
            }
        },
        frozenset({Kind.ATTENDANCE}),
    ),
}
