"""« Besoin d'aide »: a message or a call back, answered in the hub by somebody who was named to the learner.

A request is tied to the page, the step and the enrolment it was asked from. Requests and messages are kept: they are
evidence of tutoring and of assistance to a learner at a distance (Code du travail, D6313-3-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.domain.roles import Role, Viewer
from hub.domain.working_days import after_working_days
from hub.models.learning import Enrolment, HelpMessage, HelpRequest
from hub.models.person import Person
from hub.services.clock import place_zone
from hub.services.enrolments import get, step_of
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record
from hub.services.messages import owe_message
from hub.services.responsible import HELPERS, covers, latest_enrolment, who_answers
from hub.services.settings import get_setting

MESSAGE, CALL = "message", "call"
KINDS = (MESSAGE, CALL)
OPEN, CLOSED = "open", "closed"
LONGEST = 4000
DEFAULT_WORKING_DAYS = 1


@dataclass(frozen=True, slots=True)
class Helper:
    """Who will answer, as what, and by when at the latest (aware). ``person`` None: nobody is named yet."""

    person: Person | None
    role: Role | None
    due_at: datetime


def helper(session: Session, person_id: UUID, enrolment_id: UUID | None, now: datetime) -> Helper:
    """Who would answer this person now, and by when: what is told before asking. Raises NotFound."""
    enrolment = _enrolment(session, person_id, enrolment_id)
    found = who_answers(session, enrolment)
    due = due_at(session, now)
    return Helper(found[0], found[1], due) if found else Helper(None, None, due)


def due_at(session: Session, now: datetime) -> datetime:
    """When an answer is due: the setting ``help`` (``working_days``), one working day unless set; UTC."""
    days = get_setting(session, "help").get("working_days", DEFAULT_WORKING_DAYS)
    count = days if isinstance(days, int) and 0 < days <= 30 else DEFAULT_WORKING_DAYS
    return after_working_days(now, count, place_zone(session)).astimezone(UTC)


def _enrolment(session: Session, person_id: UUID, enrolment_id: UUID | None) -> Enrolment | None:
    if enrolment_id is None:
        return latest_enrolment(session, person_id)
    row = get(session, enrolment_id)
    if row.person_id != person_id:
        raise NotFound(enrolment=str(enrolment_id))
    return row


def ask(
    session: Session,
    person_id: UUID,
    *,
    kind: str,
    text: str,
    now: datetime,
    page: str = "",
    enrolment_id: UUID | None = None,
    step_id: UUID | None = None,
    phone: str = "",
) -> HelpRequest:
    """Ask for help. A call back needs a number: the one given here, else the person's own.

    Raises NotFound (enrolment or step of somebody else), Invalid (``kind``, ``text``, ``phone``).
    """
    enrolment = _enrolment(session, person_id, enrolment_id)
    if step_id is not None and enrolment is not None:
        step_of(session, enrolment, step_id)
    person = session.get_one(Person, person_id)
    said = _checked(kind, text, phone, person)
    found = who_answers(session, enrolment)
    row = HelpRequest(
        id=new_id(),
        person_id=person_id,
        enrolment_id=enrolment.id if enrolment else None,
        step_id=step_id if enrolment else None,
        kind=kind,
        page=page if page.startswith("/") and not page.startswith("//") else "",
        assignee_id=found[0].id if found else None,
        asked_at=now,
        due_at=due_at(session, now),
    )
    session.add(row)
    session.flush()
    session.add(HelpMessage(id=new_id(), request_id=row.id, author_id=person_id, at=now, text=said))
    return row


def _checked(kind: str, text: str, phone: str, person: Person) -> str:
    """What the first message says: the text, and for a call the number to call."""
    faults: dict[str, str] = {}
    number = phone.strip() or (person.phone or "")
    if kind not in KINDS:
        faults["kind"] = "unknown"
    if kind == MESSAGE and not text.strip():
        faults["text"] = "required"
    if len(text) > LONGEST:
        faults["text"] = "too_long"
    if kind == CALL and not number:
        faults["phone"] = "required"
    elif kind == CALL and (sum(c.isdigit() for c in number) < 8 or len(number) > 30):
        faults["phone"] = "not_a_phone"
    if faults:
        raise Invalid(faults)
    return "\n".join(part for part in (number if kind == CALL else "", text.strip()) if part)


def reply(session: Session, request_id: UUID, viewer: Viewer, text: str, now: datetime) -> HelpMessage:
    """Say something more, on either side; a closed request opens again when the learner writes.

    The first staff member who answers a request without a name becomes its assignee. Raises NotFound, Invalid.
    """
    row = find(session, request_id, viewer)
    if not text.strip() or len(text) > LONGEST:
        raise Invalid({"text": "required" if not text.strip() else "too_long"})
    if viewer.person_id == row.person_id:
        if row.state == CLOSED or not _awaits_staff(session, row):
            row.due_at = due_at(session, now)
        row.state, row.closed_at = OPEN, None
    else:
        row.assignee_id = row.assignee_id or viewer.person_id
        owe_message(session, "help_answered", row.person_id, str(row.id), {}, now)
    message = HelpMessage(id=new_id(), request_id=row.id, author_id=viewer.person_id, at=now, text=text.strip())
    session.add(message)
    return message


def close(session: Session, request_id: UUID, viewer: Viewer, now: datetime) -> HelpRequest:
    """The question is settled: either side may say so. Raises NotFound."""
    row = find(session, request_id, viewer)
    row.state, row.closed_at = CLOSED, row.closed_at or now
    return row


def reopen(session: Session, request_id: UUID, viewer: Viewer, now: datetime) -> HelpRequest:
    """The question is not settled after all; a new delay begins. Raises NotFound."""
    row = find(session, request_id, viewer)
    row.state, row.closed_at, row.due_at = OPEN, None, due_at(session, now)
    return row


def take(session: Session, request_id: UUID, viewer: Viewer, now: datetime) -> HelpRequest:
    """Become the one who answers, journalled. Raises NotFound, Conflict (``own_request``)."""
    row = find(session, request_id, viewer)
    if row.person_id == viewer.person_id:
        raise Conflict("own_request")
    if row.assignee_id != viewer.person_id:
        record(session, now, viewer.person_id, "help.take", "help_request", row.id, before=str(row.assignee_id or ""))
        row.assignee_id = viewer.person_id
    return row


def find(session: Session, request_id: UUID, viewer: Viewer) -> HelpRequest:
    """A request that the viewer asked or may answer. Raises NotFound for all others."""
    row = session.get(HelpRequest, request_id)
    if row is None or not (row.person_id == viewer.person_id or may_answer(session, viewer, row)):
        raise NotFound(request=str(request_id))
    return row


def may_answer(session: Session, viewer: Viewer, row: HelpRequest) -> bool:
    """The assignee, while still of the staff, and whoever helps in the scope of the enrolment."""
    if row.person_id == viewer.person_id:
        return False
    if row.assignee_id == viewer.person_id:
        return viewer.has(*HELPERS)
    enrolment = session.get(Enrolment, row.enrolment_id) if row.enrolment_id else None
    return covers(session, viewer, enrolment)


def _awaits_staff(session: Session, row: HelpRequest) -> bool:
    last = select(HelpMessage.author_id).where(HelpMessage.request_id == row.id)
    return session.scalar(last.order_by(HelpMessage.at.desc(), HelpMessage.id.desc()).limit(1)) == row.person_id


def phone_of(session: Session, person_id: UUID) -> str:
    """The number that is known of a person, to be proposed for a call back."""
    return session.get_one(Person, person_id).phone or ""
