"""A platform with two tools, as the tests of ``lti`` use it."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lti import (
    AccessTokens,
    AssignmentGradeService,
    AuthenticationEndpoint,
    Browser,
    FormPost,
    Hints,
    KeyPair,
    ServiceRequest,
    ServiceResponse,
    TokenEndpoint,
    ToolRegistration,
)
from lti.platform.line_items import LINE_ITEM_TYPE
from lti.platform.scores import SCORE_TYPE
from lti.scopes import AGS_SCOPES
from tests.fakes.lti_platform import (
    FixedClock,
    MemoryGradebook,
    MemoryGrants,
    MemoryKeySets,
    MemoryOneTimeUse,
    MemoryRegistrations,
)

ISSUER = "https://hub.example.org"
TOKEN_URL = f"{ISSUER}/lti/token"
CONTAINER = f"{ISSUER}/lti/contexts/c1/lineitems"
LEARNER = Browser("person-1", "session-1")


@cache
def key_pair(name: str) -> KeyPair:
    """A key pair for each name, made once: making one takes a tenth of a second."""
    return KeyPair.generate()


def jwks(*names: str) -> dict[str, Any]:
    return {"keys": [dict(key_pair(name).public.jwk) for name in names]}


def registration(client_id: str = "tool-1", **changes: Any) -> ToolRegistration:
    host = f"https://{client_id}.example.net"
    settings: dict[str, Any] = {
        "client_id": client_id,
        "deployment_ids": frozenset({"dep-1"}),
        "login_initiation_url": f"{host}/login",
        "redirect_uris": frozenset({f"{host}/launch", f"{host}/launch?variant=2"}),
        "target_link_uri": f"{host}/launch",
        "jwks_uri": f"{host}/jwks",
        "scopes": AGS_SCOPES,
    }
    return ToolRegistration(**(settings | changes))


@dataclass
class World:
    """One platform, its clock stopped."""

    clock: FixedClock = field(default_factory=FixedClock)
    one_time: MemoryOneTimeUse = field(default_factory=MemoryOneTimeUse)
    grants: MemoryGrants = field(default_factory=MemoryGrants)
    key_sets: MemoryKeySets = field(
        default_factory=lambda: MemoryKeySets(**{"tool-1": jwks("tool-1"), "tool-2": jwks("tool-2")})
    )
    hints: Hints = field(default_factory=lambda: Hints(b"h" * 32))
    tokens: AccessTokens = field(default_factory=lambda: AccessTokens(b"t" * 32))
    gradebook: MemoryGradebook = field(
        default_factory=lambda: MemoryGradebook({"tool-1": {"link-1", "link-2"}, "tool-2": {"link-9"}}, {"u1", "u2"})
    )

    def __post_init__(self) -> None:
        self.tool = registration()
        self.registrations = MemoryRegistrations(self.tool, registration("tool-2"))

    def authentication(self, **settings: Any) -> AuthenticationEndpoint:
        return AuthenticationEndpoint(ISSUER, self.registrations, self.hints, clock=self.clock, **settings)

    def token_endpoint(self) -> TokenEndpoint:
        return TokenEndpoint(TOKEN_URL, self.registrations, self.key_sets, self.tokens, clock=self.clock)

    def initiate(self, browser: Browser = LEARNER, client_id: str = "tool-1") -> FormPost:
        tool = self.registrations.by_client[client_id]
        return self.authentication().initiate(
            tool, browser, deployment_id="dep-1", resource_link_id="link-1", reference="step-7"
        )

    def authentication_request(self, browser: Browser = LEARNER) -> dict[str, str]:
        """What a correct tool sends after ``initiate``."""
        login = self.initiate(browser).parameters
        return {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": "https://tool-1.example.net/launch",
            "state": "state-of-the-tool",
            "nonce": "nonce-of-the-tool",
            "login_hint": login["login_hint"],
            "lti_message_hint": login["lti_message_hint"],
        }

    def bearer(self, *scopes: str, client_id: str = "tool-1", expires_at: datetime | None = None) -> str:
        end = expires_at or self.clock.now.replace(hour=23)
        granted = frozenset(scopes) or AGS_SCOPES
        return "Bearer " + self.tokens.issue(self.grants, client_id=client_id, scopes=granted, expires_at=end)

    def call(self, method: str, path: str = "", **parts: Any) -> ServiceResponse:
        """A service request, by the first tool with every scope unless ``authorization`` says otherwise."""
        parts.setdefault("authorization", self.bearer())
        service = AssignmentGradeService(CONTAINER, self.gradebook, self.tokens, self.grants, clock=self.clock)
        return service.handle(ServiceRequest(method, path, **parts))

    def follow(self, url: str) -> ServiceResponse:
        """GET an address that an answer gave."""
        assert url.startswith(CONTAINER)
        parts = urlsplit(url)
        path = parts.path.removeprefix(urlsplit(CONTAINER).path)
        return self.call("GET", path, query=parse_qsl(parts.query))

    def add_line_item(self, body: bytes) -> ServiceResponse:
        return self.call("POST", content_type=LINE_ITEM_TYPE, body=body)

    def post_score(self, body: bytes, path: str = "/1/scores") -> ServiceResponse:
        return self.call("POST", path, content_type=SCORE_TYPE, body=body)
