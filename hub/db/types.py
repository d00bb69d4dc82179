"""Column types whose promise is the same on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine
from uuid6 import uuid7

from hub.db.errors import VaultError

if TYPE_CHECKING:
    from hub.db.vault import Vault

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

BigKey = BigInteger().with_variant(Integer(), "sqlite")
"""Integer key of the river: 64 bits on both, and on SQLite the rowid itself."""


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 section 5.7) made by the application; ids of one process grow with time."""
    return UUID(int=uuid7().int)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z, exact. Raises ValueError for a naive datetime."""
    if instant.utcoffset() is None:
        raise ValueError("a naive datetime is no instant: give it a time zone")
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC datetime of ``micros`` microseconds since 1970-01-01T00:00:00Z, exact."""
    return EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[datetime]):
    """A point in time, aware, always given back in UTC. A naive datetime is refused with ValueError.

    PostgreSQL: ``timestamptz``. SQLite: integer microseconds since 1970 UTC, so that order and precision hold.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        micros = to_micros(value)
        return micros if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return from_micros(value) if isinstance(value, int) else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON through orjson: ``jsonb`` on PostgreSQL, text on SQLite. None is SQL NULL.

    The value is not watched: assign a new object to change it. Integers beyond 64 bits are refused (TypeError);
    what must keep its very bytes (a statement) belongs in a text column.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else JSONB(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return dump_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return orjson.loads(value) if value is not None and dialect.name == "sqlite" else value


def dump_json(value: Any) -> str:
    """JSON text of ``value`` (also given to PostgreSQL's dialect)."""
    return orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that no repr, log or error shows; ``reveal()`` where it is used."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __str__(self) -> str:
        return "Secret()"


HASH_KEYS = "hub.hash_keys"
"""Where a session keeps the keys of hashes that came with its place."""
_vaults: WeakKeyDictionary[Dialect, Vault] = WeakKeyDictionary()


def use_vault(dialect: Dialect, vault: Vault) -> None:
    """Seal and open the Sealed columns of this dialect's engine with ``vault`` (one engine, one dialect, one vault)."""
    _vaults[dialect] = vault


def vault_of(session: Any) -> Vault:
    """The vault of the place that a session's database is. Raises VaultError where there is none."""
    return Sealed._vault(session.get_bind().dialect).hashing_with(session.info.get(HASH_KEYS, {}))


class Sealed(TypeDecorator[Secret]):
    """A Secret encrypted at rest with the installation's vault (Fernet). A bare str is taken too; a Secret comes back.

    Equal texts give different bytes, so the column cannot be searched: keep ``vault.keyed_hash`` beside it for that.
    Raises VaultError when the engine has no vault or no key of it opens the value.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Secret | str | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return self._vault(dialect).seal(value.reveal() if isinstance(value, Secret) else value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Secret | None:
        return None if value is None else Secret(self._vault(dialect).open(bytes(value)))

    @staticmethod
    def _vault(dialect: Dialect) -> Vault:
        vault = _vaults.get(dialect)
        if vault is None:
            raise VaultError("this engine has no vault: open the database through hub.db.directory.Installation")
        return vault
