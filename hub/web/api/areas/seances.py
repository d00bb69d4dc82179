"""Meetings of a group (séances) and their rolls."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.domain.attendance import Mode, Presence
from hub.domain.path import Modality
from hub.services import api_reads, attendance, scope, seance_lists, seances
from hub.services.attendance import Entry, RollLine
from hub.services.errors import Invalid
from hub.services.seance_lists import SeanceLine
from hub.services.seances import SeanceData
from hub.web.api import paging
from hub.web.api.areas.groups import FOLLOWERS
from hub.web.api.areas.steps import Reason
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Instant, Line, LocalTime, Page, Paged

api = Api("sessions", "sessions")
WIDEST = timedelta(days=400)


class SeanceQuery(Paged):
    """The days asked for, both included; at most 400 of them."""

    since: date
    until: date


class SeanceAnswer(Answer):
    """A séance. Times are local wall times of ``zone``; ``called``: somebody is on its roll."""

    id: UUID
    title: str
    iri: str
    modality: Modality
    group_id: UUID | None
    group: str
    trainer_id: UUID | None
    trainer: str
    room_id: UUID | None
    room: str
    place: str
    organisation_id: UUID | None
    day: date
    starts: LocalTime
    ends: LocalTime
    zone: str
    seats: int | None
    meeting_url: str
    video_platform_id: UUID | None
    video_recorded: bool
    called: bool
    cancelled_at: Instant | None
    closed_at: Instant | None


class SeanceBody(Body):
    """What is said of a séance. ``iri`` is the activity it belongs to, one of the offers; ``video_platform_id``: a
    platform on which the hub holds its video class."""

    title: Line
    iri: Annotated[str, Field(max_length=2000)]
    day: date
    starts: LocalTime
    ends: LocalTime
    group_id: UUID | None = None
    trainer_id: UUID | None = None
    room_id: UUID | None = None
    seats: int | None = Field(default=None, ge=1, le=10_000)
    meeting_url: Annotated[str, Field(max_length=2000)] = ""
    video_platform_id: UUID | None = None
    video_recorded: bool = False


class OfferAnswer(Answer):
    """An activity that a séance may belong to."""

    iri: str
    title: str
    step: str
    path: str
    modality: Modality
    minutes: int
    organisation_id: UUID | None


class Offers(Answer):
    """What the caller may plan a séance for."""

    items: list[OfferAnswer]


class HalfDayAnswer(Answer):
    """A half-day of a séance, local wall times."""

    key: Literal["am", "pm"]
    starts: LocalTime
    ends: LocalTime


class Noted(Answer):
    """What was noted last of one person in one half-day; ``minutes`` of presence."""

    half_day: str
    presence: Presence
    mode: Mode
    arrived: LocalTime | None
    left: LocalTime | None
    minutes: int
    reason: str
    revision: int


class RollPerson(Answer):
    """A person of the roll; ``seat``: added beyond the group."""

    person_id: UUID
    name: str
    seat: bool
    enrolment_id: UUID | None
    noted: list[Noted]


class RollAnswer(Answer):
    """The roll of a séance."""

    seance_id: UUID
    half_days: list[HalfDayAnswer]
    people: list[RollPerson]
    closed_at: Instant | None


class RollEntry(Body):
    """What is noted of one person in one half-day; times only where somebody came late or left early."""

    person_id: UUID
    half_day: Literal["am", "pm"]
    presence: Presence
    arrived: LocalTime | None = None
    left: LocalTime | None = None
    mode: Mode = Mode.ROOM
    reason: Literal["", "ill_told", "transport_told", "other_told", "no_news"] = ""


class RollBody(Body):
    """What is noted; whom it does not name stays as noted before."""

    entries: list[RollEntry] = Field(max_length=500)


def _answer(found: SeanceLine) -> SeanceAnswer:
    row = found.seance
    own = ("group", "room", "place", "trainer", "called")
    fields = {name: getattr(row, name) for name in SeanceAnswer.model_fields if name not in own}
    return SeanceAnswer.model_validate({**fields, **{name: getattr(found, name) for name in own}})


@api.get("/sessions", "Séances", roles=FOLLOWERS)
def list_sessions(call: Call, query: SeanceQuery) -> Page[SeanceAnswer]:
    """The séances between two days that the caller trains, and those of the groups that the caller follows."""
    if query.until - query.since > WIDEST:
        raise Invalid({"until": "out_of_range"}, parameters=True)
    found = seance_lists.listed(call.session, call.viewer, query.since, query.until)
    rows, following = paging.of_list(
        found, query, lambda line: (line.seance.day.isoformat(), line.seance.starts.isoformat(), line.seance.id),
        str, str, UUID,
    )  # fmt: skip
    return Page(items=[_answer(line) for line in rows], next=following)


@api.get("/session-offers", "What a séance may belong to", roles=FOLLOWERS)
def list_offers(call: Call) -> Offers:
    """The activities of kind "séances" that the caller's groups follow."""
    groups = [group.id for group in scope.groups_of(call.session, call.viewer)]
    return Offers(items=[OfferAnswer.model_validate(one) for one in seances.offers(call.session, groups)])


