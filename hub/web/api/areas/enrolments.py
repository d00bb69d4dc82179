"""Enrolments: who follows which path, and the journey of each with its steps and hours."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.domain.access import Access, Display
from hub.domain.path import Modality
from hub.domain.progress import Result
from hub.services import api_reads, enrol_admin, groups_admin
from hub.services.api_reads import EnrolmentFilter, EnrolmentRow
from hub.services.enrol_admin import EnrolData
from hub.services.evidence import hours_by_modality
from hub.services.journey import Journey, StepView, journey
from hub.web.api import paging
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Line, Page, Paged, Share, Why

api = Api("learning", "learning")
State = Literal["active", "paused", "finished", "left", "cancelled"]
Minutes = Annotated[int, Field(ge=0, le=1_000_000)]


class EnrolmentQuery(Paged):
    """What is asked of the list of enrolments."""

    person_id: UUID | None = None
    group_id: UUID | None = None
    path_id: UUID | None = None
    state: State | None = None


class EnrolmentAnswer(Answer):
    """An enrolment. ``share`` 0..1 of the path is done."""

    id: UUID
    person_id: UUID
    person: str
    path_id: UUID
    path: str
    version_id: UUID
    version: int
    group_id: UUID | None
    organisation_id: UUID | None
    funding: str
    state: str
    entered_on: date
    ends_on: date | None
    share: Share


class NewEnrolment(Body):
    """A person to be enrolled in a published version. ``minutes`` by modality: the agreed plan of a funded one."""

    person_id: UUID
    version_id: UUID
    entered_on: date
    ends_on: date | None = None
    group_id: UUID | None = None
    organisation_id: UUID | None = None
    funding: Line = ""
    minutes: dict[Modality, Minutes] = Field(default={}, examples=[{"on_site": 2100, "own_pace": 900}])


class EnrolmentEnd(Body):
    """How an enrolment ends, and why."""

    state: Literal["finished", "left", "cancelled"]
    why: Why


class StepAccess(Answer):
    """Whether a step may be entered, and if not why."""

    access: Access
    missing_steps: list[UUID]
    missing_skills: list[str]
    opens_on: date | None
    closes_on: date | None


class StepAnswer(Answer):
    """One step for one learner. Scores and ``share`` 0..1; ``display`` is what the map shows; ``minutes`` of presence
    or planned ones that count."""

    id: UUID
    number: int
    title: str
    module_id: UUID
    required: bool
    result: Result
    access: StepAccess
    display: Display
    late: bool
    share: Share
    best: float | None
    last: float | None
    presence_minutes: int
    variant_id: UUID | None
    done_at: Instant | None
    opened_at: Instant | None
    last_at: Instant | None
    claimed_at: Instant | None
    deposit: str | None
    expires_on: date | None
    waived_for: str | None
    switch_asked: UUID | None


class ModalityHours(Answer):
    """Minutes done and planned in one modality."""

    modality: Modality
    done: int
    planned: int


class JourneyAnswer(Answer):
    """An enrolment as it stands now: its steps, its hours, what is next."""

    enrolment_id: UUID
    person_id: UUID
    person: str
    title: str
    version_id: UUID
    state: str
    share: Share
    expected: float | None
    complete: bool
    minutes: int
    planned_minutes: int
    hours: list[ModalityHours]
    next_step: UUID | None
    last_at: Instant | None
    silent_days: int
    steps: list[StepAnswer]


@api.get("/enrolments", "Enrolments")
def list_enrolments(call: Call, query: EnrolmentQuery) -> Page[EnrolmentAnswer]:
    """The caller's own enrolments, and those of the learners whom their roles follow; the oldest first."""
    after = paging.read(query.cursor, UUID)
    wanted = EnrolmentFilter(query.person_id, query.group_id, query.path_id, query.state or "")
    rows = api_reads.enrolments(call.session, call.viewer, wanted, after[0] if after else None, query.limit + 1)
    shown = rows[: query.limit]
    following = paging.write([shown[-1].enrolment.id]) if len(rows) > len(shown) else None
    return Page(items=[_enrolment(row) for row in shown], next=following)


