"""The training offer: taken from LHEO files, shown in public pages, given as one LHEO catalogue at a stable address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content import xml
from content.metadata.lheo import offer as lheo_offer
from content.metadata.lheo.offer import Offer
from content.metadata.lheo.reading import NAMESPACE, Lheo
from hub.db.base import new_id
from hub.models.exchange import OfferForm, TrainingOffer
from hub.services.errors import NotFound
from hub.services.journal import record
from hub.services.settings import get_setting, set_setting

PUBLISHING: Final = "publishing"
UNIT: Final = 200
#: Courses of a page, and their order.
PAGE: Final = 50
BY_TITLE: Final = (TrainingOffer.title, TrainingOffer.id)


@dataclass(frozen=True, slots=True)
class OfferView:
    """A course of the offer, and what indicator 1 of Qualiopi still wants of it."""

    id: UUID
    offer: Offer
    missing: tuple[str, ...]
    changed_at: datetime
    withdrawn: bool


def documents(lheo: Lheo) -> Iterator[tuple[str, str, str]]:
    """(key, title, LHEO text) of each course of a document; made outside the unit of work."""
    for formation in lheo.formations():
        said = lheo_offer.read(formation)
        number = said.number or hashlib.sha256(said.title.encode()).hexdigest()[:16]
        formation.tail = None
        yield f"{said.siret}:{number}"[:200], said.title[:300], xml.write(formation, declaration=False).decode()


def take(session: Session, found: list[tuple[str, str, str]], now: datetime) -> int:
    """Add courses or bring them up to date; one that says the same keeps its date, one that is written here stays as
    it is. Gives how many changed."""
    written = set(session.scalars(select(OfferForm.id)))
    held = {
        row.key: row
        for row in session.scalars(select(TrainingOffer).where(TrainingOffer.key.in_([key for key, _t, _d in found])))
    }
    changed = 0
    for key, title, document in found:
        row = held.get(key)
        if row is None:
            row = TrainingOffer(id=new_id(), key=key, title=title, document=document, changed_at=now)
            session.add(row)
            held[key] = row
            changed += 1
        elif row.id in written:
            continue
        elif row.document != document or row.withdrawn_at is not None:
            row.title, row.document, row.changed_at, row.withdrawn_at = title, document, now, None
            changed += 1
    session.flush()
    return changed


def listed(session: Session, number: int = 0) -> list[OfferView]:
    """A page of the offer by title, `PAGE` courses from ``number`` times as many."""
    shown = select(TrainingOffer.id).where(TrainingOffer.withdrawn_at.is_(None))
    keys = session.scalars(shown.order_by(*BY_TITLE).offset(number * PAGE).limit(PAGE)).all()
    query = select(TrainingOffer).where(TrainingOffer.id.in_(keys)).order_by(*BY_TITLE)
    return [_view(row) for row in session.scalars(query)]


def count(session: Session) -> int:
    """How many courses the offer has."""
    query = select(func.count()).select_from(TrainingOffer).where(TrainingOffer.withdrawn_at.is_(None))
    return session.scalar(query) or 0


def get(session: Session, offer_id: UUID) -> OfferView:
    """One course. Raises NotFound, also of one that was taken off the offer."""
    row = session.get(TrainingOffer, offer_id)
    if row is None or row.withdrawn_at is not None:
        raise NotFound(kind="offer", id=str(offer_id))
    return _view(row)


def withdraw(session: Session, offer_id: UUID, *, by: UUID, now: datetime) -> None:
    """Take a course off the offer; a later file puts it back. Raises NotFound."""
    row = session.get(TrainingOffer, offer_id)
    if row is None:
        raise NotFound(kind="offer", id=str(offer_id))
    row.withdrawn_at = row.changed_at = now
    form = session.get(OfferForm, offer_id)
    if form is not None:
        form.published_at = None
    record(session, now, by, "offer.withdrawn", "offer", offer_id, title=row.title)


def _view(row: TrainingOffer) -> OfferView:
    said = lheo_offer.read(xml.parse(row.document.encode()).root)
    return OfferView(row.id, said, lheo_offer.missing(said), row.changed_at, row.withdrawn_at is not None)


def catalogue(session: Session) -> tuple[bytes, datetime]:
    """The whole offer in LHEO 2.3 and when it last changed. Raises NotFound while it is empty: LHEO knows no empty
    one."""
    rows = session.execute(
        select(TrainingOffer.document).where(TrainingOffer.withdrawn_at.is_(None)).order_by(TrainingOffer.key)
    ).scalars()
    courses = "".join(rows)
    changed = session.scalar(select(func.max(TrainingOffer.changed_at)))
    if not courses or changed is None:
        raise NotFound(kind="offer", id="")
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<lheo xmlns="{NAMESPACE}"><offres>'
    return f"{head}{courses}</offres></lheo>".encode(), changed


def published(session: Session) -> dict[str, bool]:
    """What is open to everybody: ``offers`` (pages and LHEO), ``oai`` (records of the catalogue). Closed unless set."""
    setting = get_setting(session, PUBLISHING)
    return {name: bool(setting.get(name)) for name in ("offers", "oai")}


def publish(session: Session, what: str, opened: bool, *, by: UUID, now: datetime) -> None:
    """Open or close ``offers`` or ``oai`` to everybody."""
    set_setting(session, PUBLISHING, {**published(session), what: opened})
    record(session, now, by, "publishing.changed", "setting", what, opened=opened)
