"""Profiles: published ones load, rules and patterns are followed as the specification says, the hub's own is kept."""

import ast
import gzip
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.packages.cmi5 import Au, Course
from content.xapi.emit import event_statement, register_statement, verb_for, void_statement
from content.xapi.grammar import check
from content.xapi.profiles import Checker, Fate, ProfileError, follow, own, read
from content.xapi.profiles.jsonpath import compile_path
from content.xapi.readings.model import Kind
from content.xapi.vocabulary import HUB, Verb
from hub.domain.cmi5.statements import Place, abandoned, satisfied, waived
from hub.domain.cmi_status import Standing
from hub.domain.translate import scorm
from tests.shared import ROOT, shared_path

ACTOR = {"objectType": "Agent", "account": {"homePage": "https://hub.example", "name": "1"}}
BASE: dict[str, Any] = {"actor": ACTOR, "verb": {"id": "https://e.org/v"}, "object": {"id": "https://e.org/a"}}


def profile(rules: list[dict[str, Any]], **more: Any) -> Any:
    template = {"id": "https://e.org/t", "type": "StatementTemplate", "rules": rules, **more}
    return read({"id": "https://e.org/p", "type": "Profile", "templates": [template]})


@pytest.mark.parametrize(
    ("name", "concepts", "templates", "patterns"),
    [
        ("acrossx", 49, 0, 0), ("adl", 25, 0, 0), ("cmi5", 14, 0, 0), ("open-badges", 3, 0, 0), ("scorm", 21, 10, 5),
        ("tincan", 164, 0, 0), ("video", 23, 9, 3),
    ],
)  # fmt: skip
def test_the_published_profiles_load(name: str, concepts: int, templates: int, patterns: int) -> None:
    path = shared_path("fixtures", "xapi", "profiles", f"{name}.jsonld")
    found = read(orjson.loads(path.read_bytes()))
    assert (len(found.concepts), len(found.templates), len(found.patterns)) == (concepts, templates, patterns)
    assert [notice.code for notice in found.notices] == (["no_id", "no_id"] if name == "cmi5" else [])


def test_real_statements_of_videos_against_the_video_profile() -> None:
    path = shared_path("fixtures", "xapi", "profiles", "video.jsonld")
    checker = Checker([read(orjson.loads(path.read_bytes()))])
    with gzip.open(shared_path("fixtures", "xapi", "fun-mooc-statements.jsonl.gz")) as file:
        outcomes = [checker.check(orjson.loads(line)) for _, line in zip(range(400), file, strict=False)]
    assert any(outcome.followed for outcome in outcomes)
    paths = {finding.path for outcome in outcomes for finding in outcome.findings}
    assert paths
    assert all(path.startswith("$.") for path in paths)


VALUES = {"a": {"b": [{"c": 1}, {"c": 2, "d'e": 3}], "x-y": True}}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.a.b[*].c", [1, 2]), ("a.b[0].c", [1]), ("$['a']['b'][0,1]['c']", [1, 2]), ("$.a.x-y", [True]),
        ("$.a.b[1]['d\\'e','c']", [3, 2]), ("$..c", [1, 2]), ("$.a.b[9]", []), ("$.a.*", [VALUES["a"]["b"], True]),
        ("$.z | $.a['x-y']", [True]), ("$", [VALUES]), ('$["a"]["x-y"]', [True]),
    ],
)  # fmt: skip
def test_paths_find_what_they_say(path: str, values: list[Any]) -> None:
    assert compile_path(path).values(VALUES) == values


@pytest.mark.parametrize("path", ["", " ", "$.a[?(@.b)]", "$.a[(@.length-1)]", "$[", "$['a", "$..", "$.a[-1]", "$[]"])
def test_filters_scripts_and_broken_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compile_path(path)


