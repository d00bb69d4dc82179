"""One demo for all journeys: the real command in a process of its own, on free ports, played to its end."""

import json
import random
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.demo.browser import Browser, BrowserFault

PORTS = 4
"""The hub and its three partners."""
ANSWERS_WITHIN = 120
PLAYED_WITHIN = 300


@dataclass(frozen=True)
class Demo:
    """Where it answers, its single-use links by role, its partners by name, its ids by kind and key."""

    hub: str
    doors: str
    links: Mapping[str, str]
    partners: Mapping[str, str]
    ids: Mapping[str, Mapping[str, str]]

    def path(self, key: str) -> str:
        """The page of a learner's path."""
        return f"{self.hub}/path/{self.ids['enrolments'][key]}"

    def group(self, key: str) -> str:
        """The page of a group."""
        return f"{self.hub}/groups/{self.ids['groups'][key]}"

    def learner(self, group: str, key: str) -> str:
        """The trainer's page of a learner."""
        return f"{self.group(group)}/learner/{self.ids['enrolments'][key]}"


@contextmanager
def running(folder: Path) -> Iterator[Demo]:
    """``hub demo`` in ``folder``, once everything is played; it is ended on leaving.

    Raises AssertionError with what it said when it does not come up.
    """
    port, log = free_ports(), folder / "demo.log"
    program = Path(sys.executable).with_name("hub")
    command = [str(program), "demo", "--json", "--port", str(port), "--dir", str(folder / "place")]
    with log.open("w") as written, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=written) as process:
        try:
            told = first_line(process, log)
            wait_until_played(told["hub"], process, log)
            note = json.loads((folder / "place" / "demo.json").read_text("utf-8"))
            yield Demo(told["hub"], told["doors"], told["links"], told["partners"], note["ids"])
        finally:
            process.terminate()
            process.wait(ANSWERS_WITHIN)


def free_ports() -> int:
    """The first of four free ports in a row, below those that the system gives out by itself."""
    for _ in range(100):
        port = random.randrange(20000, 32000)
        with ExitStack() as held:
            try:
                for number in range(port, port + PORTS):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", number))
            except OSError:
                continue
        return port
    raise AssertionError("no four free ports in a row")


def first_line(process: "subprocess.Popen[bytes]", log: Path) -> dict[str, Any]:
    """What ``--json`` prints once pages answer."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], ANSWERS_WITHIN)
    line = process.stdout.readline() if readable else b""
    assert line, f"the demo does not answer: {log.read_text()[-3000:]}"
    return dict(json.loads(line))


def wait_until_played(hub: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when every act was performed, none in vain."""
    asks, pause = Browser(), threading.Event()
    for _ in range(PLAYED_WITHIN * 4):
        assert process.poll() is None, f"the demo ended: {log.read_text()[-3000:]}"
        health = json.loads(ask(asks, f"{hub}/healthz"))
        if health["played"]:
            assert health["failed"] == 0, f"acts of the play failed: {log.read_text()[-3000:]}"
            asks.close()
            return
        pause.wait(0.25)
    raise AssertionError(f"the play does not end: {log.read_text()[-3000:]}")


def ask(browser: Browser, url: str) -> str:
    """The answer's text; an empty object's while the hub is too busy to answer."""
    try:
        return browser.get(url).text
    except (BrowserFault, TimeoutError, ConnectionError):
        return '{"played": false}'
