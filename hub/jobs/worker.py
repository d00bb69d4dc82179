"""The worker: claims what is due in every tenant, does it, keeps the leases alive while it works."""

from __future__ import annotations

import itertools
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from connectors.errors import ConnectorError
from hub.db.directory import Installation
from hub.db.errors import DatabaseAway, DatabaseBusy, DatabaseError, DatabaseFull, no_room
from hub.db.uow import TenantDatabase
from hub.jobs import leases, timetable
from hub.jobs.leases import Lease
from hub.jobs.registry import Handler, Outcome, Registry, discovered
from hub.jobs.report import Report
from hub.models.platforms import Delivery, Job
from hub.services import jobs
from hub.services.jobs import LeaseLost, Permanent, QueueModel, RetryLater, Stopped
from hub.services.projection import project_dirty
from hub.services.remote_errors import described

log = logging.getLogger("hub.jobs")

_numbers = itertools.count(1)
Settlement = Callable[[Session, Lease], None]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: how long a lease holds, how often an idle worker looks, how long a list of tenants is believed."""

    lease: float = 60.0
    poll: float = 1.0
    tenants: float = 5.0


DEFAULT_TIMING = Timing()
BATCH: Mapping[QueueModel, int] = {Delivery: 10, Job: 1}
"""Rows claimed at once. Deliveries are short; a job is worth a claim of its own, so that other workers get theirs."""
PROJECTED = 100
"""Enrolments projected in one turn."""


def _foreseen(error: Exception) -> str | None:
    """Code of what is the machine's state and no fault of the work: a full disk, a database that is busy or away."""
    if no_room(error):
        return DatabaseFull.code
    return error.code if isinstance(error, DatabaseAway | DatabaseBusy | DatabaseFull) else None


