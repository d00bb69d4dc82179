"""Words of the API's own refusals. French here, English in ``texts/en/api.po``; those of services are in
``hub.web.error_words``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.texts import N_

#: Code -> title, and what to do.
REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "token_missing": (
        N_("Il manque un jeton"),
        N_("Envoyez l’en-tête « Authorization: Bearer » avec un jeton fait sur la page « Mon compte »."),
    ),
    "token_not_valid": (
        N_("Ce jeton n’est pas valable"),
        N_("Il est inconnu, révoqué ou trop ancien. Faites-en un autre sur la page « Mon compte »."),
    ),
    "scope_missing": (
        N_("Ce jeton n’a pas ce droit"),
        N_("Il manque le droit « %(scope)s ». Faites un jeton qui l’a."),
    ),
    "role_missing": (
        N_("Vos rôles ne permettent pas cela"),
        N_("Un jeton ne peut pas plus que la personne à qui il est."),
    ),
    "unsupported_media_type": (
        N_("Ce format n’est pas lu"),
        N_("Envoyez du JSON, avec l’en-tête « Content-Type: application/json »."),
    ),
    "body_too_large": (N_("La demande est trop lourde"), N_("Envoyez moins à la fois.")),
    "not_json": (N_("Ce n’est pas du JSON"), N_("Le texte envoyé est incomplet ou mal formé.")),
    "invalid": (N_("La demande ne convient pas"), N_("Corrigez ce qui est indiqué.")),
    "revision_missing": (
        N_("Il manque la révision"),
        N_("Dites quelle révision vous avez lue : l’en-tête « If-Match » avec la valeur de « ETag »."),
    ),
    "revision_changed": (
        N_("Cela a changé depuis votre lecture"),
        N_("Rien n’est enregistré. Relisez, puis recommencez."),
    ),
    "conflict": (
        N_("Ce n’est pas possible dans l’état présent"),
        N_("Rien n’est enregistré. Le code du refus (« code ») dit ce qui s’y oppose."),
    ),
    "already_enrolled": (
        N_("Cette personne suit déjà ce parcours"),
        N_("Terminez d’abord l’inscription qui est en cours."),
    ),
    "draft_version": (N_("Cette version est un brouillon"), N_("On s’inscrit dans une version publiée.")),
    "path_not_publishable": (
        N_("Cette version ne peut pas être publiée"),
        N_("Voyez ses vérifications (« checks ») et corrigez les erreurs."),
    ),
    "word_not_asked": (
        N_("La règle de cette étape ne demande pas la parole d’une formatrice ou d’un formateur"),
        N_("Une dispense reste possible."),
    ),
    "already_done": (N_("Cette étape est déjà terminée"), N_("Il n’y a rien de plus à faire.")),
    "already_answered": (N_("Une réponse est déjà donnée"), N_("Relisez la demande.")),
    "already_voided": (N_("Cette trace est déjà annulée"), N_("Il n’y a rien de plus à faire.")),
    "voiding_stands": (
        N_("Une annulation ne s’annule pas"),
        N_("Envoyez la trace à nouveau, sous un autre identifiant."),
    ),
    "way_gone": (
        N_("Le parcours n’a plus cette façon de faire"),
        N_("Il a changé depuis la demande. Refusez-la, ou demandez à la personne de choisir à nouveau."),
    ),
    "roll_called": (
        N_("L’appel de cette séance est déjà fait"),
        N_("Ses minutes comptent déjà : corrigez l’appel plutôt que la séance."),
    ),
    "link_for_learners_only": (
        N_("Ce lien se donne aux apprenants seulement"),
        N_("Pour une personne qui a d’autres rôles, faites-le sur la page du hub."),
    ),
    "not_found": (N_("Cela n’existe pas"), N_("Ou ce n’est pas à la portée de ce jeton.")),
}

#: Words of the faults of one member, beside those of ``FIELD_FAULTS``.
FAULTS: Final[Mapping[str, str]] = {
    "unknown_member": N_("Ce nom n’est pas connu."),
    "wrong_type": N_("Ce n’est pas le type attendu."),
    "not_an_id": N_("Ce n’est pas un identifiant (UUID)."),
    "not_a_time": N_("Écrivez une heure, par exemple 09:00."),
    "not_text": N_("Ce texte ne peut pas être gardé : caractère nul, ou trop d’étages."),
    "repeated": N_("Donnez-le une seule fois."),
    "own_person": N_("Vous ne pouvez pas vous effacer vous-même."),
    "not_the_name": N_("Écrivez exactement le prénom et le nom de la personne."),
    "not_a_zone": N_("Ce fuseau horaire n’existe pas. Exemple : Europe/Paris."),
    "shared_email": N_("Une autre personne a déjà cet e-mail : dites « same_email » si c’est normal."),
}

#: Areas of the scopes, as a person chooses them.
AREA_WORDS: Final[Mapping[str, str]] = {
    "people": N_("personnes, rôles et organisations"),
    "groups": N_("groupes et avancement"),
    "paths": N_("parcours et versions"),
    "catalogue": N_("catalogue"),
    "learning": N_("inscriptions, étapes, travaux remis, demandes d’aide"),
    "sessions": N_("séances et appels"),
    "platforms": N_("plateformes et sources de traces"),
    "administration": N_("comptes à relier, envois, journal"),
}
