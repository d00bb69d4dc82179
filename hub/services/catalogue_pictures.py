"""The picture of a card: checked and stored outside the unit, named in it."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from hub.db.blobs import BlobStore
from hub.domain.picture import MOST_BYTES, BadPicture, read
from hub.services.catalogue import find_row
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record


def store(blobs: BlobStore, source: BinaryIO) -> str:
    """Check a picture and keep its bytes; gives the SHA-256. Raises Invalid (``picture``: a code of BadPicture)."""
    try:
        found = read(source.read(MOST_BYTES + 1))
    except BadPicture as error:
        raise Invalid({"picture": error.code}) from None
    return blobs.put([found.data], MOST_BYTES).sha256


def put(session: Session, resource_id: UUID, sha256: str, text: str, *, by: UUID, now: datetime) -> None:
    """Give a resource its picture and what it shows, in words (empty where it only decorates); an empty ``sha256``
    takes it away. Raises NotFound."""
    row = find_row(session, resource_id)
    row.picture, row.picture_text = sha256, text.strip() if sha256 else ""
    record(session, now, by, "resource.pictured", "resource", resource_id, picture=bool(sha256))


def of(session: Session, resource_id: UUID) -> str:
    """The SHA-256 of a resource's picture. Raises NotFound, also where it has none."""
    row = find_row(session, resource_id)
    if not row.picture:
        raise NotFound(kind="picture", id=str(resource_id))
    return row.picture


def held(session: Session, resource_id: UUID) -> tuple[str, str]:
    """SHA-256 (empty: none) and text of a resource's picture. Raises NotFound."""
    row = find_row(session, resource_id)
    return row.picture, row.picture_text
