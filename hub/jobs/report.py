"""What a handler is given to work with: units of work under its lease, progress, the wish to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs import leases
from hub.jobs.leases import Lease
from hub.models.platforms import Job
from hub.services.jobs import Stopped


class ReportStep:
    """One writing unit of a handler; its progress is committed with it."""

    def __init__(self, session: Session, progress: Mapping[str, Any]) -> None:
        self.session = session
        self.told: dict[str, Any] | None = None
        self._before = progress

    def progress(self, cursor: Mapping[str, Any] | None = None, **figures: Any) -> None:
        """See ``hub.services.jobs.Step``."""
        told = {**self._before, **(self.told or {}), **figures}
        if cursor is not None:
            told["cursor"] = dict(cursor)
        self.told = told


class Report:
    """The handler's side of a lease (a ``hub.services.jobs.Reporter``)."""

    def __init__(
        self,
        installation: Installation,
        tenant: TenantDatabase,
        lease: Lease,
        stop: threading.Event,
        *,
        seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        """``seconds``: what each sign of life adds to the lease."""
        self.installation = installation
        self.tenant = tenant
        self.lease = lease
        self._stop = stop
        self._seconds = seconds
        self._clock = clock
        self._progress = dict(lease.progress)

    @property
    def id(self) -> UUID:
        """Id of the row: the same at every attempt, so it can serve as idempotency key towards others."""
        return self.lease.id

    @property
    def person_id(self) -> UUID | None:
        """To whom a delivery goes, where it goes to a person of the place."""
        return self.lease.person_id

    @property
    def cursor(self) -> Mapping[str, Any]:
        """The cursor committed last, by this attempt or one before; empty at the beginning."""
        found: Mapping[str, Any] = self._progress.get("cursor", {})
        return found

    @property
    def progress_so_far(self) -> Mapping[str, Any]:
        """All that this attempt or one before committed as progress."""
        return self._progress

    @property
    def stopping(self) -> bool:
        """Whether the worker is asked to stop."""
        return self._stop.is_set()

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return self._clock()

    def check(self) -> None:
        """Raises Stopped when the worker is asked to stop: call it between units."""
        if self.stopping:
            raise Stopped

    @contextmanager
    def step(self) -> Iterator[ReportStep]:
        """A writing unit that commits only while the lease is ours. Raises LeaseLost."""
        with self.tenant.write() as session:
            leases.check(session, self.lease)
            step = ReportStep(session, self._progress)
            yield step
            session.flush()
            # Last, so that the queue's row is locked for a moment only, and after what other units lock before it.
            leases.extend(session, self.lease, now=self._clock(), seconds=self._seconds)
            if step.told is not None and self.lease.model is Job:
                leases.record(session, self.lease, step.told)
        if step.told is not None:
            self._progress = step.told

    def progress(self, cursor: Mapping[str, Any] | None = None, **figures: Any) -> None:
        """Commit progress alone, in a unit of its own. Raises LeaseLost."""
        with self.step() as step:
            step.progress(cursor, **figures)
