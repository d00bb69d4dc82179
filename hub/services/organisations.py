"""The organisations of the place: training organisation or CFA, employer, prescriber, funder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.person import Organisation
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record

KINDS: Final = ("training", "cfa", "employer", "prescriber", "funder", "partner")
LA_POSTE: Final = "356000000"


@dataclass(frozen=True, slots=True)
class OrganisationData:
    """What is said of an organisation. ``nda``: number of the declaration of activity (11 digits, Code du travail
    L6351-1); ``siret``: 14 digits, the last of which is a control."""

    name: str
    kind: str = "training"
    nda: str = ""
    siret: str = ""


def listed(session: Session) -> Sequence[Organisation]:
    """Every organisation, by name."""
    return session.scalars(select(Organisation).order_by(Organisation.name, Organisation.id)).all()


def find(session: Session, organisation_id: UUID) -> Organisation:
    """One organisation. Raises NotFound."""
    row = session.get(Organisation, organisation_id)
    if row is None:
        raise NotFound(organisation=str(organisation_id))
    return row


def add(session: Session, data: OrganisationData, *, by: UUID | None, now: datetime) -> Organisation:
    """A new organisation. Raises Invalid."""
    row = Organisation(**_checked(session, data, None))
    session.add(row)
    session.flush()
    record(session, now, by, "organisation.created", "organisation", row.id, name=row.name)
    return row


def change(
    session: Session, organisation_id: UUID, data: OrganisationData, *, by: UUID | None, now: datetime
) -> Organisation:
    """Change an organisation. Raises NotFound, Invalid."""
    row = find(session, organisation_id)
    for name, value in _checked(session, data, organisation_id).items():
        setattr(row, name, value)
    record(session, now, by, "organisation.changed", "organisation", row.id, name=row.name)
    return row


def _checked(session: Session, data: OrganisationData, own: UUID | None) -> dict[str, str]:
    name, nda, siret = " ".join(data.name.split()), _digits(data.nda), _digits(data.siret)
    faults = {}
    if not name or len(name) > 120:
        faults["name"] = "too_long" if name else "required"
    if data.kind not in KINDS:
        faults["kind"] = "unknown"
    if nda and not re.fullmatch(r"[0-9]{11}", nda):
        faults["nda"] = "not_an_nda"
    if siret and not is_siret(siret):
        faults["siret"] = "not_a_siret"
    elif siret:
        others = session.scalars(select(Organisation.id).where(Organisation.siret == siret))
        if any(other != own for other in others):
            faults["siret"] = "taken"
    if faults:
        raise Invalid(faults)
    return {"name": name, "kind": data.kind, "nda": nda, "siret": siret}


def _digits(text: str) -> str:
    return re.sub(r"[\s.\u00a0\u202f-]", "", text)


def is_siret(text: str) -> bool:
    """Whether ``text`` is a SIRET: 14 digits whose Luhn sum is a multiple of 10.

    The establishments of La Poste (SIREN 356000000) follow another rule: their digits add up to a multiple of 5
    (INSEE, Sirene).
    """
    if not re.fullmatch(r"[0-9]{14}", text):
        return False
    if text.startswith(LA_POSTE) and sum(map(int, text)) % 5 == 0:
        return True
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(text))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
