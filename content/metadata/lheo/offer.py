"""A training offer at three levels (course, action, session) out of LHEO: what a page shows, what schema.org says of
it, and what Qualiopi's first indicator still wants.

Sources: LHEO 2.3; Référentiel national qualité, indicator 1 (guide V9); schema.org Course, CourseInstance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from content import xml
from content.metadata.record import Record
from content.metadata.schema_org import Course, Instance

#: ``modalites-enseignement``: on site, at a distance, both.
MODES = {"0": ("onsite",), "1": ("blended",), "2": ("online",)}


@dataclass(frozen=True, slots=True)
class Session:
    """A session; dates are ISO as far as they are known (``2026-09``), empty when unknown. ``state``: 1 open, 2 full or
    closed, 3 suspended."""

    start: str
    end: str
    place: str
    state: str


@dataclass(frozen=True, slots=True)
class Action:
    """An action: how, for whom, how long (hours on site, in the company, in all), at what price (euros, as written)."""

    mode: str
    rhythm: str
    conditions: str
    public: str
    hours_centre: str
    hours_company: str
    hours: str
    duration: str
    price: str
    access: str
    handicap: str
    places: tuple[str, ...]
    equipment: tuple[str, ...]
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A course with its actions. ``codes``: (kind, code) of Formacode, NSF, ROME, RNCP, RS."""

    number: str
    siret: str
    title: str
    objective: str
    results: str
    content: str
    certifying: bool
    provider: str
    contact: str
    handicap_contact: bool
    url: str
    codes: tuple[tuple[str, str], ...]
    actions: tuple[Action, ...]


def read(formation: xml.Element) -> Offer:
    """What a ``formation`` says."""
    body = xml.child(formation, "organisme-formation-responsable")
    kinds = {xml.text(one) for one in xml.descendants(formation, "type-contact")}
    codes = [
        (kind, xml.text(one))
        for name, kind in (
            ("code-FORMACODE", "Formacode"), ("code-NSF", "NSF"), ("code-ROME", "ROME"), ("code-RNCP", "RNCP"),
            ("code-RS", "RS"),
        )
        for one in xml.descendants(formation, name)
    ]  # fmt: skip
    contact = xml.child(formation, "contact-formation", "coordonnees")
    return Offer(
        xml.attribute(formation, "numero") or xml.attribute(formation, "id") or xml.attribute(formation, "uri"),
        xml.text(xml.child(body, "SIRET-organisme-formation", "SIRET")),
        _said(formation, "intitule-formation"), _said(formation, "objectif-formation"),
        _said(formation, "resultats-attendus"), _said(formation, "contenu-formation"),
        _said(formation, "certifiante") == "1", _said(body, "nom-organisme"),
        " ".join(filter(None, (_said(contact, "nom"), _said(contact, "telfixe"), _said(contact, "courriel")))),
        # Type 1 of the table is the referent for disability (type-contact).
        "1" in kinds, _said(xml.child(formation, "url-formation"), "urlweb"), tuple(dict.fromkeys(codes)),
        tuple(_action(one) for one in xml.children(formation, "action")),
    )  # fmt: skip


def _said(element: xml.Element | None, name: str) -> str:
    return xml.text(xml.child(element, name))


def _action(action: xml.Element) -> Action:
    places = [_place(one) for one in xml.children(action, "lieu-de-formation")]
    return Action(
        _said(action, "modalites-enseignement"), _said(action, "rythme-formation"),
        _said(action, "conditions-specifiques"), _said(action, "info-public-vise"),
        _said(action, "nombre-heures-centre"), _said(action, "nombre-heures-entreprise"),
        _said(action, "nombre-heures-total"), _said(action, "duree-indicative"),
        _said(action, "prix-total-TTC") or _said(action, "frais-restants"), _said(action, "modalites-recrutement"),
        _said(action, "acces-handicapes"), tuple(one for one in places if one),
        tuple(_said(one, "commentaire") for one in xml.children(action, "equipement") if _said(one, "commentaire")),
        tuple(_session(one) for one in xml.children(action, "session")),
    )  # fmt: skip


def _place(element: xml.Element) -> str:
    address = next(xml.descendants(element, "adresse"), None)
    return " ".join(filter(None, (_said(address, "denomination"), _said(address, "ville"))))


def _session(session: xml.Element) -> Session:
    period = xml.child(session, "periode")
    return Session(
        date(_said(period, "debut")), date(_said(period, "fin")), _place(session), _said(session, "etat-recrutement")
    )


def date(text: str) -> str:
    """A date of LHEO as far as it is known: ``2026-09-14``, ``2026-09``, ``2026`` or nothing."""
    year, month, day = text[:4], text[4:6], text[6:8]
    if not text.isdecimal() or year == "0000":
        return ""
    return "-".join([year, *([month] if month != "00" else []), *([day] if day != "00" and month != "00" else [])])


#: What indicator 1 asks for: the word of the field, whether an offer says it.
_WANTED: tuple[tuple[str, Callable[[Offer], bool]], ...] = (
    ("prerequisites", lambda offer: all(one.conditions for one in offer.actions)),
    ("objective", lambda offer: bool(offer.objective)),
    ("duration", lambda offer: all(one.hours or one.duration for one in offer.actions)),
    ("access", lambda offer: all(one.access for one in offer.actions)),
    ("price", lambda offer: all(one.price for one in offer.actions)),
    ("contact", lambda offer: bool(offer.contact)),
    ("methods", lambda offer: all(one.mode in MODES for one in offer.actions)),
    ("assessment", lambda offer: bool(offer.results)),
    ("handicap", lambda offer: offer.handicap_contact or any(one.handicap for one in offer.actions)),
    ("certification", lambda offer: not offer.certifying or any(kind in ("RNCP", "RS") for kind, _c in offer.codes)),
)


def missing(offer: Offer) -> tuple[str, ...]:
    """What Qualiopi's indicator 1 wants and the offer does not say: ``prerequisites``, ``duration``, ``price``…"""
    return tuple(name for name, said in _WANTED if not said(offer))


def as_course(offer: Offer) -> Course:
    """The offer for schema.org: a session becomes an instance. Prices, publics and codes are lost."""
    instances = [
        Instance(
            MODES.get(action.mode, ()), session.start, session.end,
            f"PT{action.hours}H" if action.hours.isdecimal() and int(action.hours) else "",
            session.place or next(iter(action.places), ""),
        )
        for action in offer.actions
        for session in action.sessions
    ]  # fmt: skip
    record = Record(
        titles=(("fr", offer.title),), languages=("fr",), descriptions=(("fr", offer.objective),),
        keywords=tuple(("", code) for _kind, code in offer.codes),
    )  # fmt: skip
    return Course(record, "Course", offer.provider, (offer.objective,) if offer.objective else (), tuple(instances))
