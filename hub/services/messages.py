"""What the hub says to people by e-mail or SMS: which occasions, in whose words, at what hours.

A message is a delivery that names its person, occasion and values; its words, language and channel are chosen when it
is sent. Without mail server and gateway, or for a person without address, the ready text waits to be sent by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.errors import SettingRefused
from connectors.sms import SETTINGS
from hub.models.person import Person
from hub.models.platforms import Delivery
from hub.services.clock import place_zone
from hub.services.deliveries import open_sealed, owe, seal
from hub.services.errors import Invalid
from hub.services.jobs import DUE, WAITING, cancel
from hub.services.settings import get_setting, set_setting
from hub.texts import N_, Translator

MESSAGE, SMS, QUIET, TEXTS = "message", "sms", "quiet_hours", "messages"
LONGEST: Final = 2000
SMS_TRIAL: Final = "sms_trial"


@dataclass(frozen=True, slots=True)
class Occasion:
    """When something is said. ``values``: the names that its words may use, each as ``%(name)s``."""

    title: str
    subject: str
    text: str
    values: tuple[str, ...]


OCCASIONS: Final[Mapping[str, Occasion]] = {
    "seance_tomorrow": Occasion(
        N_("La veille d’une séance"),
        N_("Demain : %(title)s"),
        N_("Bonjour %(name)s, rendez-vous demain %(day)s de %(starts)s à %(ends)s : %(title)s. %(address)s"),
        ("name", "title", "day", "starts", "ends", "address"),
    ),
    "place_freed": Occasion(
        N_("Une place se libère"),
        N_("Une place se libère : %(title)s"),
        N_(
            "Bonjour %(name)s, une place se libère : %(title)s, %(day)s de %(starts)s à %(ends)s. "
            "Elle est gardée pour vous jusqu’au %(until)s. Répondez ici : %(address)s/sessions"
        ),
        ("name", "title", "day", "starts", "ends", "until", "address"),
    ),
    "seance_cancelled": Occasion(
        N_("Une séance est annulée"),
        N_("Annulé : %(title)s"),
        N_("Bonjour %(name)s, la séance « %(title)s » du %(day)s à %(starts)s n’aura pas lieu : %(why)s. %(address)s"),
        ("name", "title", "day", "starts", "ends", "why", "address"),
    ),
    "help_answered": Occasion(
        N_("Quelqu’un a répondu à une demande d’aide"),
        N_("Une réponse pour vous"),
        N_("Bonjour %(name)s, quelqu’un a répondu à votre demande d’aide. Lisez la réponse : %(address)s"),
        ("name", "address"),
    ),
}


TRIAL: Final = Occasion(
    N_("Essai de SMS"), N_("Essai de SMS"), N_("Ceci est un essai du hub : l’envoi de SMS marche."), ()
)
"""What the administrator has sent to themselves: by SMS whatever else there is, at any hour."""


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and text of an occasion in one language, as the place writes them."""

    subject: str
    text: str


def owe_message(
    session: Session, occasion: str, person_id: UUID, about: str, values: Mapping[str, str], now: datetime
) -> UUID | None:
    """Owe a person a message, not before the quiet hours are over; None where the place said not to.

    ``about``: what it is about, so that the same thing waiting twice is said once, with the later values.
    """
    if get_setting(session, TEXTS).get(occasion, {}).get("off"):
        return None
    due = after_quiet(now, place_zone(session), quiet_hours(session))
    payload = {"occasion": occasion, "about": about, "values": dict(values)}
    key = f"{occasion}:{about}:{person_id}"
    return owe(session, MESSAGE, payload, person_id=person_id, unique_key=key, due_at=due)


def try_sms(session: Session, person_id: UUID, now: datetime) -> UUID | None:
    """Owe the person a trial of the gateway; what it answers is the delivery's. None for whoever has no number."""
    person = session.get(Person, person_id)
    if person is None or not person.phone:
        return None
    payload = {"occasion": SMS_TRIAL, "values": {}}
    return owe(session, MESSAGE, payload, person_id=person_id, unique_key=f"{SMS_TRIAL}:{person_id}", due_at=now)


