"""One entry of the catalogue for partners' LMSs: a path of one step, made of the entry, that their links open.

So a launch of it, its evidence, its hours and the grade that goes back are those of any path. Such a path stands on no
list of paths; the entry's page offers it and takes it back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.path import (
    BindingKind,
    Condition,
    EvidenceKind,
    Instructions,
    Module,
    PathDocument,
    Rule,
    Step,
    Variant,
)
from hub.models.learning import LearningPath, PathVersion, Resource
from hub.services import catalogue, paths, paths_publish
from hub.services.catalogue import Entry
from hub.services.errors import Conflict, NotFound
from hub.services.journal import record

#: What opens by itself; the others need a place and a time.
KINDS: Final = frozenset(
    {
        BindingKind.WEB,
        BindingKind.LTI_LINK,
        BindingKind.REMOTE_COURSE,
        BindingKind.REMOTE_MODULE,
        BindingKind.PACKAGE,
        BindingKind.ACTIVITY,
    }
)
#: What says that the entry is done, the surest first.
_DONE: Final = (
    (EvidenceKind.COMPLETED, None),
    (EvidenceKind.PASSED, None),
    (EvidenceKind.SCORE, 0.5),
    (EvidenceKind.PROGRESS, 1.0),
)


def offered(session: Session, resource_id: UUID) -> LearningPath | None:
    """The path of an entry that partners may open, None where they may not."""
    path = _path(session, resource_id)
    return path if path is not None and not path.archived else None


def offer(session: Session, resource_id: UUID, *, by: UUID | None, now: datetime) -> LearningPath:
    """Let partners open an entry; its path follows what the entry says now. Raises NotFound, Conflict
    (``resource_opens_nowhere``), NotPublishable."""
    entry = catalogue.get(session, resource_id)
    if entry.withdrawn_at is not None or entry.kind not in KINDS:
        raise Conflict("resource_opens_nowhere", title=entry.title)
    # The entry's row is held: a path or version made of it just now is seen below.
    session.get_one(Resource, resource_id, with_for_update={"key_share": True})
    path = _path(session, resource_id)
    if path is None:
        draft = paths.create_path(session, _document(entry, None), organisation_id=None, by=by, now=now)
        path = session.get_one(LearningPath, draft.path_id)
        path.of_resource_id = resource_id
        paths_publish.publish(session, draft.version_id, draft.revision, migrate=False, by=by, now=now)
    else:
        _follow(session, path, entry, by, now)
    path.archived = False
    record(session, now, by, "resource.offered", "resource", resource_id, title=entry.title)
    return path


def take_back(session: Session, resource_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Let nobody new open an entry from a partner's LMS; who began goes on. Raises NotFound."""
    path = _path(session, resource_id)
    if path is None:
        raise NotFound(resource=str(resource_id))
    path.archived = True
    record(session, now, by, "resource.taken_back", "resource", resource_id, title=path.title)


def _path(session: Session, resource_id: UUID) -> LearningPath | None:
    return session.scalars(select(LearningPath).where(LearningPath.of_resource_id == resource_id)).first()


def _follow(session: Session, path: LearningPath, entry: Entry, by: UUID | None, now: datetime) -> None:
    """A new version where the entry says something else than the last one."""
    last = session.scalars(
        select(PathVersion).where(PathVersion.path_id == path.id).order_by(PathVersion.number.desc()).limit(1)
    ).one()
    before = PathDocument.model_validate(last.document)
    document = _document(entry, before)
    if document == before:
        return
    version = paths.add_version(session, path.id, last.number + 1, document, by=by, now=now)
    paths_publish.publish(session, version.id, version.revision, migrate=True, by=by, now=now)


def _document(entry: Entry, before: PathDocument | None) -> PathDocument:
    """One module, one step, one way, one activity; the ids of the version before are kept."""
    activity = catalogue.activity_from(entry)
    module, step = Module(title=entry.title), Step(title=entry.title)
    variant = Variant()
    if before is not None:
        module = before.modules[0]
        step = module.steps[0]
        variant = step.variants[0]
        activity = activity.model_copy(update={"id": variant.activities[0].id})
    variant = variant.model_copy(update={"activities": (activity,)})
    changed = {
        "title": entry.title,
        "plain": entry.summary,
        "instructions": Instructions(do=entry.summary),
        "rule": _rule(entry),
        "variants": (variant,),
    }
    step = step.model_copy(update=changed)
    module = module.model_copy(update={"title": entry.title, "steps": (step,)})
    return PathDocument(title=entry.title, objectives=entry.summary, modules=(module,))


def _rule(entry: Entry) -> Rule:
    """Done by the surest evidence that the entry brings back; by a trainer's word where it brings none."""
    brought = {b.kind for b in entry.brings}
    kind, least = next(((kind, least) for kind, least in _DONE if kind in brought), (EvidenceKind.VALIDATED, None))
    return Rule(terms=(Condition(kind=kind, at_least=least),))
