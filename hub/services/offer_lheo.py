"""Between the offer as it is written here and LHEO 2.3: what each field becomes, and back.

Hours live and alone have no element of their own in LHEO: ``nombre-heures-centre`` is what is given on site,
``nombre-heures-total`` all, and ``duree-indicative`` says the split in words. Assessment goes into
``resultats-attendus`` after the results, loans into ``equipement`` as comments.
"""

from __future__ import annotations

from typing import Final

from content import xml
from content.metadata.lheo import offer as lheo_offer
from content.metadata.lheo.offer import Action, Offer, Session
from content.metadata.lheo.writing import Said
from hub.domain.offer import OfferAction, OfferData, OfferSession

ASSESSMENT: Final = "Évaluation : "
LENT: Final = " (prêté par le lieu)"
UNKNOWN_DAY: Final = "00000000"
DISABILITY: Final = "1"
_ELEMENTS: Final = {"formacode": "code-FORMACODE", "nsf": "code-NSF", "rome": "code-ROME"}


def to_lheo(data: OfferData, name: str, nda: str, siret: str) -> Said:
    """What the element ``formation`` says."""
    domain = {
        element: [c.partition(":")[2][: 3 if scheme == "nsf" else 5] for c in data.codes if c.startswith(f"{scheme}:")]
        for scheme, element in _ELEMENTS.items()
    }
    certified = [{"code-RNCP": [f"RNCP{c[5:]}"]} for c in data.codes if c.startswith("rncp:")]
    certified += [{"code-RS": [f"RS{c[3:]}"]} for c in data.codes if c.startswith("rs:")]
    contacts = [_contact("", data.contact_name, data.contact_phone, data.contact_email)]
    if data.disability_name or data.disability_phone or data.disability_email:
        contacts.append(_contact(DISABILITY, data.disability_name, data.disability_phone, data.disability_email))
    results = data.results + (f"\n{ASSESSMENT}{data.assessment}" if data.assessment else "")
    digits = "".join(one for one in siret if one.isdigit())
    return {
        "@numero": data.number,
        "domaine-formation": [domain],
        "intitule-formation": [data.title], "objectif-formation": [data.objective], "resultats-attendus": [results],
        "contenu-formation": [data.syllabus], "certifiante": ["1" if data.certifying else "0"],
        "contact-formation": contacts, "parcours-de-formation": [data.route],
        "code-niveau-entree": [data.entry_level], "certification": certified,
        "url-formation": [{"urlweb": [data.url]}] if data.url else [],
        "action": [_action(one) for one in data.actions],
        "organisme-formation-responsable": [
            {
                "numero-activite": ["".join(one for one in nda if one.isdigit())],
                "SIRET-organisme-formation": [{"SIRET": [digits]}], "nom-organisme": [name[:250]],
                "raison-sociale": [name[:250]],
                "coordonnees-organisme": [{"coordonnees": [_person(data.contact_name, data.contact_phone,
                                                                   data.contact_email)]}],
                "contact-organisme": contacts,
            }
        ],
    }  # fmt: skip


def _contact(kind: str, name: str, phone: str, email: str) -> Said:
    return {"type-contact": [kind], "coordonnees": [_person(name, phone, email)]}


def _person(name: str, phone: str, email: str) -> Said:
    return {"nom": [name], "telfixe": [{"numtel": [phone]}] if phone else [], "courriel": [email]}


def _action(action: OfferAction) -> Said:
    equipment = [*action.equipment, *(f"{one[: 500 - len(LENT)]}{LENT}" for one in action.loans)]
    places = (
        {(s.place, s.street, s.postcode, s.town, s.commune) for s in action.sessions} if action.hours_site else set()
    )
    return {
        "@numero": action.number or action.id.hex,
        "rythme-formation": [action.rhythm], "code-public-vise": [action.public_code],
        "info-public-vise": [action.public], "niveau-entree-obligatoire": ["1" if action.level_required else "0"],
        "modalites-alternance": ["Alternance" if action.hours_company else "Aucune"],
        "modalites-enseignement": [action.mode], "conditions-specifiques": [action.prerequisites],
        "prise-en-charge-frais-possible": ["1" if action.funded else "0"],
        "lieu-de-formation": [{"coordonnees": [{"adresse": [_address(*one)]}]} for one in sorted(places)],
        "modalites-entrees-sorties": ["1" if action.permanent else "0"],
        "session": [_session(one) for one in action.sessions],
        "acces-handicapes": [action.accessibility], "modalites-recrutement": [action.access],
        "modalites-pedagogiques": [action.methods],
        "equipement": [{"type-equipement": ["0"], "commentaire": [one]} for one in equipment],
        "frais-restants": [action.remaining_cost], "prix-total-TTC": [action.price],
        "duree-indicative": [split_in_words(action)],
        "nombre-heures-centre": [_number(action.hours_site)],
        "nombre-heures-entreprise": [_number(action.hours_company)], "nombre-heures-total": [_number(action.hours)],
    }  # fmt: skip


def _number(hours: int) -> str:
    return str(hours) if hours else ""


def split_in_words(action: OfferAction) -> str:
    """The hours as a sentence of the offer, which is in French as LHEO is."""
    parts = [
        f"{hours} h {words}"
        for hours, words in (
            (action.hours_site, "sur place"), (action.hours_live, "à distance en direct"),
            (action.hours_alone, "à distance à son rythme"), (action.hours_company, "en entreprise"),
        )
        if hours
    ]  # fmt: skip
    return f"{action.hours} h : {', '.join(parts)}" if len(parts) > 1 else "".join(parts)