def _enrolment(found: EnrolmentRow) -> EnrolmentAnswer:
    row = found.enrolment
    return EnrolmentAnswer(
        id=row.id,
        person_id=row.person_id,
        person=found.person,
        path_id=row.path_id,
        path=found.path,
        version_id=row.version_id,
        version=found.version,
        group_id=row.group_id,
        organisation_id=row.organisation_id,
        funding=row.funding,
        state=row.state,
        entered_on=row.entered_on,
        ends_on=row.ends_on,
        share=found.share,
    )


@api.post("/enrolments", "Enrol a person", roles=ADMINISTRATOR, projects=True, statuses=(404, 409))
def create_enrolment(call: Call, body: NewEnrolment) -> EnrolmentAnswer:
    """Enrol a person in a published version, and put them in the group."""
    api_reads.require_known(call.session, group_id=body.group_id, organisation_id=body.organisation_id)
    if body.group_id is not None:
        groups_admin.find(call.session, call.viewer, body.group_id)
    minutes = {modality.value: count for modality, count in body.minutes.items()}
    data = EnrolData(**body.model_dump(exclude={"person_id", "minutes"}), minutes=minutes)
    row = enrol_admin.enrol(call.session, call.viewer, body.person_id, data, now=call.now)
    call.session.flush()
    call.location = f"/api/v1/enrolments/{row.id}"
    return _enrolment(api_reads.enrolment_row(call.session, row))


@api.get("/enrolments/{enrolment_id}", "One journey")
def read_enrolment(call: Call, enrolment_id: UUID) -> JourneyAnswer:
    """An enrolment of one's own, or of a learner whom one follows: every step with its access, result and hours."""
    api_reads.enrolment_for(call.session, call.viewer, enrolment_id)
    found = journey(call.session, enrolment_id, call.now)
    return JourneyAnswer(
        enrolment_id=enrolment_id,
        person_id=found.person.id,
        person=found.person.name,
        title=found.document.title,
        version_id=found.enrolment.version_id,
        state=found.enrolment.state,
        share=found.share,
        expected=found.expected,
        complete=found.complete,
        minutes=found.minutes,
        planned_minutes=found.planned_minutes,
        hours=_hours(found),
        next_step=found.next.step.id if found.next else None,
        last_at=found.last_at,
        silent_days=found.silent_days,
        steps=[step_answer(view) for view in found.steps],
    )


def _hours(found: Journey) -> list[ModalityHours]:
    return [ModalityHours.model_validate(line) for line in hours_by_modality(found)]


def step_answer(view: StepView) -> StepAnswer:
    """A step of a journey as the API gives it."""
    return StepAnswer(
        id=view.step.id,
        number=view.number,
        title=view.step.title,
        module_id=view.module.id,
        required=view.step.required,
        result=view.result,
        access=StepAccess(
            access=view.access.access,
            missing_steps=list(view.access.missing_steps),
            missing_skills=list(view.access.missing_skills),
            opens_on=view.access.opens_on,
            closes_on=view.access.closes_on,
        ),
        display=view.display,
        late=view.late,
        share=view.share,
        best=view.best,
        last=view.last,
        presence_minutes=view.seconds // 60,
        variant_id=view.variant.id if view.variant else None,
        done_at=view.done_at,
        opened_at=view.opened_at,
        last_at=view.last_at,
        claimed_at=view.claimed_at,
        deposit=view.deposit,
        expires_on=view.expires_on,
        waived_for=str(view.waiver.get("why") or "") if view.waiver is not None else None,
        switch_asked=view.switch_asked,
    )


@api.post("/enrolments/{enrolment_id}/end", "End an enrolment", roles=ADMINISTRATOR, projects=True)
def end_enrolment(call: Call, enrolment_id: UUID, body: EnrolmentEnd) -> None:
    """Close an enrolment; what was done stays."""
    enrol_admin.end(call.session, call.viewer, enrolment_id, body.state, body.why, now=call.now)
