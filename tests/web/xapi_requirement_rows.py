"""The rows of ``test_xapi_requirements``: what each requirement of ADL's catalogue asks, shown on the application.

Each row speaks of a person and an activity of its own, so that rows neither disturb nor need one another.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from werkzeug.test import TestResponse

from tests.web.xapi_client import Sender, agent, params, statement

Row = Callable[[Sender], None]
ROWS: list[tuple[str, Row]] = []
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
THROUGH = "X-Experience-API-Consistent-Through"
JSON = "application/json"


def shows(*numbers: int) -> Callable[[Row], Row]:
    """The requirements that a row shows, by their numbers."""

    def keep(row: Row) -> Row:
        ROWS.append((" ".join(f"XAPI-{n:05d}" for n in numbers), row))
        return row

    return keep


def new() -> str:
    return str(uuid4())


def own(**more: Any) -> dict[str, Any]:
    """A statement of a person nobody else speaks of, about an activity nobody else speaks of."""
    return statement(new(), f"https://lms.example/{new()}") | {"id": new()} | more


def post(s: Sender, *said: Any, status: int = 200) -> TestResponse:
    answer = s.post(*said)
    assert answer.status_code == status, answer.text
    return answer


def kept(s: Sender, said: dict[str, Any], **more: Any) -> dict[str, Any]:
    post(s, said)
    found: dict[str, Any] = s.get(statementId=said["id"], **more).json
    return found


def ids(s: Sender, **query: Any) -> list[str]:
    return [one["id"] for one in s.found(**query)]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Statements as they are kept


@shows(1, 119, 120, 78, 57)
def emptiness_is_for_extensions(s: Sender) -> None:
    extensions = {"urn:a": None, "urn:b": "", "urn:c": {}, "urn:d": [None, {}]}
    assert kept(s, own(result={"extensions": extensions}))["result"]["extensions"] == extensions
    for wrong in ({"result": None}, {"result": {"response": None}}, {"context": {"platform": None}}, {"verb": {}}):
        post(s, own(**wrong), status=400)
    post(s, own(result={"extensions": {"no iri": 1}}), status=400)


@shows(2)
def numbers_keep_their_precision(s: Sender) -> None:
    body = orjson.dumps(own(result={"score": {"raw": 1}})).replace(b'"raw":1', b'"raw":0.12345678901234567890123')
    assert s.call("POST", "statements", data=body, content_type=JSON).status_code == 200
    assert b"0.12345678901234567890123" in s.get(limit=1).data


@shows(7, 11, 12, 29, 30, 28, 93, 95, 100, 121, 124)
def forms_of_keys_and_values(s: Sender) -> None:
    two = [agent("a"), agent("b")]
    for wrong in (
        {"id": 5},
        {"id": new().replace("-", "")},
        {"verb": {"id": "completed"}},
        {"verb": {"id": ""}},
        {"context": {"contextActivities": {"cousin": {"id": "urn:x"}}}},
        {"context": {"contextActivities": "urn:x"}},
        {"authority": {"objectType": "Group", "member": [*two, agent("c")]}},
        {"result": {"duration": "P1H"}},
        {"verb": {"id": "urn:x", "display": {"english!": "x"}}},
    ):
        post(s, own(**wrong), status=400)
    for query in (
        {"statementId": "x"},
        {"registration": "x"},
        {"verb": "x"},
        {"activity": "x"},
        {"agent": {"mbox": "x"}},
    ):
        assert s.get(**query).status_code == 400


@shows(14, 15, 21)
def json_in_utf_8_with_each_key_once(s: Sender) -> None:
    for body in (b"{", b"\xff", b"[1", b'{"actor":{},"actor":{}}', b'"\\ud800"'):
        assert s.call("POST", "statements", data=body, content_type=JSON).status_code == 400
    assert kept(s, own(context={"platform": "Éléonore 漢字 😀"}))["context"]["platform"] == "Éléonore 漢字 😀"


@shows(16, 17, 18, 19, 20, 155, 157, 163)
def voiding(s: Sender) -> None:
    said, ref = own(), {"objectType": "StatementRef"}
    void = own(verb={"id": VOIDED}, object=ref | {"id": said["id"]})
    post(s, said)
    post(s, void)
    assert s.get(statementId=said["id"]).status_code == 404
    assert s.get(voidedStatementId=said["id"]).json["id"] == said["id"]
    assert said["id"] not in ids(s, agent=said["actor"])
    again = own(verb={"id": VOIDED}, object=ref | {"id": void["id"]})
    assert s.post(again).status_code in (200, 400)
    assert s.get(statementId=void["id"]).status_code == 200
    post(s, own(verb={"id": VOIDED}), status=400)
    assert s.get(voidedStatementId=new()).status_code == 404


@shows(23, 97, 26, 99, 24, 101, 332, 330)
def what_the_lrs_gives(s: Sender) -> None:
    said = {key: value for key, value in own(version="1.0.1", stored="2000-01-01T00:00:00Z").items() if key != "id"}
    [sid] = post(s, said).json
    found = s.get(statementId=sid).json
    assert instant(found["stored"]).year > 2000
    assert found["authority"]["objectType"] == "Agent"
    assert found["version"] == "1.0.1"
    assert found["timestamp"] == said["timestamp"]
    for version in ("0.9", "2.0.0", "1.1.0", "1"):
        post(s, own(version=version), status=400)


@shows(96)
def context_activities_come_in_arrays(s: Sender) -> None:
    groups = kept(s, own(context={"contextActivities": {"parent": {"id": "urn:x:p"}}}))["context"]["contextActivities"]
    assert groups == {"parent": [{"id": "urn:x:p"}]}


@shows(35, 55, 66, 88)
def groups_members_choices_and_sub_statements(s: Sender) -> None:
    post(s, own(actor=agent() | {"member": [agent("x")]}), status=400)
    post(s, own(context={"team": agent()}), status=400)
    thing = {"id": "urn:x:q", "definition": {"interactionType": "choice", "choices": {}}}
    post(s, own(object=thing), status=400)
    sub = {"objectType": "SubStatement", "actor": agent(), "verb": {"id": "urn:x:v"}, "object": {"id": "no iri"}}
    post(s, own(object=sub), status=400)
    post(s, own(object=sub | {"object": {"id": "urn:x:o"}}))


@shows(122, 123, 22)
def timestamps(s: Sender) -> None:
    found = kept(s, own(timestamp="2026-11-20T11:00:00.123456+01:00"))
    assert instant(found["timestamp"]) == instant("2026-11-20T10:00:00.123456+00:00")
    for wrong in ("2026-11-20", "20261120T100000Z", "yesterday", "2026-13-20T10:00:00Z", "2026-11-20T10:00:00-00:00"):
        post(s, own(timestamp=wrong), status=400)


# Reading statements


@shows(108, 109, 110, 111, 113, 114, 154, 159)
def pages(s: Sender) -> None:
    who = agent(new())
    sent = [own(actor=who) for _ in range(5)]
    post(s, *sent)
    page = s.get(agent=who, limit=2).json
    seen = [one["id"] for one in page["statements"]]
    while page["more"]:
        page = s.call("GET", page["more"]).json
        assert set(page) == {"statements", "more"}
        seen += [one["id"] for one in page["statements"]]
    assert sorted(seen) == sorted(one["id"] for one in sent)
    assert page["more"] == ""


@shows(112, 149)
def nothing_found_is_an_answer(s: Sender) -> None:
    assert s.get(agent=agent(new())).json == {"statements": [], "more": ""}


@shows(125, 126)
def head_is_get_without_body(s: Sender) -> None:
    said = own()
    post(s, said)
    at = params(activityId=said["object"]["id"], agent=said["actor"], stateId="h")
    s.call("PUT", "activities/state", query_string=at, data=b"x", content_type="text/plain")
    for path, query in (
        ("statements", {"statementId": said["id"]}),
        ("statements", {}),
        ("activities/state", at),
        ("activities", {"activityId": said["object"]["id"]}),
        ("agents", params(agent=said["actor"])),
        ("about", {}),
    ):
        got, head = (s.call(method, path, query_string=query) for method in ("GET", "HEAD"))
        assert (head.status_code, head.data) == (got.status_code, b"")
        assert head.headers["Content-Length"] == str(len(got.data))
        assert head.headers.get("ETag") == got.headers.get("ETag")


@shows(139, 140, 230, 245, 252, 282, 311, 315)
def every_resource_has_its_address(s: Sender) -> None:
    for path in (
        "statements",
        "activities/state",
        "agents/profile",
        "activities/profile",
        "agents",
        "activities",
        "about",
    ):
        assert s.get(path).status_code in (200, 400)
    assert s.get("nowhere").status_code == 404


@shows(141, 174, 175)
def since_and_until(s: Sender) -> None:
    who = agent(new())
    first, second = own(actor=who), own(actor=who)
    middle = kept(s, first)["stored"]
    post(s, second)
    assert ids(s, agent=who, since=middle) == [second["id"]]
    assert ids(s, agent=who, until=middle) == [first["id"]]


@shows(142, 143, 144, 145, 182)
def put_once(s: Sender) -> None:
    said = own()
    for _ in range(2):
        assert s.put(said["id"], said).status_code == 204
    assert s.put(said["id"], said | {"verb": {"id": "urn:x:other"}}).status_code == 409
    assert s.get(statementId=said["id"]).json["verb"] == said["verb"]
    assert s.call("PUT", "statements", json=own()).status_code == 400


@shows(146, 147)
def post_answers_the_ids_in_order(s: Sender) -> None:
    sent = [own() for _ in range(3)]
    assert post(s, *sent).json == [one["id"] for one in sent]


@shows(148)
def a_form_stands_for_a_get(s: Sender) -> None:
    answer = s.call("POST", "statements?method=GET", data={"limit": "1"})
    assert set(answer.json) == {"statements", "more"}


@shows(150, 151, 156, 158)
def one_by_its_id(s: Sender) -> None:
    said = own()
    assert kept(s, said)["id"] == said["id"]
    for name in ("statementId", "voidedStatementId"):
        for other in ({"agent": agent()}, {"verb": "urn:x"}, {"limit": "1"}, {"since": "2026-01-01T00:00:00Z"}):
            assert s.get(**{name: said["id"]}, **other).status_code == 400
        assert s.get(**{name: said["id"]}, format="ids", attachments="false").status_code in (200, 404)
    assert s.get(statementId=said["id"], voidedStatementId=said["id"]).status_code == 400
    assert s.get(statementId=new()).status_code == 404


@shows(152, 153, 160)
def consistent_through(s: Sender) -> None:
    said = own()
    found = kept(s, said)
    answer = s.get(statementId=said["id"])
    assert instant(answer.headers[THROUGH]) >= instant(found["stored"])
    for other in (s.get(), s.get(statementId="x"), s.get(statementId=new()), s.post({"x": 1})):
        assert instant(other.headers[THROUGH]).tzinfo is not None


@shows(161, 167, 165)
def attachments_only_where_asked_for(s: Sender) -> None:
    for value, kind in (("true", "multipart/mixed"), ("false", JSON)):
        assert s.get(limit=1, attachments=value).mimetype == kind
    assert s.get(limit=1).mimetype == JSON
    assert s.get(attachments="perhaps").status_code == 400


@shows(162)
def who_names_a_voided_statement_is_found_by_it(s: Sender) -> None:
    said = own()
    ref = {"objectType": "StatementRef", "id": said["id"]}
    naming, void = own(object=ref), own(object=ref, verb={"id": VOIDED})
    post(s, said, naming)
    post(s, void)
    assert set(ids(s, activity=said["object"]["id"])) == {naming["id"], void["id"]}


@shows(164, 176, 177, 178, 179, 180, 181, 173, 166)
def filters(s: Sender) -> None:
    verb, registration, course, teacher = f"urn:x:{new()}", new(), f"urn:x:{new()}", agent(new())
    context = {
        "registration": registration,
        "instructor": teacher,
        "contextActivities": {"grouping": [{"id": course}]},
    }
    said, second = own(verb={"id": verb}, context=context), own(verb={"id": verb})
    post(s, said)
    post(s, second)
    for query in (
        {"agent": said["actor"]},
        {"activity": said["object"]["id"]},
        {"registration": registration},
        {"activity": course, "related_activities": "true"},
        {"agent": teacher, "related_agents": "true"},
        {"verb": verb, "agent": said["actor"]},
    ):
        assert ids(s, **query) == [said["id"]]
    assert ids(s, activity=course) == ids(s, agent=teacher) == []
    assert ids(s, verb=verb) == [second["id"], said["id"]]
    assert ids(s, verb=verb, ascending="true") == [said["id"], second["id"]]
    assert ids(s, verb=verb, limit=1) == [second["id"]]
    assert len(ids(s, verb=verb, limit=0)) == 2
    for wrong in ({"ascending": "up"}, {"limit": -1}, {"related_agents": "1"}):
        assert s.get(**wrong).status_code == 400


@shows(168, 169, 170, 171, 172)
def formats(s: Sender) -> None:
    names = {"fr": "Soudure", "en": "Welding"}
    said = own(actor=agent(new()) | {"name": "Inès"}, verb={"id": "urn:x:v", "display": names})
    said["object"]["definition"] = {"name": names}
    post(s, said)
    exact, bare, french, english = (
        s.get(statementId=said["id"], format=form, headers={"Accept-Language": language}).json
        for form, language in (("exact", "fr"), ("ids", "fr"), ("canonical", "fr"), ("canonical", "en-GB, en;q=0.5"))
    )
    assert exact["object"]["definition"]["name"] == names
    assert bare["object"] == {"id": said["object"]["id"]}
    assert bare["verb"] == {"id": "urn:x:v"}
    assert "name" not in bare["actor"]
    assert french["object"]["definition"]["name"] == french["verb"]["display"] == {"fr": "Soudure"}
    assert english["object"]["definition"]["name"] == {"en": "Welding"}
    assert s.get(format="short").status_code == 400


# Agents, activities, about


@shows(236, 237, 238, 239, 240, 241, 242, 243, 244, 246, 247, 248, 249)
def the_person_of_an_agent(s: Sender) -> None:
    home = {"homePage": "https://lms.example", "name": new()}
    for name, value in (
        ("mbox", f"mailto:{new()}@example.org"),
        ("mbox_sha1sum", "a" * 40),
        ("openid", f"https://id.example/{new()}"),
        ("account", home),
    ):
        post(s, own(actor={name: value, "name": "Inès"}))
        person = s.get("agents", agent={name: value}).json
        assert person == {"objectType": "Person", "name": ["Inès"], name: [value]}
        assert s.get("agents", agent={name: value}).status_code == 200
    assert s.get("agents", agent=agent("nobody-yet")).json["account"][0]["name"] == "nobody-yet"
    for wrong in ({}, {"agent": "x"}, {"agent": {"name": "x"}}, {"agent": {"mbox": "x"}}):
        assert s.get("agents", **wrong).status_code == 400


@shows(250, 251, 253, 254)
def an_activity_with_all_that_is_known(s: Sender) -> None:
    iri = f"urn:x:{new()}"
    for name in ({"fr": "Soudure"}, {"en": "Welding"}):
        post(s, own(object={"id": iri, "definition": {"name": name}}))
    found = s.get("activities", activityId=iri)
    assert (found.status_code, found.json["definition"]["name"]) == (200, {"fr": "Soudure", "en": "Welding"})
    assert s.get("activities").status_code == s.get("activities", activityId="x").status_code == 400


@shows(316, 317, 318, 319, 320, 321, 331, 333)
def versions(s: Sender) -> None:
    about = s.get("about")
    assert about.status_code == 200
    assert all(re.fullmatch(r"[12]\.0\.[0-9]+", version) for version in about.json["version"])
    assert any(version.startswith("1.0.") for version in about.json["version"])
    assert about.headers["X-Experience-API-Version"] == "1.0.3"
    s.version = None
    assert s.get("about").status_code == 200
    assert s.get().status_code == s.post(own()).status_code == s.get("agents", agent=agent()).status_code == 400
    for version, status in (("1.0", 200), ("1.0.2", 200), ("1.1.0", 400), ("0.95", 400), ("1", 400), ("2.0.0", 200)):
        s.version = version
        assert s.get(limit=1).status_code == status


# Refusals


@shows(323, 324, 325)
def parameters_nobody_knows(s: Sender) -> None:
    for path, query in (
        ("statements", {"people": "x"}),
        ("statements", {"Limit": "1"}),
        ("statements", {"StatementId": new()}),
        ("activities", {"activityId": "urn:x", "activityid": "urn:x"}),
        ("agents", params(Agent=agent())),
        ("activities/state", params(activityId="urn:x", agent=agent(), StateId="x")),
    ):
        assert s.call("GET", path, query_string=query).status_code == 400
    answer = s.call("POST", "statements?x=1", json=own())
    assert answer.status_code == 400


@shows(326, 182)
def a_batch_is_kept_whole_or_not_at_all(s: Sender) -> None:
    good, bad = own(), own(verb={})
    answer = post(s, good, bad, status=400)
    assert answer.json["path"] == "$[1].verb.id"
    assert s.get(statementId=good["id"]).status_code == 404
    same = own()
    post(s, same, own() | {"id": same["id"]}, status=400)
    assert s.get(statementId=same["id"]).status_code == 404


@shows(328)
def what_is_too_large(s: Sender) -> None:
    assert post(s, own(context={"platform": "x" * 9_000_000}), status=413).json["code"] == "too_large"


@shows(329, 334, 335)
def who_may_enter(s: Sender) -> None:
    right, s.secret = s.secret, "wrong"
    try:
        for answer in (s.get(), s.post(own()), s.get("agents", agent=agent())):
            assert (answer.status_code, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")
    finally:
        s.secret = right
    assert s.get(limit=1).status_code == 200


@shows(322)
def entity_tags_on_statements_are_no_condition(s: Sender) -> None:
    assert s.get(limit=1).headers.get("ETag") is None


@shows(336)
def the_alternate_syntax_is_for_1_0(s: Sender) -> None:
    form = {"content": orjson.dumps(own()).decode()}
    assert s.call("POST", "statements?method=POST", data=form).status_code == 200
    s.version = "2.0.0"
    assert s.call("POST", "statements?method=POST", data=form).status_code == 400
