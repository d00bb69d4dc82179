"""Keys of the hashes that came with a place from another installation (ADR 17).

Secrets that the hub only checks (of sources, cards, links, tokens) and the identities of erased people are kept as
keyed hashes, under keys of the installation: elsewhere they would fit nothing. A place that is taken elsewhere brings
the keys of those purposes along, sealed by the vault of where it is now, in its own database (so backups have them).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from hub.db.types import Json
from hub.db.vault import Vault

SETTING: Final = "hash_keys"
"""Name of the row of ``setting``."""
_TABLE: Final = table("setting", column("name"), column("value", Json))


def read(session: Session, vault: Vault) -> dict[str, bytes]:
    """By purpose; empty for a place that was made here. Raises VaultError where the vault does not open them."""
    value = session.scalar(select(_TABLE.c.value).where(_TABLE.c.name == SETTING))
    return {purpose: base64.b64decode(vault.open(sealed.encode())) for purpose, sealed in (value or {}).items()}


def sealed(vault: Vault, keys: Mapping[str, bytes]) -> dict[str, str]:
    """The value of the setting."""
    return {purpose: vault.seal(base64.b64encode(key).decode()).decode() for purpose, key in keys.items()}
