"""Who was erased, kept beside the backups: a restore applies it again, so that nobody comes back (DESIGN section 3).

The log names persons by the hub's own id and identities by their keyed hash: nothing in it says who they were. It only
grows, also over restores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub.db.directory import Installation
from hub.db.errors import DatabaseError, SnapshotError
from hub.db.stores import FolderStore, Store
from hub.db.uow import TenantDatabase
from hub.models.person import Person
from hub.models.river import Agent, Erasure
from hub.services import erasure
from hub.services.backup.manifest import ERASURES
from hub.services.jobs import Unleased

Log = dict[str, dict[str, Any]]
_EMPTY: Log = {"persons": {}, "identities": {}}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay took: persons, identities of nobody, statements rewritten."""

    persons: int = 0
    identities: int = 0
    statements: int = 0


def local_store(installation: Installation) -> Store:
    """The copy of the log on the disk of the data: what a restore of yesterday's backup reads when the disk lives."""
    return FolderStore(installation.config.data / "erasures")


def publish(installation: Installation, key: str, stores: Sequence[Store]) -> Log:
    """Add what the tenant's database knows to the log on this disk and in ``stores``. Raises StoreError."""
    tenant = installation.unchecked(key)
    with tenant.read() as session:
        own = _read(session)
    everywhere = (local_store(installation), *stores)
    log = merged([own, *(load(where, key) for where in everywhere)])
    for where in everywhere:
        if load(where, key) != log:
            where.put_bytes(_name(key), orjson.dumps(log, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    return log


def load(store: Store, key: str) -> Log:
    """The log that a store holds, empty where it holds none. Raises SnapshotError for a damaged one."""
    if _name(key) not in set(store.names(_name(key))):
        return _EMPTY
    with store.open(_name(key)) as file:
        try:
            read = orjson.loads(file.read())
            return {"persons": dict(read["persons"]), "identities": dict(read["identities"])}
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise SnapshotError(f"{store.shown}: the log of erasures of {key} is damaged") from error


def known(installation: Installation, key: str, stores: Iterable[Store]) -> Log:
    """The log as far as anybody knows it: this disk, the stores, and the database that a restore will replace."""
    logs = [load(local_store(installation), key), *(load(store, key) for store in stores)]
    # Gone or damaged: that is why somebody restores.
    with suppress(DatabaseError, SQLAlchemyError), installation.unchecked(key).read() as session:
        logs.append(_read(session))
    return merged(logs)


def merged(logs: Iterable[Log]) -> Log:
    """One log of several."""
    result: Log = {"persons": {}, "identities": {}}
    for log in logs:
        for kind, entries in result.items():
            entries.update({name: value for name, value in log[kind].items() if name not in entries})
    return result


def replay(tenant: TenantDatabase, log: Log) -> Replayed:
    """Erase again whoever the log names and this database does not know as erased. One unit a person."""
    persons = identities = statements = 0
    for text, at in sorted(log["persons"].items()):
        with tenant.write() as session:
            person = session.get(Person, UUID(text))
            if person is None or person.erased_at is not None:
                continue
            report = erasure.erase(session, person.id, None, datetime.fromisoformat(at).astimezone(UTC))
            agents = list(session.scalars(select(Agent.id).where(Agent.person_id == person.id)))
        erasure.rewrite_rest(agents, 0, Unleased(tenant))  # nothing is left for later: nobody must see it in between
        persons, statements = persons + 1, statements + report.statements
    for digest, entry in sorted(log["identities"].items()):
        with tenant.write() as session:
            new = session.get(Erasure, bytes.fromhex(digest)) is None
            taken = erasure.erase_identity(
                session, bytes.fromhex(digest), str(entry["pseudonym"]), int(entry["at"]), None
            )
            identities, statements = identities + new, statements + taken
    return Replayed(persons, identities, statements)


def _read(session: Session) -> Log:
    people = session.execute(select(Person.id, Person.erased_at).where(Person.erased_at.is_not(None)))
    rows = session.execute(select(Erasure.ifi_hash, Erasure.pseudonym, Erasure.at))
    return {
        "persons": {str(key): at.isoformat() for key, at in people if at is not None},
        "identities": {bytes(row.ifi_hash).hex(): {"pseudonym": row.pseudonym, "at": row.at} for row in rows},
    }


def _name(key: str) -> str:
    return f"{key}/{ERASURES}"
