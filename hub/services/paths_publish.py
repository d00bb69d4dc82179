"""Publishing a version: freeze, bind, and take the enrolments over by step identity (DESIGN sections 2, 4 and 6).

``publish`` is one short unit; the enrolments follow in units of their own (``migrate_enrolments``), which a worker can
resume: an enrolment is moved and marked in the same unit, so a killed process loses nothing and moves nobody twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from hub.db.uow import TenantDatabase
from hub.domain.path import PathDocument
from hub.domain.path_check import Problem, check
from hub.domain.progress import DONE
from hub.models.learning import Enrolment, LearningPath, PathVersion, Resource
from hub.models.river import StepStateRow
from hub.services.bindings import write_bindings
from hub.services.errors import Conflict, NotFound
from hub.services.jobs import enqueue
from hub.services.journal import record
from hub.services.marking import mark_persons
from hub.services.paths import Draft, add_version, as_draft, find_version
from hub.services.paths_draft import SUBJECT, DraftChanged, edits_since, locked
from hub.services.paths_edit import changed, update_activity

MIGRATE_JOB = "migrate_enrolments"
BATCH = 100


class NotPublishable(Conflict):
    """The checks found errors; ``problems`` holds them."""

    code = "path_not_publishable"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


class DraftExists(Conflict):
    """The path has a draft already: ``version_id``."""

    code = "path_draft_exists"

    def __init__(self, version_id: UUID) -> None:
        super().__init__(version_id=version_id)
        self.version_id = version_id


@dataclass(frozen=True, slots=True)
class Affected:
    """Who is in a version that a new one would replace. ``loses``: step that goes -> how many had done it."""

    version_id: UUID
    number: int
    people: int
    loses: dict[str, int]


def check_draft(session: Session, document: PathDocument) -> list[Problem]:
    """The checks of ``path_check`` and those that need the catalogue: a resource withdrawn, gone from its platform, or
    bringing back less."""
    problems = check(document)
    ids = {a.binding.resource_id for s in document.steps() for a in s.activities() if a.binding.resource_id}
    resources = {r.id: r for r in session.scalars(select(Resource).where(Resource.id.in_(ids)))}
    above = {r.parent_id for r in resources.values() if r.parent_id}
    gone = {r.id for r in session.scalars(select(Resource).where(Resource.id.in_(ids | above))) if "gone" in r.custom}
    for step in document.steps():
        for activity in step.activities():
            resource = resources.get(activity.binding.resource_id) if activity.binding.resource_id else None
            about = {"step": step.title, "activity": activity.title}
            if resource is not None and resource.withdrawn_at is not None:
                problems.append(Problem("warning", "resource_withdrawn", step.id, about))
            elif resource is not None and gone & {resource.id, resource.parent_id}:
                problems.append(Problem("warning", "resource_gone", step.id, about))
            elif resource is not None and _brings_less(activity.binding.brings, resource):
                problems.append(Problem("warning", "resource_brings_less", step.id, about))
    return sorted(problems, key=lambda p: p.severity != "error")


def _brings_less(declared: tuple[object, ...], resource: Resource) -> bool:
    now = {b.get("kind") for b in resource.brings}
    return any(getattr(b, "kind", "") not in now for b in declared)


def publish(
    session: Session, version_id: UUID, revision: int, *, migrate: bool, by: UUID | None, now: datetime
) -> Draft:
    """Freeze the draft, give its activities their IRIs, write the bindings; with ``migrate`` owe the enrolments' move.

    Raises DraftChanged, NotADraft, NotPublishable.
    """
    version = locked(session, version_id)
    if version.revision != revision:
        raise DraftChanged(version.revision, edits_since(session, version_id, revision))
    document = with_own_iris(PathDocument.model_validate(version.document))
    errors = [p for p in check_draft(session, document) if p.severity == "error"]
    if errors:
        raise NotPublishable(errors)
    version.document = document.model_dump(mode="json")
    version.state, version.published_at, version.published_by = "published", now, by
    session.flush()
    write_bindings(session, version_id, document)
    path = session.get_one(LearningPath, version.path_id)
    path.title = document.title
    record(session, now, by, "path.published", SUBJECT, version_id, number=version.number, migrate=migrate)
    if migrate and version.number > 1:
        payload = {"version_id": str(version_id)}
        enqueue(session, MIGRATE_JOB, payload, unique_key=f"{MIGRATE_JOB}:{version_id}", due_at=now, by=by)
    return as_draft(version)


def with_own_iris(document: PathDocument) -> PathDocument:
    """The document where a binding without an IRI has its activity's own, ``urn:uuid:`` of its id."""
    for step in document.steps():
        for activity in step.activities():
            if not activity.binding.iri:
                own = changed(activity.binding, iri=activity.id.urn)
                document = update_activity(document, step.id, activity.id, binding=own)
    return document


