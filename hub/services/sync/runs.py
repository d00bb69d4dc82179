"""Runs: one reading of a platform, from its request to its end. A run that was cut off is taken up where it stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.errors import ConnectorError
from connectors.records import Notice
from hub.models.platforms import Job, Platform, SyncRun
from hub.services import jobs
from hub.services import remote_records as records
from hub.services.errors import Conflict
from hub.services.platforms import ACTIVE, SYNC_JOB, find, is_read, next_turn, sync_key
from hub.services.remote_errors import described

RUNNING, WAITING, DONE, PARTIAL, HELD, CONFIRMED, SUPERSEDED, FAILED = (
    "running",
    "waiting",
    "done",
    "partial",
    "held",
    "confirmed",
    "superseded",
    "failed",
)
OPEN = (RUNNING, WAITING)
FULL_EVERY = timedelta(hours=24)
"""Trainers' grading and corrections do not move a learner's last access: once a day everybody is read."""
NOTICES = 50
ATTEMPTS = 6
UNREACHED_SECONDS = 60.0


def request_sync(session: Session, platform_id: UUID, *, by: UUID | None, now: datetime, full: bool = True) -> UUID:
    """Have a platform read now; gives the id of the job. One that is under way or waits is not doubled.

    Raises NotFound, and Conflict for a platform that has no connector or is paused.
    """
    platform = find(session, platform_id)
    if not is_read(platform) or platform.state != ACTIVE:
        raise Conflict("platform_not_read", platform=str(platform_id))
    # Whoever asks may have changed a right over there: what the platform allows is asked again.
    records.forget_kind(session, platform_id, records.NEGOTIATION)
    lane = jobs.lane_of_platform(platform_id)
    payload = {"platform_id": str(platform_id), "full": full}
    job_id = jobs.enqueue(
        session, SYNC_JOB, payload, lane=lane, unique_key=sync_key(platform_id), by=by, due_at=now,
        max_attempts=ATTEMPTS, again=False,
    )  # fmt: skip
    if job_state(session, job_id) == jobs.DUE:
        jobs.resend(session, Job, job_id, now=now)  # a person asks: the back-off ends
    return job_id


def job_state(session: Session, job_id: UUID) -> str:
    """State of a job."""
    return session.scalar(select(Job.state).where(Job.id == job_id)) or ""


def begin(session: Session, platform_id: UUID, now: datetime, *, full: bool) -> SyncRun:
    """The run to go on with: the one that was cut off or waits for a next try, else a new one."""
    mine = select(SyncRun).where(SyncRun.platform_id == platform_id)
    run = session.scalars(mine.where(SyncRun.state.in_(OPEN)).order_by(SyncRun.id.desc()).limit(1)).first()
    if run is None:
        scope = {"full": full or _full_is_due(session, platform_id, now)}
        run = SyncRun(platform_id=platform_id, started_at=now, scope=scope, cursor={}, counts={}, held=[])
        session.add(run)
    run.state, run.error = RUNNING, None
    session.flush()
    return run


def _full_is_due(session: Session, platform_id: UUID, now: datetime) -> bool:
    ended = (DONE, HELD, CONFIRMED, SUPERSEDED)
    recent = select(SyncRun.scope).where(
        SyncRun.platform_id == platform_id, SyncRun.state.in_(ended), SyncRun.started_at > now - FULL_EVERY
    )
    return not any(scope.get("full") for scope in session.scalars(recent))


def advance(run: SyncRun, cursor: Mapping[str, Any], counts: Mapping[str, int], notices: Sequence[Notice] = ()) -> None:
    """Where the run stands now, and what the unit did; to be committed with it."""
    run.cursor = dict(cursor)
    total = dict(run.counts)
    for name, number in counts.items():
        if number:
            total[name] = total.get(name, 0) + number
    if notices:
        told = [{"code": it.code, "about": it.about, "detail": it.detail} for it in notices]
        total["notices"] = (total.get("notices", []) + told)[:NOTICES]
    run.counts = total


def end(session: Session, run: SyncRun, state: str, now: datetime) -> None:
    """The run is over; the platform was read. A fault that stopped a part of it (``partial``) stays visible."""
    platform = find(session, run.platform_id)
    run.state, run.ended_at = state, now
    platform.last_read_at = now
    platform.last_error = run.error
    platform.next_read_at = next_turn(session, platform, now)


def keep_fault(session: Session, run: SyncRun, fault: ConnectorError, now: datetime) -> None:
    """The run was stopped by a fault: kept, shown, and tried again later where that may help."""
    platform = find(session, run.platform_id)
    error = described(fault) | {"at": now.isoformat()}
    run.error = platform.last_error = error
    if fault.transient:
        run.state = WAITING
        not_before = now + timedelta(seconds=max(fault.retry_after or 0.0, UNREACHED_SECONDS))
        platform.last_error = {**error, "not_before": not_before.isoformat()}
        platform.next_read_at = not_before
    else:
        run.state, run.ended_at = FAILED, now
        platform.next_read_at = next_turn(session, platform, now)


def seconds_to_wait(platform: Platform, now: datetime) -> float:
    """How long a platform that asked for a pause, or was not reached, is left alone yet."""
    told = (platform.last_error or {}).get("not_before")
    if platform.last_error is None or not told or not platform.last_error.get("retry_after"):
        return 0.0
    return max((datetime.fromisoformat(told) - now).total_seconds(), 0.0)


def runs(session: Session, platform_id: UUID, limit: int = 20) -> Sequence[SyncRun]:
    """The latest runs of a platform, the newest first."""
    query = select(SyncRun).where(SyncRun.platform_id == platform_id).order_by(SyncRun.id.desc()).limit(limit)
    return session.scalars(query).all()
