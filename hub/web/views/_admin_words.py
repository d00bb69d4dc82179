"""Words of codes on the administrator's pages: acts of the journal, errors of platforms, kinds of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.services import place_acts
from hub.texts import N_, gettext
from hub.web.words import ROLE_WORDS

ROLE_TITLES = {
    "learner": N_("Apprenant"),
    "trainer": N_("Formateur"),
    "designer": N_("Ingénieur pédagogique"),
    "mediator": N_("Médiateur"),
    "administrator": N_("Administrateur"),
    "tutor": N_("Tuteur, maître d’apprentissage"),
    "prescriber": N_("Prescripteur"),
    "auditor": N_("Contrôleur"),
}

ACTS = {
    **place_acts.WORDS,
    "lti_in.proved": N_("compte relié à une plateforme partenaire"),
    "lti_in.migrated": N_("compte repris de LTI 1.1"),
    "lti_in.migration_unproven": N_("reprise depuis LTI 1.1 non prouvée"),
    "lti_in.refused": N_("ouverture depuis une plateforme refusée"),
    "lti_selection.refused": N_("contenu d’un outil LTI 1.1 refusé"),
    "lti_outcome.refused": N_("note d’un outil LTI 1.1 refusée"),
    "lti_in.withdrawn": N_("compte délié d’une plateforme partenaire"),
    "person.made_by_lti": N_("personne ajoutée par une plateforme partenaire"),
    "account.password_changed": N_("mot de passe changé"),
    "api_token.created": N_("jeton d’accès créé"),
    "api_token.revoked": N_("jeton d’accès annulé"),
    "card.issued": N_("carte faite"),
    "administrator.recovered": N_("accès d’administrateur rétabli depuis le serveur"),
    "card.revoked": N_("carte annulée"),
    "codes.loaded": N_("liste de codes chargée"),
    "collection.shared_out": N_("collection partagée avec d’autres lieux"),
    "collection.taken_back": N_("collection plus partagée"),
    "subscription.added": N_("collection d’un autre lieu prise"),
    "subscription.ended": N_("collection d’un autre lieu plus prise"),
    "second_factor.asked": N_("seconde preuve demandée à l’équipe"),
    "second_factor.not_asked": N_("seconde preuve plus demandée"),
    "second_factor.taken_away": N_("seconde preuve perdue retirée"),
    "claim.refuse": N_("« J’ai terminé » non confirmé"),
    "deposit.accept": N_("travail accepté"),
    "deposit.return": N_("travail rendu à reprendre"),
    "enrolment.create": N_("inscription à un parcours"),
    "enrolment.end": N_("fin d’une inscription"),
    "fall.acknowledge": N_("résultat en baisse vérifié"),
    "group.archived": N_("groupe archivé"),
    "group.changed": N_("groupe modifié"),
    "group.created": N_("groupe créé"),
    "group.joined": N_("entrée dans un groupe"),
    "group.left": N_("sortie d’un groupe"),
    "group.restored": N_("groupe repris"),
    "help.take": N_("demande d’aide prise en charge"),
    "hours.own": N_("heures attribuées à une inscription"),
    "identity.ignored": N_("compte mis de côté"),
    "identity.link": N_("compte relié"),
    "identity.restored": N_("compte repris"),
    "identity.unlink": N_("compte délié"),
    "lti_key.rotated": N_("clé de signature renouvelée"),
    "lti_deployment.approved": N_("déploiement du hub accepté"),
    "lti_deployment.refused": N_("déploiement du hub refusé"),
    "lti_legacy.added": N_("clé LTI 1.1 ajoutée"),
    "lti_legacy.closed": N_("clé LTI 1.1 fermée"),
    "lti_legacy.opened": N_("clé LTI 1.1 rouverte"),
    "lti_platform.changed": N_("inscription du hub modifiée"),
    "lti_platform.closed": N_("inscription du hub fermée"),
    "lti_platform.opened": N_("inscription du hub rouverte"),
    "lti_platform.registered": N_("hub inscrit dans un LMS"),
    "lti_registration.offered": N_("inscription LTI permise"),
    "lti_tool.changed_itself": N_("outil modifié par lui-même"),
    "lti_tool.registered_itself": N_("outil inscrit par lui-même"),
    "resource.offered": N_("ressource proposée aux partenaires"),
    "resource.taken_back": N_("ressource plus proposée aux partenaires"),
    "resource.picked": N_("ressource choisie dans un outil"),
    "lti_tool.activated": N_("outil rouvert"),
    "lti_tool.changed": N_("outil modifié"),
    "lti_tool.deactivated": N_("outil fermé"),
    "lti_tool.registered": N_("outil enregistré"),
    "oidc_account.linked": N_("compte d’organisme relié"),
    "oidc_account.unlinked": N_("compte d’organisme délié"),
    "oidc_provider.added": N_("service de connexion ajouté"),
    "oidc_provider.changed": N_("service de connexion modifié"),
    "oidc_provider.closed": N_("service de connexion fermé"),
    "oidc_provider.opened": N_("service de connexion rouvert"),
    "messages.changed": N_("e-mail, SMS ou messages réglés"),
    "organisation.changed": N_("organisme modifié"),
    "organisation.created": N_("organisme créé"),
    "path.archived": N_("parcours archivé"),
    "path.created": N_("parcours créé"),
    "path.draft_created": N_("brouillon de parcours commencé"),
    "path.edited": N_("brouillon de parcours changé"),
    "path.published": N_("parcours publié"),
    "path.restored": N_("parcours repris"),
    "path.retired": N_("version de parcours retirée"),
    "people.imported": N_("liste de personnes importée"),
    "person.changed": N_("fiche modifiée"),
    "person.created": N_("personne ajoutée"),
    "person.erased": N_("personne effacée"),
    "person.means_changed": N_("moyens pour apprendre modifiés"),
    "place.changed": N_("lieu modifié"),
    "place.created": N_("lieu ajouté"),
    "platform.active": N_("lecture reprise"),
    "platform.added": N_("plateforme reliée"),
    "platform.changed": N_("plateforme modifiée"),
    "platform.falls_confirmed": N_("résultats en baisse acceptés"),
    "platform.enrolment_asked": N_("inscription demandée sur une plateforme"),
    "platform.unenrolment_asked": N_("désinscription demandée sur une plateforme"),
    "platform.completion_asked": N_("activité à marquer comme faite sur une plateforme"),
    "platform.group_taken": N_("groupe repris d’une plateforme"),
    "platform.backup_asked": N_("sauvegarde d’un cours à reprendre"),
    "platform.roll_asked": N_("présence à écrire sur une plateforme"),
    "platform.falls_refused": N_("résultats en baisse refusés"),
    "platform.paused": N_("lecture mise en pause"),
    "harvest.added": N_("entrepôt ajouté"),
    "offer.imported": N_("offre de formation importée"),
    "offer.withdrawn": N_("formation retirée de l’offre"),
    "package.imported": N_("paquet importé"),
    "publishing.changed": N_("ouverture au public modifiée"),
    "resource.changed": N_("ressource modifiée"),
    "resource.created": N_("ressource ajoutée"),
    "resource.restored": N_("ressource reprise"),
    "resource.withdrawn": N_("ressource retirée"),
    "role.granted": N_("rôle donné"),
    "role.revoked": N_("rôle retiré"),
    "roll.close": N_("émargement clos"),
    "roll.reopen": N_("émargement rouvert"),
    "room.changed": N_("salle modifiée"),
    "room.created": N_("salle ajoutée"),
    "seance.cancel": N_("séance annulée"),
    "seance.change": N_("séance modifiée"),
    "seance.create": N_("séance créée"),
    "seat.add": N_("place ajoutée à une séance"),
    "seat.remove": N_("place retirée d’une séance"),
    "second_factor.added": N_("seconde preuve ajoutée"),
    "second_factor.removed": N_("seconde preuve retirée"),
    "settings.changed": N_("réglages modifiés"),
    "sign_in_link.handed_over": N_("lien de connexion remis"),
    "statement.voided": N_("trace annulée"),
    "step.refuse": N_("étape non validée"),
    "step.validate": N_("étape validée"),
    "variant.ask": N_("changement de façon demandé"),
    "variant.choose": N_("façon choisie"),
    "variant.refuse": N_("changement de façon refusé"),
    "waiver.grant": N_("dispense accordée"),
    "waiver.withdraw": N_("dispense retirée"),
    "erasure.to_tell": N_("effacement à faire connaître à un destinataire"),
    "erasure.told": N_("effacement dit à un destinataire"),
    "lrs_link.added": N_("lien vers un LRS ajouté"),
    "lrs_link.changed": N_("lien vers un LRS modifié"),
    "lrs_link.new_secret": N_("nouveau secret d’un webhook"),
    "lrs_link.paused": N_("lien vers un LRS mis en pause"),
    "lrs_link.removed": N_("lien vers un LRS supprimé"),
    "lrs_link.replayed": N_("traces transmises ou lues à nouveau"),
    "lrs_link.resumed": N_("lien vers un LRS repris"),
    "xapi_source.activated": N_("source de traces rouverte"),
    "xapi_source.changed": N_("source de traces modifiée"),
    "xapi_source.created": N_("source de traces créée"),
    "xapi_source.deactivated": N_("source de traces fermée"),
    "xapi_source.rotated": N_("secret d’une source renouvelé"),
}

JOBS = {
    "sync_platform": N_("Lecture d’une plateforme"),
    "sync_person": N_("Lecture pour une personne"),
    "platform_enrol": N_("Inscription d’un groupe sur une plateforme"),
    "platform_unenrol": N_("Désinscription d’un groupe sur une plateforme"),
    "platform_done": N_("Activités faites ici, à marquer sur une plateforme"),
    "platform_groups": N_("Groupes d’une plateforme à lire"),
    "platform_backup": N_("Sauvegarde d’un cours à reprendre"),
    "platform_roll": N_("Présence à écrire sur une plateforme"),
    "sync_apply_held": N_("Résultats en baisse à écrire"),
    "import_people": N_("Import de personnes"),
    "lrs_forward": N_("Traces à transmettre à un LRS"),
    "lrs_pull": N_("Traces à lire d’un LRS"),
    "lrs_resend": N_("Traces refusées à renvoyer"),
    "erasure_rewrite": N_("Effacement d’un long parcours"),
    "housekeeping": N_("Ménage"),
    "place_subscription": N_("Collection d’un autre lieu à lire"),
    "place_subscriptions": N_("Collections des autres lieux à lire"),
    "backup": N_("Sauvegarde de la nuit"),
    "message": N_("Message à une personne"),
    "reminders": N_("Rappels des séances de demain"),
    "seat_offers": N_("Places libérées, proposées dans l’ordre"),
    "weekly_letter": N_("Lettre de la semaine"),
    "publish_erasures": N_("Effacements notés près des sauvegardes"),
    "migrate_enrolments": N_("Passage à une nouvelle version"),
    "email": N_("E-mail"),
    "erasure_notice": N_("Effacement à faire connaître à un autre logiciel"),
    "lti_score": N_("Note vers la plateforme d’un partenaire"),
    "sign_in_link": N_("Lien de connexion par e-mail"),
}

QUEUE_STATES = {
    "due": N_("en attente"),
    "running": N_("en cours"),
    "done": N_("fait"),
    "failed": N_("échoué"),
    "waiting": N_("attend quelqu’un"),
    "cancelled": N_("annulé"),
}
#: State of a queue -> sign of ``state_chip``.
QUEUE_SIGNS = {
    "due": "awaiting",
    "running": "in_progress",
    "done": "done",
    "failed": "check",
    "waiting": "todo",
    "cancelled": "waived",
}


@dataclass(frozen=True, slots=True)
class RemoteWords:
    """A platform's error: what it is in two words, what it means, what to do."""

    short: str
    meaning: str
    todo: str
    technical: str
    sign: str


