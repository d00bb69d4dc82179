"""The zone of the place: in which days begin and people read their hours."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from hub.models.platforms import Setting

DEFAULT_ZONE = "Europe/Paris"


def place_zone(session: Session) -> ZoneInfo:
    """The IANA zone in the setting ``place``; Europe/Paris where none is set or its name is unknown."""
    row = session.get(Setting, "place")
    name = (row.value if row else {}).get("zone") or DEFAULT_ZONE
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(DEFAULT_ZONE)
