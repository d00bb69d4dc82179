"""Identifiers, relations, completion and equality of statements."""

import copy
from decimal import Decimal
from typing import Any

import pytest

from content.xapi.canonical import Role, activities_of, agents_of, digest, ifi, same, with_defaults
from content.xapi.grammar import check
from content.xapi.parse import load
from tests.content.xapi.samples import AGENT, UUID, full, later, plain, put, sub, voiding, with_group

AUTHORITY = {"account": {"homePage": "https://hub.example", "name": "source"}}


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ({"mbox": "mailto:Zoe@Example.ORG"}, "mailto:Zoe@example.org"),
        ({"mbox_sha1sum": "EBD31E95054C018B10727CCFFD2EF2EC3A016EE9"}, "sha1:ebd31e95054c018b10727ccffd2ef2ec3a016ee9"),
        ({"openid": "https://Id.example.org/Me"}, "openid:https://Id.example.org/Me"),
        ({"account": {"homePage": "https://Lms.example", "name": "Zoe|x"}}, "account:https://Lms.example|Zoe|x"),
    ],
)
def test_an_identifier_has_one_text(agent: dict[str, Any], expected: str) -> None:
    assert ifi(agent) == expected
    assert ifi({"objectType": "Group", "member": [], **agent}) == expected


def test_an_anonymous_group_has_none() -> None:
    with pytest.raises(ValueError, match="anonymous"):
        ifi({"objectType": "Group", "member": [AGENT]})


def test_agents_and_their_roles() -> None:
    found = [(role, ifi(agent)) for role, agent in agents_of(full())]
    assert found == [
        (Role.ACTOR, "account:https://lms.example.org|zoe"),
        (Role.INSTRUCTOR, "mailto:zoe@example.org"),
        (Role.TEAM, "mailto:zoe@example.org"),
        (Role.AUTHORITY, "openid:https://id.example.org/me"),
    ]


def test_members_have_the_role_of_their_group() -> None:
    found = [(role, ifi(agent)) for role, agent in agents_of(with_group())]
    assert found == [
        (Role.ACTOR, "openid:https://id.example.org/team"),
        (Role.OBJECT, "mailto:zoe@example.org"),
        (Role.OBJECT, "sha1:ebd31e95054c018b10727ccffd2ef2ec3a016ee9"),
        (Role.AUTHORITY, "mailto:zoe@example.org"),
        (Role.AUTHORITY, "account:a:b|"),
    ]


def test_a_sub_statement_is_related_only() -> None:
    statement = put(sub(), "object.context.contextActivities.parent", {"id": "https://example.org/p"})
    assert [role for role, _ in agents_of(statement)] == [Role.ACTOR, Role.RELATED]
    assert activities_of(statement) == [
        (Role.RELATED, "https://example.org/course/1"),
        (Role.RELATED, "https://example.org/p"),
    ]


def test_context_agents_are_found() -> None:
    assert [role for role, _ in agents_of(later())] == [Role.ACTOR, Role.CONTEXT, Role.CONTEXT]


def test_activities_and_their_roles() -> None:
    assert activities_of(full()) == [
        (Role.OBJECT, "https://example.org/question/1"),
        (Role.PARENT, "https://example.org/quiz/1"),
        (Role.GROUPING, "https://example.org/course/1"),
        (Role.OTHER, "https://example.org/other"),
    ]
    assert activities_of(voiding()) == []


def test_what_a_store_completes() -> None:
    before = plain()
    whole = with_defaults(before, stored="2026-11-23T10:00:00Z", authority=AUTHORITY)
    assert before == plain()
    assert (whole["stored"], whole["timestamp"], whole["version"]) == ("2026-11-23T10:00:00Z",) * 2 + ("1.0.0",)
    assert whole["authority"] == AUTHORITY
    check(whole)


def test_what_a_store_keeps() -> None:
    given = full()
    whole = with_defaults(given, stored="2026-11-23T10:00:00Z", authority=AUTHORITY, new_id="other")
    for name in ("id", "timestamp", "version", "authority"):
        assert whole[name] == given[name]
    assert whole["stored"] == "2026-11-23T10:00:00Z"


