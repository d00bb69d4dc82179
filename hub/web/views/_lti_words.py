"""Words of LTI's registration and self-test: what happened, what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.errors import ConnectorError
from hub.services.errors import Invalid
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
