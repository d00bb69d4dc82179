"""Words of the designer's pages: kinds of entries, what comes back and how soon, findings, remedies, differences."""

from hub.domain.path import BindingKind, Brings, EvidenceKind, Way
from hub.domain.path_check import Problem
from hub.texts import N_, _, translator
from hub.web.ui.words import MODALITY_WORDS

KIND_WORDS: dict[str, str] = {
    "web": N_("page web"),
    "lti_link": N_("liaison de cours (LTI)"),
    "activity": N_("activité suivie (xAPI)"),
    "remote_course": N_("cours d’une plateforme"),
    "remote_module": N_("activité d’une plateforme"),
    "package": N_("paquet de cours"),
    "seances": N_("série de séances"),
    "deposit": N_("dépôt d’un travail"),
    "appointment": N_("rendez-vous"),
}

BRINGS_WORDS: dict[str, str] = {
    "completed": N_("achèvement"),
    "passed": N_("réussite"),
    "score": N_("note"),
    "progress": N_("avancement"),
    "attended": N_("minutes de présence"),
    "accepted": N_("travail accepté"),
    "validated": N_("validation"),
}

WAY_WORDS: dict[str, str] = {
    "lti_score": N_("par la liaison de cours"),
    "web_services": N_("par lecture de la plateforme"),
    "xapi": N_("par les traces envoyées"),
    "roll": N_("à l’émargement"),
    "trainer": N_("par la formatrice ou le formateur"),
    "deposit": N_("quand le travail est accepté"),
    "file": N_("par un fichier du partenaire"),
}

#: What each kind of hub activity brings back by nature.
OWN_BINDINGS: dict[str, tuple[str, tuple[Brings, ...]]] = {
    "seances": (N_("Séances"), (Brings(kind=EvidenceKind.ATTENDED, way=Way.ROLL, within_hours=4),)),
    "deposit": (N_("Travail à déposer"), (Brings(kind=EvidenceKind.ACCEPTED, way=Way.DEPOSIT, within_hours=72),)),
    "appointment": (N_("Rendez-vous"), (Brings(kind=EvidenceKind.ATTENDED, way=Way.ROLL, within_hours=4),)),
}

PROBLEM_WORDS: dict[str, str] = {
    "path_without_title": N_("Le parcours n’a pas de titre."),
    "path_without_step": N_("Le parcours n’a pas encore d’étape."),
    "module_without_step": N_("Le module « %(module)s » est vide."),
    "module_count_impossible": N_("Le module « %(module)s » demande plus d’étapes qu’il n’en a (%(steps)s)."),
    "module_weight_impossible": N_("Le module « %(module)s » demande plus de poids que n’en ont ses étapes."),
    "step_twice": N_("L’étape « %(step)s » est deux fois dans le parcours."),
    "step_without_title": N_("Une étape n’a pas de titre."),
    "variant_without_activity": N_("« %(step)s » : une façon n’a encore aucune activité."),
    "step_without_rule": N_("« %(step)s » : rien ne dit quand elle est terminée."),
    "prerequisite_unknown": N_("« %(step)s » attend une étape qui n’est plus dans le parcours."),
    "activity_without_duration": N_("« %(step)s » : la durée de « %(activity)s » manque."),
    "afest_conditions_missing": N_("« %(step)s » : les quatre conditions de la situation de travail manquent."),
    "binding_without_target": N_("« %(step)s » : « %(activity)s » ne mène nulle part."),
    "threshold_above_one": N_("« %(step)s » : la règle demande plus de 100 %%."),
    "minutes_above_plan": N_("« %(step)s » : la règle demande plus de minutes que les séances n’en prévoient."),
    "rule_cannot_be_met": N_("« %(step)s » : la règle demande « %(kind)s », et aucune activité ne le rapporte."),
    "variant_cannot_meet_rule": N_(
        "« %(step)s », façon %(number)s (%(modality)s) : qui suit cette façon seule ne peut pas finir l’étape."
    ),
    "skill_from_elsewhere": N_("« %(step)s » demande « %(skill)s », qu’aucune étape de ce parcours ne donne."),
    "prerequisite_cycle": N_("Ces étapes s’attendent l’une l’autre : %(steps)s."),
    "resource_withdrawn": N_("« %(step)s » : « %(activity)s » n’est plus au catalogue."),
    "resource_gone": N_("« %(step)s » : « %(activity)s » n’est plus sur sa plateforme, ou y est cachée."),
    "resource_brings_less": N_("« %(step)s » : « %(activity)s » rapporte maintenant moins que prévu."),
}

