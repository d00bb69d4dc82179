"""What a remote answered, and what its HTTP status means to us (RFC 9110 §15, RFC 6585 §4)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from connectors.errors import (
    NotJson,
    RateLimited,
    RemoteDown,
    RemoteRefused,
    RemoteRejected,
    RemoteSlow,
)

EXCERPT = 500


@dataclass(frozen=True)
class Answer:
    """An answer read to its end. ``where`` is host and path of the call; ``body`` is decoded (gzip undone)."""

    status: int
    where: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """Value of a header, whatever the case of its name; empty when absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")

    def json(self) -> Any:
        """The body as JSON in UTF-8 (RFC 8259). Raises :class:`NotJson` for anything else, NaN and Infinity
        included.
        """
        try:
            return json.loads(self.body.decode("utf-8-sig"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            kind = self.header("Content-Type").partition(";")[0].strip().lower() or "no content type"
            detail = f"{kind}, {len(self.body)} bytes"
            raise NotJson(detail, where=self.where, status=self.status) from None


def encode_json(value: Any) -> bytes:
    """``value`` as compact JSON in UTF-8; NaN and Infinity raise ``ValueError``."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def where(url: str) -> str:
    """Host, port and path of a URL: what may be shown of it."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def excerpt(body: bytes, hidden: Iterable[str]) -> str:
    """The beginning of an answer as text, each hidden string replaced by stars."""
    text = body.decode("utf-8", errors="replace")
    for secret in sorted({secret for secret in hidden if secret}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text[:EXCERPT]


def raise_for_status(answer: Answer, hidden: Iterable[str]) -> None:
    """Raise the error that a status of 400 and above stands for; do nothing below."""
    status = answer.status
    if status < 400:
        return
    wait = _retry_after(answer.header("Retry-After"))
    shown: dict[str, Any] = {
        "where": answer.where,
        "status": status,
        "excerpt": excerpt(answer.body, hidden),
        "retry_after": wait,
    }
    # Canvas throttles with 403 as well as 429; a plain refusal carries no Retry-After.
    if status == 429 or (status == 403 and wait is not None):
        raise RateLimited(**shown)
    if status in (401, 403):
        raise RemoteRefused(**shown)
    if status in (408, 504):
        raise RemoteSlow(**shown)
    if status >= 500 or status == 425:
        raise RemoteDown(**shown)
    raise RemoteRejected(**shown)


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from either form of the header (RFC 9110 §10.2.3); None when absent or unreadable."""
    if not value:
        return None
    try:
        return Retry().parse_retry_after(value)
    except (InvalidHeader, ValueError, OverflowError):
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
