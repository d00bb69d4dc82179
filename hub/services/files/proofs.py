"""Signed sheets beside the presences that they prove, for the person concerned and their trainers.

A sheet bears the names and signatures of everybody who was there. The person sees that it is kept, where it comes from
and its day; the file itself goes to those who may see the others too (a trainer of their group, an administrator), and
to the person where nobody else is on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.types import to_micros
from hub.domain.translate import ids_of, key_of, restored
from hub.domain.translate.lms import ATTENDANCE
from hub.domain.translate.moodle import course_iri
from hub.models.files import SignedSheet
from hub.models.platforms import Platform
from hub.services import remote_records as records
from hub.services.errors import NotFound
from hub.services.remote_site import Site, site_of
from hub.services.sync.person import remote_users

Presence = tuple[str, int]
"""IRI of the activity, and the presence's instant (microseconds since 1970 UTC)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A signed sheet that proves a presence. ``alone``: nobody else is on it."""

    id: UUID
    name: str
    origin: str
    day: date
    alone: bool


def of_person(session: Session, person_id: UUID) -> Mapping[Presence, tuple[Proof, ...]]:
    """The sheets of the meetings where a person was noted, by the presences that they prove."""
    found: dict[Presence, tuple[Proof, ...]] = {}
    for platform_id in session.scalars(select(SignedSheet.platform_id).distinct()).all():
        site = site_of(session.get_one(Platform, platform_id))
        own = set(remote_users(session, site, person_id))
        mine = select(SignedSheet).where(SignedSheet.platform_id == platform_id)
        for row in session.scalars(mine.order_by(SignedSheet.id)) if own else ():
            for presence, proof in _proven(session, site, row, own):
                found[presence] = (*found.get(presence, ()), proof)
    return found


def _proven(session: Session, site: Site, row: SignedSheet, own: set[str]) -> list[tuple[Presence, Proof]]:
    noted = list(records.below(session, site.id, ATTENDANCE, f"{key_of(row.course, row.session)}/"))
    alone = {ids_of(it.key)[-1] for it in noted} <= own
    course = records.load(session, site.id, records.COURSE, [row.course]).get(row.course)
    iri = str(course.value["iri"]) if course else course_iri(site.base_url, row.course)
    proof = Proof(row.id, row.name, row.origin, row.day, alone)
    times = [restored(it.value).at for it in noted if ids_of(it.key)[-1] in own]
    return [((iri, to_micros(at)), proof) for at in times if at is not None]


def find(session: Session, person_id: UUID, sheet_id: UUID, *, others: bool) -> SignedSheet:
    """A sheet that proves a presence of a person. ``others``: whoever asks may see who else is on it.

    Raises NotFound, also for a sheet that whoever asks may know of but not open.
    """
    proofs = {it for some in of_person(session, person_id).values() for it in some}
    if not any(it.id == sheet_id and (others or it.alone) for it in proofs):
        raise NotFound(sheet=str(sheet_id))
    return session.get_one(SignedSheet, sheet_id)
