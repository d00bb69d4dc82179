"""State and profile documents over HTTP: ETags, preconditions, merging (xAPI 1.0.3 Part Three 2.2 to 2.7, 3.1)."""

import hashlib
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.river import Agent
from hub.services.erasure import erase
from hub.services.identities import link
from tests.services.builders import person
from tests.web.conftest import Clock
from tests.web.xapi_client import COURSE, Sender, agent, new_sender, params, statement

STATE, AGENT, ACTIVITY = "activities/state", "agents/profile", "activities/profile"


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock)


def where(resource: str, name: str | None = "bookmark", **more: Any) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if resource != AGENT:
        context["activityId"] = COURSE
    if resource != ACTIVITY:
        context["agent"] = agent()
    key = "stateId" if resource == STATE else "profileId"
    return params(**context, **({key: name} if name else {}), **more)


def act(
    sender: Sender,
    method: str,
    resource: str,
    content: Any = None,
    kind: str = "application/json",
    headers: dict[str, str] | None = None,
    **place: Any,
) -> TestResponse:
    data = content if isinstance(content, bytes) or content is None else orjson.dumps(content)
    asked = where(resource, **place)
    return sender.call(method, resource, query_string=asked, data=data, content_type=kind, headers=headers or {})


NEW = {"If-None-Match": "*"}


@pytest.mark.parametrize("resource", [STATE, AGENT, ACTIVITY])
def test_a_document_comes_back_byte_for_byte_until_it_is_deleted(sender: Sender, resource: str) -> None:
    content = b"\x00\xff not text"
    assert act(sender, "PUT", resource, content, "application/x-thing; a=b", NEW).status_code == 204
    written = sender.clock.now
    found = act(sender, "GET", resource)
    assert (found.status_code, found.data, found.content_type) == (200, content, "application/x-thing; a=b")
    assert found.headers["ETag"] == f'"{hashlib.sha1(content).hexdigest()}"'
    assert found.headers["X-Experience-API-Version"] == "1.0.3"
    assert found.last_modified == written.replace(microsecond=0)
    assert act(sender, "HEAD", resource).headers["ETag"] == found.headers["ETag"]
    same = act(sender, "GET", resource, headers={"If-None-Match": found.headers["ETag"]})
    assert same.status_code == 304
    assert act(sender, "DELETE", resource).status_code == 204
    assert act(sender, "GET", resource).status_code == 404
    assert act(sender, "DELETE", resource).status_code == 204


@pytest.mark.parametrize("resource", [STATE, AGENT, ACTIVITY])
def test_one_writer_does_not_overwrite_the_other_unseen(sender: Sender, resource: str) -> None:
    act(sender, "PUT", resource, {"v": 1}, headers=NEW)
    etag = act(sender, "GET", resource).headers["ETag"]
    assert act(sender, "PUT", resource, {"v": 0}, headers=NEW).status_code == 412
    assert act(sender, "PUT", resource, {"v": 0}, headers={"If-Match": '"other"'}).status_code == 412
    assert act(sender, "PUT", resource, {"v": 0}, headers={"If-None-Match": etag}).status_code == 412
    assert act(sender, "PUT", resource, {"v": 2}, headers={"If-Match": etag}).status_code == 204
    assert act(sender, "PUT", resource, {"v": 3}, headers={"If-Match": etag}).status_code == 412
    assert act(sender, "DELETE", resource, headers={"If-Match": etag}).status_code == 412
    assert act(sender, "POST", resource, {"w": 1}, headers={"If-Match": etag}).status_code == 412
    assert act(sender, "GET", resource).json == {"v": 2}


def test_a_state_needs_no_precondition_in_1_0_and_does_in_2_0(sender: Sender) -> None:
    assert act(sender, "PUT", STATE, {"v": 1}).status_code == 204
    assert act(sender, "PUT", STATE, {"v": 2}).status_code == 204
    sender.version = "2.0.0"
    refused = act(sender, "PUT", STATE, {"v": 3})
    assert (refused.status_code, refused.mimetype) == (409, "text/plain")
    assert "If-Match" in refused.text
    assert act(sender, "PUT", STATE, {"v": 3}, name="another").status_code == 204


@pytest.mark.parametrize("resource", [AGENT, ACTIVITY])
def test_a_profile_needs_a_precondition(sender: Sender, resource: str) -> None:
    assert act(sender, "PUT", resource, {"v": 1}).status_code == 400
    act(sender, "PUT", resource, {"v": 1}, headers=NEW)
    assert act(sender, "PUT", resource, {"v": 2}).status_code == 409
    sender.version = "2.0.0"
    assert act(sender, "PUT", resource, {"v": 2}).status_code == 409
    assert act(sender, "PUT", resource, {"v": 2}, name="another").status_code == 204


@pytest.mark.parametrize("resource", [STATE, AGENT, ACTIVITY])
def test_post_lays_one_object_over_the_other(sender: Sender, resource: str) -> None:
    assert act(sender, "POST", resource, {"a": {"x": 1}, "b": 2}).status_code == 204
    assert act(sender, "POST", resource, b'{"a":{"y":3},"c":12345678901234567890123}').status_code == 204
    found = act(sender, "GET", resource)
    assert found.data == b'{"a":{"y":3},"b":2,"c":12345678901234567890123}'
    for content, kind in ((b"[1]", "application/json"), (b"{", "application/json"), (b"{}", "text/plain")):
        refused = act(sender, "POST", resource, content, kind)
        assert (refused.status_code, refused.json["code"]) == (400, "not_mergeable")
    assert act(sender, "GET", resource).data == found.data
    assert act(sender, "POST", resource, b"{", name="new").status_code == 400
    assert act(sender, "POST", resource, b"plain", "text/plain", name="text").status_code == 204
    assert act(sender, "POST", resource, {"a": 1}, name="text").status_code == 400


