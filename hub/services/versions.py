"""Published documents, parsed once: a published version never changes, so its parsed form may be kept by the
process."""

from __future__ import annotations

from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.domain.path import PathDocument
from hub.models.learning import PathVersion
from hub.services.errors import NotFound

_frozen: dict[UUID, PathDocument] = {}
_KEEP = 256


def document(session: Session, version_id: UUID) -> PathDocument:
    """The document of a version. Ids are unique over all tenants (UUIDv7). Raises NotFound."""
    known = _frozen.get(version_id)
    if known is not None:
        return known
    row = session.execute(select(PathVersion.document, PathVersion.state).where(PathVersion.id == version_id)).first()
    if row is None:
        raise NotFound(version=str(version_id))
    parsed = PathDocument.model_validate_json(orjson.dumps(row.document))
    if row.state != "draft":
        if len(_frozen) >= _KEEP:
            _frozen.clear()
        _frozen[version_id] = parsed
    return parsed
