"""Each rule of the grammar: the path and the requirement of its refusal."""

from typing import Any

import pytest

from content.xapi.errors import Fault, StatementError
from content.xapi.grammar import check, explain_structure, well_formed
from content.xapi.rules import check_rules
from tests.content.xapi import samples
from tests.content.xapi.samples import AGENT, UUID, drop, full, later, plain, put, sub, voiding, with_group


def refusal(statement: Any, version: str = "1.0.3", path: str = "$") -> StatementError:
    with pytest.raises(StatementError) as caught:
        check(statement, version, path)
    return caught.value


@pytest.mark.parametrize("make", samples.ALL_1_0)
@pytest.mark.parametrize("version", ["1.0.0", "1.0.3", "2.0.0"])
def test_valid_statements_pass(make: Any, version: str) -> None:
    check(make(), version)
    explain_structure(make(), later=version == "2.0.0")


def test_context_agents_belong_to_2_0() -> None:
    check(later(), "2.0.0")
    del (old := later())["version"]
    error = refusal(old)
    assert (error.path, error.requirement) == ("$.context.contextAgents", "XAPI-00010")


SET: list[tuple[str, Any, str, str]] = [
    # actor, Data 2.4.2
    ("actor", None, "$.actor", "XAPI-00001"),
    ("actor", "zoe", "$.actor", "XAPI-00006"),
    ("actor", {}, "$.actor", "XAPI-00034"),
    ("actor.name", 1, "$.actor.name", "XAPI-00033"),
    ("actor.objectType", "agent", "$.actor.objectType", "XAPI-00009"),
    ("actor.objectType", "Person", "$.actor.objectType", "XAPI-00031"),
    ("actor.objectType", None, "$.actor.objectType", "XAPI-00001"),
    ("actor.Mbox", "mailto:a@b.c", "$.actor.Mbox", "XAPI-00008"),
    ("actor.email", "a@b.c", "$.actor.email", "XAPI-00010"),
    ("actor.mbox", "mailto:a@b.c", "$.actor", "XAPI-00034"),
    ("actor.account", {"name": "a"}, "$.actor.account.homePage", "XAPI-00042"),
    ("actor.account", {"homePage": "https://a.b"}, "$.actor.account.name", "XAPI-00043"),
    ("actor.account.homePage", "a.b", "$.actor.account.homePage", "XAPI-00042"),
    ("actor.account.homePage", "ab=c://should.fail.com", "$.actor.account.homePage", "XAPI-00042"),
    ("actor.account.name", 3, "$.actor.account.name", "XAPI-00043"),
    ("actor.account", [], "$.actor.account", "XAPI-00041"),
    ("actor", {"mbox": "zoe@example.org"}, "$.actor.mbox", "XAPI-00038"),
    ("actor", {"mbox": "mailto:should.fail.com"}, "$.actor.mbox", "XAPI-00038"),
    ("actor", {"mbox": "mailto:a@b\n"}, "$.actor.mbox", "XAPI-00038"),
    ("actor", {"mbox": "mailto:a@b.c?subject=x"}, "$.actor.mbox", "XAPI-00038"),
    ("actor", {"mbox": "mailto:a@b.c,d"}, "$.actor.mbox", "XAPI-00038"),
    ("actor", {"mbox_sha1sum": "sha1:abc"}, "$.actor.mbox_sha1sum", "XAPI-00039"),
    ("actor", {"openid": "me"}, "$.actor.openid", "XAPI-00040"),
    ("actor", {"objectType": "Group"}, "$.actor.member", "XAPI-00037"),
    ("actor", {"objectType": "Group", "member": []}, "$.actor.member", "XAPI-00037"),
    ("actor", {"objectType": "Group", "member": {}}, "$.actor.member", "XAPI-00036"),
    (
        "actor",
        {"objectType": "Group", "member": [AGENT, {"objectType": "Group", "mbox": "mailto:a@b.c"}]},
        "$.actor.member[1].objectType",
        "XAPI-00032",
    ),
    ("actor", {"objectType": "Group", "member": [{"name": "x"}]}, "$.actor.member[0]", "XAPI-00034"),
    ("actor", {"objectType": "Group", "mbox": "mailto:a@b.c", "openid": "a:b"}, "$.actor", "XAPI-00037"),
    ("actor.member", [AGENT], "$.actor.member", "XAPI-00010"),
    # verb, Data 2.4.3
    ("verb", {"display": {}}, "$.verb.id", "XAPI-00044"),
    ("verb.id", "completed", "$.verb.id", "XAPI-00044"),
    ("verb.id", "http://a b", "$.verb.id", "XAPI-00044"),
    ("verb.id", "", "$.verb.id", "XAPI-00044"),
    ("verb.display", "completed", "$.verb.display", "XAPI-00045"),
    ("verb.display", {"en": 1}, "$.verb.display.en", "XAPI-00045"),
    ("verb.display", {"en": None}, "$.verb.display.en", "XAPI-00001"),
    ("verb.display", {"a12345678": "x"}, "$.verb.display.a12345678", "XAPI-00013"),
    ("verb.display", {"en_US": "x"}, "$.verb.display.en_US", "XAPI-00013"),
    ("verb.display", {"": "x"}, "$.verb.display['']", "XAPI-00013"),
    # object, Data 2.4.4
    ("object.objectType", "activity", "$.object.objectType", "XAPI-00009"),
    ("object.objectType", "GroupActivity", "$.object.objectType", "XAPI-00046"),
    ("object.objectType", 1, "$.object.objectType", "XAPI-00046"),
    ("object.objectType", None, "$.object.objectType", "XAPI-00001"),
    ("object.id", "course", "$.object.id", "XAPI-00047"),
    ("object", {"mbox": "mailto:a@b.c"}, "$.object.objectType", "XAPI-00065"),
    ("object", {"objectType": "Agent", "name": "x"}, "$.object", "XAPI-00034"),
    ("object", {"objectType": "StatementRef"}, "$.object.id", "XAPI-00072"),
    ("object", {"objectType": "StatementRef", "id": f"{UUID}8"}, "$.object.id", "XAPI-00072"),
    ("object.definition", "x", "$.object.definition", "XAPI-00048"),
    ("object.definition.name", {"a_b": "x"}, "$.object.definition.name.a_b", "XAPI-00013"),
    ("object.definition.name", "x", "$.object.definition.name", "XAPI-00056"),
    ("object.definition.description", 1, "$.object.definition.description", "XAPI-00059"),
    ("object.definition.type", "course", "$.object.definition.type", "XAPI-00060"),
    ("object.definition.moreInfo", "page", "$.object.definition.moreInfo", "XAPI-00061"),
    ("object.definition.interactionType", "Choice", "$.object.definition.interactionType", "XAPI-00009"),
    ("object.definition.interactionType", "drag", "$.object.definition.interactionType", "XAPI-00049"),
    ("object.definition.correctResponsesPattern", "a", "$.object.definition.correctResponsesPattern", "XAPI-00050"),
    ("object.definition.correctResponsesPattern", [1], "$.object.definition.correctResponsesPattern[0]", "XAPI-00050"),
    ("object.definition.choices", [{"id": 1}], "$.object.definition.choices[0].id", "XAPI-00058"),
    ("object.definition.choices", [{}], "$.object.definition.choices[0].id", "XAPI-00058"),
    ("object.definition.choices", ["a"], "$.object.definition.choices[0]", "XAPI-00063"),
    ("object.definition.choices", [{"id": "a"}, {"id": "a"}], "$.object.definition.choices[1].id", "XAPI-00058"),
    ("object.definition.scale", {}, "$.object.definition.scale", "XAPI-00054"),
    ("object.definition.source", {}, "$.object.definition.source", "XAPI-00053"),
    ("object.definition.target", {}, "$.object.definition.target", "XAPI-00052"),
    ("object.definition.steps", {}, "$.object.definition.steps", "XAPI-00051"),
    (
        "object.definition.steps",
        [{"id": "a", "description": 1}],
        "$.object.definition.steps[0].description",
        "XAPI-00062",
    ),
    ("object.definition.extensions", [], "$.object.definition.extensions", "XAPI-00057"),
    ("object.definition.extensions", {"a": 1}, "$.object.definition.extensions.a", "XAPI-00118"),
    # result, Data 2.4.5
    ("result", [], "$.result", "XAPI-00006"),
    ("result.success", "true", "$.result.success", "XAPI-00074"),
    ("result.success", None, "$.result.success", "XAPI-00001"),
    ("result.completion", 1, "$.result.completion", "XAPI-00075"),
    ("result.response", 1, "$.result.response", "XAPI-00076"),
    ("result.duration", "PA1H0M0S", "$.result.duration", "XAPI-00077"),
    ("result.duration", "P4W1D", "$.result.duration", "XAPI-00077"),
    ("result.duration", "P", "$.result.duration", "XAPI-00077"),
    ("result.duration", "PT", "$.result.duration", "XAPI-00077"),
    ("result.duration", "P1DT", "$.result.duration", "XAPI-00077"),
    ("result.duration", "PT1.5H3M", "$.result.duration", "XAPI-00077"),
    ("result.duration", "P0003-06-04T12:30:05", "$.result.duration", "XAPI-00077"),
    ("result.duration", 60, "$.result.duration", "XAPI-00077"),
    ("result.extensions", {"x y": 1}, "$.result.extensions['x y']", "XAPI-00118"),
    ("result.score", 1, "$.result.score", "XAPI-00079"),
    ("result.score", {"scaled": 1.01}, "$.result.score.scaled", "XAPI-00083"),
    ("result.score", {"scaled": -1.01}, "$.result.score.scaled", "XAPI-00083"),
    ("result.score", {"scaled": "1"}, "$.result.score.scaled", "XAPI-00083"),
    ("result.score", {"scaled": True}, "$.result.score.scaled", "XAPI-00083"),
    ("result.score", {"raw": 21, "max": 20}, "$.result.score.raw", "XAPI-00082"),
    ("result.score", {"raw": -1, "min": 0}, "$.result.score.raw", "XAPI-00082"),
    ("result.score", {"min": 5, "max": 5}, "$.result.score.max", "XAPI-00080"),
    ("result.score", {"min": 6, "max": 5}, "$.result.score.max", "XAPI-00080"),
    ("result.score", {"max": "5"}, "$.result.score.max", "XAPI-00080"),
    ("result.score", {"min": []}, "$.result.score.min", "XAPI-00081"),
    ("result.score", {"value": 1}, "$.result.score.value", "XAPI-00010"),
    # context, Data 2.4.6
    ("context.registration", UUID[:-1], "$.context.registration", "XAPI-00087"),
    ("context.registration", f"{{{UUID}}}", "$.context.registration", "XAPI-00087"),
    ("context.instructor", {"name": "x"}, "$.context.instructor", "XAPI-00034"),
    ("context.team", AGENT, "$.context.team.objectType", "XAPI-00032"),
    ("context.team", {"mbox": "mailto:a@b.c"}, "$.context.team.objectType", "XAPI-00031"),
    ("context.contextActivities", [], "$.context.contextActivities", "XAPI-00086"),
    ("context.contextActivities.child", [], "$.context.contextActivities.child", "XAPI-00010"),
    ("context.contextActivities.Parent", [], "$.context.contextActivities.Parent", "XAPI-00008"),
    ("context.contextActivities.parent", "x", "$.context.contextActivities.parent", "XAPI-00094"),
    ("context.contextActivities.parent", [{"id": "x"}], "$.context.contextActivities.parent[0].id", "XAPI-00047"),
    ("context.contextActivities.parent", {"id": "x"}, "$.context.contextActivities.parent.id", "XAPI-00047"),
    ("context.contextActivities.other", [AGENT], "$.context.contextActivities.other[0].objectType", "XAPI-00046"),
    (
        "context.contextActivities.other",
        [{"id": "a:b", "definition": {"interactionType": "likert", "scale": [{"id": "1"}, {"id": "1"}]}}],
        "$.context.contextActivities.other[0].definition.scale[1].id",
        "XAPI-00058",
    ),
    ("context.revision", 2, "$.context.revision", "XAPI-00089"),
    ("context.platform", {}, "$.context.platform", "XAPI-00090"),
    ("context.language", "f", "$.context.language", "XAPI-00091"),
    ("context.statement", UUID, "$.context.statement", "XAPI-00092"),
    ("context.statement", {"id": UUID}, "$.context.statement.objectType", "XAPI-00073"),
    ("context.extensions", {"no-scheme": 1}, "$.context.extensions['no-scheme']", "XAPI-00118"),
    # id, timestamps, authority, version, attachments, Data 2.4.1 and 2.4.7 to 2.4.11
    ("id", 1, "$.id", "XAPI-00027"),
    ("id", "MA97B177-9383-4934-8543-0F91A7A02836", "$.id", "XAPI-00027"),
    ("id", UUID.replace("-", ""), "$.id", "XAPI-00027"),
    ("timestamp", "01/011/2015", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2008-09-15T15:53:00.601-00:00", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2008-09-15T15:53:00.601-0000", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2008-09-15T15:53:00.601-00", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2008-09-15T15:53:00", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2023-02-29T00:00:00Z", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2023-02-28T24:00:00Z", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2023-02-28T00:00:00+25:00", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2023-02-28T00:00:00+01:60", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2023-02-28T00:00:00-0175", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2023-02-28T10:00:60Z", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2016-12-30T23:59:60Z", "$.timestamp", "XAPI-00022"),
    ("timestamp", "2016-12-31T23:59:60+01:00", "$.timestamp", "XAPI-00022"),
    ("timestamp", "0001-01-01T00:00:00+14:00", "$.timestamp", "XAPI-00022"),
    ("timestamp", 1700000000, "$.timestamp", "XAPI-00022"),
    ("stored", "yesterday", "$.stored", "XAPI-00022"),
    ("stored", "2023-13-01T00:00:00Z", "$.stored", "XAPI-00022"),
    ("authority", "x", "$.authority", "XAPI-00006"),
    ("authority", {"objectType": "Group", "member": [AGENT]}, "$.authority.member", "XAPI-00098"),
    ("authority", {"objectType": "Group", "member": [AGENT] * 3}, "$.authority.member", "XAPI-00098"),
    ("authority", {"objectType": "Group", "mbox": "mailto:a@b.c"}, "$.authority", "XAPI-00098"),
    ("version", "0.9.9", "$.version", "XAPI-00101"),
    ("version", "1.1.0", "$.version", "XAPI-00101"),
    ("version", 1.0, "$.version", "XAPI-00101"),
    ("version", "2.0.0", "$.version", "XAPI-00101"),
    ("attachments", {}, "$.attachments", "XAPI-00025"),
    ("attachments", ["x"], "$.attachments[0]", "XAPI-00025"),
    ("attachments.0.length", 1.5, "$.attachments[0].length", "XAPI-00102"),
    ("attachments.0.length", "1", "$.attachments[0].length", "XAPI-00102"),
    ("attachments.0.length", -1, "$.attachments[0].length", "XAPI-00102"),
    ("attachments.0.sha2", "abc", "$.attachments[0].sha2", "XAPI-00103"),
    ("attachments.0.fileUrl", "file", "$.attachments[0].fileUrl", "XAPI-00104"),
    ("attachments.0.contentType", "text", "$.attachments[0].contentType", "XAPI-00105"),
    ("attachments.0.display", "x", "$.attachments[0].display", "XAPI-00106"),
    ("attachments.0.description", {"en": 2}, "$.attachments[0].description.en", "Data 2.4.11"),
    ("attachments.0.usageType", "x", "$.attachments[0].usageType", "XAPI-00107"),
    # the statement itself, Data 2.2
    ("extensions", {}, "$.extensions", "XAPI-00010"),
    ("Actor", {}, "$.Actor", "XAPI-00008"),
]


@pytest.mark.parametrize(("place", "value", "path", "requirement"), SET)
def test_a_wrong_value_is_named(place: str, value: Any, path: str, requirement: str) -> None:
    error = refusal(put(full(), place, value))
    assert (error.path, error.requirement) == (path, requirement)
    assert error.reason
    assert error.code in set(Fault)


@pytest.mark.parametrize(
    ("place", "path", "requirement"),
    [
        ("actor", "$.actor", "XAPI-00003"),
        ("verb", "$.verb", "XAPI-00004"),
        ("object", "$.object", "XAPI-00005"),
        ("verb.id", "$.verb.id", "XAPI-00044"),
        ("object.id", "$.object.id", "XAPI-00047"),
        ("object.definition.interactionType", "$.object.definition.interactionType", "XAPI-00064"),
        ("context.statement.id", "$.context.statement.id", "XAPI-00072"),
        ("attachments.0.length", "$.attachments[0].length", "XAPI-00102"),
        ("attachments.0.sha2", "$.attachments[0].sha2", "XAPI-00103"),
        ("attachments.0.contentType", "$.attachments[0].contentType", "XAPI-00105"),
        ("attachments.0.display", "$.attachments[0].display", "XAPI-00106"),
        ("attachments.0.usageType", "$.attachments[0].usageType", "XAPI-00107"),
    ],
)
def test_a_missing_property_is_named(place: str, path: str, requirement: str) -> None:
    error = refusal(drop(full(), place))
    assert (error.path, error.requirement, error.code) == (path, requirement, Fault.MISSING)


@pytest.mark.parametrize(
    ("place", "value", "path", "requirement"),
    [
        ("object.id", UUID, "$.object.id", "XAPI-00070"),
        ("object.stored", "2030-01-01T00:00:00Z", "$.object.stored", "XAPI-00069"),
        ("object.version", "1.0.0", "$.object.version", "XAPI-00068"),
        ("object.authority", AGENT, "$.object.authority", "XAPI-00067"),
        ("object.object", {"objectType": "SubStatement"}, "$.object.object.objectType", "XAPI-00071"),
        ("object.actor", {}, "$.object.actor", "XAPI-00034"),
        ("object.verb.id", "x", "$.object.verb.id", "XAPI-00044"),
        ("object.result.score", {"raw": 2, "max": 1}, "$.object.result.score.raw", "XAPI-00082"),
        ("object.timestamp", "2030-02-30T00:00:00Z", "$.object.timestamp", "XAPI-00022"),
        ("object.verb.id", "http://adlnet.gov/expapi/verbs/voided", "$.object.object.objectType", "XAPI-00017"),
    ],
)
def test_a_sub_statement_has_its_rules(place: str, value: Any, path: str, requirement: str) -> None:
    error = refusal(put(sub(), place, value))
    assert (error.path, error.requirement) == (path, requirement)


@pytest.mark.parametrize(("name", "requirement"), [("revision", "XAPI-00084"), ("platform", "XAPI-00085")])
@pytest.mark.parametrize("make", [sub, with_group, voiding])
def test_revision_and_platform_need_an_activity(make: Any, name: str, requirement: str) -> None:
    error = refusal(put(make(), f"context.{name}", "x"))
    assert (error.path, error.requirement) == (f"$.context.{name}", requirement)


def test_activities_of_a_context_are_not_compared_with_each_other() -> None:
    class Activity(dict[str, Any]):
        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

    thing = full()["object"]
    check_rules(put(plain(), "context", {"contextActivities": {"other": [Activity(thing) for _ in range(3)]}}), "$")


def test_a_voiding_statement_names_a_statement() -> None:
    error = refusal(voiding() | {"object": {"id": "https://example.org/course/1"}})
    assert (error.path, error.requirement) == ("$.object.objectType", "XAPI-00017")


@pytest.mark.parametrize("value", [None, True, 1, "x", [], [plain()]])
def test_what_is_no_object_is_no_statement(value: Any) -> None:
    assert refusal(value).path == "$"


def test_the_path_starts_where_the_caller_says() -> None:
    error = refusal(put(plain(), "actor.mbox", "x"), path="$[3]")
    assert error.path == "$[3].actor.mbox"
    assert str(error) == "$[3].actor.mbox: must be a mailto IRI with one e-mail address [XAPI-00038]"


def test_a_refusal_does_not_repeat_the_value() -> None:
    assert "secret" not in str(refusal(put(plain(), "actor.mbox", "secret@example.org")))


@pytest.mark.parametrize(
    "text",
    ["2026-11-23T10:00:00Z", "2026-11-23t10:00:00.123456789z", "2026-11-23T10:00:00+0100", "2026-11-23T10:00:00-03",
     "2016-12-31T23:59:60Z", "2026-11-23T10:00:00-00:30"],
)  # fmt: skip
def test_timestamps_of_1_0(text: str) -> None:
    check(plain() | {"timestamp": text})


def test_2_0_wants_rfc_3339() -> None:
    check(plain() | {"timestamp": "2026-11-23T10:00:00+01:00"}, "2.0.0")
    for offset in ("+0100", "+01:60", "-01:75"):
        assert refusal(plain() | {"timestamp": f"2026-11-23T10:00:00{offset}"}, "2.0.0").path == "$.timestamp"


@pytest.mark.parametrize(
    ("place", "value", "path"),
    [
        ("context|contextAgents", {}, "$.context.contextAgents"),
        ("context|contextAgents|0|objectType", "Agent", "$.context.contextAgents[0].objectType"),
        ("context|contextAgents|0|agent", {}, "$.context.contextAgents[0].agent"),
        ("context|contextAgents|0|relevantTypes", [], "$.context.contextAgents[0].relevantTypes"),
        ("context|contextAgents|0|relevantTypes", ["abc"], "$.context.contextAgents[0].relevantTypes[0]"),
        ("context|contextGroups|0|objectType", "contextAgent", "$.context.contextGroups[0].objectType"),
        ("context|contextGroups|0|group", AGENT, "$.context.contextGroups[0].group.objectType"),
    ],
)
def test_context_agents_and_groups_have_their_rules(place: str, value: Any, path: str) -> None:
    assert refusal(put(later(), place, value), "2.0.0").path == path


@pytest.mark.parametrize("tag", ["fr", "fr-FR", "zh-Hans-CN", "sl-rozaj-biske-1994", "de-CH-1901", "x-own", "i-klingon",
                                 "en-GB-oed", "es-419", "und", "en-a-bbb-x-a", "zh-cmn-Hans"])  # fmt: skip
def test_language_tags(tag: str) -> None:
    check(put(plain(), "verb.display", {tag: "x"}))


@pytest.mark.parametrize("iri", ["uuid://7d4f", "course-v1:FUN+1+s", "http://example.com/فعل/خواندن", "urn:x:y",
                                 "tag:a,2026:b", "https://e.org/" + "a" * 10_000])  # fmt: skip
def test_odd_but_legal_iris(iri: str) -> None:
    check(put(plain(), "object.id", iri))


@pytest.mark.parametrize("text", ["PT16559.14S", "P16559.14S", "P3Y1M29DT4H35M59.14S", "P3Y", "P4W", "PT0S", "PT1,5M",
                                  "P1DT12H", "PT1H30M"])  # fmt: skip
def test_durations(text: str) -> None:
    check(put(plain(), "result.duration", text))


def test_well_formed_refuses_what_is_no_json() -> None:
    assert not well_formed({1: 2})
    assert not well_formed(object())
