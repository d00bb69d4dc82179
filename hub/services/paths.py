"""Paths and their versions as rows: create, list, load (DESIGN section 4).

Drafts are edited in ``paths_draft`` by the pure operations of ``paths_edit``, published in ``paths_publish``; the
list of versions and their differences are in ``paths_versions``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.db.types import new_id
from hub.domain.path import PathDocument
from hub.models.learning import Enrolment, LearningPath, PathVersion
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record


@dataclass(frozen=True, slots=True)
class Draft:
    """A version as read: ``document`` is its content, ``revision`` what ``edit`` must be given back."""

    path_id: UUID
    version_id: UUID
    number: int
    state: str
    revision: int
    document: PathDocument
    changed_at: datetime
    published_at: datetime | None

    @property
    def editable(self) -> bool:
        """Whether it may still change."""
        return self.state == "draft"


@dataclass(frozen=True, slots=True)
class PathLine:
    """A path in the list: the numbers of its versions, how many people follow it."""

    id: UUID
    title: str
    archived: bool
    published: int | None
    draft: int | None
    steps: int
    modalities: tuple[str, ...]
    minutes: int
    people: int
    changed_at: datetime


def create_path(
    session: Session, document: PathDocument, *, by: UUID | None, now: datetime, organisation_id: UUID | None = None
) -> Draft:
    """A path and its first draft. Raises Invalid without a title."""
    title = title_of(document)
    path = LearningPath(id=new_id(), title=title, organisation_id=organisation_id, created_at=now)
    session.add(path)
    session.flush()
    version = add_version(session, path.id, 1, document, by=by, now=now)
    record(session, now, by, "path.created", "learning_path", path.id, title=title)
    return as_draft(version)


def list_paths(session: Session, *, archived: bool = False) -> list[PathLine]:
    """Every path with its newest version's figures, by title; archived ones only when asked."""
    counted = select(Enrolment.path_id, func.count()).where(Enrolment.state == "active").group_by(Enrolment.path_id)
    people = dict(session.execute(counted).all())
    versions: dict[UUID, list[PathVersion]] = {}
    for version in session.scalars(select(PathVersion).order_by(PathVersion.number)):
        versions.setdefault(version.path_id, []).append(version)
    paths = session.scalars(
        select(LearningPath).where(LearningPath.archived.is_(archived), LearningPath.of_resource_id.is_(None))
    )
    lines = [_line(path, versions[path.id], people.get(path.id, 0)) for path in paths]
    return sorted(lines, key=lambda line: (line.title.casefold(), line.id))


def _line(path: LearningPath, versions: list[PathVersion], people: int) -> PathLine:
    newest = as_draft(versions[-1])
    steps = list(newest.document.steps())
    return PathLine(
        id=path.id,
        title=newest.document.title,
        archived=path.archived,
        published=max((v.number for v in versions if v.state == "published"), default=None),
        draft=next((v.number for v in versions if v.state == "draft"), None),
        steps=len(steps),
        modalities=tuple(sorted(m.value for m in newest.document.modalities())),
        minutes=sum(step.variants[0].minutes for step in steps if step.variants),
        people=people,
        changed_at=versions[-1].changed_at,
    )


def load(session: Session, version_id: UUID) -> Draft:
    """A version with its document. Raises NotFound."""
    return as_draft(find_version(session, version_id))


def newest(session: Session, path_id: UUID) -> Draft:
    """The draft of a path, else its newest version. Raises NotFound."""
    query = select(PathVersion).where(PathVersion.path_id == path_id).order_by(PathVersion.number.desc()).limit(1)
    version = session.scalars(query).first()
    if version is None:
        raise NotFound(kind="path", id=path_id)
    return as_draft(version)


def archive(session: Session, path_id: UUID, *, archived: bool, by: UUID | None, now: datetime) -> None:
    """Take a path off the lists, or back onto them. Who follows it goes on. Raises NotFound."""
    path = session.get(LearningPath, path_id)
    if path is None:
        raise NotFound(kind="path", id=path_id)
    path.archived = archived
    record(session, now, by, "path.archived" if archived else "path.restored", "learning_path", path_id)


def find_version(session: Session, version_id: UUID) -> PathVersion:
    """The row of a version. Raises NotFound."""
    version = session.get(PathVersion, version_id)
    if version is None:
        raise NotFound(kind="path_version", id=version_id)
    return version


def add_version(
    session: Session, path_id: UUID, number: int, document: PathDocument, *, by: UUID | None, now: datetime
) -> PathVersion:
    """A draft's row; the caller has seen to it that the path has no other."""
    version = PathVersion(
        id=new_id(),
        path_id=path_id,
        number=number,
        state="draft",
        document=document.model_dump(mode="json"),
        revision=1,
        created_at=now,
        changed_at=now,
        changed_by=by,
    )
    session.add(version)
    session.flush()
    return version


def as_draft(version: PathVersion) -> Draft:
    """What callers see of a version's row."""
    return Draft(
        version.path_id,
        version.id,
        version.number,
        version.state,
        version.revision,
        PathDocument.model_validate(version.document),
        version.changed_at,
        version.published_at,
    )


def title_of(document: PathDocument) -> str:
    """The title without blanks around it. Raises Invalid when there is none."""
    title = document.title.strip()
    if not title:
        raise Invalid({"title": "missing"})
    return title
