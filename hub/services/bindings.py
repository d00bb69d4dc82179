"""Binding rows: which activity speaks of which step of a published version. Derived from the document, never edited."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from hub.domain.path import PathDocument
from hub.domain.progress import activity_iris, step_iri
from hub.models.river import BindingRow
from hub.services.dictionaries import activity_ids


def write_bindings(session: Session, version_id: UUID, document: PathDocument) -> int:
    """Write the rows of a version: every IRI of every activity, and each step's own. Returns how many."""
    rows: dict[tuple[str, UUID], dict[str, Any]] = {}
    names: dict[str, str] = {}
    for step in document.steps():
        rows[step_iri(step.id), step.id] = {"step_id": step.id, "variant_id": None, "resource_id": None}
        names[step_iri(step.id)] = step.title
        for variant in step.variants:
            for activity in variant.activities:
                for iri in activity_iris(activity):
                    resource = activity.binding.resource_id
                    rows.setdefault(
                        (iri, step.id), {"step_id": step.id, "variant_id": variant.id, "resource_id": resource}
                    )
                    names.setdefault(iri, activity.title)
    keys = activity_ids(session, {iri for iri, _ in rows}, names)
    session.execute(delete(BindingRow).where(BindingRow.version_id == version_id))
    table: Any = BindingRow.__table__
    if rows:
        session.execute(
            insert(table),
            [{"activity_id": keys[iri], "version_id": version_id, **row} for (iri, _), row in sorted(rows.items())],
        )
    return len(rows)