def test_single_context_activities_become_arrays() -> None:
    given = put(full(), "context.contextActivities.grouping", [])
    whole = with_defaults(given, stored="2026-11-23T10:00:00Z", authority=AUTHORITY)
    assert whole["context"]["contextActivities"]["parent"] == [{"id": "https://example.org/quiz/1"}]
    assert given["context"]["contextActivities"]["parent"] == {"id": "https://example.org/quiz/1"}
    nested = put(sub(), "object.context.contextActivities.other", {"id": "a:b"})
    whole = with_defaults(nested, stored="2026-11-23T10:00:00Z", authority=AUTHORITY)
    assert whole["object"]["context"]["contextActivities"] == {"other": [{"id": "a:b"}]}
    assert nested["object"]["context"]["contextActivities"] == {"other": {"id": "a:b"}}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("stored", "2030-01-01T00:00:00Z"),
        ("version", "1.0.0"),
        ("authority", AUTHORITY),
        ("id", UUID.upper()),
        ("verb.display", {"fr": "autre"}),
        ("object.definition", {"name": {"fr": "autre"}}),
        ("timestamp", "2026-11-23T09:00:00.123Z"),
        ("context.registration", UUID.upper()),
        ("context.statement.id", UUID.upper()),
        ("context.instructor.mbox", "mailto:zoe@EXAMPLE.org"),
        ("context.contextActivities.parent", [{"id": "https://example.org/quiz/1", "objectType": "Activity"}]),
        ("result.duration", "PT4H35M59.149S"),
        ("result.score.raw", 10.0),
    ],
)
def test_what_a_store_may_change_leaves_a_statement_the_same(place: str, value: Any) -> None:
    assert same(digest(full()), digest(put(full(), place, value)))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("actor.account.name", "other"),
        ("actor.name", "Zoé"),
        ("verb.id", "http://example.org/other"),
        ("object.id", "https://example.org/other"),
        ("result.success", False),
        ("result.score.raw", 11),
        ("result.score.raw", Decimal("10.00000000000000000001")),
        ("result.duration", "PT4H35M59.15S"),
        ("result.extensions", {}),
        ("context.registration", "00000000-0000-4000-8000-000000000000"),
        ("context.platform", "other"),
        ("context.contextActivities.category", [{"id": "a:b"}]),
        ("timestamp", "2026-11-23T09:00:00.124Z"),
        ("attachments", []),
    ],
)
def test_any_other_change_makes_another_statement(place: str, value: Any) -> None:
    assert not same(digest(full()), digest(put(full(), place, value)))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("PT1S", "PT1.001S", True),
        ("PT1.5S", "PT1,50S", True),
        ("PT1.5S", "PT1.504S", True),
        ("PT10H30M", "PT10H30.0M", True),
        ("P1W", "P1.00W", True),
        ("PT1.991H", "PT1.999H", False),
        ("P1.004W", "P1.009W", False),
        ("PT10S", "PT1S", False),
        ("PT10M1.10S", "PT1M1.1S", False),
        ("PT1.05S", "PT1.5S", False),
    ],
)
def test_durations_are_compared_to_the_hundredth_of_a_second(one: str, other: str, equal: bool) -> None:
    digests = (digest(put(full(), "result.duration", said)) for said in (one, other))
    assert same(*digests) is equal


def test_a_timestamp_set_by_the_store_changes_nothing() -> None:
    stored = with_defaults(plain(), stored="2026-11-23T10:00:00Z", authority=AUTHORITY)
    assert same(digest(plain()), digest(stored))
    assert same(digest(stored), digest(plain()))


def test_the_order_of_members_and_keys_does_not_count() -> None:
    statement = with_group()
    turned = copy.deepcopy(statement)
    turned["object"]["member"].reverse()
    assert same(digest(statement), digest(dict(reversed(turned.items()))))
    assert not same(digest(statement), digest(put(turned, "object.member", [AGENT])))


def test_kinds_of_objects_differ() -> None:
    texts = {digest(statement) for statement in (plain(), sub(), with_group(), voiding(), full())}
    assert len(texts) == 5
    assert not same(digest(sub()), digest(put(sub(), "object.timestamp", "2031-01-01T00:00:00Z")))


def test_a_digest_takes_every_number() -> None:
    body = b'{"actor":{"mbox":"mailto:a@b.c"},"verb":{"id":"a:b"},"object":{"id":"a:b"},"result":{"score":{"raw":%s}}}'
    one, two = (digest(load(body % number)) for number in (b"1.00000000000000000001", b"1.00000000000000000002"))
    assert one != two
    assert digest(load(body % b"100000000000000000000000000000")) != one
