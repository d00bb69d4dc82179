"""Signed messages to another program, as the Standard Webhooks specification 1.0 says.

A receiver needs no more than a secret: it computes HMAC-SHA256 over ``id.timestamp.body`` and compares with what
``webhook-signature`` says (``v1,`` and base64). ``webhook-id`` is the same at every try of the same message.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connectors.answers import encode_json
from connectors.http import HttpClient
from connectors.secret import Secret

PREFIX: Final = "whsec_"
STORED, ERASED, PING = "statements.stored", "person.erased", "ping"
_MESSAGES: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://hub.tiers-lieu.example/webhook")


def new_secret() -> str:
    """A secret in the form of the specification: a prefix, then 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(message_id: str, timestamp: int, body: bytes, secret: str) -> dict[str, str]:
    """The headers of one message; ``timestamp`` in seconds since 1970 UTC. A secret without the prefix signs as its own
    letters."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(_key(secret), content, hashlib.sha256)).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX)) if secret.startswith(PREFIX) else secret.encode()
    except binascii.Error:
        return secret.encode()


@dataclass(frozen=True, slots=True)
class Kept:
    """The content of an attachment that the hub keeps: id of its statement, hash as that names it, media type."""

    statement: str
    sha2: str
    content_type: str

    def told(self) -> dict[str, str]:
        """The content as a message has it."""
        return {"statement": self.statement, "sha2": self.sha2, "contentType": self.content_type}


class Receiver:
    """Another program that is told of statements. ``clock`` gives seconds since 1970 UTC."""

    def __init__(self, http: HttpClient, url: str, secret: Secret, clock: Callable[[], float] = time.time) -> None:
        self._http, self._url, self._secret, self._clock = http, url, secret, clock

    def send(self, texts: Sequence[str], kept: Sequence[Kept] = ()) -> None:
        """Tell of statements, given as JSON texts, in one message: ``{"type", "timestamp", "data": {"statements"}}``.
        ``kept`` adds ``attachments`` to the data: the message stays small, who may read statements asks the hub for
        contents. Sent twice, the message has the same id. Raises ConnectorError."""
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        also = f',"attachments":{encode_json([one.told() for one in kept]).decode()}' if kept else ""
        self._post(STORED, f'{{"statements":[{",".join(texts)}]{also}}}', str(uuid.uuid5(_MESSAGES, digest)))

    def erased(self, ids: Sequence[str], message_id: str) -> None:
        """Tell that the person whom the statements of these ids speak of was erased; nobody is named. Raises
        ConnectorError."""
        listed = ",".join(f'"{one}"' for one in ids)
        self._post(ERASED, f'{{"statements":[{listed}]}}', message_id)

    def ping(self) -> None:
        """A message that tells nothing, to see whether it arrives. Raises ConnectorError."""
        self._post(PING, "{}", str(uuid.uuid4()))

    def _post(self, kind: str, data: str, message_id: str) -> None:
        now = int(self._clock())
        said = f'{{"type":"{kind}","timestamp":"{datetime.fromtimestamp(now, UTC).isoformat()}","data":{data}}}'
        headers = signed(message_id, now, said.encode(), self._secret.reveal())
        self._http.request("POST", self._url, headers=headers, body=said.encode(), idempotent=True)
