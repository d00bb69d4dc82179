"""Words of LTI's registration and self-test: what happened, what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.errors import ConnectorError
from hub.services.errors import Invalid
from hub.services.lti_selftest import Step
from hub.services.remote_errors import described
from hub.texts import N_, gettext
from hub.web.views._admin_words import remote_words
from lti import Code, RegistrationRefused


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in words: what happened, what to do, and the stable code with what the other side said."""

    title: str
    todo: str
    technical: str = ""


_REFUSED = {
    Code.REGISTRATION_TOKEN_INVALID: (
        N_("Ce lien ne sert plus"),
        N_("Il est trop ancien, ou il a déjà servi. Demandez-en un nouveau à la personne qui administre le hub."),
    ),
    Code.REGISTRATION_DOCUMENT_INVALID: (
        N_("L’adresse ne mène pas à une description de plateforme"),
        N_("Elle doit mener au document « openid-configuration » de votre LMS. Ouvrez ce lien depuis la page de votre "
           "LMS où l’on ajoute un outil, qui donne cette adresse d’elle-même."),
    ),
    Code.REGISTRATION_ISSUER_ELSEWHERE: (
        N_("Le document parle au nom d’un autre site"),
        N_("L’émetteur (issuer) qu’il nomme n’est pas le site qui le publie. Vérifiez l’adresse, ou reliez la "
           "plateforme à la main."),
    ),
    Code.REGISTRATION_ANSWER_INVALID: (
        N_("La plateforme n’a pas inscrit le hub"),
        N_("Sa réponse n’est pas celle que la norme demande. Recommencez depuis la plateforme, ou reliez-la à la "
           "main."),
    ),
}  # fmt: skip


def join_fault(error: RegistrationRefused | ConnectorError | Invalid) -> Fault:
    """A registration that failed, in words."""
    if isinstance(error, ConnectorError):
        said = remote_words(described(error))
        # What the platform says in its body is all that its administrator can go by (Canvas 422, Moodle 401).
        technical = " · ".join(part for part in (said.technical or error.code, error.excerpt) if part)
        return Fault(said.short[:1].upper() + said.short[1:], said.todo or said.meaning, technical)
    if isinstance(error, Invalid):
        return Fault(
            gettext(N_("Cette plateforme est déjà reliée")),
            gettext(N_("Supprimez l’inscription du hub dans la plateforme, puis recommencez.")),
            ", ".join(error.fields),
        )
    title, todo = _REFUSED.get(error.code, _REFUSED[Code.REGISTRATION_ANSWER_INVALID])
    return Fault(gettext(title), gettext(todo), str(error))


STEP_WORDS = {
    "keys": N_("Lire ses clés publiques"),
    "login": N_("Commencer une connexion"),
    "authorization": N_("Joindre son adresse d’authentification"),
    "token": N_("Recevoir un jeton de ses services"),
    "deployment": N_("Avoir un déploiement accepté"),
    "registration": N_("Trouver l’inscription"),
}
FAULT_WORDS = {
    "no_keys": N_("Le document n’a pas de clés."),
    "no_usable_key": N_("Aucune clé ne convient : il faut une clé RSA ou EC avec un « kid »."),
    "no_token_endpoint": N_("L’adresse des jetons manque : modifiez l’inscription."),
    "no_token": N_("La réponse ne contient pas de jeton."),
    "no_deployment": N_("Ouvrez une fois le hub depuis ce LMS, puis acceptez son déploiement ci-dessous."),
    "login_refused": N_("L’outil refuse notre demande de connexion : il ne connaît pas encore le hub, ou pas sous cet "
                        "identifiant client."),
    "closed": N_("Cette inscription est fermée : rouvrez-la d’abord."),
    "address_refused": N_("L’adresse est privée ou n’est pas en https : le hub ne s’y rend pas."),
    "remote_refused": N_("Le partenaire refuse : l’outil n’est peut-être pas encore activé chez lui, ou il ne lit pas "
                         "nos clés."),
}  # fmt: skip


def step_words(step: Step) -> tuple[str, str]:
    """A step of a self-test: what was tried, and why it failed (empty where it holds)."""
    name = gettext(STEP_WORDS[step.name])
    if step.holds:
        return name, ""
    if step.code in FAULT_WORDS:
        return name, gettext(FAULT_WORDS[step.code])
    return name, remote_words({"code": step.code}).meaning


def letter(steps: Iterable[Step], place: str, given: Iterable[tuple[str, str, str]]) -> str:
    """The message to send to the partner's administrator: what fails, in the words of the protocol, and our
    addresses. Empty where everything holds."""
    failed = [step for step in steps if not step.holds]
    if not failed:
        return ""
    why = gettext(N_("Nous relions votre plateforme à %(place)s par LTI 1.3."), place=place)
    lines = [gettext(N_("Bonjour,")), "", why]
    lines.append(gettext(N_("Ces étapes ne marchent pas encore :")))
    for step in failed:
        lines.append("- " + " : ".join(part for part in (*step_words(step), step.detail) if part))
    lines += ["", gettext(N_("Nos adresses :"))]
    lines += [f"- {label} : {value}" for _name, label, value in given]
    lines += ["", gettext(N_("Pouvez-vous vérifier que l’outil est activé, que ces adresses sont les bonnes et que "
                             "votre serveur peut les joindre ? Merci."))]  # fmt: skip
    return "\n".join(lines)
