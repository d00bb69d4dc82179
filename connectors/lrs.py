"""Another LRS: statements sent to it and read from it (xAPI 1.0.3 Part Three 2.1, IEEE 9274.1.1 7.3).

Not a platform connector (it has no courses and no roster): the hub's links to its neighbours use it. tincan's client
has no time-out and no address policy, so it serves tests and the demo, not this.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from connectors.errors import AddressRefused, ConnectorError, NotJson, Unreadable
from connectors.http import HttpClient
from connectors.secret import Secret
from content.xapi.errors import StatementError
from content.xapi.formats import instant
from content.xapi.multipart import Content, contents, join, split
from content.xapi.parse import load

PAGE_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Neighbour:
    """Where an LRS answers and how to enter. ``endpoint``: the address below which ``statements`` lies; ``version``:
    what is said in X-Experience-API-Version; ``key`` empty: ``secret`` is a bearer token, else Basic's password."""

    endpoint: str
    version: str
    key: str
    secret: Secret

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        if self.key:
            pair = base64.b64encode(f"{self.key}:{self.secret.reveal()}".encode()).decode()
            return {"Authorization": f"Basic {pair}", "X-Experience-API-Version": self.version}
        return {"Authorization": f"Bearer {self.secret.reveal()}", "X-Experience-API-Version": self.version}


@dataclass(frozen=True)
class StatementPage:
    """A page of statements in the order stored, and the address of the next one (empty: this was the last).
    ``consistent_through``: what was stored up to then can all be read (Part Three 2.1.4); None where it is not said."""

    statements: Sequence[dict[str, Any]]
    more: str
    consistent_through: datetime | None = None


class LrsClient:
    """Sends and reads statements. ``http`` brings limits and address policy; it should know the neighbour's secret."""

    def __init__(self, http: HttpClient, neighbour: Neighbour) -> None:
        self._http = http
        self._neighbour = neighbour
        self._statements = f"{neighbour.endpoint.rstrip('/')}/statements"

    def about(self) -> tuple[str, ...]:
        """The versions it speaks (About resource). Raises ConnectorError; Unreadable for no answer of an LRS."""
        answer = self._http.get_json(f"{self._neighbour.endpoint.rstrip('/')}/about", headers=self._neighbour.headers)
        versions = answer.get("version") if isinstance(answer, dict) else None
        if not isinstance(versions, list):
            raise Unreadable("no list of versions", where=self._neighbour.endpoint)
        return tuple(str(version) for version in versions)

    def send(self, texts: Sequence[str], contents: Sequence[Content] = ()) -> None:
        """Store statements, given as JSON texts with their ids, and the contents of their attachments: all or none.
        Sent twice, they are stored once, so this may be tried again. Raises ConnectorError; RemoteRejected where the
        LRS does not take them."""
        text = f"[{','.join(texts)}]"
        body, media_type = join(text, contents) if contents else (text.encode(), "application/json")
        headers = {**self._neighbour.headers, "Content-Type": media_type}
        self._http.request("POST", self._statements, headers=headers, body=body, idempotent=True)

    def read(self, since: datetime | None, more: str = "", limit: int = 200) -> StatementPage:
        """A page, the oldest first: those stored after ``since``, or the page that ``more`` names.

        Raises ConnectorError; AddressRefused for a ``more`` that leads to another host than the endpoint.
        """
        if more:
            url = urljoin(self._statements, more)
            if urlsplit(url)[:2] != urlsplit(self._statements)[:2]:
                raise AddressRefused("the next page lies on another host", where=self._neighbour.endpoint)
        else:
            asked = {"ascending": "true", "limit": str(limit)}
            asked |= {"since": since.isoformat()} if since is not None else {}
            url = f"{self._statements}?{urlencode(asked)}"
        answer = self._http.request("GET", url, headers=self._neighbour.headers, max_bytes=PAGE_BYTES)
        try:
            found: Any = load(answer.body)
        except StatementError:
            raise NotJson("no statements", where=answer.where, status=answer.status) from None
        statements = found.get("statements") if isinstance(found, dict) else None
        if not isinstance(statements, list) or not all(isinstance(one, dict) for one in statements):
            raise Unreadable("no list of statements", where=answer.where)
        following = found.get("more") or ""
        through = _instant(answer.header("X-Experience-API-Consistent-Through"))
        return StatementPage(statements, following if isinstance(following, str) else "", through)

    def contents(self, statement_id: str) -> dict[str, Content]:
        """The contents of a statement's attachments, by hash, each one verified. Raises ConnectorError; Unreadable for
        parts that are broken or have another hash."""
        asked = urlencode({"statementId": statement_id, "attachments": "true"})
        url = f"{self._statements}?{asked}"
        answer = self._http.request("GET", url, headers=self._neighbour.headers, max_bytes=PAGE_BYTES)
        told = Message()
        told["Content-Type"] = answer.header("Content-Type") or "application/json"
        if told.get_content_type() != "multipart/mixed":
            return {}  # it gives the statement alone: nothing comes along
        try:
            return contents(split(answer.body, str(told.get_param("boundary", "")))[1:])
        except StatementError:
            raise Unreadable("attachments that cannot be read", where=answer.where) from None


def _instant(text: str) -> datetime | None:
    try:
        return instant(text) if text else None
    except (ValueError, StatementError):
        return None


def refuses_content(fault: ConnectorError) -> bool:
    """Whether the LRS refused what was sent (400, 409, 413, 422), so that sending less may tell which statement."""
    return fault.status in (400, 409, 413, 422)