@given(st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_no_text_of_a_path_breaks_the_reader(text: str) -> None:
    with suppress(ValueError):
        compile_path(text).values(VALUES)


RESULT = {"result": {"score": {"raw": 3}, "success": True, "extensions": {"https://e.org/x": [1, 2]}}}
SPOT = "$.result.extensions['https://e.org/x'][*]"


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ({"location": "$.result.score.raw", "presence": "included"}, ""),
        ({"location": "$.result.score.max", "presence": "included"}, "included"),
        ({"location": "$.result.success", "presence": "excluded"}, "excluded"),
        ({"location": "$.result.duration", "presence": "excluded"}, ""),
        ({"location": SPOT, "any": [2, 9]}, ""), ({"location": SPOT, "any": [9]}, "any"),
        ({"location": SPOT, "all": [1, 2.0, 3]}, ""), ({"location": SPOT, "all": [1]}, "all"),
        ({"location": SPOT, "none": [3]}, ""), ({"location": SPOT, "none": [2]}, "none"),
        ({"location": "$.result.success", "all": [1]}, "all"),
        ({"location": "$.z", "presence": "recommended", "any": [1]}, ""), ({"location": "$.z", "any": [1]}, "any"),
        ({"location": "$.result", "selector": "$.score.raw", "any": [3]}, ""),
        ({"location": "$.result", "selector": "$.score.max", "presence": "included"}, "included"),
        ({"location": "$.result", "selector": "$.score.max", "presence": "excluded"}, ""),
        ({"location": "$.result", "selector": "$.z", "all": [3]}, "all"),
    ],
)  # fmt: skip
def test_a_rule_is_followed_or_not(rule: dict[str, Any], wanted: str) -> None:
    outcome = Checker([profile([rule])]).check({**BASE, **RESULT})
    assert [finding.wanted for finding in outcome.findings] == ([wanted] if wanted else [])
    assert bool(outcome.followed) == (not wanted)


def test_determining_properties_choose_the_statements() -> None:
    found = profile(
        [{"location": "$.result", "presence": "included"}], verb="https://e.org/v", objectActivityType="https://e.org/k",
        contextCategoryActivityType=["https://e.org/c"],
    )  # fmt: skip
    checker = Checker([found])
    assert checker.check(BASE).findings == ()
    whole = {
        **BASE, "object": {"id": "https://e.org/a", "definition": {"type": "https://e.org/k"}},
        "context": {"contextActivities": {"category": {"id": "https://e.org/1", "definition": {"type": "https://e.org/c"}}}},
    }  # fmt: skip
    assert [finding.wanted for finding in checker.check(whole).findings] == ["included"]
    reference = profile([], objectStatementRefTemplate=["https://e.org/t"])
    assert [finding.wanted for finding in Checker([reference]).check(BASE).findings] == ["reference"]


REF = {"objectType": "StatementRef", "id": "6690E6C9-3EF0-4ED3-8B37-7F3964730BEE"}


@pytest.mark.parametrize(
    ("named", "told", "wanted"),
    [
        ("object", {"object": REF}, ""), ("context", {"context": {"statement": REF}}, ""),
        ("context", {}, "reference"), ("context", {"context": {}}, "reference"),
    ],
)  # fmt: skip
def test_a_statement_that_is_referred_to_follows_its_template(named: str, told: dict[str, Any], wanted: str) -> None:
    p = "https://e.org/"
    templates = [
        {"id": p + "t", "verb": p + "done", "rules": [{"location": "$.result", "presence": "included"}]},
        {"id": p + "r", "verb": p + "rated", f"{named}StatementRefTemplate": [p + "t", p + "r"]},
    ]
    checker = Checker([read({"id": p, "type": "Profile", "templates": templates})])
    rated = {**BASE, "verb": {"id": p + "rated"}, **told}
    done = {**BASE, "verb": {"id": p + "done"}, "result": {"success": True}}
    assert [finding.wanted for finding in checker.check(rated).findings] == ([wanted] if wanted else [])  # not known
    for target, fault in ((done, ""), ({**done, "result": {}}, ""), ({**done, "verb": {"id": p + "v"}}, "target"),
                          (BASE | {"verb": done["verb"]}, "target"), (rated, "")):  # fmt: skip
        outcome = checker.check(rated, {REF["id"].lower(): target}.get)
        assert [finding.wanted for finding in outcome.findings] == ([wanted or fault] if wanted or fault else [])


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "not_an_object"), ({"type": "Verb"}, "not_a_profile"), ({"type": "Profile"}, "no_id"),
        ({"type": "Profile", "id": "x"}, "no_id"),
        ({"type": "Profile", "id": "https://e.org", "concepts": 1}, "not_a_list"),
    ],
)  # fmt: skip
def test_what_is_no_profile_is_refused(document: object, code: str) -> None:
    with pytest.raises(ProfileError) as refused:
        read(document)
    assert refused.value.code == code


