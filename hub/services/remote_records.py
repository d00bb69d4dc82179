"""``remote_record``: what was last read of each record of a platform, so that an unchanged one writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from hub.models.platforms import Platform, RemoteRecord
from hub.services.dictionaries import CHUNK, upsert

ACCOUNT = "account:"
NEGOTIATION = "negotiation"
ALIAS = "file_alias"
"""What else names an account, by a keyed hash: value ``id`` of the account, ``name`` in plain words."""
COURSE, MODULE, USER, ENROLMENT, PERSON_READ = "course", "module", "user", "enrolment", "person_read"


@dataclass(frozen=True, slots=True)
class Known:
    """A record as last read."""

    key: str
    hash: bytes
    revision: int
    value: Mapping[str, Any]


def digest(value: Mapping[str, Any]) -> bytes:
    """SHA-256 of a JSON object; equal objects have equal digests."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()


def load(session: Session, platform_id: UUID, kind: str, keys: Iterable[str]) -> dict[str, Known]:
    """The records of these keys that are known."""
    wanted, found = sorted(set(keys)), {}
    for start in range(0, len(wanted), CHUNK):
        query = _columns(platform_id, kind).where(RemoteRecord.key.in_(wanted[start : start + CHUNK]))
        found.update({row.key: Known(*row) for row in session.execute(query)})
    return found


def after(session: Session, platform_id: UUID, kind: str, key: str, limit: int) -> list[Known]:
    """Up to ``limit`` records of a kind whose keys follow ``key``, in the order of the keys."""
    query = _columns(platform_id, kind).where(RemoteRecord.key > key).order_by(RemoteRecord.key).limit(limit)
    return [Known(*row) for row in session.execute(query)]


def every(session: Session, platform_id: UUID, kind: str) -> Iterator[Known]:
    """All records of a kind, in the order of their keys."""
    key = ""
    while found := after(session, platform_id, kind, key, 1000):
        yield from found
        key = found[-1].key


def below(session: Session, platform_id: UUID, kind: str, prefix: str) -> Iterator[Known]:
    """All records of a kind whose keys begin with ``prefix``, in the order of their keys."""
    key = prefix
    while found := after(session, platform_id, kind, key, 1000):
        for it in found:
            if not it.key.startswith(prefix):
                return
            yield it
        key = found[-1].key


def count(session: Session, platform_id: UUID, kinds: Iterable[str]) -> int:
    """How many records of these kinds there are."""
    query = select(func.count()).select_from(RemoteRecord)
    query = query.where(RemoteRecord.platform_id == platform_id, RemoteRecord.kind.in_(list(kinds)))
    return session.scalar(query) or 0


def save(session: Session, platform_id: UUID, kind: str, changed: Iterable[Known], now: datetime) -> None:
    """Write records, in the order of their keys."""
    rows = [
        {
            "platform_id": platform_id,
            "kind": kind,
            "key": it.key,
            "hash": it.hash,
            "revision": it.revision,
            "value": dict(it.value),
            "seen_at": now,
        }
        for it in sorted(changed, key=lambda it: it.key)
    ]
    if not rows:
        return
    insert = upsert(session, RemoteRecord.__table__)
    new = {name: insert.excluded[name] for name in ("hash", "revision", "value", "seen_at")}
    session.execute(insert.on_conflict_do_update(index_elements=["platform_id", "kind", "key"], set_=new), rows)


def forget(session: Session, platform_id: UUID, kind: str, keys: Iterable[str]) -> None:
    """Remove records."""
    gone = sorted(set(keys))
    for start in range(0, len(gone), CHUNK):
        some = RemoteRecord.key.in_(gone[start : start + CHUNK])
        mine = (RemoteRecord.platform_id == platform_id, RemoteRecord.kind == kind)
        session.execute(delete(RemoteRecord).where(*mine, some).execution_options(synchronize_session=False))


def forget_kind(session: Session, platform_id: UUID, kind: str) -> None:
    """Remove all records of a kind."""
    mine = (RemoteRecord.platform_id == platform_id, RemoteRecord.kind == kind)
    session.execute(delete(RemoteRecord).where(*mine).execution_options(synchronize_session=False))


def forget_identities(session: Session, ifis: Iterable[str], now: datetime) -> int:
    """Empty what was read of the people behind these identities (canonical texts); gives how many records.

    For the erasure of a person. The record stays, empty, so that nothing is asked about them any more.
    """
    names = {tuple(name.removeprefix(ACCOUNT).split("|", 1)) for name in ifis if name.startswith(ACCOUNT)}
    done = 0
    for platform in session.scalars(select(Platform)):
        home = platform.account_home or platform.base_url
        mine = [it for it in every(session, platform.id, USER) if (home, it.value.get("username")) in names]
        save(session, platform.id, USER, [Known(it.key, digest({}), it.revision + 1, {}) for it in mine], now)
        theirs = {it.key for it in mine}
        aliases = [it.key for it in every(session, platform.id, ALIAS) if it.value.get("id") in theirs] if mine else []
        forget(session, platform.id, ALIAS, aliases)
        done += len(mine)
    return done


def forget_id(session: Session, platform_id: UUID, kinds: Iterable[str], old: str, *, last: bool = False) -> int:
    """Forget the records of these kinds whose key has ``old`` (of ``key_of``) first (or ``last``); gives how many.

    For an id that means something else now: what is read under it later is told anew.
    """
    fits = RemoteRecord.key.endswith(f":{old}", autoescape=True) if last else (
        RemoteRecord.key.startswith(f"{old}:", autoescape=True)
    )  # fmt: skip
    mine = (RemoteRecord.platform_id == platform_id, RemoteRecord.kind.in_(list(kinds)), fits)
    gone = session.scalar(select(func.count()).select_from(RemoteRecord).where(*mine)) or 0
    session.execute(delete(RemoteRecord).where(*mine).execution_options(synchronize_session=False))
    return gone


def changes(known: Mapping[str, Known], values: Mapping[str, Mapping[str, Any]]) -> list[Known]:
    """Those of ``values`` (by key) that differ from what is known, each with its next revision."""
    found = []
    for key, value in values.items():
        before, hash_ = known.get(key), digest(value)
        if before is None or before.hash != hash_:
            found.append(Known(key, hash_, (before.revision if before else 0) + 1, value))
    return found


def _columns(platform_id: UUID, kind: str) -> Any:
    columns = (RemoteRecord.key, RemoteRecord.hash, RemoteRecord.revision, RemoteRecord.value)
    return select(*columns).where(RemoteRecord.platform_id == platform_id, RemoteRecord.kind == kind)
