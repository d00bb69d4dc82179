"""The names of what stands in the ledger's column ``source_id``: credentials that send, platforms that are read, the
hub itself (none)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.platforms import Platform
from hub.models.river import SourceDay, XapiSource
from hub.services.source_days import HUB


@dataclass(frozen=True, slots=True)
class SourceName:
    """One source. ``kind``: ``credential`` sends to /xapi, ``platform`` is read by a connector, ``hub`` is the hub's
    own hand (its name is empty, its id zero)."""

    id: UUID
    name: str
    kind: Literal["hub", "credential", "platform"]


def all_names(session: Session) -> dict[UUID, SourceName]:
    """Every source that sent something or may: the hub first, then credentials, then platforms read so far, by
    name."""
    found = {HUB: SourceName(HUB, "", "hub")}
    for row in session.execute(select(XapiSource.id, XapiSource.name).order_by(XapiSource.name)):
        found[row.id] = SourceName(row.id, row.name, "credential")
    read = select(SourceDay.source_id).distinct()
    query = select(Platform.id, Platform.name).where(Platform.id.in_(read)).order_by(Platform.name)
    for row in session.execute(query):
        found.setdefault(row.id, SourceName(row.id, row.name, "platform"))
    return found


def name_of(session: Session, source_id: UUID | None) -> SourceName:
    """The source of this column; a row that is gone is named by its id."""
    if source_id is None:
        return SourceName(HUB, "", "hub")
    credential = session.get(XapiSource, source_id)
    if credential is not None:
        return SourceName(source_id, credential.name, "credential")
    platform = session.get(Platform, source_id)
    return SourceName(source_id, platform.name if platform else str(source_id), "platform")
