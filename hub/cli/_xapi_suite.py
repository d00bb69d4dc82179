"""ADL's conformance suite for LRSs (adlnet/lrs-conformance-test-suite) against a hub of its own, from a checkout.

The suite is run as its authors mean it, by Node. Its exit code is the number of failures, so that 256 of them look
like none: what counts is the summary in the record that it writes.
"""

import os
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from flask.testing import FlaskClient

from hub.config import Config
from hub.db.directory import Installation
from hub.services.xapi_sources import create_source
from hub.web.app import create_app
from hub.web.assets import AssetError, npm_command
from hub.web.serving import create_server

CHECKOUT: Final = "HUB_XAPI_SUITE"
"""Environment variable that names a checkout of the suite, with its npm packages installed."""
SUITE_VERSIONS: Final = ("1.0.3", "2.0.0")
TIME_LIMIT: Final = 3600
_ENDPOINT: Final = "HUB_XAPI_SUITE_ENDPOINT"
_WAKE_NODE: Final = f"""\
if (process.argv[1].endsWith("lrs-test.js")) {{
  const request = require("module").createRequire(process.cwd() + "/")("super-request");
  request(process.env.{_ENDPOINT}).get("/about").end(() => {{}});
}}
"""
"""What Node is to do before the tests. The suite takes how long its first statement lasts for a difference of clocks,
and waits a second wherever the LRS is not ahead by as much: the some 20 ms that Node needs for a first request made it
wait twenty times. Nothing of the suite is changed."""


class CannotRun(Exception):
    """Something outside is missing or failed; the text says what, for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run: ``failures`` are the titles of the failed tests, each with its path and the suite's own message.

    ``seconds`` by the clock; ``hub_seconds`` and ``suite_seconds`` of processor, since other work slows the clock.
    ``load``: of the machine, the last minute's. ``suite``: commit of the checkout, empty where git does not know it.
    """

    version: str
    database: str
    total: int
    passed: int
    seconds: float
    failures: tuple[str, ...]
    hub_seconds: float
    suite_seconds: float
    load: float
    suite: str
    day: str

    def line(self) -> dict[str, Any]:
        """The run as figures, for a file or a terminal."""
        return {
            "version": self.version,
            "database": self.database,
            "total": self.total,
            "passed": self.passed,
            "failed": self.total - self.passed,
            "seconds": self.seconds,
            "hub_seconds": self.hub_seconds,
            "suite_seconds": self.suite_seconds,
            "load": self.load,
            "suite": self.suite,
        }


def checkout(environ: Mapping[str, str]) -> Path:
    """The checkout that the environment names. Raises CannotRun."""
    folder = Path(environ.get(CHECKOUT, ""))
    if not environ.get(CHECKOUT) or not (folder / "bin" / "console_runner.js").is_file():
        raise CannotRun(f"{CHECKOUT} must name a checkout of adlnet/lrs-conformance-test-suite")
    if not (folder / "node_modules").is_dir():
        raise CannotRun("run npm install in the checkout first")
    return folder


def run(suite: Path, version: str, database_url: str | None = None, only: str | None = None) -> Outcome:
    """The suite's run for one version, on a fresh store; ``only``: a regular expression on the titles of tests."""
    try:
        node = shutil.which("node", path=npm_command()[1].get("PATH"))
    except AssetError as error:
        raise CannotRun(str(error)) from error
    if node is None:
        raise CannotRun("Node is missing")
    with _serving(database_url) as (endpoint, key, secret), _woken(endpoint) as environment:
        command = [node, "bin/console_runner.js", "-x", version, "-e", endpoint, "-a", "-u", key, "-p", secret]
        before = set((suite / "logs").glob("*.log"))
        began, hub_began, suite_began = time.monotonic(), time.process_time(), _below()
        try:
            done = subprocess.run(  # noqa: S603 the checkout that the developer named
                [*command, *(["-g", only] if only else [])],
                cwd=suite,
                env=environment,
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CannotRun(f"the suite did not end within {TIME_LIMIT} s") from None
        seconds = round(time.monotonic() - began, 1)
        used = round(time.process_time() - hub_began, 1), round(_below() - suite_began, 1)
    written = set((suite / "logs").glob("*.log")) - before
    if len(written) != 1:
        raise CannotRun(f"the suite wrote no record: {(done.stdout + done.stderr)[-2000:]}")
    record = orjson.loads(written.pop().read_bytes())
    summary = record["summary"]
    database = "PostgreSQL" if database_url else "SQLite"
    failures = tuple(_failures(record.get("log") or {}))
    return Outcome(
        version, database, summary["total"], summary["passed"], seconds, failures, *used,
        round(os.getloadavg()[0], 1), _commit(suite), datetime.now(UTC).date().isoformat(),
    )  # fmt: skip


def _below() -> float:
    """Seconds of processor that ended child processes used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _commit(suite: Path) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    asked = [git, "-C", str(suite), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 our own words


def _failures(node: dict[str, Any], above: str = "") -> Iterator[str]:
    title = f"{above} > {node.get('title', '')}" if above else str(node.get("title", ""))
    below: list[dict[str, Any]] = node.get("tests") or []
    if not below and node.get("status") == "failed":
        yield f"{title}: {node.get('error')}"
    for one in below:
        yield from _failures(one, title)


@contextmanager
def _serving(database_url: str | None) -> Iterator[tuple[str, str, str]]:
    """A hub with an empty store behind a port of its own; gives the endpoint, a key with every right, its secret."""
    with tempfile.TemporaryDirectory(prefix="hub-xapi-suite-") as folder:
        installation = Installation(Config(data=Path(folder), database_url=database_url))
        try:
            number = time.time_ns() // 1000 % 10**9
            host = (
                f"127.{number % 199 + 1}.{number // 199 % 199}.{number // 199**2 % 199 + 1}"  # a database may be shared
            )
            tenant = installation.create_tenant(f"suite{number}", "Suite", [host])
            with tenant.write() as session:
                row, secret = create_source(session, installation.vault, "suite", ["all"], None, datetime.now(UTC))
                key = row.key
            listening = socket.create_server((host, 0))
            app = create_app(installation)
            _wake(app.test_client(), host, key, secret)
            server = create_server(app, sockets=[listening], threads=4)
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            try:
                yield f"http://{host}:{listening.getsockname()[1]}/xapi", key, secret
            finally:
                server.close()
                thread.join(timeout=10)
        finally:
            installation.close()


@contextmanager
def _woken(endpoint: str) -> Iterator[dict[str, str]]:
    """The environment of a Node that has asked the endpoint something before the tests (``_WAKE_NODE``)."""
    with tempfile.TemporaryDirectory(prefix="hub-xapi-suite-") as folder:
        script = Path(folder, "wake.cjs")
        script.write_text(_WAKE_NODE, encoding="utf-8")
        options = f"{os.environ.get('NODE_OPTIONS', '')} --require {script}".strip()
        yield {**os.environ, "NODE_OPTIONS": options, _ENDPOINT: endpoint}


def _wake(client: FlaskClient, host: str, key: str, secret: str) -> None:
    """A query and a refused statement, for the same reason as ``_WAKE_NODE``: the hub's first ones take longer."""
    for ask in (client.get, client.post):
        headers = {"X-Experience-API-Version": "1.0.3"}
        ask("/xapi/statements", base_url=f"http://{host}", auth=(key, secret), headers=headers, json={})
