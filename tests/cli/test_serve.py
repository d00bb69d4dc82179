"""``hub serve`` and ``hub worker`` as processes: they answer, and end in order when told to."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.config import Config
from hub.db.directory import Installation
from tests.shared import ROOT

START_SECONDS = 60


@contextmanager
def running(data: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "HUB_DATA": str(data),
        "HUB_WORKER_THREADS": "1",
        "HUB_BASE_URL": "http://hub.localhost",
    }
    command = [sys.executable, "-m", "hub.cli.main", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=START_SECONDS)


def health(port: int, process: subprocess.Popen[bytes]) -> dict[str, object]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": "hub.localhost"})
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                body: dict[str, object] = json.load(answer)
                return body
        except OSError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An installation with one tenant, closed again."""
    installation = Installation(Config(data=tmp_path / "data"))
    installation.create_tenant("generateur", "Le Générateur", ["hub.localhost"])
    installation.close()
    return tmp_path / "data"


def test_serve_answers_and_ends_in_order(data: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(data, "serve", "--port", str(port)) as process:
        assert health(port, process)["status"] == "ok"
        assert ended(process) == 0


def test_several_processes_answer_and_end_in_order(data: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(data, "serve", "--port", str(port), "--processes", "2") as process:
        assert health(port, process)["status"] == "ok"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) >= 2
        forged = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"X-Forwarded-Proto": "https"})
        with urllib.request.urlopen(forged, timeout=30) as answer:
            assert json.load(answer)["scheme"] == "http"  # no proxy is declared: nobody's headers are believed
        assert ended(process) == 0


def test_a_worker_ends_in_order(data: Path) -> None:
    with running(data, "worker") as process:
        assert process.stderr is not None
        assert any(b"working with 1 threads" in line for line in process.stderr)
        assert process.poll() is None  # it goes on until it is told to stop
        assert ended(process) == 0
