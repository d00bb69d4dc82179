"""Occitanie Mooc: what members do becomes statements that the grammar takes; none is lost while the hub is away."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from content.xapi import grammar
from content.xapi.readings import read
from hub.demo.mooc import COURSES, MoocSite, create_mooc

AT = datetime(2026, 11, 12, 18, 0, tzinfo=UTC)
URL = "http://mooc.localhost:9"
PLAN = COURSES["lire-un-plan"]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test speaks for itself."""


class Lrs:
    """A record store that keeps what it is sent, or answers with ``status``."""

    def __init__(self) -> None:
        self.status = "200 OK"
        self.statements: list[dict[str, Any]] = []
        self.authorisations: set[str] = set()
        self.port = 0

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.authorisations.add(environ["HTTP_AUTHORIZATION"])
        sent = json.loads(body)
        if self.status == "200 OK":
            self.statements += sent
        start(self.status, [("Content-Type", "application/json")])
        return [json.dumps([one["id"] for one in sent]).encode()]


@contextmanager
def serving() -> Iterator[Lrs]:
    lrs = Lrs()
    with make_server("127.0.0.1", 0, lrs, handler_class=_Quiet) as server:
        lrs.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield lrs
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def lrs() -> Iterator[Lrs]:
    with serving() as found:
        yield found


def site_at(port: int) -> MoocSite:
    return MoocSite(URL, f"http://localhost:{port}/xapi/", "key", "secret", {"membre-1": "Ana"})


def readings(statements: list[dict[str, Any]]) -> set[tuple[str, str, float | None]]:
    return {(r.activity, str(r.kind), r.value) for s in statements for r in read(s, trusted=False)}


def test_what_a_member_does_is_sent(lrs: Lrs) -> None:
    browser = create_mooc(site_at(lrs.port), lambda: AT).test_client()
    for unit in (1, 2, 3):
        answer = browser.post(f"/courses/lire-un-plan/units/{unit}", data={"member": "membre-1"})
        assert answer.status_code == 303
    browser.post("/courses/lire-un-plan/answer", data={"member": "membre-1", "choice": str(PLAN.right)})
    assert "Bonne réponse" in browser.get("/courses/lire-un-plan?said=right").get_data(as_text=True)
    assert lrs.authorisations == {"Basic a2V5OnNlY3JldA=="}
    for statement in lrs.statements:
        grammar.check(statement)
        assert statement["actor"]["account"] == {"homePage": URL, "name": "membre-1"}
        assert datetime.fromisoformat(statement["timestamp"]) == AT
    course = f"{URL}/courses/lire-un-plan"
    found = readings(lrs.statements)
    assert {(course, "completed", 1.0), (course, "passed", 1.0), (course, "score", 1.0)} <= found
    assert (course, "progress", 0.75) in found
    assert (f"{course}/units/2", "opened", 1.0) in found


def test_a_wrong_answer_is_a_failure(lrs: Lrs) -> None:
    browser = create_mooc(site_at(lrs.port), lambda: AT).test_client()
    browser.post("/courses/lire-un-plan/answer", data={"member": "membre-1", "choice": "0"})
    found = readings(lrs.statements)
    assert (f"{URL}/courses/lire-un-plan", "passed", 0.0) in found
    assert not any(kind == "completed" for _, kind, _ in found)


def test_statements_wait_while_the_hub_is_away(lrs: Lrs) -> None:
    site = site_at(lrs.port)
    lrs.status = "503 Service Unavailable"
    site.follow("membre-1", PLAN, 0, AT)
    assert (site.waiting, lrs.statements) == (2, [])
    page = create_mooc(site, lambda: AT).test_client().get("/courses/lire-un-plan")
    assert "Envois en attente : 2" in page.get_data(as_text=True)
    lrs.status = "200 OK"
    site.finish("membre-1", PLAN, 1.0, AT)
    assert site.waiting == 0
    assert [s["verb"]["id"].rpartition("/")[2] for s in lrs.statements] == ["experienced", "progressed", "completed"]


def test_they_wait_for_a_hub_that_does_not_answer() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        site = site_at(unused.getsockname()[1])
    site.follow("membre-1", PLAN, 0, AT)
    assert site.waiting == 2
    assert site.flush() is False


def test_the_same_act_has_the_same_ids(lrs: Lrs) -> None:
    for _ in range(2):
        site_at(lrs.port).follow("membre-1", PLAN, 0, AT)
    assert len(lrs.statements) == 4
    assert len({statement["id"] for statement in lrs.statements}) == 2


def test_pages_that_do_not_exist(lrs: Lrs) -> None:
    browser = create_mooc(site_at(lrs.port), lambda: AT).test_client()
    assert browser.get("/").status_code == 200
    assert "J’ai lu" not in browser.get("/courses/lire-un-plan?member=stranger").get_data(as_text=True)
    assert "J’ai lu" in browser.get("/courses/lire-un-plan?member=membre-1").get_data(as_text=True)
    assert browser.get("/courses/none").status_code == 404
    assert browser.post("/courses/lire-un-plan/units/9", data={"member": "membre-1"}).status_code == 404
    assert browser.post("/courses/lire-un-plan/units/1", data={"member": "stranger"}).status_code == 400
    assert lrs.statements == []
