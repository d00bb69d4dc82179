"""Words on platforms: health, states of runs, counts, falls, what a connector is able to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.services.conflicts import Conflict
from hub.services.platforms import ACTIVE, PlatformLine
from hub.texts import N_, gettext, ngettext, translator
from hub.web.views._admin_words import remote_words

CAPABILITIES = {
    "catalogue": N_("voir les cours"),
    "contents": N_("voir les activités des cours"),
    "people": N_("reconnaître les personnes"),
    "roster": N_("voir qui est inscrit"),
    "enrolments": N_("voir les cours d’une personne"),
    "activity_completion": N_("voir les activités terminées"),
    "course_completion": N_("voir les cours terminés"),
    "bulk_course_completion": N_("voir les cours terminés de tout le monde d’un coup"),
    "grades": N_("voir les notes"),
    "competencies": N_("voir les compétences validées"),
    "sessions": N_("voir les feuilles de présence"),
    "changes": N_("voir ce qui a bougé"),
    "groups": N_("voir les groupes"),
    "backups": N_("prendre les sauvegardes des cours"),
    "recordings": N_("voir les enregistrements des séances"),
    "meetings": N_("tenir les séances à distance"),
    "diagnosis": N_("se faire examiner"),
    "enrol": N_("inscrire des personnes"),
    "unenrol": N_("désinscrire des personnes"),
    "write_groups": N_("former des groupes"),
    "mark_attendance": N_("écrire la présence"),
    "set_completion": N_("marquer une activité comme terminée"),
    "send_grade": N_("envoyer une note"),
}
#: code of a notice of a reading -> what it means to an administrator
NOTICES = {
    "remote_warning": N_("La plateforme avertit"),
    "silent_miss": N_("Demandé, et pas donné"),
    "unreadable": N_("Illisible, laissé de côté"),
    "unsorted": N_("Rapport non trié : des lignes ont pu manquer"),
    "site": N_("Réglage du site"),
    "missing_right": N_("Droit manquant"),
    "function_missing": N_("Fonction manquante"),
    "data_drift": N_("Fiche absente ou changée"),
    "remote_rejected": N_("Demande refusée"),
    "too_large": N_("Trop de données d’un coup"),
    "course_gone": N_("Cours qui n’est plus là-bas : il n’est plus lu, ce qui y est fait reste"),
    "module_gone": N_(
        "Activité d’un parcours qui n’est plus dans son cours, ou y est cachée : ce qui y est fait reste"
    ),
    "went_back": N_(
        "La plateforme est revenue en arrière, comme après une sauvegarde restaurée : rien n’est défait sans vous"
    ),
    "ambiguous": N_("Deux cours ou deux personnes portent ce nom : le rapport ne permet pas de les distinguer"),
}
RUN_STATES = {
    "running": ("in_progress", N_("en cours")),
    "waiting": ("awaiting", N_("attend un nouvel essai")),
    "done": ("done", N_("réussie")),
    "partial": ("check", N_("en partie")),
    "held": ("check", N_("attend votre réponse")),
    "confirmed": ("done", N_("baisses acceptées")),
    "refused": ("waived", N_("baisses refusées")),
    "superseded": ("waived", N_("remplacée par la suivante")),
    "failed": ("failed", N_("échouée")),
}
_FACTS = {
    "completed": (N_("terminé"), N_("pas terminé")),
    "passed": (N_("réussi"), N_("pas réussi")),
    "score": (N_("note : %(value)s"), N_("pas de note")),
    "attended": (N_("présent"), N_("absent")),
    "progress": (N_("avancement : %(value)s"), N_("pas d’avancement")),
}


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a platform: sign of ``state_chip`` and words."""

    sign: str
    word: str


def health(line: PlatformLine) -> Health:
    """How a platform is, in two words."""
    if line.state != ACTIVE:
        return Health("waived", gettext("en pause"))
    if line.run_state == "held":
        return Health("check", gettext("baisses à vérifier") if line.held else gettext("inscrits à vérifier"))
    if line.last_error:
        said = remote_words(line.last_error)
        return Health(said.sign, said.short)
    if lacking(line.counts):
        return Health("check", gettext("droit manquant"))
    if not line.connector or (line.connector == "files" and not line.last_read_at):
        return Health("open", gettext("pas de lecture"))
    if line.run_state == "running":
        return Health("in_progress", gettext("lecture en cours"))
    return Health("done", gettext("va bien")) if line.last_read_at else Health("awaiting", gettext("pas encore lue"))


