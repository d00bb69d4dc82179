"""Foreign clients from npm against the hub over real HTTP: @xapi/xapi in Node, in both versions of the standard, and
@xapi/cmi5 in a browser on another site, which needs cross-origin requests to work.

The packages are installed by npm into a folder of the test's own; they are no part of the hub.
"""

import base64
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services.xapi_sources import create_source
from hub.web.assets import npm_command
from tests.conftest import TENANT_HOST
from tests.web import test_xapi_tincan
from tests.web.conftest import Clock
from tests.web.xapi_client import agent, new_sender, params

port = test_xapi_tincan.port

PACKAGES = ("@xapi/xapi@3.0.3", "@xapi/cmi5@1.4.0")
SCRIPT = Path(__file__).with_name("xapi_node_clients.mjs")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the two packages are installed."""
    folder = tmp_path_factory.mktemp("node")
    command, environment = npm_command()
    install = [*command, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES]
    subprocess.run(install, cwd=folder, env=environment, check=True, capture_output=True, timeout=180)
    return folder


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_the_clients_of_npm(
    node: Path,
    port: int,
    installation: Installation,
    tenant: TenantDatabase,
    clock: Clock,
    version: str,
) -> None:
    with tenant.write() as session:
        row, secret = create_source(session, installation.vault, "npm", ["all"], None, clock.now)
    _, environment = npm_command()
    program = shutil.which("node", path=environment.get("PATH", os.defpath))
    assert program is not None
    arguments = [program, str(SCRIPT), f"http://hub.localhost:{port}/xapi/", row.key, secret, version]
    done = subprocess.run(arguments, cwd=node, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["parts"] == 2
    assert seen["versions"] == ["1.0.3", "2.0.0"]


SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
UNIT = """async ([endpoint, actor, activity, registration]) => {
    const launch = {endpoint, fetch: location.origin + "/fetch", actor, activityId: activity, registration};
    const unit = new Cmi5(launch);
    await unit.initialize();
    await unit.complete();
    await unit.pass({scaled: 0.9});
    await unit.terminate();
}"""


@contextmanager
def campus(token: str) -> Iterator[int]:
    """The port of another site on this machine: a page, and the address that gives a unit its token once."""

    class Site(BaseHTTPRequestHandler):
        def answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer(b"<!doctype html><title>Unit</title>", "text/html")

        def do_POST(self) -> None:
            self.answer(json.dumps({"auth-token": token}).encode(), "application/json")

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(timeout=5)


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_cmi5_unit_in_a_browser_on_another_site(
    node: Path,
    port: int,
    chromium: Any,
    app: Flask,
    installation: Installation,
    tenant: TenantDatabase,
    clock: Clock,
) -> None:
    sender = new_sender(app.test_client(), installation, tenant, clock)
    who, unit, registration = agent("unit"), "https://campus.example/unit/1", str(uuid4())
    template = {"contextActivities": {"grouping": [{"id": unit}]}, "extensions": {SESSION: str(uuid4())}}
    data = {"contextTemplate": template, "launchMode": "Normal", "moveOn": "CompletedAndPassed", "masteryScore": 0.5}
    at = params(activityId=unit, agent=who, registration=registration, stateId="LMS.LaunchData")
    assert sender.call("PUT", "activities/state", query_string=at, json=data).status_code == 204
    at = params(agent=who, profileId="cmi5LearnerPreferences")
    preferences = {"languagePreference": "fr", "audioPreference": "off"}
    first = {"If-None-Match": "*"}
    assert sender.call("PUT", "agents/profile", query_string=at, json=preferences, headers=first).status_code == 204

    token = base64.b64encode(f"{sender.source.key}:{sender.secret}".encode()).decode()
    page = chromium.new_page()
    with campus(token) as other:
        page.goto(f"http://course.localhost:{other}/")
        page.add_script_tag(path=node / "node_modules/@xapi/cmi5/dist/Cmi5.umd.js")
        page.evaluate(UNIT, [f"http://{TENANT_HOST}:{port}/xapi/", who, unit, registration])
    page.close()
    said = [s["verb"]["id"].rpartition("/")[2] for s in sender.found(registration=registration, ascending="true")]
    assert said == ["initialized", "completed", "passed", "terminated"]