@api.post("/sessions", "Plan a séance", roles=FOLLOWERS)
def create_session(call: Call, body: SeanceBody) -> SeanceAnswer:
    """Plan a séance. A room or trainer asked for twice is no error."""
    row = seances.create(call.session, call.viewer, _data(call, body), call.now)
    call.location = f"/api/v1/sessions/{row.id}"
    return _answer(seance_lists.line(call.session, row))


def _data(call: Call, body: SeanceBody) -> SeanceData:
    api_reads.require_known(call.session, group_id=body.group_id, room_id=body.room_id)
    return SeanceData(**body.model_dump())


@api.get("/sessions/{session_id}", "One séance", roles=FOLLOWERS)
def read_session(call: Call, session_id: UUID) -> SeanceAnswer:
    """One séance that the caller may call the roll of."""
    return _answer(seance_lists.line(call.session, seances.find(call.session, call.viewer, session_id)))


@api.put("/sessions/{session_id}", "Set a séance", roles=FOLLOWERS, statuses=(409,))
def put_session(call: Call, session_id: UUID, body: SeanceBody) -> SeanceAnswer:
    """Set what is said of a séance, whole. Once its roll is called, day, hours, group and activity stay."""
    row = seances.change(call.session, call.viewer, session_id, _data(call, body), call.now)
    return _answer(seance_lists.line(call.session, row))


@api.post("/sessions/{session_id}/cancellation", "Cancel a séance", roles=FOLLOWERS, statuses=(409,))
def cancel_session(call: Call, session_id: UUID, body: Reason) -> None:
    """Cancel a séance whose roll was not called."""
    seances.cancel(call.session, call.viewer, session_id, body.why, call.now)


@api.get("/sessions/{session_id}/roll", "The roll of a séance", roles=FOLLOWERS)
def read_roll(call: Call, session_id: UUID) -> RollAnswer:
    """Who is expected, and what was noted last of each in each half-day."""
    return _roll(call, session_id)


def _roll(call: Call, session_id: UUID) -> RollAnswer:
    found = attendance.roll(call.session, call.viewer, session_id)
    return RollAnswer(
        seance_id=session_id,
        half_days=[HalfDayAnswer.model_validate(half) for half in found.halves],
        people=[_person(line) for line in found.people],
        closed_at=found.seance.closed_at,
    )


def _person(line: RollLine) -> RollPerson:
    return RollPerson(
        person_id=line.person.person_id,
        name=line.person.name,
        seat=line.person.seat,
        enrolment_id=line.person.enrolment_id,
        noted=[Noted.model_validate(row) for row in line.noted.values()],
    )


@api.patch("/sessions/{session_id}/roll", "Call the roll", roles=FOLLOWERS, projects=True, statuses=(409,))
def mark_roll(call: Call, session_id: UUID, body: RollBody) -> RollAnswer:
    """Note presences. A correction is a new revision; what is noted already the same way writes nothing."""
    entries = [Entry(**entry.model_dump()) for entry in body.entries]
    attendance.mark_roll(call.session, call.viewer, session_id, entries, call.now)
    call.session.flush()
    return _roll(call, session_id)


@api.put("/sessions/{session_id}/roll/people/{person_id}", "Add a person to the roll", roles=FOLLOWERS,
         statuses=(409,))  # fmt: skip
def add_to_roll(call: Call, session_id: UUID, person_id: UUID) -> None:
    """Put a person on the roll on the spot."""
    attendance.add_person(call.session, call.viewer, session_id, person_id, call.now)


@api.put("/sessions/{session_id}/roll/closed", "Close the roll", roles=FOLLOWERS, statuses=(409,))
def close_roll(call: Call, session_id: UUID) -> None:
    """Everybody was noted: what the roll says is final."""
    attendance.close(call.session, call.viewer, session_id, call.now)


@api.post("/sessions/{session_id}/roll/reopening", "Open the roll again", roles=FOLLOWERS)
def reopen_roll(call: Call, session_id: UUID, body: Reason) -> None:
    """Open a closed roll again, to correct it."""
    attendance.reopen(call.session, call.viewer, session_id, body.why, call.now)
