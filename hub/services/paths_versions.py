"""Versions of a path: their list and who is in them, their differences, and a document in and out as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.domain.path import Activity, PathDocument
from hub.domain.path_check import Change, differences
from hub.models.learning import Enrolment, LearningPath, PathVersion, Resource
from hub.models.person import Group, Organisation, Person
from hub.models.place import Place
from hub.services.errors import Invalid, NotFound
from hub.services.paths import load
from hub.services.paths_edit import changed, update_activity

FORMAT = "hub-path"
FORMAT_VERSION = 1
#: A path of hundreds of steps stays under this.
MAX_IMPORT_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the list. ``groups``: name -> how many of the ``people`` are in it, groupless ones left out."""

    id: UUID
    number: int
    state: str
    created_at: datetime
    published_at: datetime | None
    published_by: str
    people: int
    groups: dict[str, int]


class DocumentRefused(Invalid):
    """A file that is no path: ``where`` is the place of the fault in it, ``why`` its kind."""

    code = "path_document_refused"

    def __init__(self, why: str, where: str = "") -> None:
        super().__init__({"file": why}, where=where, why=why)
        self.where = where
        self.why = why


def list_versions(session: Session, path_id: UUID) -> list[VersionLine]:
    """Every version of a path, newest first, with the active people in each. Raises NotFound."""
    if session.get(LearningPath, path_id) is None:
        raise NotFound(kind="path", id=path_id)
    counts: dict[UUID, dict[str | None, int]] = {}
    query = (
        select(Enrolment.version_id, Group.name, func.count())
        .join(Group, Group.id == Enrolment.group_id, isouter=True)
        .where(Enrolment.path_id == path_id, Enrolment.state == "active")
        .group_by(Enrolment.version_id, Group.name)
    )
    for version_id, group, people in session.execute(query):
        counts.setdefault(version_id, {})[group] = people
    rows = session.execute(
        select(PathVersion, Person)
        .join(Person, Person.id == PathVersion.published_by, isouter=True)
        .where(PathVersion.path_id == path_id)
        .order_by(PathVersion.number.desc())
    )
    return [_version_line(version, person, counts.get(version.id, {})) for version, person in rows]


def _version_line(version: PathVersion, person: Person | None, groups: dict[str | None, int]) -> VersionLine:
    return VersionLine(
        version.id,
        version.number,
        version.state,
        version.created_at,
        version.published_at,
        person.name if person else "",
        sum(groups.values()),
        {name: people for name, people in sorted(groups.items(), key=lambda g: g[0] or "") if name},
    )


def compare(session: Session, old_id: UUID, new_id: UUID) -> list[Change]:
    """What changed between two versions of one path. Raises NotFound, also when they are of different paths."""
    old, new = load(session, old_id), load(session, new_id)
    if old.path_id != new.path_id:
        raise NotFound(kind="path_version", id=old_id)
    return differences(old.document, new.document)


def export_document(document: PathDocument) -> bytes:
    """The document as JSON that ``parse_document`` takes: UTF-8, indented, keys in the order of the model."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "path": document.model_dump(mode="json", exclude_defaults=False),
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def parse_document(data: bytes) -> PathDocument:
    """The document of an exported file. Raises DocumentRefused with the place of the first fault."""
    if len(data) > MAX_IMPORT_BYTES:
        raise DocumentRefused("too_large")
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DocumentRefused("not_json", f"{error.lineno}:{error.colno}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DocumentRefused("not_a_path")
    if content.get("version") != FORMAT_VERSION:
        raise DocumentRefused("other_version", "version")
    try:
        document = PathDocument.model_validate(content.get("path"))
    except ValidationError as error:
        first = error.errors()[0]
        raise DocumentRefused("does_not_fit", " > ".join(str(part) for part in first["loc"])) from None
    if not document.title.strip():
        raise DocumentRefused("does_not_fit", "title")
    return document


def fitted(session: Session, document: PathDocument) -> PathDocument:
    """The document without references to entries, organisations and places that are not here; IRIs stay."""
    known = {model: set(session.scalars(select(model.id))) for model in (Resource, Organisation, Place)}
    for step in document.steps():
        for activity in step.activities():
            fields = _unknown(activity, known[Resource], known[Organisation], known[Place])
            if fields:
                document = update_activity(document, step.id, activity.id, **fields)
    return document


def _unknown(activity: Activity, resources: set[UUID], organisations: set[UUID], places: set[UUID]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if activity.binding.resource_id and activity.binding.resource_id not in resources:
        fields["binding"] = changed(activity.binding, resource_id=None)
    if activity.organisation_id and activity.organisation_id not in organisations:
        fields["organisation_id"] = None
    if activity.needs.place_id and activity.needs.place_id not in places:
        fields["needs"] = changed(activity.needs, place_id=None)
    return fields
