"""The ``more`` link: where the next page begins, opaque to clients and signed, so that nobody writes one of their own.

It holds keys, not texts, and is bound to the credential that was given it: another source's is refused.
"""

import base64
import binascii
import hmac
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from hub.db.vault import Vault
from hub.services.xapi_query import Plan

_PURPOSE: Final = "xapi more"
_MAC_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a ``more`` link stands for: the plan of the next page, and the form in which statements are wanted."""

    plan: Plan
    format: str
    attachments: bool


def write(found: Continuation, vault: Vault, tenant: str, source_id: UUID) -> str:
    """The token of a continuation."""
    body = orjson.dumps([asdict(found.plan), found.format, found.attachments])
    return base64.urlsafe_b64encode(_mac(body, vault, tenant, source_id) + body).decode().rstrip("=")


def read(token: str, vault: Vault, tenant: str, source_id: UUID) -> Continuation | None:
    """The continuation of a token; None if the hub did not write it for this source."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(body, vault, tenant, source_id)):
        return None
    plan: dict[str, Any]
    plan, form, attachments = orjson.loads(body)
    return Continuation(Plan(**plan), form, attachments)


def _mac(body: bytes, vault: Vault, tenant: str, source_id: UUID) -> bytes:
    return vault.keyed_hash(_PURPOSE, f"{tenant} {source_id} {body.decode('latin-1')}")[:_MAC_BYTES]
