"""The letter of each week to those who administer the place: "tout va bien" or what to look at, in plain words."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from hub.config import Config
from hub.services.deliveries import email
from hub.services.first_day import administrators
from hub.services.health import look
from hub.services.settings import get_setting
from hub.texts import Translator, _, speaking

WEEKLY_JOB: Final = "weekly_letter"


def write_letters(session: Session, config: Config, address: str, now: datetime) -> int:
    """Owe the letter to each administrator with an e-mail, in the language of each; gives how many.

    ``address``: where the place is reached. The setting ``weekly`` with ``off`` true stops them.
    """
    if get_setting(session, "weekly").get("off"):
        return 0
    sent = 0
    for person in administrators(session):
        if person.email:
            with speaking(Translator(person.language if person.language in ("fr", "en") else "fr")):
                subject, text = letter(session, config, address, now)
            email(session, person.email, subject, text, person_id=person.id)
            sent += 1
    return sent


def letter(session: Session, config: Config, address: str, now: datetime) -> tuple[str, str]:
    """Subject and text, in the language that is spoken."""
    found = look(session, config, now)
    wrong = [one for one in found if one.level != "ok"]
    lines = [_("Bonjour,"), ""]
    lines += [_("Tout va bien cette semaine. Rien à faire.") if not wrong else _("À voir cette semaine :"), ""]
    for one in wrong:
        lines += [f"- {one.text}", f"  → {one.remedy}" if one.remedy else ""]
    lines += [""] if wrong else []
    lines += [f"✓ {one.text}" for one in found if one.level == "ok"]
    lines += ["", _("La page de l’état du lieu : %(address)s", address=f"{address}/admin/health")]
    subject = _("Le hub : à voir") if wrong else _("Le hub : tout va bien")
    return subject, "\n".join(lines) + "\n"
