"""ltijs, in Node on a real PostgreSQL, is opened from a step and posts a score: it stands in the learner's progress."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import requests
from sqlalchemy import select

from hub.cli._lti_peers import set_up
from hub.models.learning import Resource
from hub.models.platforms import LtiTool
from hub.models.river import PathStateRow
from hub.urls.addresses import lti_endpoints
from hub.web.assets import npm_command
from tests.web.test_lti_launch import Served, served

__all__ = ["served"]
pytestmark = pytest.mark.peer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def ltijs(served: Served, postgres_url: str) -> Iterator[str]:
    """The tool, registered on both sides; its address."""
    folder, port = set_up("ltijs"), free_port()
    url = f"http://localhost:{port}"
    name = f"ltijs_{port}"
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    parts = urlsplit(postgres_url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    told = lti_endpoints(served.url)
    peer = {
        "port": port,
        "database": {"name": name, "user": parts.username or "postgres", "host": host, "port": parts.port or 5432},
        "platform": {
            "url": told["issuer"], "clientId": "tool-1", "authenticationEndpoint": told["authentication"],
            "accesstokenEndpoint": told["token"], "jwks": told["jwks"],
        },
    }  # fmt: skip
    with served.tenant.write() as session:
        tool = session.get_one(LtiTool, served.tool_id)
        tool.registration = {
            **tool.registration, "login_initiation_url": f"{url}/login", "redirect_uris": [url, f"{url}/"],
            "target_link_uri": f"{url}/", "jwks": None, "jwks_uri": f"{url}/keys",
        }  # fmt: skip
        session.scalars(select(Resource)).one().url = f"{url}/"
    environment = {**npm_command()[1], "PEER": json.dumps(peer)}
    node = shutil.which("node", path=environment.get("PATH", os.defpath)) or "node"
    process = subprocess.Popen([node, "tool.js"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert "ready\n" in process.stdout  # what it says before is of its own migrations
        yield url
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_ltijs_is_opened_and_its_score_stands_in_the_progress(served: Served, postgres_url: str) -> None:
    with ltijs(served, postgres_url) as url:
        action, login = served.open()
        assert action == f"{url}/login"
        asked = requests.Session()
        redirected = asked.post(action, login, allow_redirects=False, timeout=10)
        assert redirected.headers["Location"].startswith(f"{served.url}/lti/auth"), redirected.text
        action, message = served.page_form(served.browser.get(redirected.headers["Location"], timeout=10))
        said = asked.post(action, message, timeout=20)
        assert said.status_code == 200, said.text
        told = said.json()
    assert told["name"] == "Inès Benali"
    assert told["custom"]["id"] == "7"
    assert told["back"]["scores"][0]["resultScore"] == 16
    with served.tenant.read() as session:
        assert session.get_one(PathStateRow, served.enrolment).complete
