"""Leases over the rows of a queue: who works on what, until when (DESIGN section 2).

A claim marks a row ``running`` with a token of its own and a time; whoever still holds the token may commit, anybody
may take the row once the time has passed. A claim waits for no lock: a row held by another transaction is passed over.
Every function works inside the caller's writing unit; on SQLite that is BEGIN IMMEDIATE, on PostgreSQL the rows are
locked with FOR UPDATE SKIP LOCKED.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from hub.models.platforms import Delivery, Job
from hub.services.jobs import DONE, DUE, FAILED, RUNNING, UNFINISHED, LeaseLost, QueueModel, rows

BACKOFF_SECONDS = 30.0
BACKOFF_LIMIT_SECONDS = 6 * 3600.0
LONGEST_WAIT_SECONDS = 24 * 3600.0
"""What a remote site may ask for at most: its ``Retry-After`` is its own word."""
ONE_AT_A_TIME = "%:%"
"""Lanes with a colon in their name run one at a time."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed row, as it was when claimed; ``attempts`` counts this attempt."""

    model: QueueModel
    id: UUID
    token: str
    kind: str
    lane: str
    payload: Mapping[str, Any]
    progress: Mapping[str, Any]
    person_id: UUID | None
    due_at: datetime
    attempts: int
    max_attempts: int


def is_due(session: Session, model: QueueModel, now: datetime) -> bool:
    """Whether a claim may find something: asked in a reading unit, so that idle workers take no writer's turn."""
    return session.scalar(select(model.id).where(_claimable(model, now)).limit(1)) is not None


def claim(
    session: Session, model: QueueModel, *, worker: str, now: datetime, seconds: float, limit: int
) -> list[Lease]:
    """Take up to ``limit`` due rows, those whose lease ran out included, the longest due first.

    A row that has used up its attempts by killing its workers ends ``failed`` instead.
    """
    found = list(_free(session, model, now, limit))
    for lane in _busy_lanes(session, model, now, limit):
        if len(found) >= limit:
            break
        head = _head(session, model, lane, now)
        if head is not None:
            found.append(head)
    taken = []
    for row in found:
        if row.attempts >= row.max_attempts:
            _end(row, FAILED, now)
            row.last_error = {"code": "worker_lost", "at": now.isoformat(), "attempts": row.attempts}
            continue
        row.state, row.attempts = RUNNING, row.attempts + 1
        row.leased_by, row.lease_until = f"{worker}/{uuid4().hex}", now + timedelta(seconds=seconds)
        taken.append(_lease(model, row))
    session.flush()
    return taken


def _claimable(model: QueueModel, now: datetime) -> ColumnElement[bool]:
    return or_(and_(model.state == DUE, model.due_at <= now), and_(model.state == RUNNING, model.lease_until <= now))


