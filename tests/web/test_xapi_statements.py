"""Statements over HTTP: stored, refused with their place, found again (xAPI 1.0.3 Part Three 2.1)."""

import gzip
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.river import StandingRow
from hub.services.settings import set_setting
from hub.web.xapi_paths import mended
from tests.web.conftest import BASE, Clock
from tests.web.xapi_client import COURSE, VERB, Sender, agent, new_sender, statement

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


@pytest.fixture
def sender_with(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Callable[..., Sender]:
    return lambda *scopes: new_sender(app.test_client(), installation, tenant, clock, *scopes)


@pytest.fixture
def sender(sender_with: Callable[..., Sender]) -> Sender:
    return sender_with("all")


def void(target: str) -> dict[str, Any]:
    return statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target})


def problem(answer: Any) -> tuple[int, str, str]:
    """Status, path and requirement of a refusal, which is always problem+json with its code and reason."""
    body = orjson.loads(answer.data)
    assert answer.content_type == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["code"]
    assert body["reason"]
    return answer.status_code, body["path"], body["requirement"]


def test_a_statement_is_stored_and_comes_back_as_it_was_sent(sender: Sender) -> None:
    sent = statement(id=str(uuid4()), result={"score": {"raw": 12.50, "max": 20}, "extensions": {"urn:x:y": "é"}})
    answer = sender.post(sent)
    assert (answer.status_code, answer.json) == (200, [sent["id"]])
    assert answer.headers["X-Experience-API-Version"] == "1.0.3"
    [found] = sender.found()
    kept = {name: found[name] for name in sent}
    assert kept == sent
    assert found["authority"]["account"]["name"] == str(sender.source.id)
    stored = datetime.fromisoformat(found["stored"])
    assert abs(stored - sender.clock.now) < timedelta(seconds=5)
    assert found["version"] == "1.0.0"


def test_a_batch_keeps_its_order_and_gives_ids(sender: Sender) -> None:
    ids = sender.post(statement("a"), statement("b"), statement("c")).json
    assert [s["id"] for s in sender.found(ascending="true")] == ids
    assert [s["id"] for s in sender.found()] == ids[::-1]


def test_an_empty_batch_is_no_fault(sender: Sender) -> None:
    answer = sender.call("POST", "statements", data=b"[]", content_type="application/json")
    assert (answer.status_code, answer.json) == (200, [])


def test_one_bad_statement_refuses_the_whole_batch_and_is_named(sender: Sender) -> None:
    bad = statement("b")
    bad["actor"] = {"mbox": "no address"}
    assert problem(sender.post(statement("a"), bad)) == (400, "$[1].actor.mbox", "XAPI-00038")
    assert sender.found() == []
    kept = sender.row().last_refusal
    assert kept is not None
    assert (kept["path"], kept["requirement"], kept["status"]) == ("$[1].actor.mbox", "XAPI-00038", 400)
    assert "no address" not in str(kept)


def test_two_statements_of_one_id_in_a_batch(sender: Sender) -> None:
    one = str(uuid4())
    answer = sender.post(statement("a", id=one), statement("b", id=one.upper()))
    assert problem(answer)[:2] == (400, "$[1].id")
    assert sender.found() == []


def test_the_same_id_again(sender: Sender) -> None:
    one = str(uuid4())
    assert sender.post(statement(id=one)).status_code == 200
    assert sender.post(statement(id=one)).status_code == 200
    assert problem(sender.post(statement("x"), statement("other", id=one))) == (409, "$[1].id", "XAPI-00142")
    assert [s["actor"] for s in sender.found()] == [agent("ines")]


def test_put_needs_its_id(sender: Sender) -> None:
    one = str(uuid4())
    assert sender.put(one, statement()).status_code == 204
    assert sender.put(one, statement()).status_code == 204
    assert sender.put(one, statement("other")).status_code == 409
    assert problem(sender.put(str(uuid4()), statement(id=one)))[:2] == (400, "$.id")
    assert problem(sender.call("PUT", "statements", json=statement())) == (400, "statementId", "XAPI-00145")
    assert problem(sender.put(one, [statement()]))[0] == 400
    assert sender.get(statementId=one.upper()).json["id"] == one