def test_what_is_of_no_use_is_left_out_with_a_notice() -> None:
    p = "https://e.org/"
    found = read(
        {
            "@id": p, "@type": "Profile", "concepts": [{}, {"id": p + "1", "type": "Thing"}, 7],
            "templates": [{"id": p + "t", "rules": [{"location": "$["}, {"location": "$.a"}, 3,
                                                    {"location": "$.a", "presence": "perhaps"}]}, {"id": p + "t"}],
            "patterns": [{"id": p + "a", "sequence": [p + "t", p + "a"]}, {"id": p + "b"},
                         {"id": p + "c", "optional": p + "none"}, {"id": p + "d", "sequence": []}],
        }
    )  # fmt: skip
    assert [notice.code for notice in found.notices] == [
        "no_id", "unknown_type", "no_id", "empty_rule", "empty_rule", "not_a_rule", "unknown_presence", "empty_rule",
        "repeated_id", "not_one_operator", "no_members", "broken_pattern", "broken_pattern",
    ]  # fmt: skip
    assert (list(found.templates), dict(found.patterns)) == ([p + "t"], {})


def sequence(**operators: Any) -> Any:
    """A profile of the templates a, b, c and patterns by name; ``main`` is primary."""
    p = "https://e.org/"
    names = {name: {"id": p + name, "verb": p + name} for name in "abc"}
    patterns = []
    for name, (operator, members) in operators.items():
        listed = [p + m for m in members]
        value = listed if operator in ("sequence", "alternates") else listed[0]
        patterns.append({"id": p + name, operator: value, "primary": name == "main"})
    return read({"id": p, "type": "Profile", "templates": list(names.values()), "patterns": patterns})


