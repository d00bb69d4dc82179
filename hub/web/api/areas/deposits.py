"""Work handed in on a step, and the trainer's answer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.models.learning import Deposit
from hub.services import deposits
from hub.services.deposits import DepositView
from hub.web.api import paging
from hub.web.api.areas.groups import FOLLOWERS
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Page, Paged, Prose

api = Api("learning", "learning")


class FileAnswer(Answer):
    """A file of a deposit; ``size`` in bytes."""

    id: UUID
    name: str
    content_type: str
    size: int
    sha256: str


class DepositAnswer(Answer):
    """Work handed in. ``state``: ``handed_in``, ``accepted``, ``returned`` or ``replaced``; ``answer`` is the
    trainer's word."""

    id: UUID
    enrolment_id: UUID
    step_id: UUID
    learner: str
    trainer: str
    state: str
    link: str
    note: str
    files: list[FileAnswer]
    handed_in_at: Instant
    answered_at: Instant | None
    answered_by: str
    answer: str


class NewDeposit(Body):
    """Work to be handed in: finished uploads of one's own, a link, or both."""

    upload_ids: list[UUID] = Field(default=[], max_length=20, examples=[[]])
    link: Annotated[str, Field(max_length=2000)] = ""
    note: Prose = ""


class DepositWord(Body):
    """The answer to a deposit: accepted, or returned with a word."""

    accept: bool
    word: Prose = ""


@api.get("/deposits", "Work that waits for an answer", roles=FOLLOWERS)
def list_deposits(call: Call, query: Paged) -> Page[DepositAnswer]:
    """What waits for the caller's answer, the oldest first."""
    found = deposits.waiting(call.session, call.viewer)
    rows, following = paging.of_list(
        found, query, lambda view: (view.deposit.handed_in_at.isoformat(), view.deposit.id), str, UUID
    )
    return Page(items=[_answer(view) for view in rows], next=following)


def _answer(view: DepositView) -> DepositAnswer:
    row = view.deposit
    return DepositAnswer(
        id=row.id,
        enrolment_id=row.enrolment_id,
        step_id=row.step_id,
        learner=view.learner,
        trainer=view.trainer,
        state=row.state,
        link=row.link,
        note=row.note,
        files=[FileAnswer.model_validate(file) for file in view.files],
        handed_in_at=row.handed_in_at,
        answered_at=row.answered_at,
        answered_by=view.answered_by,
        answer=row.answer,
    )


def _one(call: Call, row: Deposit) -> DepositAnswer:
    return _answer(deposits.views(call.session, [row])[0])


@api.post("/enrolments/{enrolment_id}/steps/{step_id}/deposits", "Hand work in", roles=("learner",), projects=True)
def create_deposit(call: Call, enrolment_id: UUID, step_id: UUID, body: NewDeposit) -> DepositAnswer:
    """Hand work in on a step of one's own path; what was handed in before and not answered yet is replaced."""
    row = deposits.hand_in(
        call.session,
        enrolment_id,
        step_id,
        by=call.me,
        upload_ids=body.upload_ids,
        link=body.link.strip(),
        note=body.note.strip(),
        now=call.now,
    )
    call.location = f"/api/v1/deposits/{row.id}"
    return _one(call, row)


@api.get("/deposits/{deposit_id}", "One deposit")
def read_deposit(call: Call, deposit_id: UUID) -> DepositAnswer:
    """Work that the caller handed in or may answer."""
    return _one(call, deposits.find(call.session, deposit_id, call.viewer))


@api.put("/deposits/{deposit_id}/answer", "Accept or return a deposit", roles=FOLLOWERS, projects=True,
         statuses=(409,))  # fmt: skip
def answer_deposit(call: Call, deposit_id: UUID, body: DepositWord) -> DepositAnswer:
    """Accept work, or return it with a word; the last answer counts."""
    row = deposits.answer(
        call.session, deposit_id, call.viewer, accept=body.accept, word=body.word.strip(), now=call.now
    )
    return _one(call, row)
