"""What a connector's one test file hands to the contract suites: a remote that answers, and what it holds."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient, HttpOptions
from connectors.records import ModuleRef
from connectors.registry import declaration
from tests.connectors.loopback import serving

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
OPTIONS = HttpOptions(retries=0, connect_timeout=5, read_timeout=10, deadline=15)


@dataclass(frozen=True)
class Known:
    """What the remote holds, by its own ids. ``course`` has learners, among them ``learner`` (with an accent in their
    name and something done at ``done_at`` in ``done_module``); ``empty_course`` has nobody and nothing; ``gone_course``
    is no course. ``graded_module`` has ``points`` for the learner; ``roll_module`` keeps rolls. ``tells_when``: False
    for a platform that tells neither when something was done nor when somebody was there.
    """

    course: str
    empty_course: str
    gone_course: str
    learner: str
    learner_name: str
    outsider: str
    done_at: datetime
    done_module: ModuleRef
    open_module: ModuleRef
    graded_module: ModuleRef
    points: float
    roll_module: ModuleRef
    tells_when: bool = True


@dataclass
class Gate:
    """Stands before the remote: counts, and answers in its place when told to fail."""

    application: Application
    failure: "Failure | None" = None
    requests: int = 0
    seen: list[str] = field(default_factory=list)

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        self.requests += 1
        self.seen.append(f"{environ.get('PATH_INFO', '')}?{environ.get('QUERY_STRING', '')}")
        if self.failure is None:
            return self.application(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if self.failure.seconds:
            time.sleep(self.failure.seconds)
        headers = [("Content-Type", self.failure.kind), *self.failure.headers]
        start(f"{self.failure.status} Said", headers)
        return [self.failure.body]


@dataclass(frozen=True)
class Failure:
    """An answer that a remote, a proxy or the network may give instead of the right one."""

    status: int = 200
    body: bytes = b""
    kind: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0


@dataclass
class Stage:
    """A remote on loopback. ``settings``: those of the connector, given its address; ``secret`` must never show.
    ``crowd(n)`` puts ``n`` more learners into ``known.course``.
    """

    key: str
    application: Application
    settings: Callable[[str], Mapping[str, str]]
    known: Known
    secret: str
    crowd: Callable[[int], None]
    url: str = ""
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = Gate(self.application)

    def connect(self, options: HttpOptions = OPTIONS, url: str | None = None) -> Any:
        """A connector to the remote."""
        http = HttpClient(options, AddressPolicy(development=True), sleep=lambda _: None)
        return declaration(self.key).open(self.settings(url or self.url), http)

    @contextmanager
    def up(self, moved: Callable[[str], None]) -> Iterator["Stage"]:
        """The remote answers while the block runs; ``moved`` tells the double its address."""
        with serving(self.gate) as port:
            self.url = f"http://remote.localhost:{port}"
            moved(self.url)
            yield self


def nobody_listens() -> str:
    """The address of a port on which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://remote.localhost:{port}"
