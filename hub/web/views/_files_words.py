"""Words on partners' files: kinds, states, fates, why a line or a file is refused."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.files import Kind, targets
from hub.models.files import FileImport
from hub.services.files.plan import Fate, Note
from hub.texts import N_, gettext

KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.ROSTER: (N_("Inscriptions"), N_("Qui est inscrit dans quelle formation.")),
    Kind.RESULTS: (N_("Résultats"), N_("Ce qui est terminé ou réussi, les notes, l’avancement, le temps passé.")),
    Kind.ATTENDANCE: (N_("Présences"), N_("Qui était là, par séance ou par demi-journée.")),
}
STATES: Mapping[str, tuple[str, str]] = {
    "columns": ("todo", N_("colonnes à confirmer")),
    "checking": ("in_progress", N_("vérification en cours")),
    "checked": ("todo", N_("à confirmer")),
    "applying": ("in_progress", N_("écriture en cours")),
    "done": ("done", N_("fait")),
    "refused": ("check", N_("illisible")),
    "dropped": ("waived", N_("abandonné")),
}
FATES: Mapping[Fate, tuple[str, str, str]] = {
    "create": (N_("nouveau"), N_("écrit"), "todo"),
    "change": (N_("à corriger"), N_("corrigé"), "in_progress"),
    "same": (N_("rien à changer"), N_("rien à changer"), "open"),
    "refuse": (N_("refusée"), N_("refusée"), "check"),
}
REFUSALS: Mapping[str, str] = {
    "file_empty": N_("Ce fichier ne contient aucune ligne sous la ligne des colonnes."),
    "file_too_large": N_("Ce fichier est trop lourd, ou il se déplie en beaucoup trop : 25 Mo au plus."),
    "file_too_many_lines": N_("Il y a plus de 200 000 lignes : coupez le fichier en deux."),
    "file_old_excel": N_("C’est un ancien fichier Excel (.xls). Enregistrez-le en .xlsx ou en CSV."),
    "file_encrypted": N_("Ce fichier est protégé par un mot de passe. Retirez-le, puis enregistrez le fichier."),
    "file_macros": N_("Ce fichier contient des macros. Enregistrez-le en .xlsx ou en CSV."),
    "file_archive": N_("C’est une archive, pas un tableau. Donnez un fichier .xlsx ou CSV."),
    "file_not_excel": N_("Ce fichier Excel est abîmé. Ouvrez-le, puis enregistrez-le de nouveau."),
    "file_not_text": N_("Ce fichier n’est ni un CSV ni un fichier Excel."),
    "file_twice": N_("Deux colonnes ont le même nom : %(header)s. Renommez-en une."),
    "file_gone": N_("Ce fichier n’est plus là. Donnez-le de nouveau."),
}
NOTES: Mapping[str, str] = {
    "nobody": N_("rien ne dit de qui il s’agit"),
    "name_alone": N_("le nom seul ne suffit pas : il faut un identifiant, un courriel ou une date de naissance"),
    "two_names": N_("ce courriel ou cet identifiant est déjà celui de quelqu’un d’autre"),
    "no_course": N_("il manque la formation"),
    "no_day": N_("il manque le jour"),
    "no_duration": N_("il manque les heures ou la durée"),
    "nothing_said": N_("la ligne ne dit rien : ni oui, ni non, ni note"),
    "columns": N_("la ligne n’a pas les mêmes colonnes que la première : un autre séparateur ?"),
    "broken_cell": N_("une formule n’a pas de valeur : ouvrez le fichier, puis enregistrez-le de nouveau"),
    "repeated": N_("la même chose est dite à la ligne %(it)s"),
    "contradicts": N_("la ligne %(it)s dit autre chose"),
    "erased": N_("cette personne a été effacée ici"),
    "own_roll": N_("le lieu a fait son propre appel à cette heure : « %(it)s ». C’est lui qui compte."),
    "to_link": N_("compte à relier à une personne du lieu"),
    "fall": N_("c’est moins qu’avant : l’étape sera à vérifier"),
    "late_unknown": N_("retard sans durée : compté présent en entier"),
    "left": N_("désinscription (« %(it)s ») : ce qui est fait reste, rien n’est retiré"),
}


def label(kind: str) -> str:
    """The name of a kind of file."""
    return gettext(KINDS[Kind(kind)][0])


def state(row: FileImport) -> tuple[str, str]:
    """(sign, words) of the state of an import."""
    sign, text = STATES[row.state]
    return sign, gettext(text)


def refusal(error: Mapping[str, object]) -> str:
    """Why a file cannot be read, and what to do."""
    code = str(error.get("code", ""))
    text = REFUSALS.get(code, REFUSALS["file_not_text"])
    return gettext(text, header=str(error.get("header", ""))) if "%(" in text else gettext(text)


def notes(kind: str, said: tuple[Note, ...]) -> str:
    """What is said of a line, as one text."""
    return " · ".join(_note(kind, code, it) for code, it in said)


def _note(kind: str, code: str, it: str) -> str:
    if code in NOTES:
        return gettext(NOTES[code], it=it) if "%(" in NOTES[code] else gettext(NOTES[code])
    labels = {f"bad_{one.key}": gettext(one.label) for one in targets(Kind(kind))}
    what = labels.get(code, code)
    return gettext(N_("%(what)s : « %(it)s » n’est pas lisible"), what=what, it=it) if it else gettext(
        N_("%(what)s : manque"), what=what
    )  # fmt: skip
