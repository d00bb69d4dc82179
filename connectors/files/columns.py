"""What a column of a file may mean, for each kind of file, and which column means it by its name."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


def N_(msgid: str) -> str:
    """Mark a French msgid for extraction; whoever shows it translates it."""
    return msgid


class Kind(StrEnum):
    """What a file tells."""

    ROSTER = "roster"
    RESULTS = "results"
    ATTENDANCE = "attendance"


@dataclass(frozen=True)
class Target:
    """A meaning. ``label``: French msgid. ``names``: headers that mean it, as `plain` leaves them."""

    key: str
    label: str
    names: tuple[str, ...]


_PERSON: Final = (
    Target("idnumber", N_("notre identifiant de la personne"), ("identifiant du lieu", "numero hub", "idnumber")),
    Target("user_id", N_("identifiant chez le partenaire"),
           ("identifiant", "id", "id apprenant", "id stagiaire", "id participant", "matricule", "numero", "user id",
            "learner id", "student id", "code apprenant")),
    Target("email", N_("courriel"),
           ("courriel", "email", "e mail", "mail", "adresse mail", "adresse email", "adresse e mail",
            "email apprenant", "email stagiaire", "email participant", "mail apprenant", "adresse electronique")),
    Target("family_name", N_("nom"),
           ("nom", "nom de famille", "nom apprenant", "nom stagiaire", "nom du stagiaire", "nom participant",
            "last name", "lastname", "surname", "family name")),
    Target("given_name", N_("prénom"),
           ("prenom", "prenoms", "prenom apprenant", "prenom stagiaire", "prenom du stagiaire", "prenom participant",
            "first name", "firstname", "given name")),
    Target("full_name", N_("nom et prénom ensemble"),
           ("nom complet", "nom prenom", "nom et prenom", "prenom nom", "apprenant", "stagiaire", "participant",
            "full name", "learner", "student")),
    Target("birth_date", N_("date de naissance"),
           ("date de naissance", "naissance", "ne(e) le", "ne le", "birth date", "date of birth")),
)  # fmt: skip
_COURSE: Final = (
    Target("course", N_("intitulé de la formation"),
           ("formation", "intitule", "intitule de la formation", "nom de la formation", "cours", "parcours",
            "titre de la formation", "session de formation", "course", "course name", "training")),
    Target("course_id", N_("code de la formation"),
           ("code formation", "code de la formation", "id formation", "code cours", "numero de session",
            "code session", "reference", "id session formation", "course id", "course code")),
    Target("course_url", N_("adresse de la formation"), ("url", "lien", "url formation", "course url", "link")),
)  # fmt: skip
_ROSTER: Final = (
    Target("state", N_("état de l’inscription"), ("statut", "etat", "statut inscription", "status")),
    Target("last_access", N_("dernière connexion"),
           ("derniere connexion", "dernier acces", "last access", "last login")),
)  # fmt: skip
_RESULTS: Final = (
    Target("module", N_("intitulé de l’activité"),
           ("module", "activite", "evaluation", "quiz", "epreuve", "activity", "assessment")),
    Target("module_id", N_("code de l’activité"),
           ("code module", "id module", "code activite", "id activite", "code evaluation", "module id", "activity id")),
    Target("module_url", N_("adresse de l’activité"), ("url module", "url activite", "activity url")),
    Target("completed", N_("terminé"),
           ("termine", "acheve", "achevement", "fini", "realise", "statut", "etat", "completed", "completion",
            "complete", "status")),
    Target("completed_at", N_("terminé le"),
           ("termine le", "date de fin", "date d'achevement", "acheve le", "date de realisation", "completed on",
            "completion date", "completed at", "date")),
    Target("progress", N_("avancement"),
           ("avancement", "progression", "taux d'avancement", "% avancement", "progress", "taux de realisation")),
    Target("score", N_("note"), ("note", "score", "resultat", "points", "grade", "note obtenue")),
    Target("score_max", N_("note maximale"),
           ("note maximale", "note max", "bareme", "sur", "score max", "maximum", "max", "max score", "out of")),
    Target("last_access", N_("dernière connexion"),
           ("derniere connexion", "dernier acces", "last access", "last login")),
    Target("passed", N_("réussi"), ("reussi", "reussite", "admis", "valide", "acquis", "passed", "success")),
    Target("minutes", N_("temps passé"),
           ("temps passe", "duree", "temps", "temps de connexion", "temps total", "heures", "minutes",
            "duration", "time spent")),
)  # fmt: skip
_ATTENDANCE: Final = (
    Target("session_id", N_("code de la séance"), ("id seance", "code seance", "id creneau", "id cours", "session id")),
    Target("session", N_("intitulé de la séance"), ("seance", "creneau", "module", "matiere", "session", "slot")),
    Target("day", N_("jour"), ("date", "jour", "date de la seance", "date seance", "date du cours", "day")),
    Target("half_day", N_("demi-journée"),
           ("demi journee", "periode", "matin/apres midi", "am/pm", "half day", "plage")),
    Target("starts", N_("début"),
           ("debut", "heure de debut", "heure debut", "horaire de debut", "date de debut", "start", "start time")),
    Target("ends", N_("fin"), ("fin", "heure de fin", "heure fin", "horaire de fin", "date de fin", "end", "end time")),
    Target("presence", N_("présence"),
           ("presence", "statut", "etat", "present", "emargement", "statut de presence", "attendance", "status",
            "present/absent", "etat de presence")),
    Target("minutes", N_("durée de présence"),
           ("duree", "duree de presence", "temps de presence", "heures de presence", "minutes", "heures realisees",
            "duree effective", "duration")),
    Target("late", N_("retard"), ("retard", "duree du retard", "minutes de retard", "late", "delay")),
    Target("signed_at", N_("signé le"),
           ("signe le", "date de signature", "heure de signature", "signature", "signed at", "signature date")),
)  # fmt: skip
_TARGETS: Final[Mapping[Kind, tuple[Target, ...]]] = {
    Kind.ROSTER: (*_PERSON, *_COURSE, *_ROSTER),
    Kind.RESULTS: (*_PERSON, *_COURSE, *_RESULTS),
    Kind.ATTENDANCE: (*_PERSON, *_COURSE, *_ATTENDANCE),
}
_NEEDED: Final[Mapping[Kind, tuple[tuple[str, ...], ...]]] = {
    Kind.ROSTER: (("course", "course_id"), ("idnumber", "user_id", "email", "birth_date")),
    Kind.RESULTS: (
        ("course", "course_id"),
        ("idnumber", "user_id", "email", "birth_date"),
        ("completed", "completed_at", "progress", "score", "passed", "minutes"),
    ),
    Kind.ATTENDANCE: (
        ("course", "course_id", "session"),
        ("idnumber", "user_id", "email", "birth_date"),
        ("day", "starts"),
        ("presence", "minutes", "signed_at"),
    ),
}


def targets(kind: Kind) -> tuple[Target, ...]:
    """What a column of such a file may mean, in the order in which people are asked."""
    return _TARGETS[kind]


def lacking(kind: Kind, mapping: Mapping[str, str]) -> list[tuple[str, ...]]:
    """What such a file cannot do without: of each group of targets at least one; those of which none is mapped."""
    return [group for group in _NEEDED[kind] if not any(mapping.get(key) for key in group)]


def plain(header: str) -> str:
    """A header in small letters, without accents, signs at its end, hyphens and underscores."""
    folded = unicodedata.normalize("NFKD", header.casefold().replace("’", "'").replace("°", ""))
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(bare.replace("-", " ").replace("_", " ").split()).rstrip(" *:")


def propose(
    kind: Kind, headers: Sequence[str], own: Mapping[str, Sequence[str]] = {}, kept: Mapping[str, str] = {}
) -> dict[str, str]:
    """Target -> header of this file: as ``kept`` from the last time, else as the profile's ``own`` names have it,
    else by usual names. A header serves once."""
    by_name: dict[str, str] = {}
    for header in headers:
        by_name.setdefault(plain(header), header)
    found: dict[str, str] = {}
    given = set(headers)
    for key, header in kept.items():
        if header in given and header not in found.values():
            found[key] = header
    for names_of in ({key: tuple(names) for key, names in own.items()}, {it.key: it.names for it in targets(kind)}):
        for target in targets(kind):
            for name in names_of.get(target.key, ()):
                header = by_name.get(plain(name), "")
                if header and target.key not in found and header not in found.values():
                    found[target.key] = header
    return found
