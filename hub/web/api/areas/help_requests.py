"""« Besoin d'aide »: asking, answering, closing."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.services import help as help_service
from hub.services import help_read
from hub.services.help_read import Line
from hub.web.api import paging
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Page, Paged, Prose
from hub.web.api.shapes import Line as Text

api = Api("learning", "learning")


class HelpQuery(Paged):
    """``mine``: what the caller asked; ``inbox``: what the caller may answer."""

    box: Literal["mine", "inbox"] = "inbox"
    state: Literal["open", "closed"] = Field(default="open", description="Of the inbox.")


class HelpLine(Answer):
    """A request. ``awaits``: whose turn it is; ``overdue``: staff is late."""

    id: UUID
    person_id: UUID
    learner: str
    assignee: str | None
    enrolment_id: UUID | None
    step_id: UUID | None
    kind: str
    state: str
    first: str
    asked_at: Instant
    due_at: Instant
    last_at: Instant
    closed_at: Instant | None
    awaits: str
    overdue: bool


class Message(Answer):
    """One message; ``mine`` where the caller wrote it."""

    author: str
    at: Instant
    text: str
    mine: bool


class HelpAnswer(HelpLine):
    """A request with everything said, the oldest message first."""

    messages: list[Message]


class NewHelp(Body):
    """A question, or a wish to be called back (which needs a number, unless one is known)."""

    kind: Literal["message", "call"]
    text: Prose
    phone: Text = ""
    enrolment_id: UUID | None = None
    step_id: UUID | None = None


class Reply(Body):
    """What is said."""

    text: Prose


def _fields(line: Line) -> dict[str, object]:
    row = line.request
    return {
        "id": row.id,
        "person_id": row.person_id,
        "learner": line.learner.name,
        "assignee": line.assignee.name if line.assignee else None,
        "enrolment_id": row.enrolment_id,
        "step_id": row.step_id,
        "kind": row.kind,
        "state": row.state,
        "first": line.first,
        "asked_at": row.asked_at,
        "due_at": row.due_at,
        "last_at": line.last_at,
        "closed_at": row.closed_at,
        "awaits": line.awaits,
        "overdue": line.overdue,
    }


def _conversation(call: Call, request_id: UUID) -> HelpAnswer:
    found = help_read.conversation(call.session, request_id, call.viewer, call.now)
    messages = [Message.model_validate(said) for said in found.messages]
    return HelpAnswer.model_validate({**_fields(found.line), "messages": messages})


@api.get("/help-requests", "Requests for help")
def list_help_requests(call: Call, query: HelpQuery) -> Page[HelpLine]:
    """What the caller asked, or may answer; the oldest first."""
    if query.box == "mine":
        found = help_read.mine(call.session, call.me, call.now)
    else:
        found = help_read.inbox(call.session, call.viewer, call.now, state=query.state)
    rows, following = paging.of_list(found, query, lambda line: (line.request.id,), UUID)
    return Page(items=[HelpLine.model_validate(_fields(line)) for line in rows], next=following)


@api.post("/help-requests", "Ask for help", statuses=(404,))
def create_help_request(call: Call, body: NewHelp) -> HelpAnswer:
    """Ask for help as the person of the token; it goes to who answers that person."""
    row = help_service.ask(
        call.session,
        call.me,
        kind=body.kind,
        text=body.text,
        now=call.now,
        enrolment_id=body.enrolment_id,
        step_id=body.step_id,
        phone=body.phone,
    )
    call.session.flush()
    call.location = f"/api/v1/help-requests/{row.id}"
    return _conversation(call, row.id)


@api.get("/help-requests/{request_id}", "One request for help")
def read_help_request(call: Call, request_id: UUID) -> HelpAnswer:
    """A request that the caller asked or may answer, with everything said."""
    return _conversation(call, request_id)


@api.post("/help-requests/{request_id}/messages", "Reply")
def reply_to_help_request(call: Call, request_id: UUID, body: Reply) -> HelpAnswer:
    """Say something more, on either side; a closed request opens again when the learner writes."""
    help_service.reply(call.session, request_id, call.viewer, body.text, call.now)
    call.session.flush()
    return _conversation(call, request_id)


@api.put("/help-requests/{request_id}/closed", "Close a request for help")
def close_help_request(call: Call, request_id: UUID) -> None:
    """The question is settled: either side may say so."""
    help_service.close(call.session, request_id, call.viewer, call.now)


@api.delete("/help-requests/{request_id}/closed", "Open a request for help again")
def reopen_help_request(call: Call, request_id: UUID) -> None:
    """The question is not settled after all; a new delay begins."""
    help_service.reopen(call.session, request_id, call.viewer, call.now)
