"""What hostile and broken senders send: refused with its reason or kept as it is, never a 500."""

import base64
import socket
import time
import tracemalloc
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.xapi.multipart import join
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.web.xapi_errors import Refusal
from hub.web.xapi_request import said
from tests.conftest import TENANT_HOST
from tests.web import test_xapi_tincan
from tests.web.conftest import Clock
from tests.web.test_xapi_attachments import content, described
from tests.web.xapi_client import COURSE, Sender, new_sender, statement

port = test_xapi_tincan.port

JSON = "application/json"


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock)


def raw(**replaced: bytes) -> bytes:
    """A statement whose members are given as JSON texts."""
    said = {key: orjson.dumps(value) for key, value in statement().items()} | replaced
    return b"{" + b",".join(b'"%s":%s' % (key.encode(), value) for key, value in said.items()) + b"}"


def described_as(length: bytes) -> bytes:
    """An attachment of that length, as JSON text."""
    return b"[%s]" % orjson.dumps(described(length=0, fileUrl="https://lms.example/f")).replace(
        b'"length":0', b'"length":' + length
    )


DEEP = b'{"urn:x":' * 10_000 + b"1" + b"}" * 10_000
BODIES = {
    "100 MB": (b'[{"x":"' + b"a" * 100_000_000 + b'"}]', 413),
    "10,000 levels": (raw(context=b'{"extensions":' + DEEP + b"}"), 400),
    "NaN": (raw(result=b'{"score":{"raw":NaN}}'), 400),
    "Infinity": (raw(result=b'{"score":{"raw":1e999999}}'), 400),
    "a key twice": (raw(context=b'{"platform":"a","platform":"b"}'), 400),
    "no UTF-8": (raw(context=b'{"platform":"\xc3\x28"}'), 400),
    "half a surrogate": (raw(context=b'{"platform":"\\ud800"}'), 400),
    "a nul": (raw(context=b'{"platform":"\\u0000"}'), 400),
    "a key of half a surrogate, twice": (raw(context=b'{"extensions":{"\\ud800":1,"\\ud800":2}}'), 400),
    "an attachment of half a byte": (raw(attachments=described_as(b"123456789012345678901234567890.5")), 400),
    "an attachment of less than nothing": (raw(attachments=described_as(b"-1" + b"0" * 400)), 400),
    "a scaled score beyond all floats": (raw(result=b'{"score":{"scaled":1' + b"0" * 400 + b"}}"), 400),
    "a raw score beyond all floats and a fault": (raw(result=b'{"score":{"raw":1' + b"0" * 400 + b'},"x":1}'), 400),
    "a huge integer": (raw(result=b'{"score":{"raw":' + b"9" * 300 + b"}}"), 200),
    "an IRI of 10 kB": (raw(object=b'{"id":"https://lms.example/' + b"x" * 10_000 + b'"}'), 200),
    "a clock of 1970": (raw(timestamp=b'"1970-01-01T00:00:00Z"'), 200),
    "a clock of 2100": (raw(timestamp=b'"2100-01-01T00:00:00Z"'), 200),
    "a clock of year 0": (raw(timestamp=b'"0000-01-01T00:00:00Z"'), 400),
    "a name of 1 MB": (raw(verb=b'{"id":"urn:x:v","display":{"fr":"' + b"x" * 1_000_000 + b'"}}'), 200),
    "a BOM": (b"\xef\xbb\xbf" + raw(), 400),
    "half of a body": (raw()[:-30], 400),
}


@pytest.mark.parametrize("what", BODIES)
def test_bodies(sender: Sender, what: str) -> None:
    body, status = BODIES[what]
    answer = sender.call("POST", "statements", data=body, content_type=JSON)
    assert answer.status_code == status, answer.text[:300]
    assert len(sender.found()) == (status == 200)
    if status == 400:
        assert answer.json["reason"]
        assert "xxx" not in answer.text


