"""Credentials of those who send statements: a key, a secret shown once, scopes, and what was last accepted or refused.

The secret is 256 random bits, so it is kept as a keyed hash and compared in constant time: no password hashing per
request. Scopes are those of xAPI 1.0.3 Part Three 4.2 that the hub grants.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, bindparam, inspect, select, update
from sqlalchemy.orm import Session, object_session

from hub.db.base import new_id
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase, after_commit
from hub.db.vault import Vault
from hub.models.platforms import Platform
from hub.models.river import XapiSource
from hub.services import source_days
from hub.services.driver_sql import Sentence
from hub.services.errors import Invalid, NotFound
from hub.services.journal import record
from hub.services.source import Source

Scope = Literal[
    "statements/write",
    "statements/read/mine",
    "statements/read",
    "state",
    "define",
    "profile",
    "all/read",
    "all",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
PURPOSE: Final = "xapi source secret"
LONGEST_NAME: Final = 120
MOST_KNOWN: Final = 10_000
#: The notes of the last request are for people: one a second for a source is enough, and costs no writer more.
NOTE_EVERY: Final = timedelta(seconds=1)
_FOR_PEOPLE: Final = ("last_repair", "last_refusal")

Fault = Literal["", "unknown", "wrong_secret", "inactive"]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a source is treated: its faults repaired (``lenient``), its authorities believed (``keeps_authority``), at
    most so many requests a minute and bytes of one body (None: as for everyone)."""

    lenient: bool = False
    keeps_authority: bool = False
    per_minute: int | None = None
    largest_body: int | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """The answer to a key and a secret: ``source`` is the row that the key names, ``fault`` empty when it may enter."""

    source: XapiSource | None
    fault: Fault


def create_source(
    session: Session,
    vault: Vault,
    name: str,
    scopes: Iterable[str],
    platform_id: UUID | None,
    now: datetime,
    *,
    terms: Terms | None = None,
    by: UUID | None = None,
) -> tuple[XapiSource, str]:
    """A new credential and its secret (43 characters), which nothing gives a second time. Raises Invalid."""
    fields = _checked(session, name, scopes, platform_id, terms or Terms())
    secret = secrets.token_urlsafe(32)
    row = XapiSource(
        id=new_id(), key=f"src-{secrets.token_hex(8)}", secret_hash=vault.keyed_hash(PURPOSE, secret), **fields
    )
    session.add(row)
    session.flush()
    record(session, now, by, "xapi_source.created", "xapi_source", row.id, name=row.name, scopes=list(row.scopes))
    return row, secret


def change(
    session: Session,
    source_id: UUID,
    name: str,
    scopes: Iterable[str],
    platform_id: UUID | None,
    now: datetime,
    *,
    terms: Terms | None = None,
    by: UUID | None,
) -> XapiSource:
    """Name, scopes, platform and, if given, terms; key and secret stay. Raises NotFound, Invalid."""
    row = find(session, source_id)
    for column, value in _checked(session, name, scopes, platform_id, terms).items():
        setattr(row, column, value)
    forget(session)
    record(session, now, by, "xapi_source.changed", "xapi_source", row.id, name=row.name, scopes=list(row.scopes))
    return row


def rotate(
    session: Session, vault: Vault, source_id: UUID, now: datetime, *, by: UUID | None
) -> tuple[XapiSource, str]:
    """A new secret; the old one opens nothing from the commit on. Raises NotFound."""
    row = find(session, source_id)
    secret = secrets.token_urlsafe(32)
    row.secret_hash = vault.keyed_hash(PURPOSE, secret)
    forget(session)
    record(session, now, by, "xapi_source.rotated", "xapi_source", row.id, name=row.name)
    return row, secret


def set_active(session: Session, source_id: UUID, now: datetime, *, active: bool, by: UUID | None) -> XapiSource:
    """Close a credential, or open it again; what it sent stays. Raises NotFound."""
    row = find(session, source_id)
    row.active = active
    forget(session)
    act = "xapi_source.activated" if active else "xapi_source.deactivated"
    record(session, now, by, act, "xapi_source", row.id, name=row.name)
    return row


