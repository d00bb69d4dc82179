"""Groups (promotions): who is in, who trains them, and where each learner stands."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.domain.access import Display
from hub.domain.roles import Role
from hub.models.person import Group
from hub.services import groups, groups_admin, scope
from hub.services.grid import GridRow
from hub.services.groups_admin import GroupData
from hub.web.api import paging
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Line, Page, Paged, Share

api = Api("groups", "groups")
FOLLOWERS: tuple[Role, ...] = scope.ROLES
Show = Literal["all", "silent", "late", "check", "waiting"]


class GroupQuery(Paged):
    """What is asked of the list of groups."""

    archived: bool = Field(default=False, description="Archived groups beside the present ones.")


class GroupAnswer(Answer):
    """A group; the days are included."""

    id: UUID
    name: str
    organisation_id: UUID | None
    starts_on: date | None
    ends_on: date | None
    archived: bool


class GroupBody(Body):
    """What is said of a group."""

    name: Line
    organisation_id: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    archived: bool = False


class MemberAnswer(Answer):
    """A person in the group, since when."""

    person_id: UUID
    name: str
    since: date | None


class TrainerAnswer(Answer):
    """A trainer of this very group; ``grant_id`` is the role that makes them one."""

    person_id: UUID
    name: str
    grant_id: UUID


class Members(Answer):
    """Who is in the group now, and who trains this very group."""

    members: list[MemberAnswer]
    trainers: list[TrainerAnswer]


class GridQuery(Paged):
    """What is asked of the grid."""

    path_id: UUID | None = Field(default=None, description="The path; the one most followed unless given.")
    show: Show = Field(default="all", description="Only learners without news, late, to check, or awaiting.")


class GridStep(Answer):
    """A column of the grid: a step, how many learners are at it and have done it."""

    id: UUID
    title: str
    number: int
    here: int
    done: int


class GridCell(Answer):
    """What one step shows for one learner."""

    step_id: UUID
    display: Display


class GridLine(Answer):
    """A row of the grid. ``share`` and ``expected`` 0..1; ``minutes`` done; a step of another version is left out."""

    enrolment_id: UUID
    person_id: UUID
    name: str
    version_id: UUID
    share: Share
    expected: float | None
    minutes: int
    silent_days: int
    late: bool
    complete: bool
    cells: list[GridCell]


class Grid(Page[GridLine]):
    """Where each learner of a group stands in one path."""

    path_id: UUID | None
    version_id: UUID | None
    steps: list[GridStep]


@api.get("/groups", "Groups", roles=FOLLOWERS)
def list_groups(call: Call, query: GroupQuery) -> Page[GroupAnswer]:
    """The groups that the caller follows, by name."""
    found = scope.groups_of(call.session, call.viewer, archived=query.archived)
    rows, following = paging.of_list(found, query, lambda row: (row.name, row.id), str, UUID)
    return Page(items=[GroupAnswer.model_validate(row) for row in rows], next=following)


@api.post("/groups", "Add a group", roles=ADMINISTRATOR)
def create_group(call: Call, body: GroupBody) -> GroupAnswer:
    """A new group of an organisation within the caller's reach."""
    row = groups_admin.add(call.session, call.viewer, _data(body), now=call.now)
    row = _archived(call, row, body)
    call.location = f"/api/v1/groups/{row.id}"
    return GroupAnswer.model_validate(row)


def _data(body: GroupBody) -> GroupData:
    return GroupData(body.name, body.organisation_id, body.starts_on, body.ends_on)


def _archived(call: Call, row: Group, body: GroupBody) -> Group:
    if row.archived == body.archived:
        return row
    return groups_admin.archive(call.session, call.viewer, row.id, archived=body.archived, now=call.now)


@api.get("/groups/{group_id}", "One group", roles=FOLLOWERS)
def read_group(call: Call, group_id: UUID) -> GroupAnswer:
    """One group that the caller follows."""
    return GroupAnswer.model_validate(scope.group_of(call.session, call.viewer, group_id))


@api.put("/groups/{group_id}", "Set a group", roles=ADMINISTRATOR)
def put_group(call: Call, group_id: UUID, body: GroupBody) -> GroupAnswer:
    """Set what is said of a group, whole; ``archived`` takes it off the lists, or puts it back."""
    row = groups_admin.change(call.session, call.viewer, group_id, _data(body), now=call.now)
    return GroupAnswer.model_validate(_archived(call, row, body))


@api.get("/groups/{group_id}/members", "Members of a group", roles=FOLLOWERS)
def list_members(call: Call, group_id: UUID) -> Members:
    """Who is in the group now, and who trains it."""
    scope.group_of(call.session, call.viewer, group_id)
    return Members(
        members=[MemberAnswer.model_validate(one) for one in groups_admin.members(call.session, group_id)],
        trainers=[TrainerAnswer.model_validate(one) for one in groups_admin.trainers(call.session, group_id)],
    )


@api.put("/groups/{group_id}/members/{person_id}", "Put a person in a group", roles=ADMINISTRATOR)
def put_member(call: Call, group_id: UUID, person_id: UUID) -> None:
    """Put a person in the group; one who is there already stays."""
    groups_admin.join(call.session, call.viewer, group_id, person_id, now=call.now)


@api.delete("/groups/{group_id}/members/{person_id}", "Take a person out of a group", roles=ADMINISTRATOR)
def remove_member(call: Call, group_id: UUID, person_id: UUID) -> None:
    """Take a person out of the group; what they did in it stays."""
    groups_admin.leave(call.session, call.viewer, group_id, person_id, now=call.now)


@api.get("/groups/{group_id}/grid", "Where each learner stands", roles=FOLLOWERS)
def read_grid(call: Call, group_id: UUID, query: GridQuery) -> Grid:
    """The grid learners by steps of a group in one path."""
    view = groups.overview(
        call.session, call.viewer, group_id, call.now, path_id=query.path_id, show=query.show, sort="name"
    )
    rows, following = paging.of_list(view.rows, query, lambda row: (row.sort_name, row.enrolment_id), str, UUID)
    steps = [GridStep(id=s.step.id, title=s.step.title, number=s.number, here=s.here, done=s.done)
             for s in view.stations]  # fmt: skip
    return Grid(
        items=[_line(view, row, steps) for row in rows],
        next=following,
        path_id=view.path_id,
        version_id=view.version_id,
        steps=steps,
    )


def _line(view: groups.GroupView, row: GridRow, steps: list[GridStep]) -> GridLine:
    shown = zip(steps, view.displays(row), strict=True)
    return GridLine(
        enrolment_id=row.enrolment_id,
        person_id=row.person_id,
        name=row.name,
        version_id=row.version_id,
        share=row.share,
        expected=row.expected,
        minutes=row.minutes,
        silent_days=row.silent_days,
        late=row.is_late,
        complete=row.complete,
        cells=[GridCell(step_id=step.id, display=display) for step, display in shown if display is not None],
    )