def unsay(session: Session, occasion: str, person_id: UUID, about: str, now: datetime) -> None:
    """Give up what was to be said and has not left: what it says is no longer so."""
    query = select(Delivery).where(Delivery.person_id == person_id, Delivery.kind == MESSAGE)
    for row in session.scalars(query.where(Delivery.state.in_((DUE, WAITING)))).all():
        if row.payload.get("occasion") == occasion and row.payload.get("about") == about:
            cancel(session, Delivery, row.id, now=now)


def person_email(session: Session, person_id: UUID) -> str:
    """The address of a person, empty where there is none."""
    person = session.get(Person, person_id)
    return (person.email or "") if person else ""


def words(session: Session, occasion: str, language: str) -> Words:
    """The place's own words, else the hub's."""
    own = get_setting(session, TEXTS).get(occasion, {}).get(language, {})
    known = TRIAL if occasion == SMS_TRIAL else OCCASIONS[occasion]
    raw = Translator(language).raw_gettext
    return Words(own.get("subject") or raw(known.subject), own.get("text") or raw(known.text))


def rendered(found: Words, values: Mapping[str, str]) -> Words:
    """With the values in their places; a name that no value has stays to be seen."""
    return Words(_filled(found.subject, values), _filled(found.text, values))


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"%({name})s", value)
    return " ".join(text.split()) if "\n" not in text else text.strip()


def set_words(session: Session, occasion: str, given: Mapping[str, Words], *, off: bool) -> None:
    """Set the place's words by language; empty ones take the hub's. Raises Invalid for names that do not exist."""
    known, faults = OCCASIONS[occasion], {}
    for language, own in given.items():
        for name, text in (("subject", own.subject), ("text", own.text)):
            unknown = set(_names(text)) - set(known.values)
            if unknown or len(text) > LONGEST:
                faults[f"{name}_{language}"] = "unknown_name" if unknown else "too_long"
    if faults:
        raise Invalid(faults)
    value: dict[str, Any] = {lang: {"subject": own.subject, "text": own.text} for lang, own in given.items()}
    set_setting(session, TEXTS, {**get_setting(session, TEXTS), occasion: {**value, "off": off}})


def _names(text: str) -> list[str]:
    return re.findall(r"%\((\w+)\)s", text)


# Quiet hours


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Wall time between which nothing leaves; equal ends: never quiet."""

    starts: time = time(20, 0)
    ends: time = time(8, 0)


def quiet_hours(session: Session) -> QuietHours:
    """Those of the place; 20:00 to 8:00 where nothing was set."""
    value = get_setting(session, QUIET)
    try:
        return QuietHours(time.fromisoformat(value["starts"]), time.fromisoformat(value["ends"]))
    except (KeyError, ValueError, TypeError):
        return QuietHours()


def after_quiet(now: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """``now``, or the end of the quiet hours that it lies in."""
    local = now.astimezone(zone)
    at, starts, ends = local.time(), quiet.starts, quiet.ends
    inside = starts <= at < ends if starts <= ends else at >= starts or at < ends
    if starts == ends or not inside:
        return now
    day = local.date() + timedelta(days=1 if at >= starts and starts > ends else 0)
    return datetime.combine(day, ends, zone).astimezone(now.tzinfo)


# The gateway


@dataclass(frozen=True, slots=True)
class Gateway:
    """Settings of the SMS gateway, its token open. The repr shows no value."""

    settings: Mapping[str, str] = field(repr=False)


def gateway(session: Session) -> Gateway | None:
    """The place's gateway, None where there is none. Raises VaultError."""
    value = get_setting(session, SMS)
    if not value.get("url"):
        return None
    return Gateway({**value, "token": open_sealed(session, value.get("token", ""))})


def set_gateway(session: Session, given: Mapping[str, str]) -> None:
    """Set the gateway, its token sealed; without ``url`` it is taken away. An empty token keeps the one that is there.

    Raises Invalid.
    """
    if not given.get("url", "").strip():
        set_setting(session, SMS, {})
        return
    cleaned, faults = {}, {}
    for setting in SETTINGS:
        try:
            cleaned[setting.name] = setting.clean(given.get(setting.name, ""))
        except SettingRefused:
            faults[setting.name] = "setting_refused"
    if faults:
        raise Invalid(faults)
    known = get_setting(session, SMS).get("token", "")
    set_setting(session, SMS, {**cleaned, "token": seal(session, cleaned["token"]) if cleaned["token"] else known})