@pytest.mark.parametrize("resource", [STATE, AGENT, ACTIVITY])
def test_the_ids_of_a_context(sender: Sender, resource: str) -> None:
    assert act(sender, "GET", resource, name=None).json == []
    act(sender, "PUT", resource, b"1", "text/plain", NEW, name="b")
    between = sender.clock.now.isoformat()
    act(sender, "PUT", resource, b"2", "text/plain", NEW, name="a é")
    assert act(sender, "GET", resource, name=None).json == ["a é", "b"]
    assert act(sender, "GET", resource, name=None, since=between).json == ["a é"]
    assert act(sender, "GET", resource, name=None, since="soon").status_code == 400


def test_a_registration_keeps_its_own_state(sender: Sender) -> None:
    one, two = str(uuid4()), str(uuid4())
    act(sender, "PUT", STATE, b"none")
    act(sender, "PUT", STATE, b"one", registration=one.upper())
    act(sender, "PUT", STATE, b"else", name="else", registration=two)
    assert act(sender, "GET", STATE).data == b"none"
    assert act(sender, "GET", STATE, registration=one).data == b"one"
    assert act(sender, "GET", STATE, registration=two).status_code == 404
    assert act(sender, "GET", STATE, name=None, registration=one).json == ["bookmark"]
    assert act(sender, "GET", STATE, name=None).json == ["bookmark", "else"]
    assert act(sender, "DELETE", STATE, name=None, registration=two).status_code == 204
    assert act(sender, "GET", STATE, name=None).json == ["bookmark"]
    assert act(sender, "DELETE", STATE, name=None).status_code == 204
    assert act(sender, "GET", STATE, name=None).json == []


@pytest.mark.parametrize(
    ("method", "resource", "lacking", "status"),
    [
        *[(method, STATE, "activityId", 400) for method in ("GET", "PUT", "POST", "DELETE")],
        *[(method, STATE, "agent", 400) for method in ("GET", "PUT", "POST", "DELETE")],
        *[(method, STATE, "stateId", 400) for method in ("PUT", "POST")],
        *[(method, AGENT, "agent", 400) for method in ("GET", "PUT", "POST", "DELETE")],
        *[(method, AGENT, "profileId", 400) for method in ("PUT", "POST", "DELETE")],
        *[(method, ACTIVITY, "activityId", 400) for method in ("GET", "PUT", "POST", "DELETE")],
        *[(method, ACTIVITY, "profileId", 400) for method in ("PUT", "POST", "DELETE")],
    ],
)
def test_what_a_document_needs(sender: Sender, method: str, resource: str, lacking: str, status: int) -> None:
    asked = where(resource)
    del asked[lacking]
    answer = sender.call(method, resource, query_string=asked, data=b"x", content_type="text/plain", headers=NEW)
    assert (answer.status_code, answer.json["path"]) == (status, lacking)


@pytest.mark.parametrize(
    "wrong",
    [
        {"registration": "1"},
        {"stateId": ""},
        {"stateId": "x" * 1501},
        {"stateId": "\x00"},
        {"agent": "[]"},
        {"agent": '"a"'},
        {"activityId": "course"},
        {"other": "1"},
        {"agent": '{"mbox":"mailto:a@b.example","name":"\\u0000"}'},
    ],
)
def test_parameters_of_a_document_that_are_refused(sender: Sender, wrong: dict[str, str]) -> None:
    asked = where(STATE) | wrong
    answer = sender.call("PUT", STATE, query_string=asked, data=b"x", content_type="text/plain")
    assert answer.status_code == 400
    assert answer.json["path"] == next(iter(wrong))


def test_a_content_type_that_is_none(sender: Sender) -> None:
    assert act(sender, "PUT", STATE, b"x", "a" * 300).status_code == 400


def test_long_names_and_iris(sender: Sender) -> None:
    iri = "https://lms.example/" + "a" * 10_000
    asked = params(activityId=iri, agent=agent("b" * 5000), stateId="c" * 1500)
    assert sender.call("PUT", STATE, query_string=asked, data=b"x", content_type="text/plain").status_code == 204
    assert sender.call("GET", STATE, query_string=asked).data == b"x"


def test_of_an_erased_person_nothing_is_kept_again(sender: Sender) -> None:
    sender.post(statement("ines"))
    act(sender, "PUT", STATE, b"hers", "text/plain")
    with sender.tenant.write() as session:
        who = person(session)
        key = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines"))).one()
        link(session, key, who, rule="test", by=None, now=sender.clock.now)
        erase(session, who, None, sender.clock.now)
    assert act(sender, "GET", STATE).status_code == 404
    assert act(sender, "PUT", STATE, b"again", "text/plain").status_code == 204
    assert act(sender, "GET", STATE).status_code == 404


def test_a_document_never_opens_as_a_page(sender: Sender) -> None:
    act(sender, "PUT", STATE, b"<script>alert(1)</script>", "text/html")
    found = act(sender, "GET", STATE)
    assert found.headers["Content-Disposition"] == "attachment"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
