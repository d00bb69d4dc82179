"""xAPI profiles: loaded from a file or an address, checked, listed, taken away; and the checkers made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Dialect, select
from sqlalchemy.orm import Session

from content.xapi.parse import load_own
from content.xapi.profiles import Checker, Profile, ProfileError, own, read
from hub.db.base import new_id
from hub.models.profiles import XapiProfile
from hub.models.river import Ledger, StatementKey, XapiSource
from hub.services.dictionaries import tenant_slot, upsert
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journal import record

#: Bytes of one document.
LARGEST: Final = 5_000_000
#: The id of the hub's own profile, which is always there.
OWN: Final = "hub"
_MOST_KEPT: Final = 50
_kept: WeakKeyDictionary[Dialect, dict[Any, tuple[Profile, ...]]] = WeakKeyDictionary()


def parse(data: bytes) -> Profile:
    """The profile of a document. Raises Invalid (``file``: ``too_large``, ``not_json``, or a code of ProfileError)."""
    if len(data) > LARGEST:
        raise Invalid({"file": "file_too_large"})
    try:
        return read(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise Invalid({"file": "not_json"}) from error
    except ProfileError as error:
        raise Invalid({"file": error.code}) from error


def add(session: Session, data: bytes, origin: str, *, by: UUID | None, now: datetime) -> XapiProfile:
    """Keep a profile; one of the same IRI is replaced and keeps its id. Raises Invalid."""
    found = parse(data)
    if found.id == own.PROFILE:
        raise Invalid({"file": "own_profile"})
    said = {
        "version": found.version,
        "name": found.name,
        "document": data.decode(),
        "counts": {kind: len(getattr(found, kind)) for kind in ("concepts", "templates", "patterns")},
        "notices": [[notice.code, notice.path] for notice in found.notices[:100]],
        "origin": origin[:300],
        "added_at": now,
        "added_by": by,
    }
    insert = upsert(session, XapiProfile).values(id=new_id(), iri=found.id, **said)
    insert = insert.on_conflict_do_update(index_elements=["iri"], set_=said).returning(XapiProfile)
    row: XapiProfile = session.scalars(insert, execution_options={"populate_existing": True}).one()
    record(session, now, by, "xapi_profile.loaded", "xapi_profile", row.id, name=row.name)
    return row


def listed(session: Session) -> Sequence[XapiProfile]:
    """The profiles that were loaded, by name."""
    return session.scalars(select(XapiProfile).order_by(XapiProfile.name, XapiProfile.id)).all()


def find(session: Session, profile_id: UUID) -> XapiProfile:
    """One of them. Raises NotFound."""
    row = session.get(XapiProfile, profile_id)
    if row is None:
        raise NotFound(profile=str(profile_id))
    return row


def remove(session: Session, profile_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Take a profile away. Raises NotFound, Conflict (``profile_used``) while a source is checked by it."""
    row = find(session, profile_id)
    rows = session.scalars(select(XapiSource).where(XapiSource.profile_mode != ""))
    if any(str(row.id) in (source.profiles or ()) for source in rows):
        raise Conflict("profile_used")
    session.delete(row)
    record(session, now, by, "xapi_profile.removed", "xapi_profile", row.id, name=row.name)


def compiled(session: Session, ids: Iterable[str]) -> tuple[Profile, ...]:
    """The profiles of these ids (``OWN`` among them), parsed once a process; those that are gone are left out."""
    wanted = sorted(set(ids))
    keys = [UUID(one) for one in wanted if one != OWN]
    query = select(XapiProfile.id, XapiProfile.added_at).where(XapiProfile.id.in_(keys)).order_by(XapiProfile.id)
    states = [(row.id, row.added_at) for row in session.execute(query)] if keys else []
    dialect, slot = tenant_slot(session)
    kept = _kept.setdefault(dialect, {})
    place = (slot, OWN in wanted, tuple(states))
    if place not in kept:
        rows = select(XapiProfile.document).where(XapiProfile.id.in_(keys)).order_by(XapiProfile.id)
        found = [parse(text.encode()) for text in session.scalars(rows)] if keys else []
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[place] = (*found, read(own.document())) if OWN in wanted else tuple(found)
    return kept[place]


def checker(session: Session, ids: Iterable[str]) -> Checker:
    """What checks statements by these profiles."""
    return Checker(compiled(session, ids))


def known(session: Session, batch: Iterable[Mapping[str, Any]] = ()) -> Callable[[str], Mapping[str, Any] | None]:
    """Statements by their id, of a batch that is not stored yet or of the ledger, for as long as the unit is open."""
    found: dict[str, Any] = {one["id"].lower(): one for one in batch if "id" in one}

    def of(statement_id: str) -> Mapping[str, Any] | None:
        if statement_id not in found:
            query = select(Ledger.text).join(StatementKey, StatementKey.seq == Ledger.seq)
            text = session.scalar(query.where(StatementKey.statement_id == statement_id))
            found[statement_id] = load_own(text) if text is not None else None
        kept: Mapping[str, Any] | None = found[statement_id]
        return kept

    return of
