"""The demo as a process of its own, as a person starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.demo.browser import Browser
from tests.shared import ROOT

START_SECONDS = 90
PLAY_SECONDS = 240
"""Long, for a machine that does other things; the demo itself needs some 30 seconds."""


@dataclass
class Running:
    """A demo that answers. ``told``: its first line of output."""

    folder: Path
    port: int
    told: dict[str, Any]
    process: subprocess.Popen[str]

    def health(self) -> dict[str, Any]:
        page = Browser().get(f"http://hub.localhost:{self.port}/healthz")
        found: dict[str, Any] = json.loads(page.text)
        return found

    def wait_until_played(self) -> dict[str, Any]:
        until = time.monotonic() + PLAY_SECONDS
        while not (found := self.health())["played"]:
            assert self.process.poll() is None, "the demo ended"
            assert time.monotonic() < until, f"not played: {found}"
            time.sleep(0.2)
        return found

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=START_SECONDS)

    @property
    def note(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "demo.json").read_text("utf-8"))
        return found


def free_ports(count: int = 4) -> int:
    """The first of ``count`` ports in a row that nobody uses now."""
    for first in range(21000 + os.getpid() % 400 * 20, 60000, count):
        sockets = [socket.socket() for _ in range(count)]
        try:
            for number, one in enumerate(sockets):
                one.bind(("127.0.0.1", first + number))
            return first
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise AssertionError("no free ports")


@contextmanager
def running(folder: Path, port: int, *arguments: str) -> Iterator[Running]:
    """Start it; the block begins once its pages answer."""
    command = [sys.executable, "-m", "hub.cli.main", "demo", "--dir", str(folder), "--port", str(port), "--json"]
    errors = (folder.parent / f"{folder.name}.errors").open("a+")
    process = subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            errors.seek(0)
            raise AssertionError(errors.read())
        yield Running(folder, port, json.loads(line), process)
    finally:
        process.kill()
        process.communicate()
        errors.close()