_LATER = N_("Rien à faire : le hub essaiera de nouveau tout seul. Si cela dure plus d’un jour, prévenez le partenaire.")
_SETTINGS = N_("Ouvrez les réglages de cette plateforme, corrigez, puis vérifiez la connexion.")

#: code of a ConnectorError -> (short, meaning, what to do)
REMOTE: Mapping[str, tuple[str, str, str]] = {
    "setting_refused": (N_("réglage à revoir"), N_("Un réglage manque ou ne convient pas."), _SETTINGS),
    "invalid_token": (
        N_("jeton refusé"),
        N_("La plateforme ne reconnaît plus le jeton du hub : il a été changé, il a expiré, ou son compte est fermé."),
        N_("Demandez un nouveau jeton au partenaire et mettez-le dans les réglages de la plateforme."),
    ),
    "function_missing": (
        N_("fonction manquante"),
        N_("Le service web donné au hub ne contient pas une fonction nécessaire."),
        N_("Demandez au partenaire d’ajouter cette fonction au service du hub, puis vérifiez la connexion."),
    ),
    "missing_right": (
        N_("droit manquant"),
        N_("Le compte du hub n’a pas un droit nécessaire sur cette plateforme."),
        N_("Demandez au partenaire de cocher ce droit pour le rôle du hub, puis vérifiez la connexion."),
    ),
    "address_refused": (
        N_("adresse refusée"),
        N_("L’adresse mène à un réseau privé : par sécurité, le hub n’y va pas."),
        N_("Vérifiez l’adresse du site dans les réglages."),
    ),
    "redirect_refused": (
        N_("adresse changée"),
        N_("Le site répond à une autre adresse que celle des réglages."),
        N_("Mettez la nouvelle adresse dans les réglages, avec https://."),
    ),
    "certificate_fault": (
        N_("certificat invalide"),
        N_("Le certificat de sécurité du site est périmé, ou fait pour un autre nom."),
        N_("Prévenez le partenaire. Le hub n’envoie rien à un site dont il n’est pas sûr."),
    ),
    "remote_refused": (
        N_("accès refusé"),
        N_("Le site refuse l’entrée au hub."),
        N_("Demandez au partenaire si les services web sont ouverts, et si un pare-feu bloque le hub."),
    ),
    "remote_rejected": (
        N_("demande refusée"),
        N_("Le site dit que la demande du hub ne convient pas."),
        N_("Transmettez le détail technique ci-dessous à la personne qui s’occupe du hub."),
    ),
    "data_drift": (
        N_("données inattendues"),
        N_("Une fiche n’est plus là, ou n’a plus la forme attendue. Le reste est lu."),
        N_("Si un cours a été supprimé là-bas, retirez-le du catalogue."),
    ),
    "too_large": (
        N_("trop de données"),
        N_("Le site a répondu plus que le hub n’accepte d’un coup."),
        N_("Transmettez le détail technique ci-dessous à la personne qui s’occupe du hub."),
    ),
    "remote_down": (N_("hors service"), N_("Le site ne répond pas, ou dit être en panne."), _LATER),
    "remote_slow": (N_("trop lente"), N_("Le site a mis trop de temps à répondre."), _LATER),
    "rate_limited": (N_("demande d’attendre"), N_("Le site demande au hub de venir moins souvent."), _LATER),
    "not_json": (
        N_("réponse illisible"),
        N_("Le site a répondu autre chose que des données : souvent une page de maintenance."),
        _LATER,
    ),
    "unreadable_answer": (
        N_("réponse illisible"),
        N_("Le site a répondu autre chose que des données : souvent une page de maintenance."),
        _LATER,
    ),
    "not_possible": (
        N_("impossible là-bas"),
        N_("Cette plateforme ne sait pas faire ce que le hub lui demande."),
        N_("Transmettez le détail technique ci-dessous à la personne qui s’occupe du hub."),
    ),
    "remote_failure": (N_("panne là-bas"), N_("Le site dit avoir échoué, pour une raison à lui."), _LATER),
}
_UNKNOWN = (N_("erreur"), N_("La lecture n’a pas abouti."), _LATER)


