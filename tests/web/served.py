"""The application behind its server, on a port of this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import wasyncore

from hub.web.serving import create_server


@contextmanager
def served(app: Flask, threads: int = 4, **options: Any) -> Iterator[Any]:
    """The server, at its ``effective_port``; the loop runs in a thread, which ends it itself."""
    sockets: dict[int, Any] = {}
    server = create_server(app, threads=threads, map=sockets, host="127.0.0.1", port=0, **options)
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            wasyncore.loop(timeout=0.05, map=sockets, count=1)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets, ignore_all=True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield server
    stop.set()
    thread.join(timeout=10)
