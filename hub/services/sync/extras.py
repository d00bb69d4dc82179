"""What a reading asks beyond completions and grades: rolls, competencies, and who moved where no report tells it.

Only what a path is bound to is asked about person by person: the rolls of attendance activities and the competencies
that stand in a path. A session that the hub wrote there itself (``platform_acts``) is not read back: the hub's own roll
counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.capabilities import Capability, Changes, Competencies, Connector, Sessions
from connectors.errors import FunctionMissing, MissingRight
from connectors.records import Change, ModuleRef, Notice, RemoteSession
from hub.domain.translate import ids_of, key_of
from hub.domain.translate.lms import COMPETENCY, competency
from hub.domain.translate.sheets import halves_of, presences
from hub.models.learning import Resource
from hub.models.platforms import SyncRun
from hub.models.river import BindingRow
from hub.services import remote_catalogue
from hub.services import remote_records as records
from hub.services.clock import place_zone
from hub.services.remote_records import Known
from hub.services.remote_site import Site, chunks
from hub.services.seances import lunch_of
from hub.services.sync import registers, runs, seen
from hub.services.sync.writing import Writer

OWN_SESSION = "own_session"
"""Sessions of a remote roll that the hub wrote: their ids."""
TOLD_APART = ("assign", "h5pactivity")
"""Kinds of modules of which a platform tells who moved."""
OVERLAP = timedelta(minutes=10)
"""How far before the last reading changes are asked for: clocks differ, and a reading lasts."""


class Extras:
    """The steps of one reading (see ``reading.Step``): keys to go through, and what to do with each."""

    def __init__(
        self, writer: Writer, connector: Connector, possible: frozenset[Capability], *, full: bool, in_bulk: bool
    ) -> None:
        self._writer, self._site, self._connector = writer, writer.site, connector
        self._possible, self._full, self._in_bulk = possible, full, in_bulk

    def due_changes(self, after: str) -> Iterator[str]:
        """Where a report tells it, and when everybody is read, nobody has to be asked who moved."""
        if Capability.CHANGES in self._possible and not (self._full or self._in_bulk or after):
            yield "all"

    def changes(self, step: str, key: str) -> None:
        """Have the learners read again whose work was given or graded since the last reading."""
        with self._writer.tenant.read() as session:
            since, modules = _last_reading(session, self._site), _modules(session, self._site)
        if since is not None and modules:
            offset = timedelta(seconds=self._connector.meter.clock_offset or 0.0)
            pages = cast(Changes, self._connector).changes(modules, since - OVERLAP + offset)
            try:
                self._writer.pages(step, "", pages, lambda s, some, now: _nudge(s, self._site, some, now))
            except (MissingRight, FunctionMissing) as fault:  # the daily reading of everybody does without
                self._writer.unit(step, notices=[Notice(fault.code, step, str(fault))])
        self._writer.unit(step, cursor=key)

    def due_rolls(self, after: str) -> Iterator[str]:
        """Courses with an attendance activity that a path is bound to."""
        if Capability.SESSIONS in self._possible and self._full:
            with self._writer.tenant.read() as session:
                found = sorted({course for course, _ in _bound(session, self._site, remote_catalogue.ROLL)})
            yield from (course for course in found if course > after)

    def roll(self, step: str, course: str) -> None:
        """The rolls of a course, half-day by half-day."""
        with self._writer.tenant.read() as session:
            wanted = {module for _, module in _bound(session, self._site, remote_catalogue.ROLL)}
            own = {it.key for it in records.every(session, self._site.id, OWN_SESSION)}
            halves = halves_of(str(place_zone(session)), lunch_of(session))

        def counts(it: RemoteSession) -> bool:
            return it.module_id in wanted and it.id not in own

        for page in cast(Sessions, self._connector).sessions(course):
            found = [one for it in page.items if counts(it) for one in presences(it, halves)]
            self._writer.observe(step, found, page.notices)
        self._writer.unit(step, cursor=course)

    def due_lists(self, after: str) -> Iterator[str]:
        """Courses whose competencies enter the catalogue: all, once a day."""
        if Capability.COMPETENCIES in self._possible and self._full:
            with self._writer.tenant.read() as session:
                known = list(records.every(session, self._site.id, records.COURSE))
            yield from (it.key for it in known if it.key > after and "gone" not in it.value)

    def competencies(self, step: str, course: str) -> None:
        """What a course works on."""
        pages = cast(Competencies, self._connector).competencies(course)
        put = remote_catalogue.put_competencies
        self._writer.pages(step, course, pages, lambda s, some, now: put(s, self._site, course, some, now))

    def due_ratings(self, after: str) -> Iterator[str]:
        """Learners in courses with a competency that a path is bound to."""
        if Capability.COMPETENCIES not in self._possible or not self._full:
            return
        with self._writer.tenant.read() as session:
            found: list[Known] = []
            for course in {course for course, _ in _bound(session, self._site, COMPETENCY)}:
                found += records.below(session, self._site.id, records.ENROLMENT, f"{key_of(course)}:")
            known = registers.usernames(session, self._site, {ids_of(it.key)[1] for it in found})
        yield from sorted(it.key for it in found
                          if it.key > after and "gone" not in it.value and ids_of(it.key)[1] in known)  # fmt: skip

    def ratings(self, step: str, key: str) -> None:
        """The competencies of one learner in one course, of those that a path is bound to."""
        course, user = ids_of(key)
        with self._writer.tenant.read() as session:
            bound = sorted(module for of, module in _bound(session, self._site, COMPETENCY) if of == course)
        ids = [module.rpartition("-")[2] for module in bound]
        for page in cast(Competencies, self._connector).competency_ratings(course, user, ids):
            self._writer.observe(step, [it for record in page.items if (it := competency(record))], page.notices)
        self._writer.unit(step, cursor=key)


def _bound(session: Session, site: Site, kind: str) -> set[tuple[str, str]]:
    """(course, module) of the modules of a kind that a path is bound to."""
    bound = select(BindingRow.resource_id).where(BindingRow.resource_id.is_not(None))
    mine = (Resource.platform_id == site.id, Resource.kind == "remote_module", Resource.id.in_(bound))
    keys = [row.remote_id for row in session.scalars(select(Resource).where(*mine)) if row.custom.get("kind") == kind]
    known = records.load(session, site.id, records.MODULE, keys)
    return {(str(it.value["course"]), it.key) for it in known.values()}


def _last_reading(session: Session, site: Site) -> datetime | None:
    """When the last reading that came to its end began."""
    ended = (runs.DONE, runs.HELD, runs.CONFIRMED, runs.SUPERSEDED)
    mine = (SyncRun.platform_id == site.id, SyncRun.state.in_(ended))
    return session.scalar(select(SyncRun.started_at).where(*mine).order_by(SyncRun.started_at.desc()).limit(1))


def _modules(session: Session, site: Site) -> list[ModuleRef]:
    gone = {it.key for it in records.every(session, site.id, records.COURSE) if "gone" in it.value}
    return [
        ModuleRef(it.key, it.value["course"], it.value["kind"], it.value["instance"])
        for it in records.every(session, site.id, records.MODULE)
        if it.value.get("kind") in TOLD_APART and it.value.get("instance")
        if it.value["course"] not in gone and "gone" not in it.value
    ]


def _nudge(session: Session, site: Site, some: Sequence[Change], now: datetime) -> dict[str, int]:
    """Have enrolments read again as if they never were."""
    keys = {key_of(it.course_id, it.user_id) for it in some if it.user_id is not None}
    moved = 0
    for part in chunks(sorted(keys)):
        moved += seen.forget_reading(session, site, part, now)
    return {"moved": moved} if moved else {}
