"""Foreign tools and platforms that the runner is let loose on. They are peers in tests only, never a part of the
product."""

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from flask import Flask, Response, jsonify, request
from pylti1p3.contrib.flask import FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.tool_config import ToolConfDict
from werkzeug.serving import WSGIRequestHandler, make_server

from hub.cli._lti_peers import set_up
from hub.web.assets import npm_command
from tests.lti.world import key_pair


class Quiet(WSGIRequestHandler):
    """Requests go unsaid."""

    def log(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def pylti1p3_tool(port: int = 0) -> Iterator["PyLti1p3"]:
    """PyLTI1p3 behind the smallest Flask application, as its documentation shows it."""
    app = Flask("peer")
    app.secret_key = "of the peer"
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    peer = PyLti1p3(app, f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class PyLti1p3:
    """The tool: what PyLTI1p3 itself refuses is answered with 403; anything else it raises is its own fault, 500."""

    def __init__(self, app: Flask, url: str) -> None:
        self.url = url
        self._told: dict[str, list[dict[str, Any]]] = {}
        app.add_url_rule("/login", "login", self.login, methods=["GET", "POST"])
        app.add_url_rule("/launch", "launch", self.launch, methods=["POST"])

    def register(self, told: Mapping[str, str]) -> None:
        """Know a platform."""
        self._told[told["issuer"]] = [
            {
                "default": True,
                "client_id": told["client_id"],
                "auth_login_url": told["authorization_endpoint"],
                "auth_token_url": told["token_endpoint"],
                "auth_audience": None,
                "key_set_url": told["jwks_uri"],
                "key_set": None,
                "deployment_ids": [told["deployment_id"]],
            }
        ]

    def login(self) -> Response:
        """The login of a platform."""
        try:
            login = FlaskOIDCLogin(FlaskRequest(), ToolConfDict(self._told))
            target = request.values.get("target_link_uri")
            if not target:
                return Response("no target_link_uri", 403)
            return login.redirect(f"{self.url}/launch")
        except (OIDCException, LtiException) as error:
            return Response(str(error), 403)

    def launch(self) -> Response:
        """The message of a platform."""
        try:
            message = FlaskMessageLaunch(FlaskRequest(), ToolConfDict(self._told))
            return jsonify({"subject": message.get_launch_data().get("sub")})
        except LtiException as error:
            return Response(str(error), 403)


def free_port() -> int:
    """A port that nobody listens on yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: Sequence[str | Path], folder: Path, told: Mapping[str, Any], path: str) -> Iterator[None]:
    """A peer's own program, from when it says that it is ready."""
    environment = {"PATH": path, "PEER": json.dumps(told)}
    running = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        assert "ready\n" in running.stdout  # what it says before is of its own migrations
        yield
    finally:
        running.kill()
        running.wait()
        if running.stdout is not None:
            running.stdout.close()


@contextmanager
def ltijs_tool(
    port: int, postgres_url: str, platforms: Sequence[Mapping[str, str]], *, quiet: bool = False
) -> Iterator[str]:
    """ltijs with ltijs-sequelize, in a database of its own; its address. ``platforms`` as the runner's doubles tell
    them."""
    folder, name = set_up("ltijs"), f"ltijs_{port}"
    parts = urlsplit(postgres_url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    told = {
        "port": port,
        "quiet": quiet,
        "database": {"name": name, "user": parts.username or "postgres", "host": host, "port": parts.port or 5432},
        "platforms": [
            {
                "url": one["issuer"], "clientId": one["client_id"], "jwks": one["jwks_uri"],
                "authenticationEndpoint": one["authorization_endpoint"], "accesstokenEndpoint": one["token_endpoint"],
            }
            for one in platforms
        ],
    }  # fmt: skip
    path = npm_command()[1].get("PATH", os.defpath)
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")
    try:
        with process([shutil.which("node", path=path) or "node", "tool.js"], folder, told, path):
            yield f"http://localhost:{port}"
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def python_platform(name: str, port: int, tool: Mapping[str, Any]) -> Iterator[str]:
    """lti1p3platform or lti-consumer-xblock, knowing one tool (``client``, ``login``, ``jwks``, ``launch``,
    ``redirect``, ``old``); its address."""
    folder, pem = set_up(name), key_pair("campus").private_pem
    public = load_pem_private_key(pem.encode(), None).public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    told = {"port": port, "key": pem, "public": text, **tool}
    with process([folder / "venv" / "bin" / "python", "campus.py"], folder, told, os.defpath):
        yield f"http://localhost:{port}"
