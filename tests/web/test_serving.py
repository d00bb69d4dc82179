"""Statements over real HTTP: those that wait at once are answered at once, and nobody else waits for them."""

import http.client
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from flask import Flask
from waitress.parser import HTTPRequestParser

from hub.cli.serve import proxy_options
from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services.settings import set_setting
from hub.web import serving, xapi_cors, xapi_express
from hub.web.app import create_app
from tests.conftest import TENANT_HOST, TENANT_KEY
from tests.web.conftest import Clock
from tests.web.served import served
from tests.web.xapi_client import Sender, basic, new_sender, statement

WAIT = 20.0


@pytest.fixture
def server(app: Flask) -> Iterator[Any]:
    """The hub on two threads."""
    with served(app, threads=2) as server:
        yield server


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock)


class Held:
    """Requests that wait: the short way answers nobody until it is told to."""

    def __init__(self, app: Flask, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self.sizes = server, list[int]()
        self.begun, self.go_on = threading.Event(), threading.Event()
        express: xapi_express.Express = app.extensions[xapi_express.EXTENSION]
        real = express.answer

        def answer(environs: list[dict[str, Any]]) -> list[xapi_express.Answer | None]:
            self.sizes.append(len(environs))
            self.begun.set()
            assert self.go_on.wait(WAIT)
            return real(environs)

        monkeypatch.setattr(express, "answer", answer)

    def until(self, count: int, *, threads: int = 1) -> None:
        """Until so many threads are held, and so many requests wait for them."""

        def so(queues: list[Any]) -> bool:
            return len(self.sizes) >= threads and sum(len(queue._waiting) for queue in queues) >= count

        self._until(so)

    def gone(self) -> None:
        """Until no thread serves these requests any more."""
        self._until(lambda queues: not queues)

    def _until(self, so: Callable[[list[Any]], bool]) -> None:
        end = time.monotonic() + WAIT
        while not so(list(self.server.task_dispatcher._queues.values())):
            assert time.monotonic() < end
            time.sleep(0.005)


@pytest.fixture
def held(app: Flask, server: Any, monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(app, server, monkeypatch)


def ask(
    server: Any, sender: Sender, said: Any, method: str = "POST", path: str = "/xapi/statements", **more: str
) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=WAIT)
    headers = {"Host": TENANT_HOST, "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
    headers |= basic(sender.source.key, sender.secret) | more
    connection.request(method, path, said and orjson.dumps(said), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body and orjson.loads(body)


def test_statements_that_wait_at_once_are_answered_at_once_and_pages_do_not_wait(
    server: Any, sender: Sender, held: Held
) -> None:
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, server, sender, statement("a"))
        assert held.begun.wait(WAIT)
        others = [pool.submit(ask, server, sender, statement(f"b{n}")) for n in range(4)]
        wrong = pool.submit(ask, server, sender, statement("c", verb={"id": "no IRI"}))
        held.until(5)
        assert ask(server, sender, None, "GET", "/healthz")[0] == 200  # the other thread is free
        held.go_on.set()
        answers = [first.result(WAIT), *(other.result(WAIT) for other in others)]
        status, problem = wrong.result(WAIT)
    assert held.sizes == [1, 5]  # what is refused goes to Flask at once
    assert [status for status, _ in answers] == [200] * 5
    assert sorted(s["id"] for s in sender.found()) == sorted(told for _, [told] in answers)
    assert (status, problem["path"]) == (400, "$.verb.id")


def test_where_much_waits_a_second_thread_comes_and_no_third(
    app: Flask, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [statement("many", result={"response": "x" * 1000})] * (serving.FULL_BYTES // 4000)
    with served(app, threads=4) as server, ThreadPoolExecutor(16) as pool:
        held = Held(app, server, monkeypatch)
        answers = [pool.submit(ask, server, sender, statement("a"))]
        assert held.begun.wait(WAIT)
        answers += [pool.submit(ask, server, sender, statement(f"b{n}")) for n in range(3)]
        held.until(3)
        answers += [pool.submit(ask, server, sender, batch) for _ in range(8)]
        held.until(4, threads=2)  # more than a thread takes at once
        assert ask(server, sender, None, "GET", "/healthz")[0] == 200
        assert (held.sizes[0], len(held.sizes)) == (1, 2)
        held.go_on.set()
        assert [answer.result(WAIT)[0] for answer in answers] == [200] * 12
        held.gone()
    assert sum(held.sizes) == 12
    assert max(held.sizes) <= 3 + 4
    assert len(sender.found(agent=statement("many")["actor"], limit=0)) == min(500, 8 * len(batch))


def test_a_host_where_much_waits_makes_way_for_others_and_comes_back(
    app: Flask, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(app, threads=1) as server, ThreadPoolExecutor(8) as pool:
        held = Held(app, server, monkeypatch)
        answers = [pool.submit(ask, server, sender, statement("a"))]
        assert held.begun.wait(WAIT)
        page = pool.submit(ask, server, sender, None, "GET", "/healthz")
        while not server.task_dispatcher.queue:
            time.sleep(0.005)
        answers += [pool.submit(ask, server, sender, statement(f"b{n}")) for n in range(3)]
        held.until(3)
        held.go_on.set()
        assert page.result(WAIT)[0] == 200
        assert [answer.result(WAIT)[0] for answer in answers] == [200] * 4
        assert held.sizes == [1, 3]
        held.gone()


@pytest.mark.parametrize("broken", [False, True])
def test_what_goes_wrong_after_the_commit_stores_nothing_again(
    app: Flask, server: Any, sender: Sender, held: Held, monkeypatch: pytest.MonkeyPatch, *, broken: bool
) -> None:
    """An origin that is none, and an answer that cannot be made."""
    if broken:
        monkeypatch.setattr(xapi_cors, "allowed", lambda origin, *_: 1 / 0 if origin else ())
    with sender.tenant.write() as session:
        set_setting(session, "xapi", {"origins": ["https://course.example"]})
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask, server, sender, statement("a"))]
        assert held.begun.wait(WAIT)
        answers += [pool.submit(ask, server, sender, statement(f"b{n}")) for n in range(3)]
        answers.append(pool.submit(ask, server, sender, statement("c"), Origin="http://["))
        held.until(4)
        held.go_on.set()
        statuses = [answer.result(WAIT)[0] for answer in answers]
    assert statuses == [200] * 4 + [500 if broken else 200]
    assert sorted(s["actor"]["account"]["name"] for s in sender.found()) == ["a", "b0", "b1", "b2", "c"]


def test_requests_of_one_connection_are_answered_in_their_order(server: Any, sender: Sender, held: Held) -> None:
    held.go_on.set()
    sent = [statement("a"), statement("b", verb={"id": "no IRI"}), statement("c")]
    with socket.create_connection(("127.0.0.1", server.effective_port), WAIT) as connection:
        connection.sendall(b"".join(raw(sender, said, last=said is sent[-1]) for said in sent))
        answers = connection.makefile("rb").read()
    assert re.findall(rb"HTTP/1.1 ([0-9]+) ", answers) == [b"200", b"400", b"200"]
    assert [s["actor"]["account"]["name"] for s in sender.found()] == ["c", "a"]


def test_who_hangs_up_is_not_stored_and_stops_nobody(server: Any, sender: Sender, held: Held) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, server, sender, statement("a"))
        assert held.begun.wait(WAIT)
        with socket.create_connection(("127.0.0.1", server.effective_port), WAIT) as connection:
            connection.sendall(raw(sender, statement("b"))[:-3])  # half of a body
        last = pool.submit(ask, server, sender, statement("c"))
        held.until(1)
        held.go_on.set()
        assert [first.result(WAIT)[0], last.result(WAIT)[0]] == [200, 200]
    assert [s["actor"]["account"]["name"] for s in sender.found()] == ["c", "a"]


def test_an_answer_that_cannot_be_given_keeps_nobody_waiting(
    app: Flask, server: Any, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    express: xapi_express.Express = app.extensions[xapi_express.EXTENSION]
    with monkeypatch.context() as broken:
        broken.setattr(express, "answer", lambda environs: [None] * len(environs))
        broken.setattr(HTTPRequestParser, "get_body_stream", lambda _: 1 / 0)
        with pytest.raises(http.client.HTTPException):
            ask(server, sender, statement("a"))
    assert ask(server, sender, statement("b"))[0] == 200


@pytest.mark.parametrize(("proxies", "secure"), [(0, False), (1, True)])
def test_a_proxy_is_believed_only_where_it_is_declared(
    make_config: Callable[..., Config], clock: Clock, proxies: int, secure: bool
) -> None:
    config = make_config(base_url=f"https://{TENANT_HOST}", trusted_proxies=proxies)
    installation = Installation(config)
    app = create_app(installation, clock=clock)
    sender = new_sender(app.test_client(), installation, installation.tenant(TENANT_KEY), clock)
    with served(app, **proxy_options(config)) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=WAIT)
        headers = {"Host": TENANT_HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
        headers |= {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
        body = orjson.dumps(statement("a"))
        connection.request("POST", "/xapi/statements", body, headers | basic(sender.source.key, sender.secret))
        answer = connection.getresponse()
        assert answer.status == 200
        assert ("Strict-Transport-Security" in answer.headers, "Server" in answer.headers) == (secure, False)
        connection.close()
    installation.close()


def raw(sender: Sender, said: Any, *, last: bool = False) -> bytes:
    """A POST as it goes over the wire."""
    body = orjson.dumps(said)
    headers = {
        "Host": TENANT_HOST,
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close" if last else "keep-alive",
        **basic(sender.source.key, sender.secret),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /xapi/statements HTTP/1.1\r\n{lines}\r\n".encode() + body
