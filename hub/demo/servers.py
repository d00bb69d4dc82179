"""Several web servers in one process, each on a port of its own of the loopback address."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from waitress import wasyncore
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

log = logging.getLogger("hub.demo")
ADDRESS = "127.0.0.1"
STOP_SECONDS = 10
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Served(AbstractContextManager["Served"]):
    """One application behind waitress. The port is bound when the object is made; answers begin with ``start``."""

    def __init__(self, name: str, application: Application, port: int, threads: int = 4, **options: Any) -> None:
        """Raises OSError when the port is taken. ``options`` are waitress'."""
        self.name = name
        self._sockets: dict[int, Any] = {}
        self._server: BaseWSGIServer | MultiSocketServer = create_server(
            application, map=self._sockets, host=ADDRESS, port=port, threads=threads, **options
        )
        self._thread = threading.Thread(target=self._run, name=f"demo-{name}", daemon=True)

    def start(self) -> "Served":
        """Answer from now on."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        # Connections that browsers keep open would hold the loop.
        wasyncore.close_all(self._sockets, ignore_all=True)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        try:
            self._server.run()
        except (OSError, ValueError):  # a socket was closed while the loop looked at it
            log.debug("the server %s was closed", self.name)


def addresses(port: int) -> Mapping[str, str]:
    """Base addresses of hub and partners: each a host of its own, for cookies know no ports."""
    hosts = {"hub": "hub", "moodle": "moodle", "campus": "campus", "mooc": "mooc"}
    return {name: f"http://{host}.localhost:{port + n}" for n, (name, host) in enumerate(hosts.items())}