def _session(session: OfferSession) -> Said:
    address = _address(session.place, session.street, session.postcode, session.town, session.commune)
    start, end = _day(session.start), _day(session.end)
    return {
        "@numero": session.number or session.id.hex,
        "periode": [{"debut": [start], "fin": [end]}], "adresse-inscription": [{"adresse": [address]}],
        "etat-recrutement": [session.state],
        "recrutement": [{"modalite-recrutement": ["0"], "nb-places": [str(session.seats)]}] if session.seats else [],
    }  # fmt: skip


def _day(iso: str) -> str:
    """A date as far as it is known, zeros beyond."""
    return (iso.replace("-", "") + UNKNOWN_DAY)[:8] if iso else UNKNOWN_DAY


def _address(place: str, street: str, postcode: str, town: str, commune: str) -> Said:
    """An address whole: what a file said of the former one would be wrong beside another town."""
    gone: dict[str, list[str]] = {
        name: [] for name in ("departement", "code-INSEE-canton", "region", "pays", "geolocalisation")
    }
    said = {"denomination": [place], "ligne": [street], "codepostal": [postcode], "ville": [town]}
    return {**gone, **said, "code-INSEE-commune": [commune]}


def from_lheo(formation: xml.Element) -> OfferData:
    """What a course of a file says, as far as the form holds it; the rest stays in its document."""
    said = lheo_offer.read(formation)
    results, _sign, assessment = said.results.partition(ASSESSMENT)
    people = {xml.text(xml.child(one, "type-contact")): one for one in xml.children(formation, "contact-formation")}
    general = next((one for kind, one in people.items() if kind != DISABILITY), None)
    return OfferData.model_validate(
        {
            **_texts(said), "results": results.strip()[:1500],
            "assessment": assessment[:1400], "codes": _codes(said), "number": said.number,
            **_named("contact", general), **_named("disability", people.get(DISABILITY)),
            "entry_level": xml.text(xml.child(formation, "code-niveau-entree")) or "1",
            "route": xml.text(xml.child(formation, "parcours-de-formation")) or "4",
            "actions": tuple(
                _from_action(element, one)
                for element, one in zip(xml.children(formation, "action"), said.actions, strict=True)
            ),
        }
    )  # fmt: skip


def _texts(said: Offer) -> dict[str, object]:
    return {
        "title": said.title[:255], "objective": said.objective[:3000], "syllabus": said.content[:3000],
        "certifying": said.certifying, "url": said.url[:400],
    }  # fmt: skip


def _codes(said: Offer) -> tuple[str, ...]:
    found = []
    for kind, code in said.codes:
        scheme = kind.lower()
        found.append(f"{scheme}:{code.upper().removeprefix(scheme.upper())}")
    return tuple(dict.fromkeys(found))


def _named(head: str, contact: xml.Element | None) -> dict[str, str]:
    person = xml.child(contact, "coordonnees")
    return {
        f"{head}_name": xml.text(xml.child(person, "nom"))[:50],
        f"{head}_phone": xml.text(xml.child(person, "telfixe", "numtel"))[:25],
        f"{head}_email": xml.text(xml.child(person, "courriel"))[:160],
    }


def _from_action(element: xml.Element, said: Action) -> OfferAction:
    lent = tuple(one.removesuffix(LENT) for one in said.equipment if one.endswith(LENT))
    site, company, whole = (_hours(one) for one in (said.hours_centre, said.hours_company, said.hours))
    return OfferAction(
        number=xml.attribute(element, "numero"), rhythm=said.rhythm[:3000], public=said.public[:250],
        public_code=xml.text(xml.child(element, "code-public-vise")) or OfferAction().public_code,
        level_required=xml.text(xml.child(element, "niveau-entree-obligatoire")) == "1",
        prerequisites=said.conditions[:3000], access=said.access[:3000],
        price=xml.text(xml.child(element, "prix-total-TTC"))[:10],
        remaining_cost=xml.text(xml.child(element, "frais-restants"))[:200],
        funded=xml.text(xml.child(element, "prise-en-charge-frais-possible")) == "1",
        permanent=xml.text(xml.child(element, "modalites-entrees-sorties")) == "1",
        methods=xml.text(xml.child(element, "modalites-pedagogiques"))[:200], accessibility=said.handicap[:250],
        hours_site=site, hours_company=company, hours_alone=max(0, whole - site - company),
        equipment=tuple(one for one in said.equipment if not one.endswith(LENT)), loans=lent,
        sessions=tuple(
            _from_session(part, one)
            for part, one in zip(xml.children(element, "session"), said.sessions, strict=True)
        ),
    )  # fmt: skip


def _from_session(element: xml.Element, said: Session) -> OfferSession:
    address = xml.child(element, "adresse-inscription", "adresse")
    seats = _hours(xml.text(xml.child(element, "recrutement", "nb-places")))
    return OfferSession(
        number=xml.attribute(element, "numero"), start=said.start, end=said.end, state=said.state or "1",
        seats=seats or None,
        place=xml.text(xml.child(address, "denomination"))[:250], street=xml.text(xml.child(address, "ligne"))[:50],
        postcode=xml.text(xml.child(address, "codepostal")), town=xml.text(xml.child(address, "ville"))[:50],
        commune=xml.text(xml.child(address, "code-INSEE-commune")),
    )  # fmt: skip


def _hours(text: str) -> int:
    return int(text) if text.isdecimal() else 0