@pytest.mark.parametrize(
    "path", ["/xapi//statements", "/xapi//statements/", "/xapi/statements/", "/xapi///statements//"]
)
def test_slashes_too_many_are_mended_without_a_redirect(sender: Sender, path: str) -> None:
    assert sender.call("POST", path, json=statement()).status_code == 200
    assert sender.call("GET", path).status_code == 200


def test_only_addresses_of_the_lrs_are_mended() -> None:
    assert mended("//xapi//activities///state/") == "/xapi/activities/state"
    assert mended("//other//page/") == "//other//page/"
    assert mended("/xapine//a/") == "/xapine//a/"


def test_what_is_no_statement_at_all(sender: Sender) -> None:
    def send(body: bytes, kind: str = "application/json") -> Any:
        return sender.call("POST", "statements", data=body, content_type=kind)

    assert problem(send(b"{"))[:2] == (400, "$")
    assert problem(send(b'{"actor":1,"actor":2}'))[2] == "XAPI-00021"
    assert problem(send(b"[" * 3000 + b"]" * 3000))[0] == 400
    assert problem(send(b"\xff"))[2] == "XAPI-00015"
    assert problem(send(b""))[0] == 400
    assert problem(send(b"null"))[0] == 400
    assert problem(send(orjson.dumps(statement()), "text/plain")) == (400, "Content-Type", "XAPI-00127")
    assert problem(send(b"--x", "multipart/mixed; boundary=x"))[2] == "XAPI-00130"
    zipped = sender.call(
        "POST",
        "statements",
        data=gzip.compress(orjson.dumps(statement())),
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )
    assert problem(zipped)[0] == 415
    named_nul = statement()
    named_nul["actor"]["account"]["name"] = "a\x00b"
    assert problem(sender.post(named_nul))[:2] == (400, "$.actor.account.name")
    assert problem(sender.post(statement(context={"extensions": {"urn:x:\x00": 1}})))[0] == 400
    assert problem(sender.get(**{"\x00": "1"})) == (400, "\x00", "Communication 2.1.3")
    refusal = sender.row().last_refusal
    assert refusal is not None
    assert refusal["path"] == "\\u0000"
    without_file = {
        "usageType": "https://x.example/u",
        "display": {"en": "a"},
        "contentType": "text/plain",
        "length": 1,
        "sha2": "a" * 64,
    }
    assert problem(sender.post(statement(attachments=[without_file]))) == (
        400,
        "$.attachments[0].fileUrl",
        "XAPI-00129",
    )
    with_file = without_file | {"fileUrl": "https://x.example/f"}
    assert sender.post(statement(attachments=[with_file])).status_code == 200


def test_limits_of_size_are_settings_of_the_place(sender: Sender) -> None:
    with sender.tenant.write() as session:
        set_setting(session, "xapi", {"largest_body": 2000, "largest_batch": 3})
    assert problem(sender.post(statement("x" * 3000)))[0] == 413
    assert problem(sender.post(*[statement()] * 4))[0] == 413
    assert sender.post(*[statement()] * 3).status_code == 200


def test_a_voided_statement_is_found_by_its_voided_id_only(sender: Sender) -> None:
    [one, two] = sender.post(statement("a"), statement("b")).json
    [voider] = sender.post(void(one)).json
    assert [s["id"] for s in sender.found()] == [voider, two]
    assert sender.get(statementId=one).status_code == 404
    assert sender.get(voidedStatementId=one).json["id"] == one
    assert sender.get(voidedStatementId=two).status_code == 404
    assert sender.get(voidedStatementId=voider).status_code == 404
    sender.post(void(voider))
    assert sender.get(statementId=voider).status_code == 200


def test_a_void_may_come_before_its_target(sender: Sender) -> None:
    one = str(uuid4())
    sender.post(void(one))
    sender.post(statement(id=one))
    assert sender.get(voidedStatementId=one).status_code == 200
    assert len(sender.found()) == 1


