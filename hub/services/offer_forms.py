"""The training offer as it is written here: drafts, publishing, taking over what a LHEO file brought.

Scope: designers and administrators (their views say so). A draft may lack anything; what is published is whole LHEO.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content import xml
from content.metadata.lheo import offer as lheo_offer
from content.metadata.lheo.reading import NAMESPACE, read
from content.metadata.lheo.writing import compose
from content.report import Findings
from hub.db.base import new_id
from hub.domain.offer import OfferData, for_publishing
from hub.models.exchange import OfferForm, TrainingOffer
from hub.models.learning import LearningPath
from hub.models.person import Organisation
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record
from hub.services.offer_lheo import from_lheo, to_lheo
from hub.services.offers import BY_TITLE, PAGE

MOST_PARTS: Final = 50


@dataclass(frozen=True, slots=True)
class FormView:
    """A course as it is written. ``pending``: it says something else than what is published."""

    id: UUID
    data: OfferData
    revision: int
    changed_at: datetime
    published_at: datetime | None
    pending: bool


def listed(session: Session) -> list[FormView]:
    """The courses that are written here, by title."""
    return sorted((_view(row) for row in session.scalars(select(OfferForm))), key=lambda one: one.data.title.casefold())


def imported(session: Session, number: int = 0) -> tuple[list[tuple[UUID, str]], int]:
    """Courses of the offer that a file brought and nobody took over: a page of them by title, (id, title) each, as
    `offers.listed` counts pages; and how many there are."""
    theirs = TrainingOffer.withdrawn_at.is_(None), TrainingOffer.id.not_in(select(OfferForm.id))
    query = select(TrainingOffer.id, TrainingOffer.title).where(*theirs).order_by(*BY_TITLE)
    found = session.execute(query.offset(number * PAGE).limit(PAGE))
    whole = session.scalar(select(func.count()).select_from(TrainingOffer).where(*theirs)) or 0
    return [(key, title) for key, title in found], whole


def get(session: Session, offer_id: UUID) -> FormView:
    """One course. Raises NotFound."""
    return _view(_row(session, offer_id))


def create(session: Session, title: str, *, by: UUID, now: datetime) -> UUID:
    """A draft of a new course. Raises Invalid (``title``: ``required``)."""
    if not title.strip():
        raise Invalid({"title": "required"})
    key = new_id()
    data = OfferData(title=title.strip(), number=key.hex[-12:])
    return _add(session, key, data, None, by, now)


def take_over(session: Session, offer_id: UUID, *, by: UUID, now: datetime) -> UUID:
    """Write on in the hub what a file brought. Done twice it is done once. Raises NotFound."""
    row = session.get(TrainingOffer, offer_id, with_for_update=True)  # so that one who does the same now is seen below
    if session.get(OfferForm, offer_id) is not None:
        return offer_id
    if row is None:
        raise NotFound(kind="offer", id=str(offer_id))
    data = from_lheo(xml.parse(row.document.encode()).root)
    held = session.scalars(select(Organisation).where(Organisation.siret == row.key.partition(":")[0])).first()
    data = data.model_copy(update={"organisation_id": held.id if held else None})
    return _add(session, offer_id, data, row.changed_at, by, now)


def _add(
    session: Session, key: UUID, data: OfferData, published_at: datetime | None, by: UUID, now: datetime
) -> UUID:  # fmt: skip
    row = OfferForm(
        id=key, title=data.title, data=data.model_dump(mode="json"), changed_at=published_at or now, changed_by=by,
        published_at=published_at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, now, by, "offer.written", "offer", key, title=data.title)
    return key


def save(session: Session, offer_id: UUID, revision: int, data: OfferData, *, by: UUID, now: datetime) -> None:
    """Keep a draft. Raises NotFound; Conflict (``offer_changed``) when somebody else saved meanwhile."""
    row = _row(session, offer_id, lock=True)
    if row.revision != revision:
        raise Conflict("offer_changed", title=row.title)
    if len(data.actions) > MOST_PARTS or any(len(a.sessions) > MOST_PARTS for a in data.actions):
        raise Invalid({"form": "out_of_range"})
    row.title, row.data = data.title, data.model_dump(mode="json")
    row.revision, row.changed_at, row.changed_by = revision + 1, now, by
    session.flush()


def publish(session: Session, offer_id: UUID, *, by: UUID, now: datetime) -> None:
    """Put the course into the offer as it is written. Raises NotFound; Invalid (``form``: ``offer_incomplete``, or the
    code of the rule of LHEO that does not hold)."""
    row = _row(session, offer_id, lock=True)
    data = OfferData.model_validate(row.data)
    body = session.get(Organisation, data.organisation_id) if data.organisation_id else None
    if for_publishing(data, with_organisation=usable(body)) or body is None:
        raise Invalid({"form": "offer_incomplete"})
    held = session.get(TrainingOffer, offer_id)
    before = xml.parse(held.document.encode()).root if held else None
    element = compose("formation", to_lheo(data, body.name, body.nda, body.siret), before)
    fault = _fault(element)
    if fault:
        raise Invalid({"form": fault})
    said = lheo_offer.read(element)
    document = xml.write(element, declaration=False).decode()
    if held is None:
        held = TrainingOffer(id=offer_id, key=f"{said.siret}:{said.number}"[:200])
        session.add(held)
    held.title, held.document, held.changed_at, held.withdrawn_at = said.title[:300], document, now, None
    row.published_at = row.changed_at = now
    record(session, now, by, "offer.published", "offer", offer_id, title=data.title)


def usable(body: Organisation | None) -> bool:
    """Whether LHEO can name this organisation: its activity number and its SIRET are known."""
    return body is not None and len(_digits(body.nda)) == 11 and len(_digits(body.siret)) == 14


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdigit())


def _fault(element: xml.Element) -> str:
    """The first rule of LHEO that the course breaks; read again from its text, as everybody else will."""
    text = xml.write(element, declaration=False)
    whole = b'<lheo xmlns="' + NAMESPACE.encode() + b'"><offres>' + text + b"</offres></lheo>"
    found = Findings()
    read(xml.parse(whole).root, found)
    return next((one.code for one in found.messages if one.level == "error"), "")


def delete(session: Session, offer_id: UUID, *, by: UUID, now: datetime) -> None:
    """Throw a draft away; what is published stays in the offer until it is withdrawn. Raises NotFound."""
    row = _row(session, offer_id)
    record(session, now, by, "offer.draft_deleted", "offer", offer_id, title=row.title)
    session.delete(row)


def organisations(session: Session) -> list[tuple[UUID, str]]:
    """Who may give a course: organisations that LHEO can name."""
    rows = session.scalars(select(Organisation).order_by(Organisation.name))
    return [(row.id, row.name) for row in rows if usable(row)]


def paths(session: Session) -> list[tuple[UUID, str]]:
    """The paths that are not archived, by title."""
    query = select(LearningPath.id, LearningPath.title).where(LearningPath.archived.is_(False))
    return [(key, title) for key, title in session.execute(query.order_by(LearningPath.title))]


def _row(session: Session, offer_id: UUID, *, lock: bool = False) -> OfferForm:
    """``lock``: to the end of the unit, on PostgreSQL."""
    row = session.get(OfferForm, offer_id, with_for_update=lock)
    if row is None:
        raise NotFound(kind="offer", id=str(offer_id))
    return row


def _view(row: OfferForm) -> FormView:
    pending = row.published_at is None or row.changed_at > row.published_at
    return FormView(
        row.id, OfferData.model_validate(row.data), row.revision, row.changed_at, row.published_at, pending
    )  # fmt: skip