def all_sources(session: Session) -> Sequence[tuple[XapiSource, str]]:
    """Every credential with the name of its platform (or the empty text), by name."""
    query = select(XapiSource, Platform.name).outerjoin(Platform, Platform.id == XapiSource.platform_id)
    rows = session.execute(query.order_by(XapiSource.name, XapiSource.id)).all()
    return [(source, platform or "") for source, platform in rows]


def platform_names(session: Session) -> list[tuple[UUID, str]]:
    """The platforms a credential can be tied to, by name."""
    return [(row.id, row.name) for row in session.execute(select(Platform.id, Platform.name).order_by(Platform.name))]


def find(session: Session, source_id: UUID) -> XapiSource:
    """One credential. Raises NotFound."""
    row = session.get(XapiSource, source_id)
    if row is None:
        raise NotFound(xapi_source=str(source_id))
    return row


_OF_A_REQUEST: Final = [column for column in inspect(XapiSource).columns if column.key not in _FOR_PEOPLE]
_BY_KEY: Final = Sentence(lambda: select(*_OF_A_REQUEST).where(XapiSource.key == bindparam("key")))


def by_key(session: Session, key: str) -> XapiSource | None:
    """The source that a key names, for one request: of no session, and without what only its page shows."""
    found = _BY_KEY.first(session, key=key) if "\x00" not in key else None
    return XapiSource(**found._asdict()) if found is not None else None


def authenticate(session: Session, vault: Vault, key: str, secret: str) -> Credential:
    """Whom a key and a secret name. Takes as long for an unknown key as for a wrong secret."""
    given = vault.keyed_hash(PURPOSE, secret)
    row = by_key(session, key)
    same = hmac.compare_digest(given, row.secret_hash if row is not None and row.secret_hash else bytes(32))
    if row is None:
        return Credential(None, "unknown")
    if not same or not row.secret_hash:
        return Credential(row, "wrong_secret")
    return Credential(row, "" if row.active else "inactive")


def prove(tenant: TenantDatabase, vault: Vault, key: str, secret: str) -> Credential:
    """Whom a key and a secret name: as this process remembers it, else as the database has it."""
    known = recall(tenant, key, secret)
    if known is not None:
        return Credential(known, "")
    remembered = _remembered(tenant)  # as it is before the look: where a change is made meanwhile, nobody looks there
    with tenant.read() as session:
        found = authenticate(session, vault, key, secret)
    if found.source is not None and not found.fault:
        remember(tenant, found.source, secret, remembered)
    return found


Remembered = dict[tuple[Any, str], tuple[float, bytes, XapiSource]]
_known: WeakKeyDictionary[Dialect, Remembered] = WeakKeyDictionary()


def _remembered(tenant: TenantDatabase) -> Remembered:
    return _known.setdefault(tenant.engine.dialect, {})


def recall(tenant: TenantDatabase, key: str, secret: str) -> XapiSource | None:
    """The open credential that this key and secret named less than a second ago in this process; no query, 3 µs.

    A change made here is seen at once, one of another process within that second.
    """
    found = _known.get(tenant.engine.dialect, {}).get((tenant.schema, key))
    if found is None or found[0] < time.monotonic():
        return None
    return found[2] if hmac.compare_digest(_hashed(secret), found[1]) else None


def remember(tenant: TenantDatabase, row: XapiSource, secret: str, into: Remembered | None = None) -> None:
    """Let ``recall`` know a credential that was just proved. ``row`` is detached from its session."""
    until = time.monotonic() + NOTE_EVERY.total_seconds()
    of_engine = _remembered(tenant) if into is None else into
    if len(of_engine) > MOST_KNOWN:
        of_engine.clear()
    of_engine[tenant.schema, row.key] = (until, _hashed(secret), row)


def _hashed(secret: str) -> bytes:
    """A secret as this process alone remembers it. BLAKE2 keeps Python's lock over so short a text; each HMAC gives it
    away, and waits for it among the threads that work."""
    return hashlib.blake2b(secret.encode(), key=_OWN_KEY).digest()


_OWN_KEY: Final = secrets.token_bytes(32)


