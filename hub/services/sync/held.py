"""Falls: applied at the end of a run, unless there are so many that an administrator has to confirm them.

A course that was reset, a restored backup or a wrong course in the right place look like hundreds of learners losing
what they did. DESIGN section 3: more than 5 % of a platform's records in one run wait.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.records import Notice
from hub.db.uow import TenantDatabase
from hub.domain.translate import facts_of, restored
from hub.domain.translate.lms import KINDS
from hub.models.platforms import SyncRun
from hub.services import jobs, journal
from hub.services import remote_records as records
from hub.services.errors import Conflict, NotFound
from hub.services.jobs import Reporter
from hub.services.projection import project_dirty
from hub.services.remote_site import CHUNK, Site
from hub.services.sync import runs, seen
from hub.services.sync.registers import FALL, FALLS, usernames, write

HANDFUL = 5
SHARE = 0.05
SHOWN = 200
APPLY_JOB = "sync_apply_held"


def must_wait(session: Session, run: SyncRun, site: Site) -> bool:
    """Whether the falls set aside are more than a handful and more than 5 % of what is known of the platform; or any,
    where the platform went back in time (as one restored from a backup); or whether a roster shrank so much.
    """
    falls = records.count(session, site.id, FALLS)
    many = falls >= HANDFUL and falls > SHARE * records.count(session, site.id, KINDS)
    return many or bool(falls and went_back(session, run, site)) or bool(seen.shrunk(session, site))


def went_back(session: Session, run: SyncRun, site: Site) -> bool:
    """Whether the last visits of more than a handful and 5 % of the learners lie before those that we knew."""
    back = int(run.counts.get("back", 0))
    return back >= HANDFUL and back > SHARE * records.count(session, site.id, [records.ENROLMENT])


def hold(session: Session, run: SyncRun, site: Site) -> None:
    """Have a run wait with its falls; an earlier run that waited hands them over."""
    mine = SyncRun.platform_id == site.id
    for earlier in session.scalars(select(SyncRun).where(mine, SyncRun.state == runs.HELD, SyncRun.id != run.id)):
        earlier.state, earlier.held = runs.SUPERSEDED, []
    run.held = _shown(session, site)
    falls = records.count(session, site.id, FALLS)
    run.counts = {**run.counts, "held": falls, "rosters": len(seen.shrunk(session, site))}


def _shown(session: Session, site: Site) -> list[dict[str, Any]]:
    """The first falls, as an administrator looks at them: whose, on what, from what to what."""
    found = _rosters(session, site)
    for kind in KINDS:
        falls = records.after(session, site.id, FALL + kind, "", SHOWN - len(found))
        known = records.load(session, site.id, kind, [it.key for it in falls])
        names = usernames(session, site, {restored(it.value).user_id for it in falls})
        for it in falls:
            register = restored(it.value)
            before = facts_of(known[it.key].value) if it.key in known else {}
            found.append(
                {
                    "kind": kind,
                    "key": it.key,
                    "user": names.get(register.user_id, register.user_id),
                    "course": register.course_id,
                    "module": register.module_id,
                    "before": {str(k): v for k, v in before.items()},
                    "after": {str(k): v for k, v in register.facts.items()},
                }
            )
        if len(found) >= SHOWN:
            break
    return found


def _rosters(session: Session, site: Site) -> list[dict[str, Any]]:
    """Rosters that shrank: which course, how many learners before and after."""
    waiting = seen.shrunk(session, site)
    courses = records.load(session, site.id, records.COURSE, waiting)
    titles = {key: it.value.get("title", "") for key, it in courses.items()}
    return [
        {"kind": "roster", "key": key, "course": key, "module": "", "user": "", "title": titles.get(key, ""), **value}
        for key, value in waiting.items()
    ]


def apply_some(session: Session, site: Site, now: datetime) -> int:
    """Write up to one unit's worth of the falls set aside; gives how many, 0 when none is left."""
    for kind in KINDS:
        falls = records.after(session, site.id, FALL + kind, "", CHUNK)
        if falls:
            known = records.load(session, site.id, kind, [it.key for it in falls])
            write(session, site, kind, [restored(it.value) for it in falls], known, now)
            records.forget(session, site.id, FALL + kind, [it.key for it in falls])
            return len(falls)
    return 0


def confirm_held(session: Session, run_id: UUID, *, by: UUID | None = None, now: datetime) -> UUID:
    """An administrator says that the falls of a run are right: a job writes them. Journalled; gives the job's id.

    Raises NotFound, and Conflict for a run that does not wait (any more).
    """
    run = session.get(SyncRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound(run=str(run_id))
    if run.state != runs.HELD:
        raise Conflict("run_not_held", run=str(run_id))
    run.state = runs.CONFIRMED
    seen.answer_shrunk(session, run.platform_id, now, accept=True)
    count = run.counts.get("held", 0)
    journal.record(session, now, by, "platform.falls_confirmed", "platform", run.platform_id, falls=count)
    lane = jobs.lane_of_platform(run.platform_id)
    payload = {"platform_id": str(run.platform_id), "run_id": str(run_id)}
    return jobs.enqueue(session, APPLY_JOB, payload, lane=lane, unique_key=f"{APPLY_JOB}:{run_id}", due_at=now, by=by)


def settle(tenant: TenantDatabase, site: Site, run_id: UUID, report: Reporter, now: datetime) -> bool:
    """At the end of a run: apply its falls, or have it wait with them; True when it waits."""
    with report.step() as unit:
        run = unit.session.get_one(SyncRun, run_id)
        if went_back(unit.session, run, site):
            told = Notice("went_back", "platform", f"{run.counts['back']} last visits lie before those known")
            runs.advance(run, run.cursor, {}, [told])
        waits = must_wait(unit.session, run, site)
        if waits:
            hold(unit.session, run, site)
    if not waits:
        apply_all(tenant, site, report, now)
    return waits


def apply_all(tenant: TenantDatabase, site: Site, report: Reporter, now: datetime) -> int:
    """Apply every fall set aside, in units; gives how many."""
    done = 0
    while True:
        report.check()
        with report.step() as unit:
            count = apply_some(unit.session, site, now)
        project_dirty(tenant)
        if not count:
            return done
        done += count