def _free(session: Session, model: QueueModel, now: datetime, limit: int) -> Sequence[Job | Delivery]:
    query = (
        select(model)
        .where(_claimable(model, now), model.lane.not_like(ONE_AT_A_TIME))
        .order_by(model.due_at, model.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return rows(session, query)


def _busy_lanes(session: Session, model: QueueModel, now: datetime, limit: int) -> Sequence[str]:
    """Exclusive lanes with something due, the longest waiting first."""
    query = (
        select(model.lane)
        .where(_claimable(model, now), model.lane.like(ONE_AT_A_TIME))
        .group_by(model.lane)
        .order_by(func.min(model.due_at))
        .limit(limit * 4)
    )
    return session.scalars(query).all()


def _head(session: Session, model: QueueModel, lane: str, now: datetime) -> Job | Delivery | None:
    """The row of an exclusive lane that may run, if none runs.

    Every unfinished row of the lane must be ours to lock: two workers that see different rows always share one, so
    that only one of them can have them all.
    """
    unfinished = and_(model.lane == lane, model.state.in_(UNFINISHED))
    query = select(model).where(unfinished).order_by(model.due_at, model.id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    ours = rows(session, locked)
    if len(ours) != session.scalar(select(func.count()).select_from(model).where(unfinished)):
        return None
    if any(row.state == RUNNING and row.lease_until is not None and row.lease_until > now for row in ours):
        return None
    return next((row for row in ours if row.state == RUNNING or row.due_at <= now), None)


def _lease(model: QueueModel, row: Job | Delivery) -> Lease:
    return Lease(
        model,
        row.id,
        row.leased_by or "",
        row.kind,
        row.lane,
        row.payload,
        row.progress if isinstance(row, Job) else {},
        row.person_id if isinstance(row, Delivery) else None,
        row.due_at,
        row.attempts,
        row.max_attempts,
    )


def check(session: Session, lease: Lease) -> None:
    """Raises LeaseLost when the lease has passed to another worker; locks nothing."""
    if session.scalar(select(lease.model.id).where(*_held_by(lease))) is None:
        raise LeaseLost(str(lease.id))


def extend(session: Session, lease: Lease, *, now: datetime, seconds: float) -> None:
    """Hold on to a lease for ``seconds`` more; also the fence of a unit that commits work. Raises LeaseLost.

    On PostgreSQL the row stays locked to the end of the unit, so nobody takes the work between this and the commit.
    """
    model = lease.model
    held = session.execute(
        update(model)
        .where(*_held_by(lease))
        .values(lease_until=now + timedelta(seconds=seconds))
        .returning(model.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not held:
        raise LeaseLost(str(lease.id))


def _held_by(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    model = lease.model
    return model.id == lease.id, model.state == RUNNING, model.leased_by == lease.token


def record(session: Session, lease: Lease, progress: Mapping[str, Any]) -> None:
    """Keep the progress of a job. Work that gets on is not what kills its workers: its attempts count anew."""
    session.execute(
        update(Job)
        .where(Job.id == lease.id)
        .values(progress=dict(progress), attempts=1)
        .execution_options(synchronize_session=False)
    )


def finish(session: Session, lease: Lease, *, now: datetime, state: str = DONE, answer: str = "") -> None:
    """The work is done (or ``waiting`` for a human); put down again meanwhile, due once more. Raises LeaseLost."""
    row = _mine(session, lease)
    if row.due_at != lease.due_at:
        row.state, row.attempts, row.lease_until, row.leased_by = DUE, 0, None, None
    else:
        _end(row, state, now)
    row.last_error = None
    if isinstance(row, Delivery):
        row.answer = answer


def retry(
    session: Session,
    lease: Lease,
    error: Mapping[str, Any],
    *,
    now: datetime,
    seconds: float = 0.0,
    jitter: Callable[[], float] = random.random,
) -> None:
    """The work failed: due again after the back-off, not before ``seconds`` (at most a day); ``failed`` when the
    attempts are used up.

    Raises LeaseLost.
    """
    row = _mine(session, lease)
    row.last_error = {**error, "at": now.isoformat()}
    if row.attempts >= row.max_attempts:
        _end(row, FAILED, now)
        return
    pause = max(backoff(row.attempts, jitter()), min(seconds, LONGEST_WAIT_SECONDS))
    row.state, row.lease_until, row.leased_by = DUE, None, None
    row.due_at = now + timedelta(seconds=pause)


def backoff(attempts: int, chance: float) -> float:
    """Seconds after the ``attempts``-th failure: doubling from 30 s to 6 h, of which ``chance`` (0..1) spreads half."""
    return min(BACKOFF_SECONDS * 2.0 ** min(attempts - 1, 20), BACKOFF_LIMIT_SECONDS) * (0.5 + chance / 2)


def fail(session: Session, lease: Lease, error: Mapping[str, Any], *, now: datetime) -> None:
    """The work failed for good and stays visible. Raises LeaseLost."""
    row = _mine(session, lease)
    row.last_error = {**error, "at": now.isoformat()}
    _end(row, FAILED, now)


def release(session: Session, lease: Lease) -> None:
    """Give the work back as it stands, at once and without counting an attempt. Raises LeaseLost."""
    row = _mine(session, lease)
    row.state, row.lease_until, row.leased_by = DUE, None, None
    row.attempts = max(row.attempts - 1, 0)


def _mine(session: Session, lease: Lease) -> Job | Delivery:
    model = lease.model
    query = select(model).where(model.id == lease.id).with_for_update().execution_options(populate_existing=True)
    row = next(iter(rows(session, query)), None)
    if row is None or row.state != RUNNING or row.leased_by != lease.token:
        raise LeaseLost(str(lease.id))
    return row


def _end(row: Job | Delivery, state: str, now: datetime) -> None:
    """An ended row gives its unique key back, so that the same work can be put down anew."""
    row.state, row.ended_at, row.lease_until, row.leased_by, row.unique_key = state, now, None, None, None
