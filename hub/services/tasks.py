"""What waits for a trainer: each thing once, with whom it concerns and where to act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.path import Modality
from hub.domain.roles import Viewer
from hub.models.learning import Enrolment, SwitchRequest
from hub.models.person import Person
from hub.models.river import StepStateRow
from hub.services import claims, deposits, help_read, scope
from hub.services.grid import FOLLOWED, GridRow, grid
from hub.services.seance_lists import SeanceLine, to_call
from hub.services.versions import document


@dataclass(frozen=True, slots=True)
class Learner:
    """Whom a task concerns."""

    enrolment_id: UUID
    group_id: UUID | None
    name: str


@dataclass(frozen=True, slots=True)
class StepTask:
    """Something that waits on a step of a learner: a claim (``at`` when it was made) or a fall."""

    learner: Learner
    step_id: UUID
    step: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Switch:
    """A request to learn a step another way: which way, and the limits of the agreed plan it breaks (modality,
    minutes wanted, minutes left)."""

    id: UUID
    learner: Learner
    step: str
    way: Modality
    way_title: str
    limits: list[tuple[Modality, int, int]]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Tasks:
    """All that waits, each list with the oldest or most urgent first. ``silent`` and ``late`` are learners."""

    rolls: list[SeanceLine]
    help: list[help_read.Line]
    deposits: list[deposits.DepositView]
    claims: list[StepTask]
    falls: list[StepTask]
    switches: list[Switch]
    silent: list[tuple[Learner, int]]
    late: list[tuple[Learner, int]]

    @property
    def count(self) -> int:
        """How many things wait."""
        lists = (self.rolls, self.help, self.deposits, self.claims, self.falls, self.switches, self.silent, self.late)
        return sum(len(found) for found in lists)


def waiting(session: Session, viewer: Viewer, now: datetime) -> Tasks:
    """What waits for the viewer at ``now``, over the groups they follow."""
    groups = [g.id for g in scope.groups_of(session, viewer)]
    mine = select(Enrolment.id).where(Enrolment.group_id.in_(groups), Enrolment.state.in_(FOLLOWED))
    learners, versions = _learners(session, mine)
    rows = grid(session, mine.where(Enrolment.state == "active"), now)
    return Tasks(
        rolls=to_call(session, viewer, now),
        help=[line for line in help_read.inbox(session, viewer, now) if line.awaits == "staff"],
        deposits=deposits.waiting(session, viewer),
        claims=_claims(session, learners, versions, now),
        falls=_falls(session, learners, versions),
        switches=_switches(session, learners, versions),
        silent=_silent(rows, learners),
        late=[(learners[r.enrolment_id], sum(r.late)) for r in rows if r.is_late],
    )


def _learners(session: Session, mine: object) -> tuple[dict[UUID, Learner], dict[UUID, UUID]]:
    query = select(Enrolment.id, Enrolment.group_id, Enrolment.version_id, Person.given_name, Person.family_name)
    query = query.join(Person, Person.id == Enrolment.person_id).where(Enrolment.id.in_(mine))  # type: ignore[arg-type]  # a select of ids
    learners: dict[UUID, Learner] = {}
    versions: dict[UUID, UUID] = {}
    for enrolment, group, version, given, family in session.execute(query):
        learners[enrolment] = Learner(enrolment, group, f"{given} {family}".strip())
        versions[enrolment] = version
    return learners, versions


def _claims(
    session: Session, learners: dict[UUID, Learner], versions: dict[UUID, UUID], now: datetime
) -> list[StepTask]:
    return [
        StepTask(learners[c.enrolment_id], c.step_id, _title(session, versions[c.enrolment_id], c.step_id), c.at)
        for c in claims.tasks(session, learners, now)
    ]


def _falls(session: Session, learners: dict[UUID, Learner], versions: dict[UUID, UUID]) -> list[StepTask]:
    query = select(StepStateRow.enrolment_id, StepStateRow.step_id).where(
        StepStateRow.enrolment_id.in_(list(learners)), StepStateRow.fallen.is_not(None)
    )
    found = [StepTask(learners[e], s, _title(session, versions[e], s), None) for e, s in session.execute(query)]
    return sorted(found, key=lambda t: (t.learner.name, t.step))


def _switches(session: Session, learners: dict[UUID, Learner], versions: dict[UUID, UUID]) -> list[Switch]:
    query = select(SwitchRequest).where(SwitchRequest.enrolment_id.in_(list(learners)), SwitchRequest.state == "asked")
    found = []
    for request in session.scalars(query.order_by(SwitchRequest.asked_at)):
        step = document(session, versions[request.enrolment_id]).step(request.step_id)
        variant = step.variant(request.variant_id) if step else None
        if step is None or variant is None:
            continue
        limits = [(Modality(x["modality"]), int(x["wanted"]), int(x["left"])) for x in request.limits]
        found.append(
            Switch(
                request.id, learners[request.enrolment_id], step.title, variant.modality, variant.title, limits,
                request.asked_at,
            )
        )  # fmt: skip
    return found


def _silent(rows: list[GridRow], learners: dict[UUID, Learner]) -> list[tuple[Learner, int]]:
    found = [(learners[r.enrolment_id], r.silent_days) for r in rows if r.is_silent]
    return sorted(found, key=lambda f: -f[1])


def _title(session: Session, version_id: UUID, step_id: UUID) -> str:
    step = document(session, version_id).step(step_id)
    return step.title if step else ""
