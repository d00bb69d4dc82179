"""The calendar of reminders: who has a séance tomorrow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.place import Seance
from hub.services import seances
from hub.services.clock import place_zone
from hub.services.seance_news import owe_news

REMINDERS_JOB: Final = "reminders"


def owe_for_tomorrow(session: Session, now: datetime) -> int:
    """Owe whoever is expected at a séance of tomorrow, by the place's calendar, a reminder; gives how many."""
    tomorrow = now.astimezone(place_zone(session)).date() + timedelta(days=1)
    query = select(Seance).where(Seance.day == tomorrow, Seance.cancelled_at.is_(None)).order_by(Seance.starts)
    told = 0
    for seance in session.scalars(query).all():
        persons = [one.person_id for one in seances.expected(session, seance)]
        told += owe_news(session, "seance_tomorrow", seance, persons, now)
    return told
