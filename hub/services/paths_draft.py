"""Editing a draft under an optimistic lock, and undoing it.

``edit`` applies one operation of ``paths_edit`` to the document as it stands, if ``revision`` is still the one the
designer saw; the journal keeps what changed and the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.path import PathDocument
from hub.domain.path_check import differences
from hub.models.learning import LearningPath, PathVersion
from hub.models.person import JournalEntry, Person
from hub.services.errors import Conflict, NotFound
from hub.services.journal import record
from hub.services.paths import Draft, as_draft, title_of
from hub.services.paths_edit import Operation
from hub.services.paths_history import Reversal, brought_back, reversal, undone

EDITED = "path.edited"
SUBJECT = "path_version"
#: How many characters of a changed text the journal keeps.
EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a draft, from the journal. ``changes``: ``{title, what, old, new}``; ``removal``: it took parts
    out."""

    id: UUID
    at: datetime
    by: str
    label: str
    revision: int
    changes: Sequence[dict[str, Any]]
    removal: bool


class DraftChanged(Conflict):
    """Somebody changed the draft since the designer read it. ``edits`` says what, oldest first; nothing was written."""

    code = "path_draft_changed"

    def __init__(self, revision: int, edits: list[Edit]) -> None:
        super().__init__(revision=revision)
        self.revision = revision
        self.edits = edits


class NotADraft(Conflict):
    """A published or retired version does not change: a new draft does."""

    code = "path_version_frozen"


class NothingToUndo(Conflict):
    """The edit is not there, or others have built upon it."""

    code = "path_nothing_to_undo"


def edit(
    session: Session,
    version_id: UUID,
    revision: int,
    operation: Operation,
    *,
    label: str,
    by: UUID | None,
    now: datetime,
) -> Draft:
    """Apply ``operation`` to the draft and keep how to undo it. ``label``: a stable code of what was done.

    Raises DraftChanged when ``revision`` is not the draft's any more, NotADraft, Invalid without a title, and what the
    operation raises. An operation that changes nothing writes nothing.
    """
    version = locked(session, version_id)
    if version.revision != revision:
        raise DraftChanged(version.revision, edits_since(session, version_id, revision))
    before = PathDocument.model_validate(version.document)
    after = operation(before)
    if after == before:
        return as_draft(version)
    _store(session, version, before, after, label, by, now)
    return as_draft(version)


def undo(session: Session, version_id: UUID, edit_id: UUID, *, by: UUID | None, now: datetime) -> Draft:
    """Take back the latest edit whole; of an earlier one, bring back what it removed and keep all that came since.

    Raises NotADraft, or NothingToUndo when the edit is not of this draft, or an earlier one that removed nothing.
    """
    version = locked(session, version_id)
    entry = session.get(JournalEntry, edit_id)
    if entry is None or entry.act != EDITED or entry.subject_id != str(version_id):
        raise NothingToUndo()
    way_back = Reversal.model_validate(entry.details["reversal"])
    current = PathDocument.model_validate(version.document)
    latest = entry.details["revision"] == version.revision
    after = undone(current, way_back) if latest else brought_back(current, way_back)
    if after == current:
        raise NothingToUndo()
    _store(session, version, current, after, "undone", by, now)
    return as_draft(version)


def edits_since(session: Session, version_id: UUID, revision: int) -> list[Edit]:
    """The edits that led from ``revision`` to the draft as it stands, oldest first."""
    query = (
        select(JournalEntry, Person)
        .join(Person, Person.id == JournalEntry.actor_id, isouter=True)
        .where(JournalEntry.subject_id == str(version_id), JournalEntry.act == EDITED)
        .order_by(JournalEntry.id)
    )
    found = [_edit(entry, person) for entry, person in session.execute(query)]
    return [edit for edit in found if edit.revision > revision]


def last_edit(session: Session, version_id: UUID) -> Edit | None:
    """The latest edit of the draft, which ``undo`` takes back whole."""
    query = (
        select(JournalEntry, Person)
        .join(Person, Person.id == JournalEntry.actor_id, isouter=True)
        .where(JournalEntry.subject_id == str(version_id), JournalEntry.act == EDITED)
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return _edit(*row) if row else None


def locked(session: Session, version_id: UUID) -> PathVersion:
    """The draft's row, locked to the end of the unit, so that designers take turns on PostgreSQL too.

    Raises NotFound, NotADraft.
    """
    version = session.get(PathVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFound(kind="path_version", id=version_id)
    if version.state != "draft":
        raise NotADraft(number=version.number)
    return version


def _store(
    session: Session,
    version: PathVersion,
    before: PathDocument,
    after: PathDocument,
    label: str,
    by: UUID | None,
    now: datetime,
) -> None:
    title = title_of(after)
    version.document = after.model_dump(mode="json")
    version.revision += 1
    version.changed_at, version.changed_by = now, by
    path = session.get(LearningPath, version.path_id)
    if path is not None and version.number == 1:
        path.title = title
    details = {
        "label": label,
        "revision": version.revision,
        "changes": _changes(before, after),
        "reversal": reversal(before, after).model_dump(mode="json"),
    }
    record(session, now, by, EDITED, SUBJECT, version.id, **details)
    session.flush()


def _changes(before: PathDocument, after: PathDocument) -> list[dict[str, Any]]:
    found = [
        {"title": c.title, "what": c.what, "old": _excerpt(c.old), "new": _excerpt(c.new), "step": str(c.step_id)}
        for c in differences(before, after)
    ]
    outline = [(m.id, m.title, m.need) for m in before.modules] != [(m.id, m.title, m.need) for m in after.modules]
    if outline:
        found.append({"title": after.title, "what": "modules"})
    if before.title != after.title or before.objectives != after.objectives:
        old, new = _excerpt(before.title), _excerpt(after.title)
        found.append({"title": after.title, "what": "header", "old": old, "new": new})
    return found


def _excerpt(value: Any) -> str | int | float | bool | None:
    """Plain values as they are, texts cut; a part of the document is only named, its words are the caller's."""
    if isinstance(value, str):
        return value[:EXCERPT]
    return value if value is None or isinstance(value, int | float) else None


def _edit(entry: JournalEntry, person: Person | None) -> Edit:
    details = entry.details
    return Edit(
        entry.id,
        entry.at,
        person.name if person else "",
        str(details["label"]),
        int(details["revision"]),
        details["changes"],
        bool(details["reversal"]["removed"]),
    )