def migrate_batch(session: Session, version_id: UUID, limit: int = BATCH) -> int:
    """Move up to ``limit`` active enrolments of the path from earlier versions into this one and owe their projection.

    Choices, waivers and all that is done stay: they are kept by the identity of the step. Gives how many moved.
    Raises NotFound.
    """
    version = find_version(session, version_id)
    earlier = select(PathVersion.id).where(PathVersion.path_id == version.path_id, PathVersion.number < version.number)
    query = (
        select(Enrolment.id, Enrolment.person_id)
        .where(Enrolment.state == "active", Enrolment.version_id.in_(earlier))
        .order_by(Enrolment.id)
        .limit(limit)
    )
    moved = dict(session.execute(query).all())
    if moved:
        session.execute(update(Enrolment).where(Enrolment.id.in_(list(moved))).values(version_id=version_id))
        mark_persons(session, moved.values())  # their other enrolments too: the hours they share may pass
    return len(moved)


def migrate_enrolments(tenant: TenantDatabase, version_id: UUID) -> int:
    """Move every active enrolment of earlier versions, a batch a unit. Gives how many moved. Raises NotFound."""
    total = 0
    while True:
        with tenant.write() as session:
            moved = migrate_batch(session, version_id)
        total += moved
        if moved < BATCH:
            return total


def new_draft(session: Session, path_id: UUID, *, by: UUID | None, now: datetime) -> Draft:
    """The next version's draft, from the newest version; identities stay. Raises NotFound, DraftExists."""
    session.get(LearningPath, path_id, with_for_update={"key_share": True})  # a draft made just now is seen below
    query = select(PathVersion).where(PathVersion.path_id == path_id).order_by(PathVersion.number.desc()).limit(1)
    latest = session.scalars(query).first()
    if latest is None:
        raise NotFound(kind="path", id=path_id)
    if latest.state == "draft":
        raise DraftExists(latest.id)
    document = PathDocument.model_validate(latest.document)
    version = add_version(session, path_id, latest.number + 1, document, by=by, now=now)
    record(session, now, by, "path.draft_created", SUBJECT, version.id, origin=latest.number)
    return as_draft(version)


def retire(session: Session, version_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Close a published version to new enrolments; who is in it goes on. Raises NotFound, Conflict for a draft."""
    version = find_version(session, version_id)
    if version.state == "draft":
        raise Conflict("path_draft_not_retirable", number=version.number)
    version.state = "retired"
    record(session, now, by, "path.retired", SUBJECT, version_id, number=version.number)


def affected(session: Session, draft: Draft) -> list[Affected]:
    """Who would be moved by publishing ``draft``, by the version they are in, and what they would lose sight of."""
    earlier = select(PathVersion).where(PathVersion.path_id == draft.path_id, PathVersion.number < draft.number)
    query = (
        select(Enrolment.version_id, func.count())
        .where(Enrolment.path_id == draft.path_id, Enrolment.state == "active")
        .group_by(Enrolment.version_id)
    )
    people = dict(session.execute(query).all())
    kept = {s.id for s in draft.document.steps()}
    return [
        Affected(version.id, version.number, people[version.id], _losses(session, version, kept))
        for version in session.scalars(earlier.order_by(PathVersion.number.desc()))
        if version.id in people
    ]


def _losses(session: Session, version: PathVersion, kept: set[UUID]) -> dict[str, int]:
    gone = {s.id: s.title for s in PathDocument.model_validate(version.document).steps() if s.id not in kept}
    query = (
        select(StepStateRow.step_id, func.count())
        .join(Enrolment, Enrolment.id == StepStateRow.enrolment_id)
        .where(
            Enrolment.version_id == version.id,
            Enrolment.state == "active",
            StepStateRow.step_id.in_(gone),
            StepStateRow.result.in_([r.value for r in DONE]),
        )
        .group_by(StepStateRow.step_id)
    )
    done = dict(session.execute(query).all())
    return {title: done.get(step_id, 0) for step_id, title in gone.items()}
