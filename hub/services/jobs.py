"""The queues: long work (``Job``) and what is owed to others (``Delivery``), put down inside the caller's unit of work.

A row is work to be done at least once until it ends; what it does must therefore be the same done twice, or committed
together with its progress (``Reporter.step``). One mechanism serves both tables: DESIGN section 2.

States: ``due`` → ``running`` (under a lease) → ``done`` | ``failed`` | ``waiting`` (a human has to
act) | ``cancelled``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast
from uuid import UUID
from weakref import WeakSet

from sqlalchemy import Select, Table, case, literal, select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.uow import TenantDatabase, after_commit
from hub.models.platforms import Delivery, Job
from hub.services.dictionaries import upsert

DUE, RUNNING, DONE, FAILED, WAITING, CANCELLED = "due", "running", "done", "failed", "waiting", "cancelled"
UNFINISHED = (DUE, RUNNING)
QueueModel = type[Job] | type[Delivery]
DEFAULT_ATTEMPTS = 12


class QueueError(Exception):
    """Root of what can go wrong with a row of a queue. ``code`` is stable."""

    code = "queue"


class UnknownWork(QueueError):
    """No such row."""

    code = "queue-unknown"


class LeaseLost(QueueError):
    """The lease passed to another worker: whatever this one was about to commit must not be."""

    code = "queue-lease-lost"


class Stopped(QueueError):
    """The worker is asked to stop: the work goes back to the queue as it stands."""

    code = "queue-stopped"


class RetryLater(QueueError):
    """The work failed for now. ``seconds``: not before so long (the back-off applies when it is longer)."""

    code = "queue-retry"

    def __init__(self, error: Mapping[str, Any], seconds: float = 0.0) -> None:
        super().__init__(str(error.get("code", "")))
        self.error = dict(error)
        self.seconds = seconds


class Permanent(QueueError):
    """The work failed and trying again is useless: it ends ``failed``."""

    code = "queue-permanent"

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("code", "")))
        self.error = dict(error)


class Step(Protocol):
    """One writing unit of a job. ``progress`` is committed with what the unit wrote, or not at all."""

    @property
    def session(self) -> Session:
        """The session of the unit."""
        ...

    def progress(self, cursor: Mapping[str, Any] | None = None, **figures: Any) -> None:
        """Where the work stands: ``cursor`` is what the next attempt begins from, figures are shown to people."""
        ...


class Reporter(Protocol):
    """What a handler is given to work with."""

    def step(self) -> AbstractContextManager[Step]:
        """Open a writing unit. Raises LeaseLost when the work belongs to another worker by now."""
        ...

    def check(self) -> None:
        """Raises Stopped when the worker is asked to stop: call it between units."""
        ...


class Unleased:
    """A Reporter for work that runs outside the queues: from a command, or in the caller's own hands."""

    def __init__(self, tenant: TenantDatabase) -> None:
        self._tenant = tenant

    @contextmanager
    def step(self) -> Iterator[Step]:
        """A writing unit."""
        with self._tenant.write() as session:
            yield _UnleasedStep(session)

    def check(self) -> None:
        """Nobody asks it to stop."""


@dataclass(frozen=True, slots=True)
class _UnleasedStep:
    session: Session

    def progress(self, cursor: Mapping[str, Any] | None = None, **figures: Any) -> None:
        """There is no row to show progress on."""


def lane_of_platform(platform_id: UUID) -> str:
    """The lane of all calls to one platform. A lane with a colon in its name runs one at a time."""
    return f"platform:{platform_id}"


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    lane: str = "default",
    unique_key: str | None = None,
    due_at: datetime | None = None,
    max_attempts: int = DEFAULT_ATTEMPTS,
    by: UUID | None = None,
    again: bool = True,
) -> UUID:
    """Put a job down in the caller's unit of work: it exists if and only if the unit commits. Gives its id.

    ``due_at`` defaults to now. At most one unfinished job has a ``unique_key``: a second enqueuing gives the first
    one's id, with the new payload; while that job runs, ``again`` makes it run once more afterwards and
    ``again=False`` leaves it alone. A row in its back-off keeps its time. Enqueue after ingesting statements: workers
    lock the ledger first and their row last.
    """
    now = datetime.now(UTC)
    values = {"kind": kind, "payload": dict(payload), "lane": lane, "unique_key": unique_key, "due_at": due_at or now}
    return put(session, Job, values | {"max_attempts": max_attempts, "created_at": now, "created_by": by}, again=again)


