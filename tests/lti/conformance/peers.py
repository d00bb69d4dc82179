"""Foreign tools that the runner is let loose on. They are peers in tests only, never a part of the product."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, jsonify, request
from pylti1p3.contrib.flask import FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.tool_config import ToolConfDict
from werkzeug.serving import WSGIRequestHandler, make_server


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
