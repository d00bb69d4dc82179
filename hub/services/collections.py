"""Collections: resources that somebody puts together, in an order, for themselves or for everybody of the place.

Scope: who made it changes it; shared ones are seen by all who read the catalogue, and an administrator may change them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.domain.roles import Viewer
from hub.models.learning import Collection, Resource
from hub.models.person import Person
from hub.services.catalogue import Entry, entries_of, find_row
from hub.services.errors import Forbidden, Invalid, NotFound
from hub.services.journal import record

MOST_ITEMS: Final = 500


@dataclass(frozen=True, slots=True)
class CollectionView:
    """A collection; ``mine``: the viewer may change it; ``items``: ids in their order."""

    id: UUID
    title: str
    summary: str
    owner: str
    shared: bool
    mine: bool
    items: tuple[str, ...]
    changed_at: datetime


def listed(session: Session, viewer: Viewer) -> list[CollectionView]:
    """The viewer's own and the shared ones, by title."""
    visible = or_(Collection.owner_id == viewer.person_id, Collection.shared.is_(True))
    query = select(Collection, Person).join(Person, Person.id == Collection.owner_id).where(visible)
    found = [_view(row, person, viewer) for row, person in session.execute(query)]
    return sorted(found, key=lambda one: one.title.casefold())


def get(session: Session, viewer: Viewer, collection_id: UUID) -> CollectionView:
    """One collection. Raises NotFound, also of somebody else's that is not shared."""
    row = _row(session, viewer, collection_id)
    return _view(row, session.get_one(Person, row.owner_id), viewer)


def entries(session: Session, found: CollectionView) -> list[Entry]:
    """The resources in their order; those taken off the catalogue are among them."""
    keys = [UUID(one) for one in found.items]
    rows = {row.id: row for row in session.scalars(select(Resource).where(Resource.id.in_(keys)))}
    return entries_of(session, [rows[key] for key in keys if key in rows])


def create(session: Session, viewer: Viewer, title: str, summary: str, *, shared: bool, now: datetime) -> UUID:
    """A new collection. Raises Invalid (``title``: ``required``)."""
    if not title.strip():
        raise Invalid({"title": "required"})
    row = Collection(
        id=new_id(), title=title.strip(), summary=summary.strip(), owner_id=viewer.person_id, shared=shared, items=[],
        changed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, now, viewer.person_id, "collection.created", "collection", row.id, title=row.title)
    return row.id


def change(
    session: Session, viewer: Viewer, collection_id: UUID, title: str, summary: str, *, shared: bool, now: datetime
) -> None:
    """Rename, describe, share or take back. Raises NotFound, Forbidden, Invalid."""
    row = _mine(session, viewer, collection_id)
    if not title.strip():
        raise Invalid({"title": "required"})
    row.title, row.summary, row.shared, row.changed_at = title.strip(), summary.strip(), shared, now
    record(session, now, viewer.person_id, "collection.changed", "collection", row.id, shared=shared)


def add(session: Session, viewer: Viewer, collection_id: UUID, resource_id: UUID, now: datetime) -> None:
    """Put a resource at the end; one that is there stays where it is. Raises NotFound, Forbidden, Invalid."""
    row = _mine(session, viewer, collection_id)
    find_row(session, resource_id)
    if str(resource_id) in row.items:
        return
    if len(row.items) >= MOST_ITEMS:
        raise Invalid({"collection": "out_of_range"})
    row.items, row.changed_at = [*row.items, str(resource_id)], now


def remove(session: Session, viewer: Viewer, collection_id: UUID, resource_id: UUID, now: datetime) -> None:
    """Take a resource out of the collection; it stays in the catalogue. Raises NotFound, Forbidden."""
    row = _mine(session, viewer, collection_id)
    row.items, row.changed_at = [one for one in row.items if one != str(resource_id)], now


def move(session: Session, viewer: Viewer, collection_id: UUID, resource_id: UUID, by: int, now: datetime) -> None:
    """Move a resource up (-1) or down (1); at the end it stays. Raises NotFound, Forbidden."""
    row = _mine(session, viewer, collection_id)
    items, key = list(row.items), str(resource_id)
    if key not in items:
        raise NotFound(kind="resource", id=key)
    place = items.index(key)
    items.insert(max(0, min(len(items) - 1, place + by)), items.pop(place))
    row.items, row.changed_at = items, now


def delete(session: Session, viewer: Viewer, collection_id: UUID, now: datetime) -> None:
    """Take a collection apart; its resources stay. Raises NotFound, Forbidden."""
    row = _mine(session, viewer, collection_id)
    record(session, now, viewer.person_id, "collection.deleted", "collection", row.id, title=row.title)
    session.delete(row)


def _row(session: Session, viewer: Viewer, collection_id: UUID, *, lock: bool = False) -> Collection:
    """``lock``: to the end of the unit, on PostgreSQL."""
    row = session.get(Collection, collection_id, with_for_update=lock)
    if row is None or not (row.shared or row.owner_id == viewer.person_id):
        raise NotFound(kind="collection", id=str(collection_id))
    return row


def _mine(session: Session, viewer: Viewer, collection_id: UUID) -> Collection:
    row = _row(session, viewer, collection_id, lock=True)
    if not _may_change(row, viewer):
        raise Forbidden()
    return row


def _may_change(row: Collection, viewer: Viewer) -> bool:
    return row.owner_id == viewer.person_id or (row.shared and viewer.has("administrator"))


def _view(row: Collection, person: Person, viewer: Viewer) -> CollectionView:
    return CollectionView(
        row.id, row.title, row.summary, person.name, row.shared, _may_change(row, viewer), tuple(row.items),
        row.changed_at,
    )  # fmt: skip
