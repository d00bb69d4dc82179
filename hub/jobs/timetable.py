"""Recurring work: each row of the timetable puts its job down when its time has come, once for all workers."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.config import Config
from hub.models.platforms import Timetable
from hub.services.backup import BACKUP_JOB
from hub.services.catalogue_image import IMAGE_JOB
from hub.services.clock import place_zone
from hub.services.dictionaries import upsert
from hub.services.jobs import enqueue
from hub.services.oai_serve import REFRESH_JOB
from hub.services.place_subscriptions import ALL_JOB
from hub.services.play.cmi5.sessions import SILENCE_JOB
from hub.services.profile_reports import JOB as PROFILES_JOB
from hub.services.reminders import REMINDERS_JOB
from hub.services.seances import SEATS_JOB
from hub.services.weekly import WEEKLY_JOB

LANE = "lane"
"""Entry of a row's payload that names the lane of its jobs."""
DAY, WEEK = 24 * 3600, 7 * 24 * 3600
HOUSEKEEPING = ("housekeeping", DAY)
NIGHT = time(2, 0)
"""Wall time of the place at which the backups of an installation begin; tenants are spread over SPREAD_SECONDS."""
SPREAD_SECONDS = 2 * 3600
AFTERNOON = time(16, 0)
"""Wall time of the place at which tomorrow's séances are reminded."""
MORNING = time(8, 0)
"""Wall time of the place, on Monday, of the letter to its administrators."""


def is_due(session: Session, now: datetime) -> bool:
    """Whether some row has to put its job down: asked in a reading unit."""
    return session.scalar(select(Timetable.name).where(Timetable.next_at <= now).limit(1)) is not None


Condition = Callable[[Session, Mapping[str, Any]], bool]


def enqueue_due(session: Session, now: datetime, conditions: Mapping[str, Condition] = MappingProxyType({})) -> int:
    """Put down the jobs of the rows that are due, and set their next time; gives how many.

    The name of the row is the unique key of its job, so a slow job is not put down twice; turns missed while no worker
    ran are not caught up one by one. ``conditions`` by kind: where one says no, only the next time is set.
    """
    query = select(Timetable).where(Timetable.next_at <= now).order_by(Timetable.name)
    rows = session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()
    for row in rows:
        lane = str(row.payload.get(LANE, "default"))
        worth_it = conditions.get(row.kind)
        if worth_it is None or worth_it(session, row.payload):
            enqueue(session, row.kind, row.payload, lane=lane, unique_key=row.name, due_at=now, again=False)
        period = timedelta(seconds=max(row.every_seconds, 1))
        row.next_at += period * ((now - row.next_at) // period + 1)
    return len(rows)


def ensure_all(session: Session, key: str, config: Config, now: datetime) -> None:
    """See that the recurring work of the tenant ``key`` is in its timetable."""
    ensure(session, *HOUSEKEEPING, now)
    zone = place_zone(session)
    ensure(session, REMINDERS_JOB, DAY, now, next_local(now, AFTERNOON, zone))
    ensure(session, WEEKLY_JOB, WEEK, now, next_local(now, MORNING, zone, weekday=0))
    ensure(session, SEATS_JOB, 600, now)
    ensure(session, REFRESH_JOB, 900, now)
    ensure(session, IMAGE_JOB, 60, now)
    ensure(session, "harvest_all", DAY, now)
    ensure(session, ALL_JOB, 3600, now)
    ensure(session, SILENCE_JOB, 900, now)
    ensure(session, PROFILES_JOB, 60, now)
    if config.backup_to:
        spread = timedelta(seconds=zlib.crc32(key.encode()) % SPREAD_SECONDS)
        ensure(session, BACKUP_JOB, DAY, now, next_local(now, NIGHT, zone) + spread)


def next_local(now: datetime, at: time, zone: ZoneInfo, weekday: int | None = None) -> datetime:
    """The next instant at which clocks of ``zone`` show ``at`` (on ``weekday``, Monday 0), UTC."""
    local = now.astimezone(zone)
    for days in range(9):
        day = local.date() + timedelta(days=days)
        moment = datetime.combine(day, at, zone).astimezone(UTC)
        if moment > now and weekday in (None, day.weekday()):
            return moment
    raise ValueError("no such weekday")


def ensure(session: Session, name: str, every_seconds: int, now: datetime, first: datetime | None = None) -> None:
    """See that a row of this name (also its kind) is there; one that is there already keeps its times."""
    first = first or now + timedelta(seconds=every_seconds)
    values = {"name": name, "kind": name, "payload": {}, "every_seconds": every_seconds, "next_at": first}
    session.execute(upsert(session, Timetable.__table__).values(**values).on_conflict_do_nothing())
