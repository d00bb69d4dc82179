"""What a backup says of itself, and which backups a store holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from hub.db.errors import SnapshotError
from hub.db.stores import Store
from hub.services.fingerprint import Fingerprint

FORMAT: Final = 1
MANIFEST, DATA, ERASURES = "manifest.json", "data.zip", "erasures.json"
_STAMP: Final = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup of one tenant. ``keys``: fingerprints of the keys that open its secrets. ``files``: SHA-256 of the
    stored files that belong to it; ``sha256`` and ``size`` are those of the database's copy."""

    tenant: str
    stamp: str
    name: str
    hosts: tuple[str, ...]
    hub_version: str
    made_at: datetime
    revision: str | None
    dialect: str
    keys: tuple[str, ...]
    sha256: str
    size: int
    fingerprint: Fingerprint
    files: tuple[str, ...]
    verified_at: datetime | None = None

    def dump(self) -> bytes:
        """As bytes of a JSON file."""
        return orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_INDENT_2) + b"\n"


def parse(content: bytes) -> Manifest:
    """Raises SnapshotError for a file that is no manifest of this format."""
    try:
        read: dict[str, Any] = orjson.loads(content)
        if read.pop("format") != FORMAT:
            raise SnapshotError("this backup has another format: restore it with the hub that made it")
        read["fingerprint"] = Fingerprint.from_json(read["fingerprint"])
        for name in ("hosts", "keys", "files"):
            read[name] = tuple(str(one) for one in read[name])
        read["made_at"] = datetime.fromisoformat(read["made_at"])
        read["verified_at"] = read["verified_at"] and datetime.fromisoformat(read["verified_at"])
        return Manifest(**read)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError("the manifest of the backup is damaged") from error


def stamp_of(instant: datetime) -> str:
    """The name of a backup made at ``instant``."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def moment(stamp: str) -> datetime:
    """The instant of a stamp, UTC."""
    return datetime.strptime(stamp.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def stamps(store: Store, tenant: str) -> Sequence[str]:
    """Every backup of a tenant that is whole, the oldest first."""
    return [stamp for stamp, names in parts(store, tenant).items() if f"{tenant}/{stamp}/{MANIFEST}" in names]


def parts(store: Store, tenant: str) -> dict[str, list[str]]:
    """The files of each backup of a tenant by its stamp, interrupted ones included."""
    found: dict[str, list[str]] = {}
    for name in store.names(f"{tenant}/"):
        stamp = name.split("/")[1]
        if _STAMP.fullmatch(stamp):
            found.setdefault(stamp, []).append(name)
    return dict(sorted(found.items()))


def read(store: Store, tenant: str, stamp: str) -> Manifest:
    """Raises StoreError where there is none, SnapshotError."""
    with store.open(f"{tenant}/{stamp}/{MANIFEST}") as file:
        return parse(file.read())


def tenants_in(store: Store) -> list[str]:
    """Keys of the tenants that the store has anything of."""
    return sorted({name.partition("/")[0] for name in store.names() if "/" in name})
