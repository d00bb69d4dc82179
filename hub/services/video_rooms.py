"""Platforms on which the hub holds video classes, and what was recorded there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.capabilities import Capability
from connectors.registry import declarations
from hub.domain.translate import key_of
from hub.models.place import Seance
from hub.models.platforms import Platform
from hub.services import remote_records as records
from hub.services.platforms import ACTIVE

RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class VideoRoom:
    """A platform that holds video classes."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording; ``url`` empty while it is not published."""

    id: str
    url: str
    starts_at: datetime | None


def video_rooms(session: Session) -> list[VideoRoom]:
    """Those that may be chosen, by name."""
    kinds = [key for key, it in declarations().items() if Capability.MEETINGS in it.capabilities]
    query = select(Platform).where(Platform.connector.in_(kinds), Platform.state == ACTIVE).order_by(Platform.name)
    return [VideoRoom(row.id, row.name) for row in session.scalars(query)]


def is_video_room(session: Session, platform_id: UUID) -> bool:
    """Whether a séance may be held there."""
    return any(room.id == platform_id for room in video_rooms(session))


def meeting_key(seance_id: UUID) -> str:
    """How a platform names the video class of a séance: unguessable, the same at every opening."""
    return f"hub-{seance_id.hex}"


def seance_of(key: str) -> UUID | None:
    """The séance that ``meeting_key`` named; None for any other meeting."""
    try:
        return UUID(hex=key.removeprefix("hub-")) if key.startswith("hub-") else None
    except ValueError:
        return None


def recordings_of(session: Session, seances: Iterable[Seance]) -> Mapping[UUID, list[Recorded]]:
    """What was recorded of these séances, as it was last read."""
    found: dict[UUID, list[Recorded]] = {}
    for row in seances:
        if row.video_platform_id is None or not row.video_recorded:
            continue
        prefix = f"{key_of(meeting_key(row.id))}:"
        for it in records.below(session, row.video_platform_id, RECORDING, prefix):
            at = it.value.get("starts_at")
            told = Recorded(it.value["id"], it.value.get("url", ""), datetime.fromisoformat(at) if at else None)
            found.setdefault(row.id, []).append(told)
    return found