def lacking(counts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what the hub cannot do, what lacks for it) as the last reading found it; what nobody asked for is left out."""
    return gaps_lines(dict(counts.get("missing") or {}))


def gaps_lines(missing: Mapping[str, Sequence[object]]) -> list[tuple[str, str]]:
    """(what the hub cannot do, what lacks for it over there); a setting of ours that was left empty is no gap."""
    found = []
    for name, gaps in missing.items():
        real = [str(gap) for gap in gaps if not str(gap).startswith("setting:")]
        if real:
            found.append((capability_words(name), ", ".join(real)))
    return found


def notice_lines(counts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(meaning, what about) of the notices of a run; equal ones once."""
    said = [
        (gettext(NOTICES.get(it["code"], it["code"])), " · ".join(filter(None, (it["about"], it.get("detail")))))
        for it in counts.get("notices", ())
    ]
    return list(dict.fromkeys(said))


def run_state(state: str) -> tuple[str, str]:
    """(sign, words) of a run's state."""
    sign, text = RUN_STATES.get(state, ("open", state))
    return sign, gettext(text)


def capability_words(name: str) -> str:
    """What a capability lets the hub do."""
    return gettext(CAPABILITIES[name]) if name in CAPABILITIES else name


def counts_words(counts: Mapping[str, Any]) -> str:
    """What a run did, in figures."""
    said = []
    numbers = {name: int(number) for name, number in counts.items() if isinstance(number, int) and number}
    if "read" in numbers:
        said.append(ngettext("%(num)s fiche lue", "%(num)s fiches lues", numbers["read"]))
    if "linked" in numbers:
        said.append(ngettext("%(num)s compte relié", "%(num)s comptes reliés", numbers["linked"]))
    if "statements" in numbers:
        said.append(ngettext("%(num)s trace", "%(num)s traces", numbers["statements"]))
    if "left" in numbers:
        said.append(ngettext("%(num)s désinscription", "%(num)s désinscriptions", numbers["left"]))
    if "reused" in numbers:
        said.append(ngettext("%(num)s numéro réutilisé là-bas", "%(num)s numéros réutilisés là-bas", numbers["reused"]))
    if "calls" in numbers:
        seconds = translator().number(round(numbers.get("ms", 0) / 1000, 1))
        said.append(ngettext("%(num)s appel en %(seconds)s s", "%(num)s appels en %(seconds)s s", numbers["calls"],
                             seconds=seconds))  # fmt: skip
    if "held" in numbers:
        said.append(ngettext("%(num)s baisse retenue", "%(num)s baisses retenues", numbers["held"]))
    return " · ".join(said)


def conflict_lines(found: Sequence[Conflict]) -> list[tuple[Conflict, str, str]]:
    """(conflict, what one source says, what the other says)."""
    yes = {"completed": N_("terminé"), "passed": N_("réussi")}
    no = {"completed": N_("pas terminé"), "passed": N_("pas réussi")}
    return [
        (
            one,
            gettext(yes.get(one.yes_kind, one.yes_kind)),
            gettext(no[one.no_kind]) if one.no_kind in no else fall_words({one.no_kind: one.no_value}),
        )
        for one in found
    ]


def fall_words(facts: Mapping[str, Any]) -> str:
    """What a record says before or after a fall."""
    known = sorted(facts.items(), key=lambda pair: (*_FACTS, pair[0]).index(pair[0]))  # jsonb keeps no order
    said = [_fact(name, value) for name, value in known if not (name == "passed" and value is None)]
    return ", ".join(said) or "–"


def _fact(name: str, value: Any) -> str:
    yes, no = _FACTS.get(name, (f"{name} %(value)s", name))
    figure = translator().percent(value) if isinstance(value, int | float) else ""
    return gettext(yes, value=figure) if value else gettext(no)
