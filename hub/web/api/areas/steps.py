"""One step of one learner: why it stands so; the learner's choice and word; the trainer's word and dispense."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.domain.path import EvidenceKind, Modality
from hub.services import api_reads, claims, enrolments, my_paths, scope, validation
from hub.services import why as why_service
from hub.web.api.areas.groups import FOLLOWERS
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Prose, Why

api = Api("learning", "learning")
_STEP = "/enrolments/{enrolment_id}/steps/{step_id}"


class ConditionAnswer(Answer):
    """One condition of the rule. ``have`` is the best value seen: 0..1, or minutes for ``unit`` minutes."""

    kind: EvidenceKind
    at_least: float | None
    unit: str
    activity_id: UUID | None
    met: bool
    share: float
    have: float | None
    at: Instant | None


class EvidenceAnswer(Answer):
    """One statement that speaks of the step. ``said_by`` null: the hub itself; ``deciding``: it decides the result."""

    statement_id: str
    at: Instant
    stored: Instant
    kind: str
    value: float | None
    minutes: float | None
    iri: str
    activity: str
    said_by: str | None
    voided: bool
    deciding: bool


class ReadingAnswer(Answer):
    """When a platform that brings evidence for the step was last read, and when it will be again."""

    name: str
    last_read_at: Instant | None
    next_read_at: Instant | None


class WhyAnswer(Answer):
    """Why a step is complete or not: its rule, what came, when the platforms were read."""

    step_id: UUID
    title: str
    met: bool
    mode: str
    conditions: list[ConditionAnswer]
    evidence: list[EvidenceAnswer]
    more_evidence: bool
    platforms: list[ReadingAnswer]


class Choice(Body):
    """The way that is chosen."""

    variant_id: UUID


class Limit(Answer):
    """A limit of the agreed plan that a choice breaks: minutes wanted and left in a modality."""

    modality: Modality
    wanted: int
    left: int


class ChoiceAnswer(Answer):
    """``chosen``: it holds at once. Else ``request_id`` waits for the person responsible, for what ``limits`` say."""

    chosen: bool
    request_id: UUID | None
    limits: list[Limit]


class ClaimAnswer(Answer):
    """The learner's word on a step. ``task_at``: when it becomes a task of the trainer."""

    id: UUID
    at: Instant
    task_at: Instant
    new: bool


class Word(Body):
    """A trainer's word on a step: it is done (``value`` true) or is not, and the reason."""

    value: bool
    why: Why


class Reason(Body):
    """Why."""

    why: Why


class SwitchAnswer(Body):
    """The answer to a request to learn another way; a refusal says why."""

    accept: bool
    answer: Prose = Field(default="", examples=["Votre plan garde assez d’heures sur place."])


class Acknowledged(Answer):
    """A fall that was looked at: what the step was and is now; scores 0..1."""

    old: str
    new: str
    old_score: float | None
    new_score: float | None
    statement_id: str


@api.get(_STEP, "Why a step stands as it does")
def read_step(call: Call, enrolment_id: UUID, step_id: UUID) -> WhyAnswer:
    """The rule of a step, what came for it, what is missing, and when the platforms were last read."""
    api_reads.enrolment_for(call.session, call.viewer, enrolment_id)
    found = why_service.why(call.session, enrolment_id, step_id)
    return WhyAnswer(
        step_id=found.step.id,
        title=found.step.title,
        met=found.met,
        mode=found.mode,
        conditions=[
            ConditionAnswer(**one.condition.model_dump(), met=one.met, share=one.share, have=one.have, at=one.at)
            for one in found.conditions
        ],
        evidence=[EvidenceAnswer.model_validate(one) for one in found.evidence],
        more_evidence=found.more_evidence,
        platforms=[ReadingAnswer.model_validate(one) for one in found.platforms],
    )


