"""The writing units of a reading: what was read, the run's cursor, counts and cost are committed together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from connectors.capabilities import Connector
from connectors.meter import Cost
from connectors.records import Notice, Page
from hub.db.uow import TenantDatabase
from hub.domain.translate import Register
from hub.models.platforms import SyncRun
from hub.services.jobs import Reporter
from hub.services.projection import project_dirty
from hub.services.remote_site import Site, chunks
from hub.services.sync import registers, runs

RecordT = TypeVar("RecordT")
Counts = Mapping[str, int]
Put = Callable[[Session, Sequence[RecordT], datetime], Counts]


class Writer:
    """Writes for one run over one platform."""

    def __init__(
        self,
        tenant: TenantDatabase,
        site: Site,
        connector: Connector,
        run_id: UUID,
        report: Reporter,
        clock: Callable[[], datetime],
    ) -> None:
        self.tenant, self.site = tenant, site
        self.report, self.clock = report, clock
        self._connector, self._run_id = connector, run_id
        self._charged = Cost()

    def unit(
        self,
        step: str,
        put: Callable[[Session, datetime], Counts | None] | None = None,
        *,
        cursor: str = "",
        notices: Sequence[Notice] = (),
    ) -> None:
        """One unit: ``put`` writes and counts; the cursor moves past ``cursor`` (nowhere when it is empty)."""
        with self.report.step() as unit:
            counts = dict((put(unit.session, self.clock()) if put else None) or {})
            run = unit.session.get_one(SyncRun, self._run_id)
            place = {"step": step, "after": cursor} if cursor else run.cursor
            runs.advance(run, place, {**counts, **self._cost()}, notices)
            unit.progress(step=step, item=cursor or place.get("after", ""))

    def plan(self, step: str, items: int) -> None:
        """Say how many items a step has."""
        with self.report.step() as unit:
            run = unit.session.get_one(SyncRun, self._run_id)
            run.scope = {**run.scope, "plan": {**run.scope.get("plan", {}), step: items}}

    def remember(self, **said: object) -> None:
        """Keep something that a later attempt of this run has to know."""
        with self.report.step() as unit:
            run = unit.session.get_one(SyncRun, self._run_id)
            run.scope = {**run.scope, **said}

    def pages(self, step: str, cursor: str, pages: Iterable[Page[RecordT]], put: Put[RecordT]) -> None:
        """Write pages in units of ``CHUNK`` records; the cursor moves after the last one."""
        for page in pages:
            for some in chunks(page.items):
                self.unit(step, lambda s, now, some=some: {**put(s, some, now), "read": len(some)})  # type: ignore[misc]  # bound now, by their defaults
            if page.notices:
                self.unit(step, notices=page.notices)
        if cursor:
            self.unit(step, cursor=cursor)
        project_dirty(self.tenant)

    def observe(self, step: str, found: Sequence[Register], notices: Sequence[Notice] = ()) -> None:
        """Write registers in units of ``CHUNK``."""
        for some in chunks(found):
            self.unit(step, lambda s, now, some=some: asdict(registers.observe(s, self.site, some, now)))  # type: ignore[misc]  # bound now, by their defaults
            project_dirty(self.tenant)
        if notices:
            self.unit(step, notices=notices)

    def _cost(self) -> dict[str, int]:
        """What the calls since the last unit have cost: number, milliseconds, kilobytes."""
        now = self._connector.meter.cost
        spent, self._charged = now - self._charged, now
        return {"calls": spent.calls, "ms": round(spent.seconds * 1000), "kb": round(spent.received / 1000)}
