"""Partners' platforms: how they stand, reading them, falls that wait for somebody's word."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hub.services import admin_scope, platform_admin, platforms
from hub.services.platforms import PlatformLine
from hub.services.sync import held, runs
from hub.web.api import paging
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Details, Instant, Page, Paged

api = Api("platforms", "platforms")


class PlatformAnswer(Answer):
    """A platform. ``run_*``, ``counts`` and ``held`` are of its last reading; ``held`` falls wait for a word."""

    id: UUID
    name: str
    connector: str
    base_url: str
    state: str
    last_read_at: Instant | None
    next_read_at: Instant | None
    last_error: Details | None
    run_id: UUID | None
    run_state: str
    counts: Details
    held: int


class RunAnswer(Answer):
    """One reading of a platform."""

    id: UUID
    started_at: Instant
    ended_at: Instant | None
    state: str
    counts: Details
    error: Details | None
    held: int


class Runs(Answer):
    """The latest readings of a platform, the newest first."""

    items: list[RunAnswer]


class Reading(Body):
    """``full``: everybody is read, not only who moved since the last time."""

    full: bool = True


class Started(Answer):
    """The job that does it, or the one that is at it already."""

    job_id: UUID


class Forgotten(Answer):
    """How many falls were forgotten."""

    falls: int


@api.get("/platforms", "Platforms", roles=ADMINISTRATOR)
def list_platforms(call: Call, query: Paged) -> Page[PlatformAnswer]:
    """Every platform, by name; for whoever administers the whole place."""
    rows, following = paging.of_list(_all(call), query, lambda line: (line.name, line.id), str, UUID)
    return Page(items=[PlatformAnswer.model_validate(line) for line in rows], next=following)


def _all(call: Call) -> list[PlatformLine]:
    admin_scope.require_place(call.viewer)
    return platforms.overview(call.session)


@api.get("/platforms/{platform_id}", "One platform", roles=ADMINISTRATOR)
def read_platform(call: Call, platform_id: UUID) -> PlatformAnswer:
    """How a platform stands."""
    lines = _all(call)
    platforms.find(call.session, platform_id)
    return PlatformAnswer.model_validate(next(line for line in lines if line.id == platform_id))


@api.put("/platforms/{platform_id}/active", "Read a platform again", roles=ADMINISTRATOR)
def activate_platform(call: Call, platform_id: UUID) -> None:
    """Begin again to read a platform that was paused."""
    admin_scope.require_place(call.viewer)
    platforms.set_state(call.session, platform_id, active=True, by=call.me, now=call.now)


@api.delete("/platforms/{platform_id}/active", "Pause a platform", roles=ADMINISTRATOR)
def pause_platform(call: Call, platform_id: UUID) -> None:
    """Stop reading a platform; what was read stays."""
    admin_scope.require_place(call.viewer)
    platforms.set_state(call.session, platform_id, active=False, by=call.me, now=call.now)


@api.post("/platforms/{platform_id}/readings", "Read a platform now", roles=ADMINISTRATOR, status=202,
          statuses=(409,))  # fmt: skip
def read_now(call: Call, platform_id: UUID, body: Reading) -> Started:
    """Have a platform read now; one that is under way or waits is not doubled."""
    admin_scope.require_place(call.viewer)
    job = runs.request_sync(call.session, platform_id, by=call.me, now=call.now, full=body.full)
    return Started(job_id=job)


@api.get("/platforms/{platform_id}/readings", "Readings of a platform", roles=ADMINISTRATOR)
def list_readings(call: Call, platform_id: UUID) -> Runs:
    """The latest readings of a platform, the newest first."""
    admin_scope.require_place(call.viewer)
    platforms.find(call.session, platform_id)
    return Runs(items=[_run(row) for row in runs.runs(call.session, platform_id)])


def _run(row: Any) -> RunAnswer:
    fields = {name: getattr(row, name) for name in RunAnswer.model_fields if name != "held"}
    return RunAnswer(**fields, held=len(row.held))


@api.post("/platforms/{platform_id}/readings/{run_id}/confirmation", "Confirm falls", roles=ADMINISTRATOR, status=202,
          statuses=(409,))  # fmt: skip
def confirm_falls(call: Call, platform_id: UUID, run_id: UUID) -> Started:
    """Say that the falls of a reading are right: a job writes them."""
    admin_scope.require_place(call.viewer)
    platform_admin.find_run(call.session, platform_id, run_id)
    return Started(job_id=held.confirm_held(call.session, run_id, by=call.me, now=call.now))


@api.post("/platforms/{platform_id}/readings/{run_id}/refusal", "Refuse falls", roles=ADMINISTRATOR, status=200,
          statuses=(409,))  # fmt: skip
def refuse_falls(call: Call, platform_id: UUID, run_id: UUID) -> Forgotten:
    """Say that the falls of a reading are wrong: they are forgotten, what learners did stays."""
    admin_scope.require_place(call.viewer)
    found = platform_admin.refuse_held(call.session, platform_id, run_id, by=call.me, now=call.now)
    return Forgotten(falls=found)
