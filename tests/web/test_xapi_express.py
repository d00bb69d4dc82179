"""The short way in front of Flask: each request is sent by it and past it, and nothing that can be seen differs."""

import gzip
import re
import threading
import time
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import create_environ

from hub.db.directory import Installation
from hub.db.errors import DatabaseFull
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.models.river import Ledger
from hub.services import ledger, xapi_sources, xapi_tokens
from hub.services.group_commit import MOST
from hub.services.settings import set_setting
from hub.services.turns import turns
from hub.services.xapi_sources import Terms
from hub.web import xapi_express
from tests.web.conftest import BASE, Clock
from tests.web.xapi_client import Sender, agent, basic, new_sender, statement

KNOWN = "11111111-1111-4111-8111-111111111111"
RELAYS = "22222222-2222-4222-8222-222222222222"
OWN = "@own-id-of-this-request-of-36-letters@"


FAULTY = {"id": "https://lms.example/group/1", "objectType": "GroupActivity"}


def one(**more: Any) -> dict[str, Any]:
    """A statement under an id of its own."""
    return statement("ines", **{"id": OWN, **more})


def voiding(statement_id: str) -> dict[str, Any]:
    reference = {"objectType": "StatementRef", "id": statement_id}
    return one(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, object=reference)


#: (source, statements or bytes, what else the request has), for the short way.
SHORT: list[tuple[str, Any, dict[str, Any]]] = [
    ("plain", one(), {}),
    ("plain", [one()], {}),
    ("plain", [one(), statement("b"), statement("c")], {}),
    ("plain", [statement("a")] * 11, {}),
    ("plain", [statement("a")] * 12, {"headers": {"Accept-Encoding": "gzip;q=0.5, br"}}),
    ("plain", [statement("a")] * 12, {"headers": {"Accept-Encoding": "gzip;q=0"}}),
    ("plain", [statement("a")] * MOST, {}),
    ("plain", one(result={"response": "x" * 40_000}), {}),
    ("plain", statement("a"), {}),
    ("plain", b"\n " + orjson.dumps(one()), {"content_type": "application/json; charset=utf-8"}),
    ("plain", one(), {"path": "/xapi//statements/"}),
    ("plain", one(), {"version": "1.0"}),
    ("plain", one(), {"version": "2.0.0"}),
    ("plain", one(authority=agent("somebody")), {}),
    ("plain", voiding(KNOWN), {}),
    ("plain", one(), {"headers": {"Origin": "https://course.example"}}),
    ("plain", one(), {"headers": {"Accept-Encoding": "gzip", "Accept-Language": "en", "Cookie": "hub-language=en"}}),
    ("plain", one(), {"environ_overrides": {"wsgi.url_scheme": "https"}}),
    ("plain", one(), {"token": "all"}),
    ("relay", one(authority=agent("somebody")), {}),
    ("lenient", one(), {}),
    ("plain", statement("a"), {"method": "PUT", "query_string": f"statementId={OWN}"}),
    ("plain", one(), {"method": "PUT", "query_string": f"statementId={OWN}"}),
]
#: What Flask stores, and what it refuses.
LONG: list[tuple[str, Any, dict[str, Any]]] = [
    ("plain", [statement("a")] * (MOST + 1), {}),
    ("plain", [], {}),
    ("plain", one(result={"response": "x" * xapi_express.MOST_BYTES}), {}),
    ("limited", one(), {}),
    ("strict", one(), {}),
    ("lenient", one(context={"contextActivities": {"parent": [FAULTY]}}), {}),
    ("plain", one(id=KNOWN), {}),
    ("plain", voiding(RELAYS), {}),
    ("plain", [one(), one()], {}),
    ("plain", one(verb={"id": "no IRI"}), {}),
    ("plain", one(result={"response": "\x00"}), {}),
    ("plain", 7, {}),
    ("plain", b'{"actor":', {}),
    ("plain", b"", {}),
    ("plain", one(), {"query_string": "more=1"}),
    ("plain", one(), {"version": None}),
    ("plain", one(), {"version": "0.9"}),
    ("plain", one(), {"content_type": "text/plain"}),
    ("plain", one(), {"content_type": "multipart/mixed; boundary=x"}),
    ("plain", gzip.compress(b"{}"), {"headers": {"Content-Encoding": "gzip"}}),
    ("plain", one(), {"headers": {"Authorization": "Basic !!!"}}),
    ("plain", one(), {"headers": {"Authorization": "Bearer abc"}}),
    ("plain", one(), {"headers": basic("src-0", "wrong")}),
    ("plain", one(), {"headers": basic("cmi5.1", "wrong")}),
    ("plain", one(), {"headers": {"Host": "nobody.example"}}),
    ("plain", one(), {"token": "statements/read"}),
    ("reader", one(), {}),
    ("small", one(), {}),
    ("plain", one(id=KNOWN), {"method": "PUT", "query_string": f"statementId={OWN}"}),
    ("plain", [one()], {"method": "PUT", "query_string": f"statementId={OWN}"}),
    ("plain", one(), {"method": "PUT", "query_string": "statementId=none"}),
    ("plain", one(), {"method": "PUT", "query_string": f"statementId={OWN}&statementId={OWN}"}),
]
#: Where the place lets one origin in, and two statements at once.
SET_SHORT = [("plain", one(), {"headers": {"Origin": f"https://{name}.example"}}) for name in ("course", "other")]
SET_LONG = [("plain", [statement("a"), statement("b"), statement("c")], {})]
TERMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "reader": {},
    "strict": {},
    "lenient": {"lenient": True},
    "relay": {"keeps_authority": True},
    "limited": {"per_minute": 1000},
    "small": {"largest_body": 100},
}