def forget(session: Session) -> None:
    """Have this process look credentials up anew once the unit has committed."""
    dialect = session.get_bind().dialect
    after_commit(session, lambda: _known.pop(dialect, None))


def allows(scopes: Iterable[str], *wanted: Scope) -> bool:
    """Whether one of the scopes ``wanted`` is among ``scopes``, or one that holds it."""
    own = set(scopes)
    if "all" in own or not own.isdisjoint(wanted):
        return True
    return "all/read" in own and any("read" in scope for scope in wanted)


def sender(row: XapiSource, scopes: Iterable[str] | None = None) -> Source:
    """The credential as the ledger takes it: an outside sender, whose series and revisions are not believed."""
    defines = allows(row.scopes if scopes is None else scopes, "define")
    return Source(row.name, row.id, keeps_authority=row.keeps_authority, defines=defines)


_SCOPES: Final = Sentence(lambda: select(XapiSource.id, XapiSource.scopes).order_by(XapiSource.id))


def definers(session: Session) -> list[UUID]:
    """The sources whose definitions of activities count (scope ``define``)."""
    return [row.id for row in _SCOPES.rows(session) if allows(row.scopes, "define")]


def note_repairs(session: Session, source_id: UUID, repairs: Mapping[str, int], path: str, now: datetime) -> None:
    """Add to the log of what was repaired for a source: totals by fault, the latest instant and place."""
    row = session.get_one(XapiSource, source_id, with_for_update=True)
    totals = dict((row.last_repair or {}).get("totals", {}))
    for what, count in repairs.items():
        totals[str(what)] = totals.get(str(what), 0) + count
    row.last_repair = {"totals": totals, "at": to_micros(now), "path": path[:500].replace("\x00", "")}


def note_accepted(session: Session, row: XapiSource, now: datetime) -> None:
    """Keep when something was last accepted, in the unit that accepts it; at most once a second."""
    if _due(row.last_accepted_at, now):
        session.execute(update(XapiSource).where(XapiSource.id == row.id).values(last_accepted_at=to_micros(now)))
        if object_session(row) is None:
            row.last_accepted_at = to_micros(now)  # remembered: not noted again within the second


def refusal_due(row: XapiSource, now: datetime) -> bool:
    """Whether a refusal of this instant is worth a unit of work: one a second for each source."""
    return _due(row.last_refused_at, now)


def note_refused(session: Session, row: XapiSource, refusal: dict[str, Any], now: datetime) -> None:
    """Keep why something was last refused: ``status``, ``code``, ``path``, ``requirement``, ``reason``, ``request``.

    None of them holds a value that was sent, which may be personal data.
    """
    values = {"last_refused_at": to_micros(now), "last_refusal": refusal}
    session.execute(update(XapiSource).where(XapiSource.id == row.id).values(**values))
    source_days.count(session, row.id, to_micros(now), refusals=1)
    if object_session(row) is None:
        row.last_refused_at = to_micros(now)


def _due(last: int | None, now: datetime) -> bool:
    return last is None or to_micros(now - NOTE_EVERY) >= last


def _checked(
    session: Session, name: str, scopes: Iterable[str], platform_id: UUID | None, terms: Terms | None
) -> dict[str, Any]:
    faults: dict[str, str] = {}
    name, wanted = name.strip(), set(scopes)
    if not name:
        faults["name"] = "required"
    elif len(name) > LONGEST_NAME:
        faults["name"] = "too_long"
    if not wanted:
        faults["scopes"] = "required"
    elif wanted - set(SCOPES):
        faults["scopes"] = "unknown"
    if platform_id is not None and session.get(Platform, platform_id) is None:
        faults["platform"] = "unknown"
    for limit in ("per_minute", "largest_body"):
        value = getattr(terms, limit, None)
        if value is not None and not 0 < value < 2**31:
            faults[limit] = "range"
    if faults:
        raise Invalid(faults)
    fields = {"name": name, "scopes": [scope for scope in SCOPES if scope in wanted], "platform_id": platform_id}
    return fields | (asdict(terms) if terms is not None else {})
