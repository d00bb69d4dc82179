"""A tool with one platform whose services are answered from a table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lti.registration import PlatformRegistration
from lti.tool.ports import HttpAnswer, TransportFault
from lti.tool.tokens import ServiceTokens
from tests.fakes.lti_platform import FixedClock
from tests.lti.world import key_pair
from tests.shared import shared_path

PLATFORM = "https://moodle.example.org"


def registration(**changes: Any) -> PlatformRegistration:
    settings: dict[str, Any] = {
        "key": "p1",
        "issuer": PLATFORM,
        "client_id": "client-1",
        "authorization_endpoint": f"{PLATFORM}/auth",
        "token_endpoint": f"{PLATFORM}/token",
        "jwks_uri": f"{PLATFORM}/jwks",
        "deployment_ids": frozenset({"1"}),
    }
    return PlatformRegistration(**(settings | changes))


def answer(body: object = None, status: int = 200, **headers: str) -> HttpAnswer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


@dataclass
class Remote:
    """``lti.tool.ports.Transport``: answers by method and address; keeps what was sent."""

    answers: dict[tuple[str, str], list[HttpAnswer]] = field(default_factory=dict)
    sent: list[tuple[str, str, Mapping[str, str], bytes | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        token = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}
        self.answers.setdefault(("POST", f"{PLATFORM}/token"), [answer(token, 201)])

    def on(self, method: str, url: str, *answers: HttpAnswer) -> None:
        self.answers[method, url] = list(answers)

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, max_bytes: int
    ) -> HttpAnswer:
        self.sent.append((method, url, headers, body))
        found = self.answers.get((method, url))
        if found is None:
            raise TransportFault(url)
        return found.pop(0) if len(found) > 1 else found[0]

    def count(self, url: str) -> int:
        return sum(sent[1] == url for sent in self.sent)


def tokens(remote: Remote, clock: FixedClock) -> ServiceTokens:
    return ServiceTokens(remote, lambda: key_pair("hub"), clock=clock)


@cache
def moodle(name: str) -> Any:
    """A recording of a real Moodle."""
    return json.loads(shared_path("fixtures", "moodle", "lti", f"{name}.json").read_text())


def exchanges() -> dict[str, Any]:
    """What a Moodle answered as a platform, by the name of the call."""
    return {entry["call"].partition(":")[0]: entry for entry in moodle("platform_services_exchange")}
