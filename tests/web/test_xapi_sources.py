"""A source's own terms at the LRS: tokens, limits, trusted authority, definitions, repairs."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import xapi_sources, xapi_tokens
from hub.services.xapi_sources import Terms
from tests.web.conftest import BASE, Clock
from tests.web.xapi_client import COURSE, Sender, agent, new_sender, statement

Make = Callable[..., Sender]


@pytest.fixture
def sender_with(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Make:
    def make(*scopes: str, **terms: Any) -> Sender:
        sender = new_sender(app.test_client(), installation, tenant, clock, *scopes)
        with tenant.write() as session:
            xapi_sources.change(
                session, sender.source.id, "MOOC", scopes or ("all",), None, clock.now, terms=Terms(**terms), by=None
            )
        return sender

    return make


def ask(sender: Sender, **form: str) -> TestResponse:
    given = base64.b64encode(f"{sender.source.key}:{sender.secret}".encode()).decode()
    headers = {} if "client_secret" in form else {"Authorization": f"Basic {given}"}
    form = {"grant_type": "client_credentials"} | form
    return sender.client.post("/xapi/oauth/token", base_url=BASE, data=form, headers=headers)


def bearing(sender: Sender, token: str) -> Callable[..., TestResponse]:
    return lambda method, path="statements", **more: sender.call(
        method, path, headers={"Authorization": f"Bearer {token}"}, **more
    )


def test_a_token_does_what_was_asked_for_and_ends(sender_with: Make, installation: Installation) -> None:
    sender = sender_with("statements/write", "statements/read")
    answer = ask(sender, scope="statements/read profile")
    assert (answer.status_code, answer.json["scope"], answer.json["token_type"]) == (200, "statements/read", "Bearer")
    assert answer.headers["Cache-Control"] == "no-store"
    call = bearing(sender, answer.json["access_token"])
    assert call("GET").status_code == 200
    assert call("POST", json=statement()).json["code"] == "scope"
    sender.clock.advance(seconds=int(xapi_tokens.LIFETIME.total_seconds()))
    assert call("GET").json["code"] == "expired"
    in_form = ask(sender, client_id=sender.source.key, client_secret=sender.secret)
    call = bearing(sender, in_form.json["access_token"])
    assert call("POST", json=statement()).status_code == 200
    with sender.tenant.write() as session:
        xapi_sources.rotate(session, installation.vault, sender.source.id, sender.clock.now, by=None)
    assert call("GET").json["code"] == "token"


def test_what_is_no_token_and_no_request_for_one(sender_with: Make, app: Flask) -> None:
    sender = sender_with("statements/read")
    token = ask(sender).json["access_token"]
    for wrong in ("", "x", "é", token[:-2], token[::-1], base64.urlsafe_b64encode(b"x" * 40).decode()):
        assert (bearing(sender, wrong)("GET")).status_code == 401
    assert ask(sender, grant_type="password").json == {"error": "unsupported_grant_type"}
    assert ask(sender, scope="everything").json == {"error": "invalid_scope"}
    assert ask(sender, scope="profile").json == {"error": "invalid_scope"}
    assert ask(sender, client_id=sender.source.key, client_secret="no").status_code == 401
    bare = app.test_client().post("/xapi/oauth/token", base_url=BASE, data={"grant_type": "client_credentials"})
    assert (bare.status_code, bare.json) == (401, {"error": "invalid_client"})


def test_requests_a_minute(sender_with: Make) -> None:
    sender = sender_with(per_minute=3)
    statuses = [sender.get().status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    answer = sender.get()
    assert 0 < int(answer.headers["Retry-After"]) <= 21
    assert answer.json["code"] == "rate"


def test_bytes_of_one_body(sender_with: Make) -> None:
    sender = sender_with(largest_body=1000)
    assert sender.post(statement()).status_code == 200
    assert sender.post(statement(context={"platform": "x" * 1000})).status_code == 413
    refusal = sender.row().last_refusal
    assert refusal is not None
    assert refusal["code"] == "too_large"


def test_the_authority_of_a_trusted_forwarder_is_kept(sender_with: Make) -> None:
    other = {"objectType": "Agent", "mbox": "mailto:lrs@elsewhere.example"}
    trusted, plain = sender_with(keeps_authority=True), sender_with()
    assert trusted.post(statement(authority=other)).status_code == 200
    assert trusted.found()[0]["authority"] == other
    assert plain.post(statement(authority=other, id=str(uuid4()))).status_code == 200
    assert plain.found()[0]["authority"]["account"]["name"] == str(plain.source.id)
    assert trusted.post(statement()).status_code == 200
    assert trusted.found()[0]["authority"]["account"]["name"] == str(trusted.source.id)


def test_only_who_may_define_defines(sender_with: Make) -> None:
    named = {"id": COURSE, "definition": {"name": {"fr": "Faux nom"}}}
    assert sender_with("statements/write").post(statement(object=named)).status_code == 200
    reader = sender_with("all/read")
    assert reader.post(statement()).json["code"] == "scope"
    assert reader.get("activities", activityId=COURSE).json == {"objectType": "Activity", "id": COURSE}
    true = {"id": COURSE, "definition": {"name": {"fr": "Vrai nom"}}}
    definer = sender_with("statements/write", "define")
    assert definer.post(statement(object=true, actor=agent() | {"name": "Inès"})).status_code == 200
    assert reader.get("activities", activityId=COURSE).json["definition"]["name"] == {"fr": "Vrai nom"}


def faulty() -> dict[str, Any]:
    """One statement with what Open edX and logstore_xapi get wrong."""
    cohort = {"objectType": "GroupActivity", "id": "https://lms.example/cohort"}
    return statement(
        object={"objectType": "GroupActivity", "id": COURSE},
        context={"contextActivities": {"grouping": [cohort], "parent": cohort}},
        result={"score": {"raw": 5, "min": 0, "max": 20, "scaled": -0.5}},
    )


def test_what_open_edx_sends_of_a_timed_exam_without_points(sender_with: Make) -> None:
    attempt = "438AD672-DE2C-4F0B-8876-35444E7DD746"
    exam = statement(
        object={"id": attempt},
        context={"contextActivities": {"grouping": [{"id": attempt, "definition": {"name": {"fr": "Épreuve"}}}]}},
        result={"score": {"raw": 0, "min": 0.0, "max": 0, "scaled": 0}, "success": True},
    )
    assert sender_with().post(exam).json["path"] == "$.object.id"
    lenient = sender_with(lenient=True)
    ref = statement(object={"objectType": "StatementRef", "id": attempt})
    assert lenient.post([exam, ref]).status_code == 200
    about, kept = lenient.found()
    assert about["object"] == ref["object"]
    assert kept["object"]["id"] == f"urn:uuid:{attempt.lower()}"
    assert kept["context"]["contextActivities"]["grouping"][0]["id"] == f"urn:uuid:{attempt.lower()}"
    assert kept["result"] == {"success": True}
    log = lenient.row().last_repair
    assert log is not None
    assert (log["totals"]["bare_uuid"], log["totals"]["no_scale"]) == (2, 1)


def test_a_lenient_source_is_repaired_and_told(sender_with: Make) -> None:
    strict, lenient = sender_with(), sender_with(lenient=True)
    assert strict.post(faulty()).json["path"] == "$.object.objectType"
    first = lenient.post([faulty(), statement("other", id=str(uuid4()))])
    assert first.status_code == 200
    again = lenient.post([faulty(), statement("other", id=str(uuid4()))])
    assert orjson.loads(again.data)[0] == orjson.loads(first.data)[0]
    kept = lenient.get(statementId=orjson.loads(first.data)[0]).json
    assert kept["object"]["objectType"] == "Activity"
    assert kept["context"]["contextActivities"]["parent"][0]["objectType"] == "Activity"
    assert kept["result"]["score"]["scaled"] == 0.25
    log = lenient.row().last_repair
    assert log is not None
    assert log["totals"] == {"group_activity": 6, "scaled": 2, "missing_id": 2}
    assert log["path"].startswith("$[0].")
    wrong = replace(lenient).post({**faulty(), "verb": {}})
    assert (wrong.status_code, wrong.json["requirement"]) == (400, "XAPI-00044")
    assert (
        lenient.post({"result": {"score": {"scaled": 5, "raw": "x"}}, "context": [], "timestamp": 1}).status_code == 400
    )