class Both:
    """Sends a request by the short way, or past it."""

    def __init__(self, app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> None:
        self.app, self.installation, self.tenant, self.clock = app, installation, tenant, clock
        self.senders = {name: self._sender(name, **terms) for name, terms in TERMS.items()}
        self.senders["plain"].post(statement("a", id=KNOWN))
        self.senders["relay"].post(statement("a", id=RELAYS))

    def _sender(self, name: str, **terms: Any) -> Sender:
        scope = "statements/read" if name == "reader" else "all"
        sender = new_sender(self.app.test_client(), self.installation, self.tenant, self.clock, scope)
        with self.tenant.write() as session:
            its, now = Terms(**terms), self.clock.now
            row = xapi_sources.change(session, sender.source.id, name, (scope,), None, now, terms=its, by=None)
            row.profile_mode = "strict" if name == "strict" else ""
        return sender

    def send(self, source: str, sent: Any, more: dict[str, Any]) -> dict[str, Any]:
        """What can be seen of it, but for instants and for what tells one request from the next."""
        own = str(uuid4())
        sender, options = self.senders[source], {"content_type": "application/json", **more}
        options["data"] = (sent if isinstance(sent, bytes) else orjson.dumps(sent)).replace(OWN.encode(), own.encode())
        if "query_string" in options:
            options["query_string"] = options["query_string"].replace(OWN, own)
        if "token" in options:
            row, scope = sender.row(), options.pop("token")
            vault = self.installation.vault_of(self.tenant.key)
            token = xapi_tokens.issue(vault, self.tenant.key, row, (scope,), self.clock.now)
            options["headers"] = {"Authorization": f"Bearer {token}"}
        sender.version = options.pop("version", "1.0.3")
        before, counted = self._last(), self._counted()
        answer = sender.call(options.pop("method", "POST"), options.pop("path", "statements"), **options)
        given = answer.json if isinstance(answer.get_json(silent=True), list) else []
        row, now = sender.row(), self.clock.now
        seen = {
            "status": answer.status,
            "headers": sorted(f"{name}: {value}" for name, value in answer.headers),
            "text": answer.text,
            "stored": self._stored(before),
            "counted": [key for key, count in self._counted().items() if count != counted.get(key)],
            "refused": row.last_refusal,
            "accepted": row.last_accepted_at == to_micros(now),
        }
        text = orjson.dumps(seen).decode()
        text = text.replace(now.isoformat()[:19], "NOW")
        if answer.status_code >= 300:  # how far the ledger's clock was set is a matter of real time
            text = re.sub(r"(Consistent-Through: )[^\"]*", r"\1…", text)
        for statement_id in (own, *given):
            text = text.replace(statement_id, "ID")
        found: dict[str, Any] = orjson.loads(text)
        return found

    def environ(self, source: str, sent: Any) -> dict[str, Any]:
        """A POST as the short way gets it."""
        sender = self.senders[source]
        headers = {**basic(sender.source.key, sender.secret), "X-Experience-API-Version": "1.0.3"}
        kind = "application/json"
        return create_environ("/xapi/statements", BASE, method="POST", json=sent, headers=headers, content_type=kind)

    def _last(self) -> int:
        with self.tenant.read() as session:
            return session.scalar(select(func.max(Ledger.seq))) or 0

    def _stored(self, after: int) -> list[str]:
        with self.tenant.read() as session:
            return list(session.scalars(select(Ledger.text).where(Ledger.seq > after).order_by(Ledger.seq)))

    def _counted(self) -> dict[str, float]:
        families = self.app.extensions["hub.measures"].registry.collect()
        names = ("hub_requests_total", "hub_request_seconds_count")
        samples = (sample for family in families for sample in family.samples)
        return {f"{s.name} {sorted(s.labels.items())}": s.value for s in samples if s.name in names}


@pytest.fixture
def both(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Both:
    return Both(app, installation, tenant, clock)


def test_both_ways_answer_store_and_count_alike(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    walk(both, monkeypatch, SHORT, short=True)
    walk(both, monkeypatch, LONG, short=False)
    with both.tenant.write() as session:
        set_setting(session, "xapi", {"origins": ["https://course.example"], "largest_batch": 2})
    walk(both, monkeypatch, SET_SHORT, short=True)
    walk(both, monkeypatch, SET_LONG, short=False)


def watched(express: xapi_express.Express, patch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request went the short way, filled as they come."""
    taken: list[bool] = []
    real = express.answer

    def answer(environs: Any) -> Any:
        answers = real(environs)
        taken.extend(one is not None for one in answers)
        return answers

    patch.setattr(express, "answer", answer)
    return taken


def sizes_of_units(patch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each unit of work stores, filled as they come."""
    sizes: list[int] = []
    real = xapi_express.store
    patch.setattr(xapi_express, "store", lambda *given: sizes.append(given[2]) or real(*given))
    return sizes


def walk(both: Both, monkeypatch: pytest.MonkeyPatch, rows: list[Any], *, short: bool) -> None:
    express: xapi_express.Express = both.app.extensions[xapi_express.EXTENSION]
    for source, sent, more in rows:
        with monkeypatch.context() as patch:
            patch.setattr(express, "answer", lambda environs: [None] * len(environs))
            past = both.send(source, sent, more)
        with monkeypatch.context() as patch:
            taken = watched(express, patch)
            by = both.send(source, sent, more)
        assert by == past, (source, sent, more)
        assert any(taken) is short, (source, sent, more)


def test_what_storing_fails_at_is_worded_by_flask_and_not_tried_again(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fail(*_: Any) -> int:
        tried.append(1)
        raise DatabaseFull("the disk is full")

    monkeypatch.setattr(xapi_express, "store", fail)
    answer = both.senders["plain"].post(statement("a"))
    assert (answer.status_code, answer.json["code"]) == (503, DatabaseFull.code)
    assert answer.headers["X-Experience-API-Version"] == "1.0.3"
    assert (len(tried), both.senders["plain"].found(agent='{"mbox":"mailto:nobody@a.example"}')) == (1, [])


def test_a_credential_is_looked_up_once_whichever_way_the_request_goes(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    real = xapi_sources.authenticate
    monkeypatch.setattr(xapi_sources, "authenticate", lambda *given: looked_up.append(given[2]) or real(*given))
    sender = both.senders["reader"]
    sender.secret = "wrong"
    assert (sender.post(statement("a")).status_code, looked_up) == (401, [sender.source.key])


def test_requests_answered_at_once_share_a_unit_and_what_one_breaks_is_its_own_affair(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    express: xapi_express.Express = both.app.extensions[xapi_express.EXTENSION]
    units = sizes_of_units(monkeypatch)

    def at_once(*sent: tuple[str, Any]) -> list[int]:
        environs = [both.environ(source, one) for source, one in sent]
        return [0 if found is None else int(found.status[:3]) for found in express.answer(environs)]

    mine, relays = both.senders["plain"], both.senders["relay"]
    assert at_once(("plain", statement("a")), ("relay", statement("b")), ("plain", statement("c"))) == [200] * 3
    assert units == [2, 1]  # a unit for each source
    assert at_once(("plain", statement("a")), ("plain", {}), ("reader", statement("a"))) == [200, 0, 0]
    assert at_once(("plain", statement("a", id=KNOWN, result={"success": True})), ("plain", statement("d"))) == [0, 0]
    assert len(mine.found()) == 2 + 3 + 1
    assert relays.found(agent=agent("d")) == []  # nothing of a unit in which one was refused


def test_more_than_one_unit_holds_goes_into_several(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    express: xapi_express.Express = both.app.extensions[xapi_express.EXTENSION]
    units = sizes_of_units(monkeypatch)
    sizes = (MOST - 1, 1, 1, 2, MOST)
    sent = [[statement(f"p{place}")] * size for place, size in enumerate(sizes)]
    answers = express.answer([both.environ("plain", batch) for batch in sent])
    assert units == [MOST, 3, MOST]
    assert [len(orjson.loads(answer.body)) for answer in answers if answer] == list(sizes)
    for place, (batch, answer) in enumerate(zip(sent, answers, strict=True)):
        found = both.senders["plain"].found(agent=batch[0]["actor"], limit=0)
        assert answer is not None
        assert sorted(s["id"] for s in found) == sorted(orjson.loads(answer.body))[: len(found)], place


def test_who_stores_waits_for_one_request_that_is_prepared_not_for_all(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    express: xapi_express.Express = both.app.extensions[xapi_express.EXTENSION]
    order: list[str] = []
    real = ledger.prepare

    def stores() -> None:
        with turns.to_store():
            order.append("stored")

    thread = threading.Thread(target=stores)

    def prepare(*given: Any) -> Any:
        if not order:
            thread.start()
            while not turns._waiting:
                time.sleep(0.001)
        order.append("prepared")
        return real(*given)

    monkeypatch.setattr(ledger, "prepare", prepare)
    answers = express.answer([both.environ("plain", statement(name)) for name in ("a", "b", "c")])
    thread.join()
    assert [answer.status for answer in answers if answer] == ["200 OK"] * 3
    assert order == ["prepared", "stored", "prepared", "prepared"]
