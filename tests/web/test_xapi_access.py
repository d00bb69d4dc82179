"""Who may do what at the LRS: credentials, scopes, and what is noted of each source."""

import base64
from collections.abc import Callable

import pytest
from flask import Flask

from hub.db.directory import Installation
from hub.db.types import from_micros
from hub.db.uow import TenantDatabase
from hub.services.xapi_sources import rotate, set_active
from tests.web.conftest import BASE, Clock
from tests.web.xapi_client import COURSE, Sender, agent, new_sender, params, statement

HEADERS = {"X-Experience-API-Version": "1.0.3"}


@pytest.fixture
def sender_with(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Callable[..., Sender]:
    return lambda *scopes: new_sender(app.test_client(), installation, tenant, clock, *scopes)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "credentials_missing"),
        ("Bearer abc", "token"),
        ("Basic", "credentials_malformed"),
        ("Basic !!!", "credentials_malformed"),
        ("Basic " + base64.b64encode(b"nocolon").decode(), "credentials_malformed"),
        ("Basic " + base64.b64encode(b"\xff:\xff").decode(), "credentials_malformed"),
        ("Basic " + base64.b64encode(b"who:what").decode(), "unknown"),
        ("Basic " + base64.b64encode(b"\x00:\x00").decode(), "unknown"),
    ],
)
def test_without_a_right_credential(app: Flask, tenant: TenantDatabase, header: str | None, code: str) -> None:
    headers = HEADERS | ({"Authorization": header} if header else {})
    for path in ("statements", "activities/state", "activities/profile", "agents/profile", "agents", "activities"):
        answer = app.test_client().get(f"/xapi/{path}", base_url=BASE, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, code)
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_wrong_secret_a_closed_credential_and_a_new_secret(
    sender_with: Callable[..., Sender], installation: Installation
) -> None:
    sender = sender_with("all")
    right, sender.secret = sender.secret, "wrong"
    assert sender.get().status_code == 401
    refusal = sender.row().last_refusal
    assert refusal is not None
    assert refusal["code"] == "wrong_secret"
    sender.secret = right
    assert sender.get().status_code == 200
    with sender.tenant.write() as session:
        set_active(session, sender.source.id, sender.clock.now, active=False, by=None)
    assert sender.get().json["code"] == "inactive"
    with sender.tenant.write() as session:
        set_active(session, sender.source.id, sender.clock.now, active=True, by=None)
        _, fresh = rotate(session, installation.vault, sender.source.id, sender.clock.now, by=None)
    assert sender.get().status_code == 401
    sender.secret = fresh
    assert sender.get().status_code == 200


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("statements/write", {"write"}),
        ("statements/read", {"read", "activities", "agents"}),
        ("statements/read/mine", {"read", "activities"}),
        ("state", {"state", "activities"}),
        ("profile", {"profile", "activities", "agents"}),
        ("all", {"write", "read", "state", "profile", "activities", "agents"}),
    ],
)
def test_each_scope_opens_its_own_doors(sender_with: Callable[..., Sender], scope: str, allowed: set[str]) -> None:
    """XAPI-00327: right credentials with too few rights get 403."""
    sender = sender_with(scope)
    state = params(activityId=COURSE, agent=agent())
    answers = {
        "write": sender.post(statement()),
        "read": sender.get(),
        "state": sender.call("GET", "activities/state", query_string=state),
        "profile": sender.get("activities/profile", activityId=COURSE),
        "activities": sender.get("activities", activityId=COURSE),
        "agents": sender.get("agents", agent=agent()),
    }
    assert {name for name, answer in answers.items() if answer.status_code == 200} == allowed
    assert {answer.status_code for name, answer in answers.items() if name not in allowed} <= {403}


def test_read_mine_sees_only_what_it_sent(sender_with: Callable[..., Sender]) -> None:
    mine, other = sender_with("statements/write", "statements/read/mine"), sender_with("all")
    [own] = mine.post(statement("a")).json
    [foreign] = other.post(statement("b")).json
    assert [s["id"] for s in mine.found()] == [own]
    assert [s["id"] for s in mine.found(agent=agent("b"), related_agents="true")] == []
    assert mine.get(statementId=foreign).status_code == 404
    assert [s["id"] for s in other.found()] == [foreign, own]
    mine.post(statement("c"), statement("d"))
    link = mine.get(limit=2).json["more"]
    assert [s["id"] for s in mine.call("GET", link).json["statements"]] == [own]


def test_an_authority_of_ones_own_is_not_believed(sender_with: Callable[..., Sender]) -> None:
    sender = sender_with("all")
    sender.post(statement(authority=agent("somebody important"), stored="1999-01-01T00:00:00Z"))
    [found] = sender.found()
    assert found["authority"]["account"]["name"] == str(sender.source.id)
    assert found["stored"] > "2026"


def test_what_is_noted_of_a_source(sender_with: Callable[..., Sender]) -> None:
    sender = sender_with("statements/write")
    assert (sender.row().last_accepted_at, sender.row().last_refused_at) == (None, None)
    sender.post(statement())
    accepted = sender.row().last_accepted_at
    assert accepted is not None
    assert from_micros(accepted) == sender.clock.now
    sender.get()
    row = sender.row()
    assert row.last_refused_at is not None
    assert from_micros(row.last_refused_at) == sender.clock.now
    assert row.last_refusal == {
        "status": 403,
        "code": "scope",
        "path": "Authorization",
        "requirement": "Communication 4.2",
        "reason": "the credential lacks the scope statements/read or statements/read/mine",
        "request": "GET /xapi/statements",
    }
    # A flood of refusals costs one note a second.
    sender.clock.advance(seconds=-2)
    sender.post({"actor": 1})
    assert sender.row().last_refusal == row.last_refusal
    sender.post({"actor": 1})
    refusal = sender.row().last_refusal
    assert refusal is not None
    assert refusal["path"] == "$.actor"


def test_a_statement_not_found_is_no_refusal(sender_with: Callable[..., Sender]) -> None:
    sender = sender_with("all")
    assert sender.get(statementId="00000000-0000-4000-8000-000000000000").status_code == 404
    assert sender.row().last_refused_at is None


def test_a_session_cookie_opens_nothing_here(app: Flask, tenant: TenantDatabase, add_person, enter) -> None:
    browser = enter(add_person("Ada", "Admin", "administrator"))
    assert browser.get("/xapi/statements", headers=HEADERS).status_code == 401
