"""A client of the LRS for benches: one kept connection, no more than it takes."""

from __future__ import annotations

import base64
import http.client
import socket
import time
from collections.abc import Iterator
from subprocess import Popen
from typing import Any, Final
from urllib.parse import urlencode

import orjson

START_SECONDS: Final = 60


class Client:
    """One sender on one kept connection."""

    def __init__(self, port: int, key: str, secret: str) -> None:
        """Connects at the first request."""
        token = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}", "X-Experience-API-Version": "1.0.3", "Host": "localhost"}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(self, body: bytes) -> int:
        """The status of a POST of statements."""
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request("POST", "/xapi/statements", body, headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def get(self, **query: str) -> dict[str, Any]:
        """A page of statements."""
        return self.follow(f"/xapi/statements?{urlencode(query)}")

    def follow(self, address: str) -> dict[str, Any]:
        """The page at an address, as ``more`` gives it. Raises RuntimeError on another status than 200."""
        self._connection.request("GET", address, headers=self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"status {answer.status}")
        page: dict[str, Any] = orjson.loads(content)
        return page

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
