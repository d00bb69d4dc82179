"""What proves to the content host who opens what. Signed by the installation's key, short-lived, of one purpose each.

- a *ticket* goes from the hub's page to the content host in the body of a form, and opens one session, once;
- a *files key* stands in the path of a package's files, so that relative links work without cookies; it reads the files
  of one package for one attempt and nothing else;
- a *commit token* writes into one session; it never stands in an address.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.db.vault import Vault

TICKET_SECONDS: Final = 600
COMMIT_SECONDS: Final = 4 * 3600
FILES_SECONDS: Final = 12 * 3600
"""A files key lives one to two of these: within one of them it stays the same, and the browser keeps what it has."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """``hub``: the host name of the hub that shows the content in a frame; ``around``: the origin of a partner's
    platform that shows the hub in a frame, else empty; ``attempt`` None: a preview, which leaves no trace."""

    tenant: str
    hub: str
    around: str
    package: UUID
    attempt: UUID | None
    person: UUID
    nonce: str
    language: str


@dataclass(frozen=True, slots=True)
class FilesKey:
    """See the module; ``subject`` tells attempts (or, in a preview, persons) apart."""

    tenant: str
    hub: str
    around: str
    package: UUID
    subject: UUID


@dataclass(frozen=True, slots=True)
class CommitToken:
    """See the module."""

    tenant: str
    hub: str
    session: UUID


def label_of(vault: Vault, tenant: str, resource_id: UUID) -> str:
    """The host label of a package: 32 hexadecimal digits that cannot be guessed, the same for all its versions."""
    return vault.keyed_hash("content host", f"{tenant}/{resource_id}")[:16].hex()


def ticket(vault: Vault, given: Ticket, now: datetime) -> str:
    """The text of a ticket."""
    parts = [given.tenant, given.hub, given.around, str(given.package), str(given.attempt or ""), str(given.person)]
    return _sign(vault, "play ticket", [*parts, given.nonce, given.language], now, TICKET_SECONDS)


def read_ticket(vault: Vault, text: str, now: datetime) -> Ticket | None:
    """The ticket; None for one that is not ours or too old."""
    found = _open(vault, "play ticket", text, now, 8)
    if found is None:
        return None
    tenant, hub, around, package, attempt, person, nonce, language = found
    tried = UUID(attempt) if attempt else None
    return Ticket(tenant, hub, around, UUID(package), tried, UUID(person), nonce, language)


def files_key(vault: Vault, given: FilesKey, now: datetime) -> str:
    """The text of a files key."""
    until = (int(now.timestamp()) // FILES_SECONDS + 2) * FILES_SECONDS
    parts = [given.tenant, given.hub, given.around, given.package.hex, given.subject.hex]
    return _sign(vault, "play files", parts, now, until - int(now.timestamp()))


def read_files_key(vault: Vault, text: str, now: datetime) -> FilesKey | None:
    """The key; None for one that is not ours or too old."""
    found = _open(vault, "play files", text, now, 5)
    return FilesKey(found[0], found[1], found[2], UUID(found[3]), UUID(found[4])) if found else None


def commit_token(vault: Vault, given: CommitToken, now: datetime) -> str:
    """The text of a commit token."""
    return _sign(vault, "play commit", [given.tenant, given.hub, str(given.session)], now, COMMIT_SECONDS)


def read_commit_token(vault: Vault, text: str, now: datetime) -> CommitToken | None:
    """The token; None for one that is not ours or too old."""
    found = _open(vault, "play commit", text, now, 3)
    return CommitToken(found[0], found[1], UUID(found[2])) if found else None


def _sign(vault: Vault, purpose: str, parts: list[str], now: datetime, seconds: int) -> str:
    body = _text(json.dumps([int(now.timestamp()) + seconds, *parts], separators=(",", ":")).encode())
    return f"{body}.{_text(vault.keyed_hash(purpose, body)[:18])}"


def _open(vault: Vault, purpose: str, text: str, now: datetime, count: int) -> list[str] | None:
    body, _dot, mac = text.partition(".")
    expected = _text(vault.keyed_hash(purpose, body)[:18])
    if not hmac.compare_digest(mac.encode(), expected.encode()):
        return None
    until, *parts = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return parts if until > now.timestamp() and len(parts) == count else None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def as_json(value: Any) -> str:
    """JSON that may stand inside a ``script`` element: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").replace("\u2028", "\\u2028")
