"""What keeps a platform from being read well, in words, and the letter that asks its administrator for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import cast
from urllib.parse import urlsplit

from connectors.capabilities import Capability, Diagnosing
from connectors.errors import ConnectorError
from connectors.http import HttpOptions
from connectors.records import Symptom, SymptomLevel
from connectors.registry import declarations
from hub.config import Config
from hub.services import platforms
from hub.services.platforms import Connection
from hub.texts import N_, gettext

FAULT, MISSING, ADVICE, WELL = SymptomLevel.FAULT, SymptomLevel.MISSING, SymptomLevel.ADVICE, SymptomLevel.WELL
ORDER = (FAULT, MISSING, ADVICE, WELL)
PATIENCE = HttpOptions(connect_timeout=5, read_timeout=15, deadline=30, retries=0)
PRIVATE_HUB = N_(
    "Le hub est à une adresse privée ou sur un port inhabituel (%(hub)s) : Moodle refuse d’y envoyer ses traces et d’y "
    "enregistrer un outil."
)
ASK_PRIVATE_HUB = N_(
    "Administration du site > Général > Sécurité > Sécurité HTTP (HTTP security) : retirez %(hub)s des hôtes bloqués "
    "(cURL blocked hosts list) et ajoutez son port aux ports autorisés (cURL allowed ports list)."
)
CANNOT = N_("Ce connecteur ne sait pas examiner la plateforme ; la connexion marche.")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding in the reader's language. ``ask``: what the partner's administrator should do, empty for nothing."""

    level: SymptomLevel
    code: str
    text: str
    ask: str = ""
    technical: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """Findings, the worst first, and the letter that asks for what lacks (empty when nothing does)."""

    findings: tuple[Finding, ...]
    letter: str

    @property
    def worst(self) -> SymptomLevel:
        """How bad the worst is."""
        return self.findings[0].level if self.findings else WELL


def examine(to: Connection, config: Config, *, place: str, options: HttpOptions = PATIENCE) -> Examination:
    """Try a platform as a reading would, outside any unit: some seconds. Raises SettingRefused, nothing else."""
    connector = platforms.connect(to, config, options)
    try:
        if Capability.DIAGNOSIS in declarations()[to.connector].capabilities:
            symptoms = list(cast(Diagnosing, connector).diagnose())
        else:
            connector.negotiate()
            symptoms = [Symptom(WELL, "site", CANNOT)]
    except ConnectorError as fault:
        symptoms = [Symptom(FAULT, fault.code, str(fault))]
    finally:
        connector.close()
    symptoms += _towards_the_hub(to, config)
    found = sorted(dict.fromkeys(map(said, symptoms)), key=lambda it: ORDER.index(it.level))
    return Examination(tuple(found), letter(found, place=place, site=to.values.get("url", "")))


def said(symptom: Symptom) -> Finding:
    """A symptom in the reader's language."""
    names = dict(symptom.names)
    ask = gettext(symptom.ask, **names) if symptom.ask else ""
    text = gettext(symptom.text, **names)
    return Finding(symptom.level, symptom.code, text, ask, names.get("technical", ""))


def letter(findings: Sequence[Finding], *, place: str, site: str) -> str:
    """What to send to the partner's administrator; empty when there is nothing to ask."""
    asks = [one for one in findings if one.ask]
    if not asks:
        return ""
    needed = [one for one in asks if one.level in (FAULT, MISSING)]
    wished = [one for one in asks if one.level is ADVICE]
    lines = [
        gettext("Bonjour,"),
        "",
        gettext(
            "Pour que %(place)s suive le parcours des personnes que nous accompagnons ensemble sur %(site)s, voici ce "
            "que nous vous demandons.",
            place=place,
            site=site,
        ),
    ]
    lines += _part(gettext("À faire, sans quoi la lecture ne marche pas ou pas entièrement :"), needed)
    lines += _part(gettext("Utile, quand vous pourrez :"), wished)
    lines += ["", gettext("Dites-nous quand c’est fait, nous vérifierons aussitôt. Merci !"), place]
    return "\n".join(lines)


def _part(title: str, asks: Sequence[Finding]) -> list[str]:
    if not asks:
        return []
    lines = ["", title, ""]
    for number, one in enumerate(asks, 1):
        lines += [f"{number}. {one.text}", f"   → {one.ask}"]
    return lines


def _towards_the_hub(to: Connection, config: Config) -> list[Symptom]:
    """A Moodle does not call private addresses nor ports other than 80 and 443 unless it is told so."""
    parts = urlsplit(config.base_url)
    host = parts.hostname or ""
    if to.connector != "moodle" or (_is_public(host) and parts.port in (None, 80, 443)):
        return []
    return [Symptom(ADVICE, "blocked_host", PRIVATE_HUB, ASK_PRIVATE_HUB, (("hub", parts.netloc),))]


def _is_public(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return False
    try:
        return ip_address(host.strip("[]")).is_global
    except ValueError:
        return True