def remote_words(error: Mapping[str, Any]) -> RemoteWords:
    """What to say of an error that a platform keeps (``services.remote_errors.described``)."""
    short, meaning, todo = REMOTE.get(str(error.get("code", "")), _UNKNOWN)
    named = [error.get("function"), *(error.get("rights") or ()), error.get("remote_code"), error.get("field")]
    facts = [str(it) for it in named if it]
    status = error.get("status")
    facts += [f"HTTP {status}"] if status else []
    facts += [str(error[name]) for name in ("where", "detail") if error.get(name) and str(error[name]) not in facts]
    sign = "awaiting" if error.get("transient") else "check"
    return RemoteWords(gettext(short), gettext(meaning), gettext(todo), " · ".join(facts), sign)


OWN: Mapping[str, str] = {
    "database-full": N_("Le disque du serveur est plein : faites de la place, le hub essaiera encore."),
    "database-away": N_("La base de données ne répondait pas. Le hub essaiera encore."),
    "database-busy": N_("La base de données était très occupée. Le hub essaiera encore."),
    "email_address_refused": N_("Cette adresse ne s’écrit pas ainsi : corrigez-la sur la fiche de la personne."),
    "email_recipient_refused": N_(
        "Cette adresse est refusée : corrigez-la sur la fiche de la personne, puis renvoyez."
    ),
    "email_refused": N_("Le serveur d’e-mail n’a pas pris le message. Le hub essaiera encore."),
    "email_server_unreachable": N_("Le serveur d’e-mail ne répond pas. Le hub essaiera encore."),
    "quiet_hours": N_("Ce sont les heures calmes : le message part ensuite."),
}
"""What kept a message from leaving or a job from its end, by the code of the remembered error."""


