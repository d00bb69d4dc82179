"""Text messages through a gateway that takes one HTTP POST a message: most providers do, under names of their own.

``HttpSmsGateway(settings, http).send("+33612345678", "…", key)``. The settings are declared like those of every
connector; the address policy, limits and secrets are those of the client handed in.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from connectors.declaration import N_, Setting
from connectors.http import HttpClient

SETTINGS: Final = (
    Setting(
        "url",
        N_("Adresse de la passerelle SMS"),
        kind="url",
        help=N_("Celle que votre fournisseur appelle « API » ou « HTTP ». Vide : pas de SMS."),
    ),
    Setting(
        "token",
        N_("Jeton ou clé"),
        secret=True,
        required=False,
        help=N_("Envoyé dans l’en-tête Authorization: Bearer. Laissez vide pour garder celui qui est là."),
    ),
    Setting("sender", N_("Expéditeur affiché"), required=False, help=N_("Onze lettres au plus, ou un numéro.")),
    Setting("form", N_("Façon d’envoyer"), kind="choice", choices=(("json", "JSON"), ("form", N_("Formulaire")))),
    Setting("to_field", N_("Nom du champ « numéro »"), help=N_("Le plus souvent : to")),
    Setting("text_field", N_("Nom du champ « texte »"), help=N_("Le plus souvent : text ou message")),
    Setting(
        "sender_field",
        N_("Nom du champ « expéditeur »"),
        required=False,
        help=N_("Le plus souvent : from ou sender"),
    ),
)
LONGEST: Final = 459
"""Characters of three joined messages (3GPP TS 23.040): what most gateways take."""


class HttpSmsGateway:
    """One gateway. ``settings``: cleaned values of ``SETTINGS`` by name. The repr shows no token."""

    def __init__(self, settings: Mapping[str, str], http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    def __repr__(self) -> str:
        return f"HttpSmsGateway({self._settings.get('url', '')!r})"

    def send(self, to: str, text: str, key: str) -> str:
        """Send one message; gives the status of the answer. ``key`` names it towards gateways that know
        ``Idempotency-Key``. Never tried again here: a second try may be a second message. Raises ConnectorError."""
        fields: dict[str, Any] = {
            self._settings["to_field"]: international(to),
            self._settings["text_field"]: text[:LONGEST],
        }
        if self._settings.get("sender") and self._settings.get("sender_field"):
            fields[self._settings["sender_field"]] = self._settings["sender"]
        headers = {"Idempotency-Key": key}
        if self._settings.get("token"):
            headers["Authorization"] = f"Bearer {self._settings['token']}"
        post = self._http.post_form if self._settings.get("form") == "form" else self._http.post_json
        return f"HTTP {post(self._settings['url'], fields, headers=headers).status}"


def international(number: str) -> str:
    """A number in the form of ITU-T E.164; one that begins with a single 0 is taken for French: 06… -> +336…"""
    digits = re.sub(r"[^\d+]", "", number)
    if digits.startswith("00"):
        return "+" + digits[2:]
    return "+33" + digits[1:] if digits.startswith("0") else digits
