"""A collection of this place for other places of the installation: what they get, and nothing else of the place.

Sharing gives a code, the key of the place and a random token, to be handed to the other place. Whoever has it reads the
titles, texts and addresses of the collection's web resources as they now are; taking it back ends that at once. What
opens only here (LTI links, packages, courses of this place's platforms) is not sent.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.types import vault_of
from hub.domain.path import BindingKind
from hub.domain.roles import Viewer
from hub.models.learning import Collection, Resource
from hub.services.admin_scope import require_place
from hub.services.errors import NotFound
from hub.services.journal import record
from hub.services.settings import get_setting, set_setting

SETTING: Final = "shared_collections"
"""Collection id -> keyed hash of the token, hexadecimal."""
PURPOSE: Final = "shared collection"
SENT_KINDS: Final = (BindingKind.WEB.value, BindingKind.ACTIVITY.value)
SENT: Final = (
    "kind", "title", "summary", "iri", "url", "language", "modality", "minutes", "megabytes", "phone", "brings",
    "licence", "keywords", "skills", "codes", "equipment",
)  # fmt: skip
"""Columns of a resource that another place gets."""


@dataclass(frozen=True, slots=True)
class SharedLine:
    """A collection that may be shared. ``sent`` and ``kept`` count what other places get and what they do not."""

    id: UUID
    title: str
    is_shared: bool
    sent: int
    kept: int


@dataclass(frozen=True, slots=True)
class SharedResource:
    """A resource as another place gets it: ``values`` by the names of ``SENT``."""

    id: UUID
    digest: bytes
    values: dict[str, Any]


def listed(session: Session) -> list[SharedLine]:
    """The collections that everybody of the place sees, by title."""
    shared = get_setting(session, SETTING)
    rows = session.scalars(select(Collection).where(Collection.shared.is_(True)).order_by(Collection.title))
    found = []
    for row in rows:
        present = _resources(session, row)
        sent = sum(one.kind in SENT_KINDS for one in present)
        found.append(SharedLine(row.id, row.title, str(row.id) in shared, sent, len(present) - sent))
    return found


def share(session: Session, viewer: Viewer, place_key: str, collection_id: UUID, now: datetime) -> str:
    """Share a collection; gives its code, kept nowhere. Sharing anew makes the earlier code void. Raises Forbidden,
    NotFound for a collection that not everybody of the place sees."""
    require_place(viewer)
    row = session.get(Collection, collection_id)
    if row is None or not row.shared:
        raise NotFound(kind="collection", id=str(collection_id))
    token = secrets.token_urlsafe(24)
    digest = vault_of(session).keyed_hash(PURPOSE, token).hex()
    set_setting(session, SETTING, {**get_setting(session, SETTING), str(collection_id): digest})
    record(session, now, viewer.person_id, "collection.shared_out", "collection", collection_id, title=row.title)
    return f"{place_key}:{token}"


def take_back(session: Session, viewer: Viewer, collection_id: UUID, now: datetime) -> None:
    """Share it no more: the others' entries are withdrawn at their next reading. Raises Forbidden."""
    require_place(viewer)
    left = {key: value for key, value in get_setting(session, SETTING).items() if key != str(collection_id)}
    set_setting(session, SETTING, left)
    record(session, now, viewer.person_id, "collection.taken_back", "collection", collection_id)


def given(session: Session, token: str) -> tuple[str, Sequence[SharedResource]] | None:
    """Title and resources of the collection of a token, as they now are; None for a token that opens nothing."""
    digest = vault_of(session).keyed_hash(PURPOSE, token).hex()
    key = next(
        (key for key, value in get_setting(session, SETTING).items() if secrets.compare_digest(value, digest)), ""
    )
    row = session.get(Collection, UUID(key)) if key else None
    if row is None or not row.shared:
        return None
    found = []
    for one in _resources(session, row):
        if one.kind in SENT_KINDS:
            values = {name: getattr(one, name) for name in SENT}
            line = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
            found.append(SharedResource(one.id, hashlib.sha256(line).digest(), values))
    return row.title, found


def _resources(session: Session, row: Collection) -> list[Resource]:
    keys = [UUID(one) for one in row.items]
    query = select(Resource).where(Resource.id.in_(keys), Resource.withdrawn_at.is_(None))
    return list(session.scalars(query))