ROWS = {
    "main": ("sequence", ["a", "more", "c"]), "more": ("zeroOrMore", ["b"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("patterns", "said", "fate"),
    [
        (ROWS, "abbc", Fate.COMPLETE), (ROWS, "ac", Fate.COMPLETE), (ROWS, "ab", Fate.PARTIAL),
        (ROWS, "", Fate.PARTIAL), (ROWS, "ba", Fate.FAILED), (ROWS, "aca", Fate.FAILED),
        ({"main": ("oneOrMore", ["b"])}, "bbb", Fate.COMPLETE), ({"main": ("oneOrMore", ["b"])}, "", Fate.PARTIAL),
        ({"main": ("oneOrMore", ["b"])}, "a", Fate.FAILED),
        ({"main": ("sequence", ["a", "maybe", "c"]), "maybe": ("optional", ["b"])}, "ac", Fate.COMPLETE),
        ({"main": ("sequence", ["a", "maybe", "c"]), "maybe": ("optional", ["b"])}, "abc", Fate.COMPLETE),
        ({"main": ("alternates", ["long", "a"]), "long": ("sequence", ["a", "b"])}, "ab", Fate.COMPLETE),
        ({"main": ("alternates", ["long", "c"]), "long": ("sequence", ["a", "b"])}, "a", Fate.PARTIAL),
        ({"main": ("alternates", ["a", "c"])}, "b", Fate.FAILED), ({}, "abc", Fate.COMPLETE),
    ],
)  # fmt: skip
def test_sequences_of_a_registration(patterns: dict[str, Any], said: str, fate: Fate) -> None:
    assert follow([frozenset({f"https://e.org/{one}"}) for one in said], sequence(**patterns)) is fate


def test_the_hubs_own_profile_is_a_profile_without_a_notice() -> None:
    found = read(own.document())
    assert found.notices == ()
    assert (found.id, found.version) == (f"{HUB}/profile", f"{HUB}/profile/v1")


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("value", [None, 0.0, 0.4, 1.0])
def test_every_register_statement_follows_the_hubs_profile(kind: Kind, value: float | None) -> None:
    told = register_statement(
        ACTOR, None, "https://e.org/a", source="hub", series_key=("hub", "1", "https://e.org/a", kind, "7"),
        revision=1, kind=kind, value=None if kind is Kind.SPENT else value, at="2026-11-26T09:00:00Z", minutes=3.0,
    )  # fmt: skip
    check(told, "1.0.3", "$")
    outcome = Checker([read(own.document())]).check(told)
    assert (outcome.findings, len(outcome.followed)) == ((), 1), verb_for(kind, value)


def test_every_event_and_voiding_follows_it_too() -> None:
    checker = Checker([read(own.document())])
    launch = event_statement(ACTOR, Verb.LAUNCHED, "https://e.org/a", at="2026-11-26T09:00:00Z", key=("1",))
    void = void_statement("5d0a6a04-2d29-4a9b-9c3f-0a0f3c7e9d11", ACTOR, at="2026-11-26T09:00:00Z")
    assert [len(checker.check(one).followed) for one in (launch, void)] == [1, 1]


def test_what_is_told_of_played_content_follows_it_too() -> None:
    checker, at = Checker([read(own.document())]), datetime(2026, 11, 26, 9, tzinfo=UTC)
    about = scorm.About(ACTOR, str(uuid4()), "https://e.org/package", str(uuid4()), 1)
    done = [
        Standing(completion="completed", success=success, score=0.5, progress=1.0) for success in ("passed", "failed")
    ]
    half = Standing(score=0.2, progress=0.5)
    told = [
        *(scorm.opened(about, "1", at, again=again) for again in (False, True)),
        *(scorm.closed(about, "2", at, 60.0, suspended=suspended) for suspended in (False, True)),
        *(one for now in (half, *done) for one in scorm.changes(about, Standing(), now, "3", at)),
    ]
    course = Place(ACTOR, about.registration, "https://e.org/course", str(uuid4()))
    unit = Au("a", {"fr": "Une unité"}, {}, "a.html", "a.html", "Passed", None, "AnyWindow", "", "", "", ())
    whole = Course("c", {"fr": "Un cours"}, {}, (), (unit,))
    told += [abandoned(course, unit, 60.0, at), waived(course, unit, "known", at), satisfied(course, whole, at)]
    verbs = {one["verb"]["id"] for one in told}
    assert len(verbs) == 12
    for one in told:
        one.setdefault("version", "1.0.3")
        outcome = checker.check(one)
        assert (outcome.findings, len(outcome.followed)) == ((), 1), one["verb"]


def test_no_verb_is_written_in_the_hub_that_its_profile_does_not_know() -> None:
    known = {template.determining["verb"] for template in read(own.document()).templates.values()}
    written = set()
    for folder in ("hub/services", "hub/domain"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            if _imports_vocabulary(tree):
                written |= {node.attr for node in ast.walk(tree) if _is_verb(node)}
    assert written
    assert {getattr(Verb, name) for name in written} <= {verb for verbs in known for verb in verbs}


def _imports_vocabulary(tree: ast.Module) -> bool:
    return any(isinstance(n, ast.ImportFrom) and n.module == "content.xapi.vocabulary" for n in ast.walk(tree))


def _is_verb(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Verb"