def put(session: Session, model: QueueModel, values: Mapping[str, Any], *, again: bool = True) -> UUID:
    """Insert a row of either queue, or join the unfinished one of the same ``unique_key``. Gives its id."""
    table = cast(Table, model.__table__)
    insert = upsert(session, table).values(id=new_id(), state=DUE, attempts=0, **values)
    new = insert.excluded
    running = table.c.state == RUNNING
    backing_off = (table.c.state == DUE) & (table.c.attempts > 0)
    keep = running & literal(not again)
    statement = insert.on_conflict_do_update(
        index_elements=["unique_key"],
        set_={
            "payload": case((keep, table.c.payload), else_=new.payload),
            # On a running row another due_at is the sign that it is owed once more (see hub.jobs.leases.finish).
            "due_at": case(
                (keep | backing_off, table.c.due_at),
                (running | (new.due_at < table.c.due_at), new.due_at),
                else_=table.c.due_at,
            ),
        },
    ).returning(table.c.id)
    found: UUID = session.execute(statement).scalar_one()
    after_commit(session, wake)
    return found


def resend(session: Session, model: QueueModel, row_id: UUID, *, now: datetime) -> bool:
    """Make a failed, waiting or backed-off row due at once, with all its attempts. False when it is running or done.

    Raises UnknownWork.
    """
    row = _locked(session, model, row_id)
    if row.state not in (DUE, FAILED, WAITING):
        return False
    row.state, row.due_at, row.attempts, row.ended_at = DUE, now, 0, None
    after_commit(session, wake)
    return True


def _locked(session: Session, model: QueueModel, row_id: UUID) -> Job | Delivery:
    query = select(model).where(model.id == row_id).with_for_update().execution_options(populate_existing=True)
    found = rows(session, query)
    if not found:
        raise UnknownWork(str(row_id))
    return found[0]


def rows(session: Session, query: Select[Any]) -> list[Job | Delivery]:
    """What a query over either queue gives."""
    return list(session.scalars(query))


def cancel(session: Session, model: QueueModel, row_id: UUID, *, now: datetime) -> bool:
    """End a row that has not been done. False when it is running or has ended. Raises UnknownWork."""
    row = _locked(session, model, row_id)
    if row.state not in (DUE, FAILED, WAITING):
        return False
    row.state, row.ended_at, row.unique_key = CANCELLED, now, None
    return True


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A row as the administrator sees it. ``answer``: what the remote said, or the text to send by hand."""

    id: UUID
    kind: str
    lane: str
    state: str
    due_at: datetime
    attempts: int
    max_attempts: int
    last_error: dict[str, Any] | None
    created_at: datetime
    ended_at: datetime | None
    progress: dict[str, Any]
    answer: str
    person_id: UUID | None


def lines(
    session: Session,
    model: QueueModel,
    *,
    states: tuple[str, ...] = (FAILED, WAITING, RUNNING, DUE),
    person_id: UUID | None = None,
    limit: int = 100,
) -> list[QueueLine]:
    """Rows in the given states, the newest first; ``person_id`` keeps the deliveries to one person."""
    query = select(model).where(model.state.in_(states)).order_by(model.created_at.desc()).limit(limit)
    if person_id is not None and model is Delivery:
        query = query.where(Delivery.person_id == person_id)
    return [_line(row) for row in rows(session, query)]


def _line(row: Job | Delivery) -> QueueLine:
    return QueueLine(
        row.id,
        row.kind,
        row.lane,
        row.state,
        row.due_at,
        row.attempts,
        row.max_attempts,
        row.last_error,
        row.created_at,
        row.ended_at,
        row.progress if isinstance(row, Job) else {},
        row.answer if isinstance(row, Delivery) else "",
        row.person_id if isinstance(row, Delivery) else None,
    )


_sleepers: WeakSet[threading.Event] = WeakSet()


def wakes(event: threading.Event) -> None:
    """Have ``event`` set whenever this process puts work down: a hint only, other processes are found by polling."""
    _sleepers.add(event)


def wake() -> None:
    """Set the events that were handed in to ``wakes``."""
    for event in list(_sleepers):
        event.set()
