"""A platform of ``lti`` behind a real HTTP server on loopback, and PyLTI1p3's own tool code in front of it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, make_server

from joserfc.jwk import RSAKey
from pylti1p3.contrib.flask import FlaskCookieService, FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.tool_config import ToolConfDict

from lti import (
    Accepted,
    AssignmentGradeService,
    AuthenticationEndpoint,
    Browser,
    Context,
    ContextRole,
    FormPost,
    GradebookAccess,
    KeyRing,
    LaunchUser,
    PrivacyPolicy,
    ResourceLink,
    ResourceLinkLaunch,
    ServiceRequest,
    ServiceResponse,
    TokenEndpoint,
    ToolPlatform,
    answer_launch,
)
from lti.platform.gradebook import LineItemContent
from tests.lti.world import World, jwks, key_pair, registration

LAUNCH_URL = "http://tool.localhost:5000/launch"
SESSION = "session-of-ada"


class Platform:
    """The smallest application that uses the package: one learner, one link, one column."""

    def __init__(self) -> None:
        self.world = World()
        self.url = ""
        self.tool = registration(
            login_initiation_url="http://tool.localhost:5000/login",
            redirect_uris=frozenset({LAUNCH_URL}),
            target_link_uri=LAUNCH_URL,
            jwks_uri=None,
            jwks=jwks("tool-1"),
            privacy=PrivacyPolicy(send_name=True),
            development=True,
        )
        self.world.registrations.by_client["tool-1"] = self.tool
        self.world.clock.now = datetime.now(UTC)
        column = LineItemContent("Quiz", 20, resource_link_id="link-1")
        self.world.gradebook.add_line_item("tool-1", column)

    @property
    def container(self) -> str:
        return f"{self.url}/contexts/c1/lineitems"

    def authentication(self) -> AuthenticationEndpoint:
        return AuthenticationEndpoint(self.url, self.world.registrations, self.world.hints)

    def open(self) -> FormPost:
        """The learner clicks on the link."""
        browser = Browser("ada", SESSION)
        return self.authentication().initiate(self.tool, browser, deployment_id="dep-1", resource_link_id="link-1")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        response = self.respond(environ)
        start_response(f"{response.status} x", list(response.headers.items()))
        return [response.body]

    def respond(self, environ: dict[str, Any]) -> ServiceResponse:
        path: str = environ["PATH_INFO"]
        query = parse_qsl(environ["QUERY_STRING"])
        body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if path == "/jwks":
            return _page(KeyRing(key_pair("platform")).jwks())
        if path == "/auth":
            return self.authenticate(query, environ.get("HTTP_COOKIE", ""))
        if path == "/token":
            endpoint = TokenEndpoint(
                f"{self.url}/token", self.world.registrations, self.world.key_sets, self.world.tokens
            )
            return endpoint.answer(parse_qsl(body.decode()), self.world.one_time, self.world.grants)
        service = AssignmentGradeService(self.container, self.world.gradebook, self.world.tokens, self.world.grants)
        return service.handle(
            ServiceRequest(
                environ["REQUEST_METHOD"],
                path.removeprefix("/contexts/c1/lineitems"),
                query,
                environ.get("HTTP_AUTHORIZATION"),
                environ.get("CONTENT_TYPE"),
                body,
            )
        )

    def authenticate(self, query: list[tuple[str, str]], cookie: str) -> ServiceResponse:
        browser = Browser("ada", SESSION) if cookie == f"session={SESSION}" else None
        outcome = self.authentication().authenticate(query, browser, self.world.one_time)
        if not isinstance(outcome, Accepted):
            return _page({"refused": outcome.code.value})
        launch = ResourceLinkLaunch(
            user=LaunchUser("u1", (ContextRole.LEARNER,), name="Ada Test", email="ada@example.org"),
            resource_link=ResourceLink(id="link-1", title="Souder à l'étain"),
            context=Context(id="c1", title="Fablab"),
            tool_platform=ToolPlatform(guid="place-1", name="Le Générateur"),
            custom={"id": "7"},
            gradebook=GradebookAccess(self.container, (f"{self.container}/1",)),
        )
        form = answer_launch(outcome, launch, issuer=self.url, key=key_pair("platform"))
        return _page({"action": form.action, "parameters": dict(form.parameters)})


class Tool:
    """PyLTI1p3 as a tool, in one browser session."""

    def __init__(self, platform: Platform) -> None:
        self.session: dict[str, Any] = {}
        self.cookies: dict[str, str] = {}
        self.config = ToolConfDict(
            {
                platform.url: [
                    {
                        "default": True,
                        "client_id": "tool-1",
                        "auth_login_url": f"{platform.url}/auth",
                        "auth_token_url": f"{platform.url}/token",
                        "auth_audience": None,
                        "key_set_url": f"{platform.url}/jwks",
                        "key_set": None,
                        "deployment_ids": ["dep-1"],
                    }
                ]
            }
        )
        self.config.set_private_key(platform.url, key_pair("tool-1").private_pem, client_id="tool-1")
        self.config.set_public_key(platform.url, _public_pem(), client_id="tool-1")

    def login(self, parameters: dict[str, str]) -> str:
        """Where the tool sends the browser when the platform opens it."""
        request = self._request(parameters)
        cookies = FlaskCookieService(request)
        login = FlaskOIDCLogin(request, self.config, cookie_service=cookies)
        url: str = login.get_redirect_object(LAUNCH_URL).get_redirect_url()
        self.cookies |= {name: data["value"] for name, data in cookies._cookie_data_to_set.items()}
        return url

    def launch(self, parameters: dict[str, str]) -> FlaskMessageLaunch:
        """The message, validated; raises PyLTI1p3's LtiException otherwise."""
        return FlaskMessageLaunch(self._request(parameters), self.config).validate()

    def _request(self, parameters: dict[str, str]) -> FlaskRequest:
        return FlaskRequest(self.cookies, self.session, parameters, request_is_secure=False)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test speaks for itself."""


@contextmanager
def serving() -> Iterator[Platform]:
    """A platform that answers on loopback until the block is left."""
    platform = Platform()
    with make_server("127.0.0.1", 0, platform, handler_class=_Quiet) as server:
        platform.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield platform
        finally:
            server.shutdown()
            thread.join()


def _page(content: object) -> ServiceResponse:
    return ServiceResponse(200, {"Content-Type": "application/json"}, json.dumps(content).encode())


def _public_pem() -> str:
    return RSAKey.import_key(key_pair("tool-1").private_pem).as_pem(private=False).decode()
