"""Collections of other places of the installation, taken as resources of this one's own and kept as those places have
them: what changes there changes here, what they withdraw is withdrawn here; paths that use it go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.domain.roles import Viewer
from hub.models.exchange import PlaceRecord, PlaceSubscription
from hub.models.learning import Resource
from hub.services import jobs
from hub.services.admin_scope import require_place
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record
from hub.services.place_sharing import SharedResource

READ_JOB: Final = "place_subscription"
ALL_JOB: Final = "place_subscriptions"


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription as it stands. ``counts``: ``added``, ``changed``, ``withdrawn``, ``whole`` at its last reading."""

    id: UUID
    place: str
    title: str
    state: str
    counts: Mapping[str, int]
    read_at: datetime | None


def subscribe(session: Session, viewer: Viewer, own_key: str, code: str, now: datetime) -> UUID:
    """Take a collection by the code that the other place gave; it is read at once. Raises Forbidden, Invalid
    (``code``: ``incorrect``)."""
    require_place(viewer)
    place_key, _colon, token = code.strip().partition(":")
    if not place_key or not token or place_key == own_key:
        raise Invalid({"code": "incorrect"})
    known = next((row for row in _rows(session) if (row.place_key, row.token.reveal()) == (place_key, token)), None)
    if known is not None:
        start(session, known.id, now)
        return known.id
    row = PlaceSubscription(id=new_id(), place_key=place_key, token=token, created_at=now)
    session.add(row)
    session.flush()
    record(session, now, viewer.person_id, "subscription.added", "place_subscription", row.id, place=place_key)
    start(session, row.id, now)
    return row.id


def start(session: Session, subscription_id: UUID, now: datetime) -> None:
    """Have it read."""
    key = f"{READ_JOB}:{subscription_id}"
    payload = {"subscription": str(subscription_id)}
    jobs.enqueue(session, READ_JOB, payload, unique_key=key, due_at=now)


def start_all(session: Session, now: datetime) -> int:
    """Have every one read; gives how many."""
    keys = [row.id for row in _rows(session)]
    for key in keys:
        start(session, key, now)
    return len(keys)


def end(session: Session, viewer: Viewer, subscription_id: UUID, now: datetime) -> None:
    """Take it no more: its entries are withdrawn, paths that use them go on. Raises Forbidden, NotFound."""
    require_place(viewer)
    row = session.get(PlaceSubscription, subscription_id)
    if row is None:
        raise NotFound(kind="place_subscription", id=str(subscription_id))
    _withdraw_missing(session, row, set(), now)
    session.execute(delete(PlaceRecord).where(PlaceRecord.subscription_id == row.id))
    record(session, now, viewer.person_id, "subscription.ended", "place_subscription", row.id, place=row.place_key)
    session.delete(row)


def listed(session: Session) -> list[SubscriptionView]:
    """The subscriptions, the oldest first."""
    return [
        SubscriptionView(row.id, row.place_name or row.place_key, row.title, row.state, row.counts, row.read_at)
        for row in _rows(session)
    ]


def wanted(session: Session, subscription_id: UUID) -> tuple[str, str] | None:
    """Key of the other place and the token; None once the subscription ended."""
    row = session.get(PlaceSubscription, subscription_id)
    return None if row is None else (row.place_key, row.token.reveal())


def away(session: Session, subscription_id: UUID) -> None:
    """The other place cannot be read now: what is here stays as it is."""
    row = session.get(PlaceSubscription, subscription_id)
    if row is not None:
        row.state = "away"


def keep(
    session: Session,
    subscription_id: UUID,
    place: str,
    found: tuple[str, Sequence[SharedResource]] | None,
    now: datetime,
) -> None:
    """Write what the other place gives; ``found`` None: it shares it no more, so every entry is withdrawn."""
    row = session.get(PlaceSubscription, subscription_id)
    if row is None:
        return
    title, resources = found or (row.title, ())
    held: dict[UUID, PlaceRecord] = {
        one.remote_id: one for one in session.scalars(select(PlaceRecord).where(PlaceRecord.subscription_id == row.id))
    }
    fates = [_one(session, row, place, one, held.get(one.id), now) for one in resources]
    withdrawn = _withdraw_missing(session, row, {one.id for one in resources}, now)
    row.title, row.place_name, row.read_at = title, place, now
    row.state = "ended" if found is None else "read"
    row.counts = {
        "added": fates.count("added"), "changed": fates.count("changed"), "withdrawn": withdrawn, "whole": len(fates),
    }  # fmt: skip


def _one(
    session: Session, row: PlaceSubscription, place: str, one: SharedResource, held: PlaceRecord | None, now: datetime
) -> str:
    if held is None:
        made = Resource(id=new_id(), created_at=now, custom={"source": place}, **one.values)
        session.add(made)
        session.flush()
        session.add(PlaceRecord(subscription_id=row.id, remote_id=one.id, resource_id=made.id, digest=one.digest))
        return "added"
    resource = session.get_one(Resource, held.resource_id)
    if held.digest == one.digest and resource.withdrawn_at is None:
        return "same"
    values: dict[str, Any] = {**one.values, "withdrawn_at": None}
    for name, value in values.items():
        setattr(resource, name, value)
    held.digest = one.digest
    return "changed"


def _withdraw_missing(session: Session, row: PlaceSubscription, present: set[UUID], now: datetime) -> int:
    query = (
        select(PlaceRecord.remote_id, Resource)
        .join(Resource, Resource.id == PlaceRecord.resource_id)
        .where(PlaceRecord.subscription_id == row.id, Resource.withdrawn_at.is_(None))
    )
    gone = [resource for remote, resource in session.execute(query) if remote not in present]
    for resource in gone:
        resource.withdrawn_at = now
    return len(gone)


def _rows(session: Session) -> list[PlaceSubscription]:
    query = select(PlaceSubscription).order_by(PlaceSubscription.created_at, PlaceSubscription.id)
    return list(session.scalars(query))