@api.put(f"{_STEP}/variant", "Choose a way", roles=("learner",), projects=True)
def choose_variant(call: Call, enrolment_id: UUID, step_id: UUID, body: Choice) -> ChoiceAnswer:
    """Choose a way for a step of one's own path; beyond the agreed plan it becomes a request."""
    my_paths.own(call.session, enrolment_id, call.me)
    asked = enrolments.choose_variant(call.session, enrolment_id, step_id, body.variant_id, by=call.me, now=call.now)
    return ChoiceAnswer(
        chosen=asked is None,
        request_id=asked.id if asked else None,
        limits=[Limit.model_validate(one) for one in asked.limits] if asked else [],
    )


@api.post("/switch-requests/{request_id}/answer", "Answer a request for another way", roles=FOLLOWERS, projects=True,
          statuses=(409,))  # fmt: skip
def answer_switch(call: Call, request_id: UUID, body: SwitchAnswer) -> None:
    """Accept or refuse a learner's request to learn a step another way than the agreed plan allows."""
    validation.answer_switch(
        call.session, call.viewer, request_id, accept=body.accept, answer=body.answer, now=call.now
    )


@api.put(f"{_STEP}/claim", "« J’ai terminé »", roles=("learner",), statuses=(409,))
def claim_step(call: Call, enrolment_id: UUID, step_id: UUID) -> ClaimAnswer:
    """The learner says that a step is done: it awaits confirmation and the platforms concerned are read."""
    my_paths.own(call.session, enrolment_id, call.me)
    said = claims.claim(call.session, enrolment_id, step_id, call.now)
    return ClaimAnswer(id=said.claim.id, at=said.claim.at, task_at=said.claim.task_at, new=said.new)


@api.delete(f"{_STEP}/claim", "Take « J’ai terminé » back", roles=("learner",))
def withdraw_claim(call: Call, enrolment_id: UUID, step_id: UUID) -> None:
    """The learner takes the word back."""
    my_paths.own(call.session, enrolment_id, call.me)
    claims.withdraw(call.session, enrolment_id, step_id, call.now)


class SharedActivity(Body):
    """An activity that several enrolments of the person share."""

    iri: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


@api.put("/enrolments/{enrolment_id}/own-hours", "Count shared hours here", roles=FOLLOWERS, projects=True)
def own_hours(call: Call, enrolment_id: UUID, body: SharedActivity) -> None:
    """Make this enrolment the one that counts the hours of an activity shared by several of the person's."""
    scope.enrolment_of(call.session, call.viewer, enrolment_id)
    enrolments.own_hours(call.session, enrolment_id, body.iri, by=call.me, now=call.now)


@api.put(f"{_STEP}/word", "A trainer’s word", roles=FOLLOWERS, projects=True, statuses=(409,))
def put_word(call: Call, enrolment_id: UUID, step_id: UUID, body: Word) -> None:
    """Say that a step is done, or is not; the last word counts."""
    validation.validate(call.session, call.viewer, enrolment_id, step_id, value=body.value, why=body.why, now=call.now)


@api.put(f"{_STEP}/waiver", "Grant a dispense", roles=FOLLOWERS, projects=True)
def put_waiver(call: Call, enrolment_id: UUID, step_id: UUID, body: Reason) -> None:
    """Grant a dispense of a step."""
    validation.waive(call.session, call.viewer, enrolment_id, step_id, why=body.why, now=call.now)


@api.delete(f"{_STEP}/waiver", "Take a dispense back", roles=FOLLOWERS, projects=True)
def remove_waiver(call: Call, enrolment_id: UUID, step_id: UUID) -> None:
    """Take a dispense back."""
    validation.unwaive(call.session, call.viewer, enrolment_id, step_id, now=call.now)


@api.post(f"{_STEP}/acknowledgement", "Look at a fall", roles=FOLLOWERS, projects=True)
def acknowledge_fall(call: Call, enrolment_id: UUID, step_id: UUID) -> Acknowledged:
    """Say that a step "à vérifier" was looked at: the mark goes, until another fall."""
    fall = validation.acknowledge(call.session, call.viewer, enrolment_id, step_id, call.now)
    return Acknowledged.model_validate(fall)
