"""Requests for help as pages show them: one conversation, what a person asked, what awaits the one who answers, and the
evidence of tutoring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hub.domain.roles import Viewer
from hub.models.learning import Enrolment, HelpMessage, HelpRequest
from hub.models.person import Person
from hub.services.enrolments import get, step_of
from hub.services.errors import NotFound
from hub.services.help import OPEN, find, may_answer
from hub.services.responsible import HELPERS


@dataclass(frozen=True, slots=True)
class Line:
    """A request in a list. ``awaits``: ``staff`` or ``learner``, whose turn it is; ``overdue`` when staff is late."""

    request: HelpRequest
    learner: Person
    assignee: Person | None
    step: str
    first: str
    last_at: datetime
    awaits: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One message; ``mine`` where the viewer wrote it."""

    author: str
    at: datetime
    text: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request with its messages, the oldest first. ``helps``: the viewer is on the answering side."""

    line: Line
    messages: tuple[Said, ...]
    helps: bool


def conversation(session: Session, request_id: UUID, viewer: Viewer, now: datetime) -> Conversation:
    """A request with everything said. Raises NotFound."""
    row = find(session, request_id, viewer)
    messages = _messages(session, [row.id])[row.id]
    authors = {m.author_id for m in messages}
    names = {p.id: p.name for p in session.scalars(select(Person).where(Person.id.in_(authors)))}
    said = tuple(Said(names.get(m.author_id, ""), m.at, m.text, m.author_id == viewer.person_id) for m in messages)
    return Conversation(_lines(session, [row], now)[0], said, row.person_id != viewer.person_id)


def mine(session: Session, person_id: UUID, now: datetime) -> list[Line]:
    """What the person asked, the newest first."""
    query = select(HelpRequest).where(HelpRequest.person_id == person_id).order_by(HelpRequest.asked_at.desc())
    return _lines(session, session.scalars(query.limit(100)), now)


def inbox(session: Session, viewer: Viewer, now: datetime, *, state: str = OPEN) -> list[Line]:
    """What the viewer may answer: those that await staff first, the most urgent first; at most 200."""
    if not viewer.has(*HELPERS):
        return []
    query = select(HelpRequest).where(HelpRequest.state == state, HelpRequest.person_id != viewer.person_id)
    if not any(viewer.covers(role) for role in HELPERS):
        groups = [g.group_id for g in viewer.scopes(*HELPERS) if g.group_id]
        organisations = [g.organisation_id for g in viewer.scopes(*HELPERS) if g.organisation_id and not g.group_id]
        ours = select(Enrolment.id).where(
            or_(Enrolment.group_id.in_(groups), Enrolment.organisation_id.in_(organisations))
        )
        query = query.where(or_(HelpRequest.assignee_id == viewer.person_id, HelpRequest.enrolment_id.in_(ours)))
    latest = HelpRequest.due_at if state == OPEN else HelpRequest.closed_at.desc()
    rows = [r for r in session.scalars(query.order_by(latest).limit(200)) if may_answer(session, viewer, r)]
    lines = _lines(session, rows, now)
    return sorted(lines, key=lambda line: line.awaits != "staff") if state == OPEN else lines


def tutoring(session: Session, person_id: UUID) -> list[tuple[HelpRequest, int, datetime | None]]:
    """The evidence of tutoring for a person: each request, how many messages, and when staff first answered."""
    rows = session.scalars(
        select(HelpRequest).where(HelpRequest.person_id == person_id).order_by(HelpRequest.asked_at)
    ).all()
    messages = _messages(session, [r.id for r in rows])
    return [
        (r, len(messages[r.id]), next((m.at for m in messages[r.id] if m.author_id != person_id), None)) for r in rows
    ]


def _messages(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[HelpMessage]]:
    found: dict[UUID, list[HelpMessage]] = {key: [] for key in ids}
    query = select(HelpMessage).where(HelpMessage.request_id.in_(ids)).order_by(HelpMessage.at, HelpMessage.id)
    for message in session.scalars(query):
        found[message.request_id].append(message)
    return found


def _lines(session: Session, requests: Iterable[HelpRequest], now: datetime) -> list[Line]:
    rows = list(requests)
    messages = _messages(session, [r.id for r in rows])
    wanted = {r.person_id for r in rows} | {r.assignee_id for r in rows if r.assignee_id}
    people: dict[UUID | None, Person] = {p.id: p for p in session.scalars(select(Person).where(Person.id.in_(wanted)))}
    lines = []
    for row in rows:
        said = messages[row.id]
        staff_turn = row.state == OPEN and (not said or said[-1].author_id == row.person_id)
        lines.append(
            Line(
                request=row,
                learner=people[row.person_id],
                assignee=people.get(row.assignee_id),
                step=_step_title(session, row),
                first=said[0].text if said else "",
                last_at=said[-1].at if said else row.asked_at,
                awaits="staff" if staff_turn else "learner",
                overdue=staff_turn and now > row.due_at,
            )
        )
    return lines


def _step_title(session: Session, row: HelpRequest) -> str:
    if row.enrolment_id is None or row.step_id is None:
        return ""
    try:
        return step_of(session, get(session, row.enrolment_id), row.step_id).title
    except NotFound:
        return ""
