"""Recurring work: each row of the timetable puts its job down when its time has come, once for all workers."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.platforms import Timetable
from hub.services.dictionaries import upsert
from hub.services.jobs import enqueue

LANE = "lane"
"""Entry of a row's payload that names the lane of its jobs."""
HOUSEKEEPING = ("housekeeping", 24 * 3600)


def is_due(session: Session, now: datetime) -> bool:
    """Whether some row has to put its job down: asked in a reading unit."""
    return session.scalar(select(Timetable.name).where(Timetable.next_at <= now).limit(1)) is not None


def enqueue_due(session: Session, now: datetime) -> int:
    """Put down the jobs of the rows that are due, and set their next time; gives how many.

    The name of the row is the unique key of its job, so a slow job is not put down twice; turns missed while no worker
    ran are not caught up one by one.
    """
    query = select(Timetable).where(Timetable.next_at <= now).order_by(Timetable.name)
    rows = session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()
    for row in rows:
        lane = str(row.payload.get(LANE, "default"))
        enqueue(session, row.kind, row.payload, lane=lane, unique_key=row.name, due_at=now, again=False)
        period = timedelta(seconds=max(row.every_seconds, 1))
        row.next_at += period * ((now - row.next_at) // period + 1)
    return len(rows)


def ensure(session: Session, name: str, every_seconds: int, now: datetime) -> None:
    """See that a row of this name (also its kind) is there; one that is there already keeps its times."""
    first = now + timedelta(seconds=every_seconds)
    values = {"name": name, "kind": name, "payload": {}, "every_seconds": every_seconds, "next_at": first}
    session.execute(upsert(session, Timetable.__table__).values(**values).on_conflict_do_nothing())
