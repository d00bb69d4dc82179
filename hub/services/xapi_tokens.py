"""Access tokens of OAuth 2.0 client credentials for the LRS (RFC 6749 section 4.4, RFC 6750).

A token is not kept: it names the source and what it may do until when, under a keyed hash that also covers the source's
secret. So a new secret or a closed source ends its tokens at once, and no table grows.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson
from sqlalchemy.orm import Session

from hub.db.vault import Vault
from hub.models.river import XapiSource
from hub.services.xapi_sources import by_key

LIFETIME: Final = timedelta(hours=1)
PURPOSE: Final = "xapi access token"
_MAC: Final = 32


@dataclass(frozen=True, slots=True)
class Grant:
    """A source and the scopes that a token carries; ``fault`` empty when it may enter."""

    source: XapiSource | None
    scopes: tuple[str, ...]
    fault: str


def issue(vault: Vault, tenant: str, row: XapiSource, scopes: Iterable[str], now: datetime) -> str:
    """A token for ``LIFETIME``; it opens nothing at another tenant."""
    body = orjson.dumps([row.key, int((now + LIFETIME).timestamp()), list(scopes)])
    return base64.urlsafe_b64encode(_mac(vault, tenant, row, body) + body).decode().rstrip("=")


def read(session: Session, vault: Vault, tenant: str, token: str, now: datetime) -> Grant:
    """Whom a token names, and what it may do: never more than the source may now."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        key, until, scopes = orjson.loads(raw[_MAC:])
        row = by_key(session, str(key))
    except (binascii.Error, ValueError, TypeError):
        return Grant(None, (), "token")
    if row is None or not hmac.compare_digest(raw[:_MAC], _mac(vault, tenant, row, raw[_MAC:])):
        return Grant(None, (), "token")
    if not row.active:
        return Grant(row, (), "inactive")
    if until < now.timestamp():
        return Grant(row, (), "expired")
    return Grant(row, narrowed(row.scopes, scopes), "")


def narrowed(own: Iterable[str], asked: Iterable[str]) -> tuple[str, ...]:
    """The scopes asked for that the source has; with ``all`` it has every one."""
    mine = set(own)
    return tuple(dict.fromkeys(scope for scope in asked if scope in mine or "all" in mine))


def _mac(vault: Vault, tenant: str, row: XapiSource, body: bytes) -> bytes:
    secret = (row.secret_hash or b"").hex()
    return vault.keyed_hash(PURPOSE, f"{tenant} {row.id} {secret} {body.decode('latin-1')}")