REMEDY_WORDS: dict[str, str] = {
    "deposit_and_validation": N_("Ajouter un dépôt validé"),
    "trainer_validation": N_("Accepter aussi l’avis de la formatrice"),
    "seances": N_("Accepter aussi la présence"),
    "partner_file": N_("Importer le CSV du partenaire"),
    "lti_publication": N_("Passer par une liaison de cours"),
    "web_services": N_("Demander le droit de lecture"),
}

EDIT_WORDS: dict[str, str] = {
    "header": N_("titre du parcours"),
    "module_added": N_("module ajouté"),
    "module_changed": N_("module changé"),
    "module_moved": N_("module déplacé"),
    "module_removed": N_("module retiré"),
    "step_added": N_("étape ajoutée"),
    "step_changed": N_("étape changée"),
    "step_moved": N_("étape déplacée"),
    "step_copied": N_("étape copiée"),
    "step_removed": N_("étape retirée"),
    "rule_changed": N_("règle changée"),
    "prerequisites_changed": N_("prérequis changés"),
    "skills_changed": N_("compétences changées"),
    "variant_added": N_("façon ajoutée"),
    "variant_changed": N_("façon changée"),
    "variant_moved": N_("façon déplacée"),
    "variant_removed": N_("façon retirée"),
    "activity_added": N_("activité ajoutée"),
    "activity_changed": N_("activité changée"),
    "activity_moved": N_("activité déplacée"),
    "activity_removed": N_("activité retirée"),
    "remedy": N_("remède appliqué"),
    "imported": N_("document importé"),
    "undone": N_("retour en arrière"),
}

#: For an edit made elsewhere than in the editor.
OTHER_EDIT = N_("changement")

CHANGE_WORDS: dict[str, str] = {
    "added": N_("étape ajoutée"),
    "removed": N_("étape retirée"),
    "moved": N_("étape déplacée"),
    "title": N_("titre"),
    "objectives": N_("objectifs"),
    "plain": N_("phrase simple"),
    "instructions": N_("consigne"),
    "skills": N_("compétences"),
    "weight": N_("poids"),
    "required": N_("obligatoire ou non"),
    "prerequisites": N_("prérequis"),
    "window": N_("dates"),
    "rule": N_("règle"),
    "variants": N_("façons de faire"),
    "valid_for_days": N_("durée de validité"),
    "modules": N_("modules"),
    "header": N_("titre du parcours"),
}

VERSION_WORDS: dict[str, str] = {
    "draft": N_("brouillon"),
    "published": N_("publiée"),
    "retired": N_("fermée aux nouvelles inscriptions"),
}


def soon(hours: int) -> str:
    """How soon something comes back, from hours."""
    if hours <= 1:
        return _("en quelques minutes")
    if hours < 24:
        return _("en %(hours)s heures", hours=translator().number(hours, 0))
    days = round(hours / 24)
    return _("le lendemain") if days == 1 else _("en %(days)s jours", days=translator().number(days, 0))


def brings_line(brings: Brings) -> str:
    """« note, en quelques minutes »."""
    return f"{_(BRINGS_WORDS[brings.kind])}, {soon(brings.within_hours)}"


def problem_line(problem: Problem) -> str:
    """A finding in the reader's language."""
    params = dict(problem.params)
    if "kind" in params:
        kind = BRINGS_WORDS[params["kind"]]
        params["kind"] = _(kind)
    if "modality" in params:
        modality = MODALITY_WORDS[params["modality"]]
        params["modality"] = _(modality)
    if problem.code == "prerequisite_cycle":
        params["steps"] = translator().enumeration(params["steps"])
    return _(PROBLEM_WORDS[problem.code], **params)


def own_kinds() -> list[tuple[str, str]]:
    """Kinds that can be entered in the catalogue by hand: (value, word)."""
    return [(k.value, _(KIND_WORDS[k])) for k in (BindingKind.WEB, BindingKind.LTI_LINK, BindingKind.ACTIVITY)]


#: What the description that an entry came with says (`hub.services.descriptions.told`).
DESCRIPTION_WORDS: dict[str, str] = {
    "document_type": N_("Type de document"), "general_type": N_("Nature du document"),
    "type": N_("Type pédagogique"), "audience": N_("Public"), "level": N_("Niveau"), "age": N_("Âge"),
    "activity": N_("Activités induites"), "credit": N_("Validation des acquis"), "place": N_("Lieu"),
    "method": N_("Modalité pédagogique"), "tool": N_("Outils"), "class": N_("Classements"),
}  # fmt: skip