def test_nobody_voids_the_statements_of_another(sender_with: Callable[..., Sender]) -> None:
    mine, other = sender_with("all"), sender_with("all")
    [one] = mine.post(statement()).json
    assert problem(other.post(void(one)))[0] == 403
    assert mine.get(statementId=one).status_code == 200
    # Told before the target came, another source's voiding has no effect either.
    later = str(uuid4())
    other.post(void(later))
    mine.post(statement(id=later))
    assert mine.get(statementId=later).status_code == 200


def test_by_agent_as_actor_object_or_member(sender: Sender) -> None:
    sender.post(
        statement("a"),
        statement("b", object=agent("a")),
        statement("c", actor={"objectType": "Group", "member": [agent("a"), agent("d")]}),
        statement("e", context={"instructor": agent("a")}),
        statement("f"),
    )
    assert [s["actor"].get("account", {}).get("name") for s in sender.found(agent=agent("a"))] == [None, "b", "a"]
    assert len(sender.found(agent=agent("a"), related_agents="true")) == 4
    assert sender.found(agent=agent("nobody")) == []
    assert len(sender.found(agent=agent("a"), activity=COURSE)) == 2


def test_by_activity_and_what_is_around_it(sender: Sender) -> None:
    parent = {"contextActivities": {"parent": {"id": COURSE}, "grouping": [{"id": COURSE}]}}
    sender.post(statement("a"), statement("b", "https://lms.example/quiz/2", context=parent))
    assert len(sender.found(activity=COURSE)) == 1
    assert len(sender.found(activity=COURSE, related_activities="true")) == 2
    assert len(sender.found(activity=COURSE, related_activities="true", agent=agent("b"))) == 1
    assert sender.found(activity="https://lms.example/unknown") == []


def test_by_verb_registration_and_time_of_storing(sender: Sender) -> None:
    registration = str(uuid4())
    sender.post(statement("a", context={"registration": registration.upper()}))
    sender.post(statement("b", verb={"id": "https://x.example/verbs/read"}))
    first, second = sender.found(ascending="true")
    assert sender.found(registration=registration) == [first]
    assert sender.found(verb=VERB) == [first]
    assert sender.found(since=first["stored"]) == [second]
    assert sender.found(until=first["stored"]) == [first]
    assert sender.found(since=second["stored"]) == []
    assert sender.found(until="1971-01-01T00:00:00+01:00") == []


def test_more_walks_every_statement_once(sender: Sender) -> None:
    sent = [s for n in range(4) for s in sender.post(*[statement(f"p{n}") for _ in range(25)]).json]
    for order in ("true", "false"):
        seen: list[str] = []
        answer = sender.get(limit=7, ascending=order, format="ids").json
        while True:
            seen += [s["id"] for s in answer["statements"]]
            if not answer["more"]:
                break
            sender.post(statement("meanwhile")) if order == "false" else None
            answer = sender.call("GET", answer["more"]).json
        assert seen == (sent if order == "true" else sent[::-1])


def test_more_is_signed_and_bound_to_its_credential(sender_with: Callable[..., Sender]) -> None:
    mine, other = sender_with("all"), sender_with("all")
    mine.post(*[statement(f"p{n}") for n in range(3)])
    link = mine.get(limit=1).json["more"]
    assert link.startswith("/xapi/statements?more=")
    assert problem(other.call("GET", link))[0] == 400
    assert problem(mine.call("GET", link[:-3] + "AAA"))[0] == 400
    assert problem(mine.call("GET", "/xapi/statements?more=~~"))[0] == 400


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"unknown": "1"}, "unknown"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-13-01T00:00:00Z"}, "until"),
        ({"ascending": "perhaps"}, "ascending"),
        ({"format": "pretty"}, "format"),
        ({"agent": "{"}, "agent"),
        ({"agent": {"mbox": "x"}}, "agent.mbox"),
        ({"agent": {"objectType": "Group", "member": [agent()]}}, "agent"),
        ({"agent": {"account": {"homePage": "https://a.example", "name": "\x00"}}}, "agent"),
        ({"verb": "completed"}, "verb"),
        ({"activity": "course"}, "activity"),
        ({"registration": "1"}, "registration"),
        ({"statementId": "1"}, "statementId"),
        ({"statementId": str(uuid4()), "limit": "1"}, "limit"),
        ({"statementId": str(uuid4()), "voidedStatementId": str(uuid4())}, "voidedStatementId"),
        ({"verb": "urn:a:\x00"}, "verb"),
    ],
)
def test_parameters_that_are_refused(sender: Sender, asked: dict[str, Any], path: str) -> None:
    assert problem(sender.get(**asked))[:2] == (400, path)


