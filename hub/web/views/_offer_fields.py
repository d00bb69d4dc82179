"""The fields of the three levels of an offer: one table each says name, label, kind, length and help; forms and parsing
follow it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from hub.services import code_lists
from hub.services.catalogue_edit import CODE_FORMS
from hub.texts import N_
from hub.web.forms import Form


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field. ``kind``: text, area, lines, number, day, flag, choice, email, url; ``options``: (value, words)."""

    name: str
    label: str
    kind: str = "text"
    longest: int = 250
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading."""

    title: str
    fields: tuple[FieldSpec, ...]


LEVELS: Final = (
    ("1", N_("sans niveau particulier")),
    ("11", N_("niveau 1, savoirs de base")),
    ("12", N_("niveau 2")),
    ("13", N_("niveau 3, CAP")),
    ("14", N_("niveau 4, baccalauréat")),
    ("15", N_("niveau 5, BTS")),
    ("16", N_("niveau 6, licence")),
    ("17", N_("niveau 7, master")),
    ("18", N_("niveau 8, doctorat")),
    ("0", N_("non précisé")),
)
ROUTES: Final = (
    ("4", N_("mixte")),
    ("1", N_("en groupe")),
    ("2", N_("individualisé")),
    ("3", N_("par modules")),
)
STATES: Final = (
    ("1", N_("inscriptions ouvertes")),
    ("2", N_("inscriptions fermées")),
    ("3", N_("inscriptions suspendues")),
)

COURSE: Final = (
    Section(
        N_("La formation"),
        (
            FieldSpec("title", N_("Intitulé"), longest=255),
            FieldSpec("objective", N_("Objectifs"), "area", 3000, N_("Ce que la personne saura faire à la fin.")),
            FieldSpec("syllabus", N_("Contenu"), "area", 3000),
            FieldSpec("results", N_("Résultats attendus"), "area", 1500, N_("Diplôme, attestation, compétences.")),
            FieldSpec("assessment", N_("Évaluation"), "area", 1400, N_("Comment, quand et par qui on évalue.")),
            FieldSpec("entry_level", N_("Niveau à l’entrée"), "choice", options=LEVELS),
            FieldSpec("route", N_("Déroulement"), "choice", options=ROUTES),
            FieldSpec("certifying", N_("Elle mène à une certification"), "flag"),
            FieldSpec("url", N_("Page web"), "url", 400),
        ),
    ),
    Section(
        N_("Contacts"),
        (
            FieldSpec("contact_name", N_("Qui renseigne"), longest=50),
            FieldSpec("contact_phone", N_("Téléphone"), longest=25),
            FieldSpec("contact_email", N_("Adresse e-mail"), "email", 160),
            FieldSpec("disability_name", N_("Référent handicap"), longest=50),
            FieldSpec("disability_phone", N_("Téléphone du référent handicap"), longest=25),
            FieldSpec("disability_email", N_("Adresse e-mail du référent handicap"), "email", 160),
        ),
    ),
)
ACTION: Final = (
    Section(
        N_("Pour qui, comment y entrer"),
        (
            FieldSpec("public", N_("Public"), longest=250),
            FieldSpec("public_code", N_("Code du public (Formacode)"), longest=5, help=N_("82056 : tout public.")),
            FieldSpec("prerequisites", N_("Prérequis"), "area", 3000, N_("Écrivez « Aucun » s’il n’y en a pas.")),
            FieldSpec("level_required", N_("Le niveau à l’entrée est obligatoire"), "flag"),
            FieldSpec(
                "access",
                N_("Modalités et délais d’accès"),
                "area",
                3000,
                N_("Par exemple : entretien, puis entrée sous deux semaines."),
            ),
            FieldSpec("permanent", N_("On peut entrer à tout moment"), "flag"),
            FieldSpec("accessibility", N_("Accessibilité aux personnes handicapées"), "area", 250),
        ),
    ),
    Section(
        N_("Heures"),
        (
            FieldSpec("hours_site", N_("Heures sur place"), "number"),
            FieldSpec("hours_live", N_("Heures à distance en direct"), "number"),
            FieldSpec("hours_alone", N_("Heures à distance à son rythme"), "number"),
            FieldSpec("hours_company", N_("Heures en entreprise"), "number"),
            FieldSpec("rhythm", N_("Rythme"), "area", 3000, N_("Par exemple : deux jours par semaine.")),
        ),
    ),
    Section(
        N_("Méthodes et matériel"),
        (
            FieldSpec("methods", N_("Méthodes"), "area", 200),
            FieldSpec("equipment", N_("Matériel à apporter"), "lines", 500, N_("Un par ligne.")),
            FieldSpec("loans", N_("Matériel prêté par le lieu"), "lines", 500, N_("Un par ligne.")),
        ),
    ),
    Section(
        N_("Tarif"),
        (
            FieldSpec("price", N_("Prix total TTC, en euros"), longest=10, help=N_("0 si c’est gratuit.")),
            FieldSpec("remaining_cost", N_("Reste à payer par la personne"), longest=200),
            FieldSpec("funded", N_("Une prise en charge est possible"), "flag"),
        ),
    ),
)
SESSION: Final = (
    Section(
        N_("Dates et places"),
        (
            FieldSpec("start", N_("Début"), "day"),
            FieldSpec("end", N_("Fin"), "day"),
            FieldSpec("state", N_("Inscriptions"), "choice", options=STATES),
            FieldSpec("seats", N_("Places"), "number"),
        ),
    ),
    Section(
        N_("Où"),
        (
            FieldSpec("place", N_("Nom du lieu"), longest=250),
            FieldSpec("street", N_("Rue"), longest=50),
            FieldSpec("postcode", N_("Code postal"), longest=5),
            FieldSpec("town", N_("Ville"), longest=50),
        ),
    ),
)
CODE_FIELDS: Final = tuple(FieldSpec(name, code_lists.NAMES[name], "codes", 200) for name in code_lists.SCHEMES)


def specs(sections: Sequence[Section]) -> dict[str, FieldSpec]:
    """The fields of a level by name."""
    return {field.name: field for section in sections for field in section.fields}


def parse(form: Form, sections: Sequence[Section]) -> dict[str, Any]:
    """What was typed; faults are left in the form. A draft may leave anything empty."""
    return {name: _one(form, spec) for name, spec in specs(sections).items()}


def _one(form: Form, spec: FieldSpec) -> Any:
    if spec.kind == "flag":
        return form.flag(spec.name)
    if spec.kind == "number":
        number = form.number(spec.name, low=0, high=99_999)
        return number if spec.name == "seats" else number or 0
    if spec.kind == "day":
        day = form.day(spec.name)
        return day.isoformat() if day else ""
    if spec.kind == "choice":
        return form.choice(spec.name, [value for value, _words in spec.options]) or spec.options[0][0]
    if spec.kind == "lines":
        lines = [line.strip() for line in form.text(spec.name, longest=6000).splitlines() if line.strip()]
        if any(len(line) > spec.longest for line in lines):
            form.errors.fault(spec.name, "too_long")
        return tuple(lines[:50])
    text = form.text(spec.name, longest=spec.longest).replace("\r\n", "\n")
    if text and fault_of(spec, text):
        form.errors.fault(spec.name, fault_of(spec, text))
    return text


def fault_of(spec: FieldSpec, text: str) -> str:
    """What is wrong with a text of that kind; empty when nothing is."""
    if spec.kind == "email" and ("@" not in text or " " in text):
        return "not_an_email"
    if spec.kind == "url" and not text.startswith(("https://", "http://")):
        return "not_an_address"
    if spec.name in ("postcode", "public_code") and not (text.isdecimal() and len(text) == 5):
        return "five_digits"
    return ""


def parse_codes(form: Form) -> tuple[str, ...]:
    """The codes typed, ``scheme:code``; one of another form is a fault of its list."""
    found = []
    for spec in CODE_FIELDS:
        for one in form.text(spec.name, longest=spec.longest).upper().replace(";", ",").split(","):
            bare = one.strip().removeprefix(spec.name.upper()).strip(" :")
            bare = bare.lower() if spec.name == "nsf" else bare
            if bare and not re.fullmatch(CODE_FORMS[spec.name], bare):
                form.errors.fault(spec.name, "code_form")
            elif bare:
                found.append(f"{spec.name}:{bare}")
    return tuple(dict.fromkeys(found))


def values(sections: Sequence[Section], held: BaseModel) -> dict[str, Any]:
    """What the form shows of a level."""
    shown: dict[str, Any] = {}
    for name, spec in specs(sections).items():
        value = getattr(held, name)
        if spec.kind == "lines":
            value = "\n".join(value)
        elif spec.kind == "number":
            value = value or ""
        elif spec.kind == "day" and len(value) != 10:
            value = ""
        shown[name] = value
    return shown


def code_values(codes: Sequence[str]) -> dict[str, str]:
    """What the fields of codes show."""
    return {
        spec.name: ", ".join(c.partition(":")[2] for c in codes if c.startswith(f"{spec.name}:"))
        for spec in CODE_FIELDS
    }


def one_of(form: Form, name: str, options: Sequence[tuple[UUID, str]]) -> UUID | None:
    """The id chosen among these; None for none."""
    chosen = form.choice(name, [str(key) for key, _words in options])
    return UUID(chosen) if chosen else None