def error_text(error: Mapping[str, Any] | None) -> str:
    """A remembered error of a job or delivery in one sentence, the remote's own words after it."""
    if not error:
        return ""
    code = str(error.get("code", ""))
    if code in OWN:
        return f"{gettext(OWN[code])} {str(error.get('excerpt') or '')[:200]}".strip()
    known = code in REMOTE
    said = remote_words(error)
    answer = str(error.get("excerpt") or error.get("detail") or error.get("message") or "")[:200]
    return f"{said.meaning} {answer}".strip() if known else answer or code


def act_word(act: str) -> str:
    """An act in words; the code itself where nobody gave it any."""
    return gettext(ACTS[act]) if act in ACTS else act


def act_words(acts: Iterable[str]) -> list[tuple[str, str]]:
    """(act, words), by the words."""
    return sorted(((act, act_word(act)) for act in acts), key=lambda pair: pair[1].casefold())


def job_word(kind: str) -> str:
    """A kind of work in words."""
    return gettext(JOBS[kind]) if kind in JOBS else kind


def details_words(details: Mapping[str, object]) -> str:
    """The details of an entry as they can be read: texts and numbers, roles in words; ids are left out."""
    said = []
    for name, value in details.items():
        if name == "role":
            said.append(gettext(ROLE_WORDS.get(str(value), str(value))))
        elif isinstance(value, list):
            said.append(", ".join(str(one) for one in value if isinstance(one, str | int | float)))
        elif isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) != 36:
            said.append(str(value))
    return " · ".join(text for text in said if text)