def test_a_parameter_comes_once(sender: Sender) -> None:
    assert problem(sender.call("GET", "/xapi/statements?limit=1&limit=2"))[:2] == (400, "limit")


def test_forms_of_a_statement(sender: Sender) -> None:
    definition = {"name": {"fr": "Cours", "en-US": "Course"}, "description": {"fr": "Un cours"}, "type": "urn:t:c"}
    sender.post(
        statement(
            "a",
            actor=agent("a") | {"name": "Inès"},
            object={"id": COURSE, "definition": definition},
            verb={"id": VERB, "display": {"fr": "a terminé", "en": "completed"}},
            context={"contextActivities": {"parent": [{"id": COURSE, "definition": definition}]}},
        )
    )
    [ids] = sender.found(format="ids")
    assert ids["actor"] == agent("a")
    assert (ids["verb"], ids["object"]) == ({"id": VERB}, {"id": COURSE})
    assert ids["context"]["contextActivities"] == {"parent": [{"id": COURSE}]}
    # The newest statement's definition is the canonical one, whatever an older statement said.
    sender.post(statement("b", object={"id": COURSE, "definition": {"name": {"en-US": "The course"}}}))
    [_, canonical] = sender.get(headers={"Accept-Language": "en-US"}, format="canonical").json["statements"]
    assert canonical["verb"]["display"] == {"en": "completed"}
    assert canonical["object"]["definition"]["name"] == {"en-US": "The course"}
    assert canonical["object"]["definition"]["description"] == {"fr": "Un cours"}
    [_, exact] = sender.found(format="exact")
    assert exact["object"]["definition"] == definition


def test_a_refused_statement_is_told_at_least_what_the_last_one_was(sender: Sender) -> None:
    stored = sender.post(statement()).headers["X-Experience-API-Consistent-Through"]
    assert sender.post({**statement(), "verb": {}}).headers["X-Experience-API-Consistent-Through"] >= stored
    assert sender.put(str(uuid4()), {}).headers["X-Experience-API-Consistent-Through"] >= stored


def test_with_attachments_the_answer_has_parts(sender: Sender) -> None:
    [one] = sender.post(statement()).json
    answer = sender.get(attachments="true", statementId=one)
    assert answer.content_type.startswith("multipart/mixed; boundary=")
    boundary = answer.content_type.partition('boundary="')[2].rstrip('"')
    [_, part, end] = answer.text.split(f"--{boundary}")
    assert orjson.loads(part.partition("\r\n\r\n")[2])["id"] == one
    assert end == "--\r\n"


def test_headers_of_the_answers(sender: Sender) -> None:
    answer = sender.get()
    assert answer.json == {"statements": [], "more": ""}
    [one] = sender.post(statement()).json
    answer = sender.get(statementId=one)
    stored = datetime.fromisoformat(answer.json["stored"])
    assert answer.last_modified == stored.replace(microsecond=0)
    assert datetime.fromisoformat(answer.headers["X-Experience-API-Consistent-Through"]) >= stored
    refused = sender.get(limit="x")
    assert datetime.fromisoformat(refused.headers["X-Experience-API-Consistent-Through"]) >= stored
    head = sender.call("HEAD", "statements", query_string={"statementId": one})
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]


@pytest.mark.parametrize("query", [{}, {"limit": "x"}, {"statementId": str(uuid4())}])
def test_a_quiet_ledger_becomes_consistent_too(sender: Sender, query: dict[str, str]) -> None:
    """ADL's suite waits for an instant by whatever query it is going to try, also one that is refused."""
    sender.post(statement())
    waited_for = sender.clock.now
    sender.clock.advance(seconds=60)
    assert datetime.fromisoformat(sender.get(**query).headers["X-Experience-API-Consistent-Through"]) > waited_for


