"""The alternate request syntax of 1.0.x, cross-origin requests, and statements about statements."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson
import pytest
from flask import Flask

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services.settings import set_setting
from tests.web.conftest import BASE, Clock
from tests.web.xapi_client import COURSE, Sender, agent, new_sender, params, statement

FORM = "application/x-www-form-urlencoded"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock)


def alternate(sender: Sender, method: str, form: dict[str, Any], query: str = "", kind: str = FORM) -> Any:
    path = f"statements?method={method}{query}"
    return sender.call("POST", path, data=urlencode(form), content_type=kind)


def test_a_form_stands_for_each_method(sender: Sender) -> None:
    sid = str(uuid4())
    said = orjson.dumps(statement(id=sid, object={"id": COURSE, "definition": {"name": {"fr": "Été & co"}}})).decode()
    assert alternate(sender, "PUT", {"statementId": sid, "content": said}).status_code == 204
    assert alternate(sender, "POST", {"content": orjson.dumps(statement()).decode()}).status_code == 200
    got = alternate(sender, "GET", {"statementId": sid, "content": "ignored"})
    assert got.json["object"]["definition"]["name"] == {"fr": "Été & co"}
    state = params(activityId=COURSE, agent=agent(), stateId="s")
    headers = {"Content-Type": "text/plain", "If-None-Match": "*"}
    for status in (204, 412):
        form = urlencode({**state, **headers, "content": "abc"})
        answer = sender.call("POST", "activities/state?method=PUT", data=form, content_type=FORM)
        assert answer.status_code == status
    assert sender.get("activities/state", activityId=COURSE, agent=agent(), stateId="s").data == b"abc"


def test_the_credential_and_the_version_may_be_in_the_form(sender: Sender, app: Flask) -> None:
    given = sender.call("GET", "about").request.headers["Authorization"]
    form = {"Authorization": given, "X-Experience-API-Version": "1.0.3", "content": orjson.dumps(statement())}
    answer = app.test_client().post("/xapi/statements?method=POST", base_url=BASE, data=form)
    assert answer.status_code == 200
    form["X-Experience-API-Version"] = "2.0.0"
    refused = app.test_client().post("/xapi/statements?method=POST", base_url=BASE, data=form)
    assert (refused.status_code, refused.headers["X-Experience-API-Version"]) == (400, "2.0.0")


@pytest.mark.parametrize(
    ("method", "form", "query", "kind"),
    [
        ("PUT", {"statementId": str(uuid4())}, "", FORM),
        ("PATCH", {"content": "{}"}, "", FORM),
        ("PUT", {"content": "{}"}, "&statementId=x", FORM),
        ("PUT", {"content": "{}"}, "", "application/json"),
    ],
)
def test_a_form_that_stands_for_nothing(sender: Sender, method: str, form: Any, query: str, kind: str) -> None:
    answer = alternate(sender, method, form, query, kind)
    assert (answer.status_code, answer.json["requirement"]) == (400, "XAPI-00336")
    sender.version = "2.0.0"
    assert alternate(sender, "GET", {}).status_code == 400


def test_a_browser_of_another_site(sender: Sender, tenant: TenantDatabase, app: Flask) -> None:
    asked = {"Origin": "https://course.example", "Access-Control-Request-Method": "PUT"}
    for path in ("statements", "activities/state", "about"):
        answer = app.test_client().options(f"/xapi/{path}", base_url=BASE, headers=asked)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "If-Match" in answer.headers["Access-Control-Allow-Headers"]
    refusal = app.test_client().get("/xapi/statements", base_url=BASE, headers=asked)
    assert refusal.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in refusal.headers["Access-Control-Expose-Headers"]
    with tenant.write() as session:
        set_setting(session, "xapi", {"origins": ["https://mine.example"]})
    assert "Access-Control-Allow-Origin" not in sender.get(headers=asked).headers
    mine = sender.get(headers={"Origin": "https://mine.example"})
    assert mine.headers["Access-Control-Allow-Origin"] == "https://mine.example"


def about(target: str, **more: Any) -> dict[str, Any]:
    """A statement of somebody else about a statement."""
    thing = {"objectType": "StatementRef", "id": target}
    return statement("judge", id=str(uuid4()), object=thing, verb={"id": "https://lms.example/judged"}) | more


def ids(sender: Sender, **values: Any) -> set[str]:
    return {s["id"] for s in sender.found(**values)}


@pytest.mark.parametrize("backwards", [False, True])
def test_who_names_a_fitting_statement_fits_whichever_came_first(sender: Sender, backwards: bool) -> None:
    registration = str(uuid4())
    first = statement(id=str(uuid4()), context={"registration": registration, "instructor": agent("teacher")})
    second = about(first["id"].upper())
    third = about(second["id"])
    batch = [first, second, third]
    for said in reversed(batch) if backwards else batch:
        assert sender.post(said).status_code == 200
    sender.post(statement("other", iri="https://lms.example/other"))
    every = {s["id"] for s in batch}
    assert ids(sender, activity=COURSE) == every
    assert ids(sender, agent=agent()) == every
    assert ids(sender, registration=registration) == every
    assert ids(sender, agent=agent("teacher"), related_agents="true") == every
    assert ids(sender, agent=agent("teacher")) == set()
    assert ids(sender, agent=agent("judge")) == {second["id"], third["id"]}
    assert ids(sender, activity=COURSE, verb="https://lms.example/judged") == set()
    stored = {s["id"]: s["stored"] for s in sender.found()}
    later = {sid for sid in every if stored[sid] > stored[second["id"]]}
    assert ids(sender, activity=COURSE, since=stored[second["id"]]) == later
    assert len(sender.found(activity=COURSE, limit=2)) == 2


def test_a_voided_target_still_leads_to_those_that_name_it(sender: Sender) -> None:
    first = statement(id=str(uuid4()))
    judged = about(first["id"])
    void = about(first["id"], verb={"id": VOIDED}, id=str(uuid4()))
    assert sender.post(first, judged).status_code == 200
    assert sender.post(void).status_code == 200
    assert ids(sender, activity=COURSE) == {judged["id"], void["id"]}


def test_statements_that_name_one_another(sender: Sender) -> None:
    one, two = str(uuid4()), str(uuid4())
    assert sender.post(about(two, id=one), about(one, id=two), about(one, id=str(uuid4()))).status_code == 200
    assert sender.post(about(one) | {"id": str(uuid4())}).status_code == 200
    assert len(ids(sender, agent=agent("judge"))) == 4
