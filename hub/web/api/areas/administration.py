"""Deliveries, jobs and the journal; for whoever administers the whole place."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.models.platforms import Delivery, Job
from hub.services import admin_home, admin_scope, api_reads, jobs
from hub.services.errors import Conflict
from hub.services.jobs import QueueModel
from hub.web.api import paging
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Details, Instant, Page, Paged

api = Api("administration", "administration")
State = Literal["due", "running", "waiting", "failed", "done", "cancelled"]


class QueueQuery(Paged):
    """What is asked of a queue."""

    state: State | None = None


class QueueAnswer(Answer):
    """A row of a queue. ``answer``: what the remote said, or the text to send by hand."""

    id: UUID
    kind: str
    lane: str
    state: str
    due_at: Instant
    attempts: int
    max_attempts: int
    last_error: Details | None
    created_at: Instant
    ended_at: Instant | None
    progress: Details
    answer: str
    person_id: UUID | None


class JournalQuery(Paged):
    """What is asked of the journal."""

    act: str = Field(default="", max_length=48, description="The whole act (`role.granted`), or its first part.")
    who: str = Field(default="", max_length=80, description="A piece of the name of whoever acted.")
    subject_id: str = Field(default="", max_length=40, description="What was acted upon.")


class JournalAnswer(Answer):
    """An entry. ``actor`` empty: the hub itself."""

    id: UUID
    at: Instant
    actor: str
    act: str
    subject_type: str
    subject_id: str
    subject: str
    details: Details


def _queue(call: Call, model: QueueModel, query: QueueQuery) -> Page[QueueAnswer]:
    admin_scope.require_place(call.viewer)
    before = paging.read(query.cursor, UUID)
    rows = api_reads.queue(call.session, model, query.state or "", before[0] if before else None, query.limit + 1)
    shown = rows[: query.limit]
    following = paging.write([shown[-1].id]) if len(rows) > len(shown) else None
    return Page(items=[QueueAnswer.model_validate(row) for row in shown], next=following)


def _resend(call: Call, model: QueueModel, row_id: UUID) -> None:
    admin_scope.require_place(call.viewer)
    if not jobs.resend(call.session, model, row_id, now=call.now):
        raise Conflict("queue_not_resendable")


@api.get("/deliveries", "Deliveries", roles=ADMINISTRATOR)
def list_deliveries(call: Call, query: QueueQuery) -> Page[QueueAnswer]:
    """What is owed to third parties, the newest first."""
    return _queue(call, Delivery, query)


@api.post("/deliveries/{delivery_id}/resending", "Send a delivery again", roles=ADMINISTRATOR, statuses=(409,))
def resend_delivery(call: Call, delivery_id: UUID) -> None:
    """Have a delivery sent at once; one that is being sent or was sent answers 409."""
    _resend(call, Delivery, delivery_id)


@api.get("/jobs", "Jobs", roles=ADMINISTRATOR)
def list_jobs(call: Call, query: QueueQuery) -> Page[QueueAnswer]:
    """Long work of the hub, the newest first."""
    return _queue(call, Job, query)


@api.post("/jobs/{job_id}/resending", "Try a job again", roles=ADMINISTRATOR, statuses=(409,))
def resend_job(call: Call, job_id: UUID) -> None:
    """Have a job done at once; one that runs or is done answers 409."""
    _resend(call, Job, job_id)


@api.get("/journal", "The journal", roles=ADMINISTRATOR)
def list_journal(call: Call, query: JournalQuery) -> Page[JournalAnswer]:
    """Who did what to what, and why, the newest first."""
    admin_scope.require_place(call.viewer)
    before = paging.read(query.cursor, UUID)
    lines, following = admin_home.journal(
        call.session,
        act=query.act,
        who=query.who,
        subject_id=query.subject_id,
        before=before[0] if before else None,
        limit=query.limit,
    )
    items = [JournalAnswer.model_validate(line) for line in lines]
    return Page(items=items, next=paging.write([following]) if following else None)
