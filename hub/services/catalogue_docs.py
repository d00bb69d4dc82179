"""Rows of the catalogue as its index holds them: words, facets, stamp (ADR 19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.catalogue_index import Doc
from hub.domain.catalogue_text import band, licence_family
from hub.models.learning import Resource
from hub.models.packages import Package
from hub.services.code_lists import label, labels

_COLUMNS: Final = (
    Resource.id, Resource.kind, Resource.title, Resource.summary, Resource.platform_id, Resource.language,
    Resource.modality, Resource.minutes, Resource.phone, Resource.brings, Resource.custom, Resource.licence,
    Resource.keywords, Resource.skills, Resource.codes, Resource.equipment, Resource.stamp,
    Resource.withdrawn_at.is_not(None).label("gone"),
)  # fmt: skip


def heads(session: Session) -> list[tuple[str, bytes, bool]]:
    """(title, id, gone) of every resource."""
    rows = session.execute(select(Resource.title, Resource.id, Resource.withdrawn_at.is_not(None)))
    return [(title, key.bytes, gone) for title, key, gone in rows]


def everything(session: Session) -> Iterator[Doc]:
    """Every resource, one after the other."""
    after: UUID | None = None
    reader = reader_of(session)
    while found := reader(session, after, 1000):
        yield from found
        after = UUID(bytes=found[-1].key)


def reader_of(session: Session) -> Callable[[Session, UUID | None, int], list[Doc]]:
    """What reads resources by id in pieces, each in a unit of its own where the caller wants: (unit, the last id, how
    many). Labels of codes and which packages are single files are read once, here."""
    single = set(session.scalars(select(Package.resource_id).where(Package.format == "file")))
    named = labels(session)

    def read(unit: Session, after: UUID | None, most: int) -> list[Doc]:
        query = select(*_COLUMNS).order_by(Resource.id).limit(most)
        rows = unit.execute(query.where(Resource.id > after) if after else query).all()
        return [_doc(row, row.id in single, named) for row in rows]

    return read


def newest(session: Session, before: UUID | None) -> Iterator[Doc]:
    """Resources from the newest, from the one that follows ``before``, read as they are asked for."""
    while True:
        query = select(Resource.id).order_by(Resource.id.desc()).limit(300)
        keys = session.scalars(query.where(Resource.id < before) if before else query).all()
        if not keys:
            return
        docs = {doc.key: doc for doc in some(session, keys)}
        yield from (docs[key.bytes] for key in keys)
        before = keys[-1]


def some(session: Session, keys: Sequence[UUID]) -> list[Doc]:
    """These resources."""
    files = select(Package.resource_id).where(Package.format == "file", Package.resource_id.in_(keys))
    single = set(session.scalars(files))
    rows = session.execute(select(*_COLUMNS).where(Resource.id.in_(keys))).all()
    named = label(session, {code for row in rows for code in row.codes})
    return [_doc(row, row.id in single, named) for row in rows]


def _doc(row: Any, is_file: bool, named: dict[str, str]) -> Doc:
    parts = [row.summary, *row.keywords, *row.skills]
    for code in row.codes:
        parts.append(f"{code.partition(':')[2]} {named.get(code, '')}")
    return Doc(row.id.bytes, row.title, "\n".join(parts), _facets(row, is_file), bool(row.gone), row.stamp)


def _facets(row: Any, is_file: bool) -> tuple[tuple[str, str], ...]:
    found = [("kind", row.kind), ("origin", _origin(row, is_file)), ("modality", row.modality), ("phone", row.phone)]
    found += [("language", row.language), ("duration", band(row.minutes)), ("licence", licence_family(row.licence))]
    found.append(("platform", str(row.platform_id or "")))
    found += [("brings", one) for one in {str(b["kind"]) for b in row.brings}]
    found += [("skill", one) for one in row.skills]
    found += [("equipment", one) for one in row.equipment]
    found += [(one.partition(":")[0], one.partition(":")[2]) for one in row.codes]
    return tuple((facet, value) for facet, value in found if value)


def _origin(row: Any, is_file: bool) -> str:
    """Where a resource comes from: ``package``, ``file``, ``remote``, ``lti``, ``harvest``, ``own``."""
    if row.kind == "package":
        return "file" if is_file else "package"
    if row.kind in ("remote_course", "remote_module"):
        return "remote"
    if row.kind == "lti_link":
        return "lti"
    return "harvest" if (row.custom or {}).get("source") else "own"