def test_versions(sender: Sender, app: Flask) -> None:
    for version, status, said in (
        (None, 400, "0.95"),
        ("0.95", 400, "1.0.3"),
        ("1.1.0", 400, "1.0.3"),
        ("1.0", 200, "1.0.3"),
        ("1.0.9", 200, "1.0.3"),
        ("2.0.0", 200, "2.0.0"),
    ):
        sender.version = version
        answer = sender.get()
        assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (status, said)
    about = app.test_client().get("/xapi/about", base_url=BASE)
    assert about.json == {"version": ["1.0.3", "2.0.0"]}
    assert about.headers["X-Experience-API-Version"] == "1.0.3"


def test_a_statement_of_2_0_read_under_1_0(sender: Sender) -> None:
    role = {"objectType": "contextAgent", "agent": agent("tutor"), "relevantTypes": ["https://x.example/tutor"]}
    said = statement("a", context={"contextAgents": [role], "language": "fr"})
    assert sender.post(said).status_code == 400
    sender.version = "2.0.0"
    [one] = sender.post(said).json
    whole = sender.get(statementId=one).json
    assert (whole["version"], whole["context"]["contextAgents"]) == ("2.0.0", [role])
    assert len(sender.found(agent=agent("tutor"), related_agents="true")) == 1
    sender.version = "1.0.3"
    assert sender.get(statementId=one).json["context"] == {"language": "fr"}


def test_an_unknown_resource_and_method(sender: Sender) -> None:
    assert sender.get("nothing").status_code == 404
    assert sender.call("DELETE", "statements").status_code == 405


def test_agents_and_activities(sender: Sender) -> None:
    known = {"name": {"fr": "Cours"}, "extensions": {"urn:e:x": 12345678901234567890123}}
    sender.post(
        statement("a", actor=agent("a") | {"name": "Inès"}, object={"id": COURSE, "definition": {"name": {"en": "C"}}})
    )
    body = orjson.dumps(statement("a", object={"id": COURSE, "definition": known | {"extensions": {"urn:e:x": "BIG"}}}))
    sender.call(
        "POST", "statements", data=body.replace(b'"BIG"', b"12345678901234567890123"), content_type="application/json"
    )
    answer = sender.get("activities", activityId=COURSE).text
    assert '"name":{"en":"C","fr":"Cours"}' in answer
    assert "12345678901234567890123" in answer
    assert sender.get("activities", activityId="urn:un:known").json == {"objectType": "Activity", "id": "urn:un:known"}
    assert problem(sender.get("activities"))[2] == "XAPI-00250"
    person = sender.get("agents", agent=agent("a")).json
    assert person == {"objectType": "Person", "name": ["Inès"], "account": [agent("a")["account"]]}
    assert sender.get("agents", agent=agent("z")).json == {"objectType": "Person", "account": [agent("z")["account"]]}
    assert problem(sender.get("agents"))[2] == "XAPI-00243"


def test_an_iri_of_ten_kilobytes(sender: Sender) -> None:
    long = "https://lms.example/" + "a" * 10_000
    [one] = sender.post(statement(long, long, verb={"id": long})).json
    sender.post(statement("b", long + "b"))
    for asked in ({"activity": long}, {"verb": long}, {"agent": agent(long)}):
        assert [s["id"] for s in sender.found(**asked)] == [one]


@pytest.mark.parametrize("duration", ["P4W", "PT99999999999999H", "P99999999999999999999W", f"PT{'9' * 400}S"])
def test_a_length_that_nobody_believes_is_kept_and_counts_for_nothing(sender: Sender, duration: str) -> None:
    attended = statement(verb={"id": "http://adlnet.gov/expapi/verbs/attended"}, result={"duration": duration})
    assert sender.post(attended).status_code == 200
    assert sender.found()[0]["result"] == {"duration": duration}
    with sender.tenant.read() as session:
        assert session.scalars(select(StandingRow.seconds)).one() == (2_419_200 if duration == "P4W" else 0)