class Worker:
    """One thread's worth of work over all tenants of an installation, until ``stop`` is set."""

    def __init__(
        self,
        installation: Installation,
        stop: threading.Event,
        *,
        registry: Registry | None = None,
        queues: tuple[QueueModel, ...] = (Delivery, Job),
        timing: Timing = DEFAULT_TIMING,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """``queues``: what it claims, in this order. ``clock`` gives aware UTC."""
        self.name = f"{socket.gethostname()}/{os.getpid()}/{next(_numbers)}"
        self._installation = installation
        self._stop = stop
        self._registry = registry or discovered()
        self._queues = queues
        self._timing = timing
        self._clock = clock
        self._awake = threading.Event()
        self._held: dict[str, tuple[TenantDatabase, Lease]] = {}
        self._lock = threading.Lock()
        self._tenants: list[TenantDatabase] = []
        self._looked_at = float("-inf")
        self._ensured: set[str] = set()

    def run(self) -> None:
        """Work until stopped. Errors of the database are logged and tried again; none ends the worker."""
        jobs.wakes(self._awake)
        with self._heart():
            while not self._stop.is_set():
                self._awake.clear()
                try:
                    idle = not self._turn()
                except Exception:
                    log.exception("a turn of the worker failed")
                    idle = True
                if idle:
                    self._awake.wait(self._timing.poll)

    def run_once(self) -> int:
        """Do what is due now, and what that puts down for now, until nothing is left; gives how many pieces of work."""
        done = 0
        with self._heart():
            while not self._stop.is_set() and (count := self._turn()):
                done += count
        return done

    def _turn(self) -> int:
        """One claim from each queue of each tenant; gives how many pieces of work were done."""
        done = 0
        for tenant in self._active_tenants():
            try:
                done += self._tend(tenant)
            except DatabaseError as error:
                log.warning("tenant %s is passed over: %s", tenant.key, error)
            if self._stop.is_set():
                break
        return done

    def _tend(self, tenant: TenantDatabase) -> int:
        # What a killed process left unpaid; everybody else projects what they wrote at once.
        done = project_dirty(tenant, PROJECTED)
        with tenant.read() as session:
            now = self._clock()
            recurring = timetable.is_due(session, now)
            due = {model for model in self._queues if leases.is_due(session, model, now)}
        if recurring:
            with tenant.write() as session:
                timetable.enqueue_due(session, self._clock(), self._registry.conditions)
        for model in self._queues:
            if recurring or model in due:
                done += self._serve(tenant, model)
        return done

    def _active_tenants(self) -> list[TenantDatabase]:
        now = time.monotonic()
        if now - self._looked_at > self._timing.tenants:
            self._tenants = list(self._open_tenants())
            self._looked_at = now
        return self._tenants

    def _open_tenants(self) -> Iterator[TenantDatabase]:
        for record in self._installation.tenants():
            if record.state != "active":
                continue
            try:
                tenant = self._installation.tenant(record.key)
                if record.key not in self._ensured:
                    with tenant.write() as session:
                        timetable.ensure_all(session, record.key, self._installation.config, self._clock())
                    self._ensured.add(record.key)
                yield tenant
            except DatabaseError as error:
                log.warning("tenant %s is passed over: %s", record.key, error)

    def _serve(self, tenant: TenantDatabase, model: QueueModel) -> int:
        with tenant.write() as session:
            claimed = leases.claim(
                session,
                model,
                worker=self.name,
                now=self._clock(),
                seconds=self._timing.lease,
                limit=BATCH[model],
            )
        with self._lock:
            self._held.update({lease.token: (tenant, lease) for lease in claimed})
        for lease in claimed:
            try:
                self._perform(tenant, lease)
            finally:
                with self._lock:
                    self._held.pop(lease.token, None)
        return len(claimed)

    def _perform(self, tenant: TenantDatabase, lease: Lease) -> None:
        """Run the handler and write down how it ended, in a unit of its own."""
        settle = self._settlement(tenant, lease)
        try:
            with tenant.write() as session:
                settle(session, lease)
        except LeaseLost:
            log.warning("%s %s passed to another worker", lease.kind, lease.id)

    def _settlement(self, tenant: TenantDatabase, lease: Lease) -> Settlement:
        """Run the handler; gives what is to be written of its end."""
        handler = self._registry.find(lease.model, lease.kind)
        if handler is None:
            return self._fail({"code": "unknown_kind"})
        if self._stop.is_set():
            return leases.release
        try:
            outcome = self._call(handler, tenant, lease) or Outcome()
        except (LeaseLost, Stopped):
            return leases.release
        except RetryLater as later:
            return self._retry(later.error, later.seconds)
        except Permanent as failure:
            return self._fail(failure.error)
        except ConnectorError as fault:
            error = described(fault)
            return self._retry(error, fault.retry_after or 0.0) if fault.transient else self._fail(error)
        except Exception as error:
            if (code := _foreseen(error)) is not None:
                log.warning("%s %s is put off: %s", lease.kind, lease.id, error)
                return self._retry({"code": code}, 0.0)
            log.exception("%s %s failed", lease.kind, lease.id)
            return self._retry({"code": "unexpected", "detail": type(error).__name__}, 0.0)
        return self._finish(outcome)

    def _finish(self, outcome: Outcome) -> Settlement:
        def settle(session: Session, lease: Lease) -> None:
            leases.finish(session, lease, now=self._clock(), state=outcome.state, answer=outcome.answer)

        return settle

    def _call(self, handler: Handler, tenant: TenantDatabase, lease: Lease) -> Outcome | None:
        report = Report(self._installation, tenant, lease, self._stop, seconds=self._timing.lease, clock=self._clock)
        return handler(tenant, lease.payload, report)

    def _retry(self, error: Mapping[str, Any], seconds: float) -> Settlement:
        return lambda session, lease: leases.retry(session, lease, error, now=self._clock(), seconds=seconds)

    def _fail(self, error: Mapping[str, Any]) -> Settlement:
        return lambda session, lease: leases.fail(session, lease, error, now=self._clock())

    @contextmanager
    def _heart(self) -> Iterator[None]:
        """Meanwhile, extend the leases of the work in hand three times as often as they would run out."""
        ended = threading.Event()
        heart = threading.Thread(target=self._beat, args=(ended,), name=f"hub-heart-{self.name}", daemon=True)
        heart.start()
        try:
            yield
        finally:
            ended.set()
            heart.join()

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(self._timing.lease / 3):
            with self._lock:
                held = list(self._held.values())
            for tenant, lease in held:
                self._extend(tenant, lease)

    def _extend(self, tenant: TenantDatabase, lease: Lease) -> None:
        try:
            with tenant.write() as session:
                leases.extend(session, lease, now=self._clock(), seconds=self._timing.lease)
        except LeaseLost:
            pass  # it ended meanwhile; if it was lost, its next unit learns it
        except Exception:
            log.exception("a lease could not be extended")


_apart = itertools.count()


def run(installation: Installation, stop: threading.Event) -> None:
    """The body of a worker thread. Where a process has several, every other one leaves long jobs alone, so that an
    e-mail never waits behind a long reading of a platform.
    """
    several = installation.config.worker_threads > 1
    queues: tuple[QueueModel, ...] = (Delivery,) if several and next(_apart) % 2 else (Delivery, Job)
    Worker(installation, stop, queues=queues).run()
