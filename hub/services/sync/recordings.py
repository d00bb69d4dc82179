"""What was recorded of the video classes of séances: listed with them, never kept here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.capabilities import Recordings
from connectors.records import RemoteRecording
from hub.domain.translate import key_of
from hub.models.place import Seance
from hub.services import remote_records as records
from hub.services.sync.writing import Writer
from hub.services.video_rooms import RECORDING, meeting_key

STEP = "7-recordings"
BACK = timedelta(days=120)
"""How long after a séance its recordings are still asked for."""


def read_recordings(writer: Writer, connector: Recordings) -> None:
    """Ask for those of the last months' recorded séances. Raises ConnectorError."""
    now = writer.clock()
    query = select(Seance.id).where(
        Seance.video_platform_id == writer.site.id,
        Seance.video_recorded,
        Seance.day >= (now - BACK).date(),
        Seance.day <= now.date(),
    )
    with writer.tenant.read() as session:
        keys = sorted(map(meeting_key, session.scalars(query)))
    if keys:
        writer.pages(STEP, "all", connector.recordings(keys), lambda s, some, at: _put(writer, s, some, at))


def _put(writer: Writer, session: Session, some: Sequence[RemoteRecording], now: datetime) -> dict[str, int]:
    values: dict[str, dict[str, Any]] = {
        key_of(it.key, it.id): {
            "id": it.id,
            "url": it.url or "",
            "starts_at": it.starts_at.isoformat() if it.starts_at else None,
        }
        for it in some
    }
    known = records.load(session, writer.site.id, RECORDING, values)
    changed = records.changes(known, values)
    records.save(session, writer.site.id, RECORDING, changed, now)
    return {"recordings": len(changed)}
