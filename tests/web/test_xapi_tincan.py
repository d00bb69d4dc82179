"""A foreign client, tincan 1.0.0, over real HTTP against the hub on waitress.

Its ``about()`` is left out: it raises ValueError on any LRS that lists version 2.0.0.
"""

import socket
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from tincan import (
    Activity,
    ActivityDefinition,
    Agent,
    AgentAccount,
    LanguageMap,
    RemoteLRS,
    Result,
    Score,
    Statement,
    Verb,
)
from tincan.documents import AgentProfileDocument, StateDocument
from tincan.http_request import HTTPRequest

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services.xapi_sources import create_source
from tests.conftest import TENANT_HOST
from tests.web.conftest import Clock
from tests.web.served import served

COURSE = "https://mooc.example/course/1"


@pytest.fixture
def port(app: Flask, tenant: TenantDatabase) -> Iterator[int]:
    """The port of the hub on waitress."""
    with served(app) as server:
        yield int(server.effective_port)


@pytest.fixture
def lrs(port: int, installation: Installation, tenant: TenantDatabase, clock: Clock, monkeypatch) -> RemoteLRS:
    """tincan's client, with a doubled slash at the end of its endpoint, as people type it."""
    with tenant.write() as session:
        source, secret = create_source(session, installation.vault, "MOOC", ["all"], None, clock.now)
    monkeypatch.setattr("socket.getaddrinfo", _loopback)
    endpoint = f"http://{TENANT_HOST}:{port}/xapi//"
    return RemoteLRS(version="1.0.3", endpoint=endpoint, username=source.key, password=secret)


def _loopback(host, port, *_args, **_kwargs):
    """The tenant's host is this machine, whatever its resolver thinks of ``.localhost``."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def agent(name: str = "inès") -> Agent:
    return Agent(name=name, account=AgentAccount(home_page="https://mooc.example", name=name))


def said(name: str = "inès", iri: str = COURSE) -> Statement:
    definition = ActivityDefinition(name=LanguageMap({"fr": "Découvrir la menuiserie"}))
    return Statement(
        actor=agent(name),
        verb=Verb(id="http://adlnet.gov/expapi/verbs/completed", display=LanguageMap({"en": "completed"})),
        object=Activity(id=iri, definition=definition),
        result=Result(score=Score(scaled=0.75), completion=True, duration=timedelta(minutes=12, microseconds=5)),
    )


def test_one_statement_is_saved_and_read(lrs: RemoteLRS) -> None:
    one = said()
    saved = lrs.save_statement(one)
    assert saved.success, saved.data
    back = lrs.retrieve_statement(one.id)
    assert back.success
    assert (back.content.actor.name, back.content.result.score.scaled) == ("inès", 0.75)
    assert back.content.stored is not None
    fixed = said("b")
    fixed.id = uuid4()
    assert lrs.save_statement(fixed).response.status == 204
    assert lrs.retrieve_statement(str(fixed.id)).content.actor.name == "b"
    assert not lrs.retrieve_voided_statement(str(fixed.id)).success


def test_many_statements_queried_through_more(lrs: RemoteLRS) -> None:
    saved = lrs.save_statements([said("a" if n % 3 else "b") for n in range(30)])
    assert saved.success, saved.data
    ids = [s.id for s in saved.content]
    answer = lrs.query_statements({"limit": 8, "ascending": True})
    seen = [s.id for s in answer.content.statements]
    while answer.content.more:
        answer = lrs.more_statements(answer.content)
        assert answer.success, answer.data
        seen += [s.id for s in answer.content.statements]
    assert [str(i) for i in seen] == [str(i) for i in ids]
    of_b = lrs.query_statements({"agent": agent("b"), "verb": said().verb, "activity": Activity(id=COURSE)})
    assert len(of_b.content.statements) == 10
    nothing = lrs.query_statements({"agent": agent("c"), "related_agents": True})
    assert (nothing.success, list(nothing.content.statements)) == (True, [])


def test_state_saved_read_listed_and_deleted(lrs: RemoteLRS) -> None:
    """Without a registration, which tincan reads by and does not write."""
    course = Activity(id=COURSE)
    for text in ("page 3", "page 4"):
        saved = lrs.save_state(StateDocument(id="bookmark", content=text, activity=course, agent=agent()))
        assert saved.success, saved.data
    back = lrs.retrieve_state(course, agent(), "bookmark")
    assert (back.success, bytes(back.content.content)) == (True, b"page 4")
    assert lrs.retrieve_state_ids(course, agent()).content == ["bookmark"]
    assert lrs.delete_state(back.content).success
    assert lrs.retrieve_state_ids(course, agent()).content == []
    assert lrs.clear_state(course, agent()).success


def test_a_profile_replaced_by_its_etag(lrs: RemoteLRS) -> None:
    document = AgentProfileDocument(id="settings", content="large text", agent=agent())
    assert lrs.save_agent_profile(document).response.status == 400  # tincan never says If-None-Match
    where = {"profileId": "settings", "agent": agent().to_json("1.0.3")}
    headers = {"If-None-Match": "*", "Content-Type": "text/plain"}
    new = HTTPRequest(method="PUT", resource="agents/profile", headers=headers, query_params=where)
    new.content = b"large text"
    assert lrs._send_request(new).success
    read = lrs.retrieve_agent_profile(agent(), "settings")
    back = read.content
    back.content, back.etag = "small text", read.response.getheader("ETag")
    assert lrs.save_agent_profile(back).success
    assert lrs.save_agent_profile(back).response.status == 412
    assert bytes(lrs.retrieve_agent_profile(agent(), "settings").content.content) == b"small text"


def test_a_wrong_secret(lrs: RemoteLRS, port: int) -> None:
    stranger = RemoteLRS(version="1.0.3", endpoint=lrs.endpoint, username="who", password="what")
    assert stranger.save_statement(said()).response.status == 401
