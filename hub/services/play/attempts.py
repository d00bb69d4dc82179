"""Attempts of learners: begun, gone on with on any device, kept for ever; and who may play what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.config import Config
from hub.db.base import new_id
from hub.domain.path import Activity, BindingKind, Step
from hub.models.learning import Enrolment, Resource
from hub.models.packages import Package
from hub.models.play import PlayAttempt
from hub.services.dictionaries import add_once
from hub.services.errors import Conflict, NotFound
from hub.services.play.formats import plays
from hub.services.play.formats.booklet import needs_no_sandbox
from hub.urls.content import pattern


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt for its learner or their trainer. ``title`` of the package's entry."""

    id: UUID
    enrolment_id: UUID
    step_id: UUID
    activity_id: UUID
    resource_id: UUID
    package_id: UUID
    number: int
    title: str
    format: str
    megabytes: float
    sandboxed: bool
    summary: dict[str, Any]
    oddities: dict[str, Any]
    started_at: datetime
    changed_at: datetime


def playable(session: Session, resource_id: UUID) -> Package:
    """The version of a package that is played: the newest. Raises NotFound, Conflict (``not_playable``)."""
    query = select(Package).where(Package.resource_id == resource_id).order_by(Package.number.desc()).limit(1)
    row = session.scalars(query).first()
    if row is None:
        raise NotFound(kind="package", id=str(resource_id))
    if not row.sha256 or not plays(row.format):
        raise Conflict("not_playable")
    return row


def played(session: Session, resource_ids: Iterable[UUID | None]) -> set[UUID]:
    """Those of the entries whose newest version plays."""
    wanted = {key for key in resource_ids if key is not None}
    rows = session.execute(
        select(Package.resource_id, Package.format, Package.sha256)
        .where(Package.resource_id.in_(wanted))
        .order_by(Package.number)
    )
    newest = {key: (name, sha256) for key, name, sha256 in rows} if wanted else {}
    return {key for key, (name, sha256) in newest.items() if sha256 and plays(name)}


def require_host(config: Config) -> None:
    """Refuse to play where there is no host apart. Raises Conflict (``content_host_missing``)."""
    if not pattern(config):
        raise Conflict("content_host_missing")


def resume(session: Session, enrolment: Enrolment, step: Step, activity: Activity, now: datetime) -> UUID:
    """The learner's latest attempt at an activity, begun when there is none.

    Raises NotFound, Conflict (``not_playable``).
    """
    latest = _latest(session, enrolment.id, activity.id)
    return latest.id if latest else _begin(session, enrolment, step, activity, 1, now)


def begin_again(session: Session, attempt_id: UUID, person_id: UUID, step: Step, now: datetime) -> UUID:
    """A new attempt beside the one before, which is kept; of the newest version. Raises NotFound, Conflict."""
    before = own(session, attempt_id, person_id)
    activity = next((a for a in step.activities() if a.id == before.activity_id), None)
    if activity is None:
        raise NotFound(activity=str(before.activity_id))
    enrolment = session.get_one(Enrolment, before.enrolment_id)
    latest = _latest(session, enrolment.id, activity.id)
    return _begin(session, enrolment, step, activity, (latest.number if latest else 0) + 1, now)


def own(session: Session, attempt_id: UUID, person_id: UUID) -> PlayAttempt:
    """An attempt of this very person. Raises NotFound."""
    row = session.get(PlayAttempt, attempt_id)
    if row is None or row.person_id != person_id:
        raise NotFound(attempt=str(attempt_id))
    return row


def view(session: Session, attempt_id: UUID, person_id: UUID) -> AttemptView:
    """One's own attempt. Raises NotFound."""
    return _views(session, [own(session, attempt_id, person_id)])[0]


def of_step(session: Session, enrolment_id: UUID, step_id: UUID) -> list[AttemptView]:
    """Every attempt at a step, the newest first."""
    query = select(PlayAttempt).where(PlayAttempt.enrolment_id == enrolment_id, PlayAttempt.step_id == step_id)
    return _views(session, list(session.scalars(query.order_by(PlayAttempt.id.desc()))))


def _latest(session: Session, enrolment_id: UUID, activity_id: UUID) -> PlayAttempt | None:
    query = select(PlayAttempt).where(PlayAttempt.enrolment_id == enrolment_id, PlayAttempt.activity_id == activity_id)
    return session.scalars(query.order_by(PlayAttempt.number.desc()).limit(1)).first()


def _begin(
    session: Session, enrolment: Enrolment, step: Step, activity: Activity, number: int, now: datetime
) -> UUID:  # fmt: skip
    resource_id = activity.binding.resource_id
    if activity.binding.kind is not BindingKind.PACKAGE or resource_id is None:
        raise Conflict("not_playable")
    package = playable(session, resource_id)
    # Of two that begin the same attempt at once, in two windows, the second resumes what the first began.
    add_once(
        session, PlayAttempt, id=new_id(), person_id=enrolment.person_id, enrolment_id=enrolment.id, step_id=step.id,
        activity_id=activity.id, resource_id=resource_id, package_id=package.id,
        iri=activity.binding.iri or activity.id.urn, number=number, registration=uuid4(),
        state={}, summary={}, oddities={}, started_at=now, changed_at=now,
    )  # fmt: skip
    mine = (PlayAttempt.enrolment_id == enrolment.id, PlayAttempt.activity_id == activity.id)
    return session.scalars(select(PlayAttempt.id).where(*mine, PlayAttempt.number == number)).one()


def _views(session: Session, rows: list[PlayAttempt]) -> list[AttemptView]:
    query = (
        select(Package.id, Package.format, Package.size, Resource.title, Package.file_name)
        .join(Resource, Resource.id == Package.resource_id)
        .where(Package.id.in_({row.package_id for row in rows}))
    )
    known = {key: (name, size, title, file) for key, name, size, title, file in session.execute(query)}
    return [
        AttemptView(
            row.id, row.enrolment_id, row.step_id, row.activity_id, row.resource_id, row.package_id, row.number,
            known[row.package_id][2], known[row.package_id][0], known[row.package_id][1] / 1_000_000,
            not needs_no_sandbox(known[row.package_id][0], known[row.package_id][3]), row.summary, row.oddities,
            row.started_at, row.changed_at,
        )
        for row in rows
    ]  # fmt: skip
