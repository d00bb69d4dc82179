"""The one table from stable error codes to HTTP status and words. French here, English in ``texts/en/errors.po``.

A code is looked up for the exception's class and then for its ancestors, so that a new error of a known family has
words at once. Texts may use the ``details`` of the error: ``%(name)s``.
"""

from dataclasses import dataclass

from hub.texts import N_


@dataclass(frozen=True, slots=True)
class Words:
    """Status, what happened, what it means and what to do."""

    status: int
    title: str
    text: str


_RETRY = N_("Essayez encore dans un moment. Rien n’est perdu.")
_ASK = N_("Si vous pensez que c’est une erreur, demandez à la personne qui vous accompagne.")
_REMOTE = N_("Ce que le hub savait déjà est gardé. Il essaiera de nouveau plus tard.")
_SETTING = N_("Un réglage de cette plateforme est à revoir par l’administrateur.")

INTERNAL = Words(
    500,
    N_("Le hub a eu un problème"),
    N_("Ce n’est pas de votre faute. Le problème est noté. Essayez encore dans un moment."),
)

TABLE: dict[str, Words] = {
    # hub.services
    "not_found": Words(
        404, N_("Cette page n’existe pas"), N_("Le lien est peut-être ancien, ou l’adresse mal recopiée.")
    ),
    "forbidden": Words(403, N_("Cette page n’est pas pour vous"), _ASK),
    "conflict": Words(
        409,
        N_("Quelqu’un d’autre vient de changer cela"),
        N_("Rien n’a été enregistré. Rechargez la page pour voir ce qui a changé, puis recommencez."),
    ),
    "link_not_yet": Words(
        409,
        N_("Ce n’est pas encore ouvert"),
        N_("Le site du partenaire ouvre cette activité plus tard. Revenez alors."),
    ),
    "link_over": Words(
        409,
        N_("Ce n’est plus ouvert"),
        N_("Le site du partenaire a fermé cette activité. Choisissez une autre façon, ou demandez de l’aide."),
    ),
    "not_playable": Words(
        409,
        N_("Ce contenu ne se joue pas dans le hub"),
        N_("Vous pouvez le télécharger, ou demander de l’aide à la personne qui vous accompagne."),
    ),
    "content_host_missing": Words(
        503,
        N_("Les contenus ne se jouent pas encore ici"),
        N_(
            "Ce hub n’a pas d’adresse à part pour les contenus : sans elle, un contenu pourrait agir à votre place. "
            "Téléchargez-le, et prévenez l’administrateur (hub doctor dit quoi faire)."
        ),
    ),
    "ticket_used": Words(
        409, N_("Cette page a déjà servi"), N_("Rechargez la page du hub pour ouvrir le contenu de nouveau.")
    ),
    "opened_elsewhere": Words(
        409,
        N_("Ce contenu est ouvert ailleurs"),
        N_("Rechargez la page pour continuer ici."),
    ),
    "http-410": Words(
        410, N_("Cette page a expiré"), N_("Rechargez la page du hub pour ouvrir le contenu de nouveau.")
    ),
    "resource_opens_nowhere": Words(
        409,
        N_("Cette ressource ne s’ouvre pas d’elle-même."),
        N_(
            "Seul ce qui s’ouvre d’un clic peut être proposé aux partenaires : une page, un outil, un cours, un paquet."
        ),
    ),
    "invalid": Words(422, N_("Ce n’est pas possible ainsi"), N_("Revenez en arrière et corrigez ce qui est indiqué.")),
    "oidc_fault": Words(
        502,
        N_("Le service de connexion ne répond pas comme prévu"),
        N_("Essayez encore, ou connectez-vous autrement. Si cela dure, prévenez l’administrateur du lieu."),
    ),
    "oidc_ceremony_lost": Words(
        400,
        N_("Cette connexion n’a pas été commencée ici"),
        N_("Recommencez depuis la page de connexion, dans cette même fenêtre."),
    ),
    "oidc_not_linked": Words(
        403,
        N_("Ce compte n’est relié à personne ici"),
        N_("Connectez-vous une fois avec votre mot de passe, puis reliez ce compte sur la page « Mon compte »."),
    ),
    "oidc_taken": Words(
        409, N_("Ce compte est déjà relié à quelqu’un d’autre"), N_("Prévenez l’administrateur du lieu.")
    ),
    "passkey_known": Words(409, N_("Cette clé d’accès est déjà enregistrée"), N_("Rien n’est changé.")),
    "too_many_requests": Words(429, N_("Trop d’essais à la suite"), N_("Attendez une minute, puis recommencez.")),
    "person_not_found": Words(
        404, N_("Cette personne n’est pas dans le hub"), N_("Son dossier a peut-être été effacé.")
    ),
    "session_not_found": Words(404, N_("Cette connexion est déjà fermée"), N_("Il n’y a rien de plus à faire.")),
    # ways in
    "wrong_credentials": Words(
        422, N_("Identifiant ou mot de passe incorrect"), N_("Vérifiez ce que vous avez écrit, puis essayez encore.")
    ),
    "locked_out": Words(
        429,
        N_("Trop d’essais à la suite"),
        N_(
            "Par sécurité, cette façon de se connecter est fermée pour un moment. Attendez, ou "
            "demandez de l’aide sur place."
        ),
    ),
    "link_not_valid": Words(
        410,
        N_("Ce lien ne marche plus"),
        N_(
            "Un lien de connexion ne sert qu’une fois et pas longtemps. Demandez-en un autre à la "
            "personne qui vous l’a donné."
        ),
    ),
    "card_not_valid": Words(
        410,
        N_("Cette carte ne marche plus"),
        N_("Elle a été remplacée ou annulée. Demandez une autre carte à l’accueil."),
    ),
    "login_taken": Words(409, N_("Cet identifiant est déjà pris"), N_("Choisissez-en un autre.")),
    "account_not_found": Words(
        404, N_("Vous n’avez pas encore de mot de passe"), N_("Demandez une invitation à l’accueil.")
    ),
    "card_for_learners_only": Words(
        409,
        N_("Cette personne ne peut pas avoir de carte"),
        N_("Une carte ouvre seulement le compte d’une personne en formation, sans autre rôle."),
    ),
    # hub.db
    "tenant-unknown-host": Words(404, N_("Aucun lieu ne répond à cette adresse"), N_("Vérifiez l’adresse du site.")),
    "tenant-unknown": Words(404, N_("Aucun lieu ne répond à cette adresse"), N_("Vérifiez l’adresse du site.")),
    "tenant-suspended": Words(
        503, N_("Ce lieu est fermé pour le moment"), N_("Demandez à la personne qui l’administre.")
    ),
    "tenant-not-migrated": Words(
        503, N_("Le hub est en cours de mise à jour"), N_("Il revient dans quelques minutes. Rien n’est perdu.")
    ),
    "database-busy": Words(503, N_("Le hub est très occupé"), _RETRY),
    "database-away": Words(
        503,
        N_("Le hub redémarre"),
        N_(
            "Sa base de données ne répond pas pour le moment. Essayez encore dans une minute ; ce qui était "
            "enregistré le reste."
        ),
    ),
    "database-full": Words(
        503,
        N_("Le hub n’a plus de place"),
        N_(
            "Ce que vous avez envoyé n’est pas enregistré ; ce qui l’était le reste. Prévenez la personne qui "
            "administre le lieu : le disque du serveur est plein."
        ),
    ),
    "blob-missing": Words(404, N_("Ce fichier n’est plus là"), N_("Demandez-le à la personne qui l’a déposé.")),
    "blob-too-large": Words(
        413,
        N_("Ce fichier est trop lourd"),
        N_("Le hub ne peut pas le recevoir. Réduisez-le, ou donnez un lien vers ce fichier."),
    ),
    "queue-unknown": Words(404, N_("Cet envoi n’existe plus"), N_("Il a peut-être été effacé.")),
    # connectors: what a person sees who asked for something of a platform at once
    "connector_error": Words(502, N_("L’autre plateforme n’a pas répondu comme prévu"), _REMOTE),
    "configuration_fault": Words(502, N_("Le hub ne peut pas lire cette plateforme"), _SETTING),
    "setting_refused": Words(422, N_("Un réglage ne convient pas"), _SETTING),
    "missing_right": Words(502, N_("Il manque un droit au hub sur cette plateforme"), _SETTING),
    "remote_fault": Words(503, N_("L’autre plateforme ne répond pas pour le moment"), _REMOTE),
    "rate_limited": Words(503, N_("L’autre plateforme demande d’attendre"), _REMOTE),
    "too_large": Words(502, N_("L’autre plateforme a envoyé trop de données"), _REMOTE),
    # lti, content: the root codes of their trees
    "lti_error": Words(
        400,
        N_("L’échange avec l’autre site n’a pas abouti"),
        N_("Revenez à votre parcours et ouvrez l’étape de nouveau."),
    ),
    "content_error": Words(
        422, N_("Ce contenu ne peut pas être lu"), N_("Le fichier est incomplet ou d’une autre sorte que prévu.")
    ),
    # HTTP
    "http-400": Words(
        400,
        N_("La demande n’est pas complète"),
        N_("Le hub n’a pas compris ce qui lui était demandé. Revenez à la page précédente et essayez encore."),
    ),
    "http-401": Words(401, N_("Vous n’êtes pas connecté"), N_("Connectez-vous, puis revenez ici.")),
    "http-403": Words(403, N_("Cette page n’est pas pour vous"), _ASK),
    "http-404": Words(
        404, N_("Cette page n’existe pas"), N_("Le lien est peut-être ancien, ou l’adresse mal recopiée.")
    ),
    "http-405": Words(
        405, N_("Cela ne se fait pas ainsi"), N_("Revenez à la page précédente et utilisez ses boutons.")
    ),
    "http-413": Words(
        413,
        N_("Ce fichier est trop lourd"),
        N_("Le hub ne peut pas le recevoir. Réduisez-le, ou donnez un lien vers ce fichier."),
    ),
    "http-429": Words(429, N_("Trop d’essais à la suite"), N_("Attendez une minute, puis recommencez.")),
    "csrf": Words(
        400,
        N_("Cette page a expiré"),
        N_(
            "Par sécurité, un formulaire resté ouvert longtemps n’est plus accepté. "
            "Revenez en arrière, rechargez la page et envoyez-la de nouveau."
        ),
    ),
}

