"""What is owed to others: e-mails, scores, notices. A row says what to say; the bytes are made when it is sent.

``services.jobs`` has what both queues share (``lines``, ``resend``, ``cancel`` with the model ``Delivery``).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from hub.db.types import vault_of
from hub.models.platforms import Delivery
from hub.services.errors import Invalid
from hub.services.jobs import DEFAULT_ATTEMPTS, DONE, WAITING, UnknownWork, put
from hub.services.settings import get_setting, set_setting

MAIL = "mail"
Security = Literal["tls", "starttls", "none"]


def owe(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    person_id: UUID | None = None,
    lane: str = "default",
    unique_key: str | None = None,
    due_at: datetime | None = None,
    max_attempts: int = DEFAULT_ATTEMPTS,
) -> UUID:
    """Put a delivery down in the caller's unit of work; gives its id. See ``services.jobs.enqueue`` for the rest.

    With a ``unique_key`` the latest payload wins; put down again while it is being sent, it is sent once more.
    """
    now = datetime.now(UTC)
    values: dict[str, Any] = {"kind": kind, "payload": dict(payload), "lane": lane, "unique_key": unique_key}
    values |= {"due_at": due_at or now, "person_id": person_id, "max_attempts": max_attempts}
    return put(session, Delivery, {**values, "created_at": now, "answer": ""})


def email(session: Session, to: str, subject: str, text: str, *, person_id: UUID | None = None) -> UUID:
    """Owe an e-mail of plain text. Where the place has no mail server it waits, with a text to send by hand."""
    return owe(session, "email", {"to": to, "subject": subject, "text": text}, person_id=person_id)


def sent_by_hand(session: Session, delivery_id: UUID, *, now: datetime) -> bool:
    """A waiting delivery was sent by somebody; False when it was not waiting. Raises UnknownWork."""
    row = session.get(Delivery, delivery_id, with_for_update=True)
    if row is None:
        raise UnknownWork(str(delivery_id))
    if row.state != WAITING:
        return False
    row.state, row.ended_at = DONE, now
    return True


@dataclass(frozen=True, slots=True)
class MailServer:
    """How the place sends e-mail. ``sender`` is the address in From; ``password`` shows in no repr."""

    host: str
    port: int
    sender: str
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)


def mail_server(session: Session) -> MailServer | None:
    """The place's mail server, None where there is none. Raises VaultError when its password cannot be opened."""
    value = get_setting(session, MAIL)
    if not value.get("host"):
        return None
    return MailServer(**{**value, "password": open_sealed(session, value.get("password", ""))})


def set_mail_server(session: Session, server: MailServer | None) -> None:
    """Set the mail server, its password sealed; None takes it away. Raises Invalid."""
    if server is None:
        set_setting(session, MAIL, {})
        return
    wrong = {
        "host": not server.host.strip(),
        "port": not 0 < server.port < 65536,
        "sender": "@" not in server.sender or any(c in server.sender for c in "\r\n"),
        "security": server.security not in ("tls", "starttls", "none"),
    }
    if any(wrong.values()):
        raise Invalid({name: "invalid" for name, bad in wrong.items() if bad})
    value = {"host": server.host.strip(), "port": server.port, "sender": server.sender, "security": server.security}
    set_setting(session, MAIL, {**value, "user": server.user, "password": seal(session, server.password)})


def seal(session: Session, text: str) -> str:
    """A secret as a setting keeps it, empty for none."""
    return base64.b64encode(vault_of(session).seal(text)).decode() if text else ""


def open_sealed(session: Session, sealed: str) -> str:
    """The secret that `seal` was given. Raises VaultError."""
    return vault_of(session).open(base64.b64decode(sealed)) if sealed else ""