@pytest.mark.parametrize("agent", ['{"\\ud800":1,"\\ud800":2}', '{"\\ud800":{"a":1,"a":2}}'])
def test_half_a_surrogate_in_a_query(sender: Sender, agent: str) -> None:
    answer = sender.call("GET", "statements", query_string={"agent": agent})
    assert answer.status_code == 400, answer.text
    assert answer.json["reason"]


def test_the_place_of_a_nul_takes_no_more_memory_than_the_body() -> None:
    body = b'{"a":["","\\u0000"],"%s":{%s}}' % (b"k" * 20_000, b",".join(b'"%d":0' % n for n in range(2000)))
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as caught:
            said(body)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.path == "$.a[1]"
    assert most < 50 * len(body)


@pytest.mark.parametrize("text", ['{"a":{"x\\u0000":1}}', '{"a":"\\u0000"}'])
def test_the_place_of_a_nul(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        said(text.encode())
    assert caught.value.path == "$.a"


def test_a_clock_of_2100_counts_as_now_and_is_kept(sender: Sender) -> None:
    assert sender.post(statement(timestamp="2100-01-01T00:00:00Z")).status_code == 200
    assert sender.found(activity=COURSE)[0]["timestamp"] == "2100-01-01T00:00:00Z"


def test_half_of_a_batch_is_bad(sender: Sender) -> None:
    answer = sender.post(*(statement(f"p{n}", **({"verb": {}} if n % 2 else {})) for n in range(10)))
    assert (answer.status_code, answer.json["path"]) == (400, "$[1].verb.id")
    assert sender.found() == []


def test_the_same_id_with_another_content(sender: Sender) -> None:
    sid = str(uuid4())
    assert sender.post(statement(id=sid)).status_code == 200
    answer = sender.post(statement("other"), statement("other", id=sid.upper()))
    assert (answer.status_code, answer.json["path"]) == (409, "$[1].id")
    assert len(sender.found()) == 1


EDITS = st.lists(
    st.tuples(st.sampled_from(["cut", "drop", "twice", "flip"]), st.integers(0, 900), st.integers(1, 80)), max_size=3
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITS)
def test_any_fault_in_a_body_of_parts(sender: Sender, edits: list[tuple[str, int, int]]) -> None:
    said = statement(id=str(uuid4()), attachments=[described()])
    body, kind = join(orjson.dumps(said).decode(), [content()])
    for edit, at, size in edits:
        match edit:
            case "cut":
                body = body[: len(body) - size]
            case "drop":
                body = body[:at] + body[at + size :]
            case "twice":
                body = body[:at] + body[at : at + size] + body[at:]
            case "flip":
                body = body[:at] + bytes(255 - byte for byte in body[at : at + size]) + body[at + size :]
    answer = sender.call("POST", "statements", data=body, content_type=kind)
    assert answer.status_code in (200, 400, 409), answer.text


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_client_that_hangs_up_in_the_middle(sender: Sender, port: int) -> None:
    body = orjson.dumps([statement(f"p{n}") for n in range(50)])
    token = base64.b64encode(f"{sender.source.key}:{sender.secret}".encode()).decode()
    head = (
        f"POST /xapi/statements HTTP/1.1\r\nHost: {TENANT_HOST}\r\nAuthorization: Basic {token}\r\n"
        f"X-Experience-API-Version: 1.0.3\r\nContent-Type: {JSON}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for sent in (0, 1, len(body) // 2, len(body) - 1):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(head.encode() + body[:sent])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(head.encode() + body)  # and one that does not wait for its answer
    until = time.monotonic() + 20
    while len(found := sender.found()) != 50 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(found) == 50


def test_no_refusal_repeats_what_was_sent(sender: Sender) -> None:
    told: dict[str, Any] = statement(actor={"mbox": "secret.person@example.org"})
    answer = sender.post(told)
    assert answer.status_code == 400
    assert "secret.person" not in answer.text
    assert "secret.person" not in str(sender.row().last_refusal)