#: Words of the faults of one field (``Invalid.fields``).
FIELD_FAULTS: dict[str, str] = {
    "required": N_("À remplir."),
    "unknown": N_("Ce choix n’existe pas."),
    "too_long": N_("Trop long."),
    "too_short": N_("Trop court."),
    "password_too_short": N_("Écrivez au moins 10 caractères, par exemple trois mots à la suite."),
    "password_too_easy": N_("Trop facile à deviner : évitez votre nom, votre identifiant et les suites de touches."),
    "not_a_number": N_("Écrivez un nombre."),
    "out_of_range": N_("Ce nombre est trop petit ou trop grand."),
    "not_a_date": N_("Écrivez une date, par exemple 24/11/2026."),
    "not_an_address": N_("Écrivez une adresse entière, comme https://exemple.fr/xapi."),
    "not_an_email": N_("Écrivez une adresse comme prenom@exemple.fr."),
    "taken": N_("Déjà pris."),
    "different": N_("Les deux ne sont pas pareils."),
    "ends_before": N_("La fin vient avant le début."),
    "five_digits": N_("Cinq chiffres, par exemple 31000."),
    "code_form": N_("Ce code n’a pas la forme attendue."),
    "picture_kind": N_("Choisissez une image JPEG, PNG ou WebP."),
    "picture_broken": N_("Cette image est abîmée : enregistrez-la de nouveau."),
    "picture_heavy": N_("Cette image pèse plus de 400 ko : réduisez-la."),
    "picture_size": N_("Chaque côté de l’image doit avoir de 100 à 4 000 points."),
    "incorrect": N_("Incorrect."),
}
