"""A client of the LRS for benches: HTTP/1.1 over one kept connection, in so few steps that on a machine of two cores it
is the server that is measured."""

from __future__ import annotations

import base64
import re
import socket
import time
from collections.abc import Iterator
from subprocess import Popen
from typing import Any, Final
from urllib.parse import urlencode

import orjson

START_SECONDS: Final = 60
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


class Client:
    """One sender on one kept connection."""

    def __init__(self, port: int, key: str, secret: str) -> None:
        """Connects."""
        token = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._headers = f"Host: localhost\r\nAuthorization: Basic {token}\r\nX-Experience-API-Version: 1.0.3\r\n"
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, body: bytes) -> int:
        """The status of a POST of statements."""
        head = f"POST /xapi/statements HTTP/1.1\r\n{self._headers}Content-Type: application/json\r\n"
        return self._ask(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)[0]

    def get(self, **query: str) -> dict[str, Any]:
        """A page of statements."""
        return self.follow(f"/xapi/statements?{urlencode(query)}")

    def follow(self, address: str) -> dict[str, Any]:
        """The page at an address, as ``more`` gives it. Raises RuntimeError on another status than 200."""
        status, content = self._ask(f"GET {address} HTTP/1.1\r\n{self._headers}\r\n".encode())
        if status != 200:
            raise RuntimeError(f"status {status}")
        page: dict[str, Any] = orjson.loads(content)
        return page

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and content of the answer. Raises RuntimeError for an answer without its length or cut off."""
        self._socket.sendall(request)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._more()
        head, _, content = head.partition(b"\r\n\r\n")
        found = _LENGTH.search(head + b"\r\n")
        if found is None:
            raise RuntimeError("an answer without its length")
        parts, missing = [content], int(found[1]) - len(content)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return int(head[9:12]), b"".join(parts)

    def _more(self) -> bytes:
        some = self._socket.recv(65_536)
        if not some:
            raise RuntimeError("the answer is cut off")
        return some

    def all(self, **query: str) -> Iterator[str]:
        """The ids of all statements that fit."""
        page = self.get(**query)
        while True:
            yield from (s["id"] for s in page["statements"])
            if not page["more"]:
                return
            page = self.follow(page["more"])


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def wait_for(port: int, process: Popen[bytes]) -> None:
    """Until the server answers. Raises RuntimeError when it has ended or takes too long."""
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")
