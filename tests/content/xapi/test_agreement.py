"""The compiled schema and the hand-written validator decide alike, and nothing but StatementError ever comes out."""

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from content.xapi.canonical import activities_of, agents_of, digest, ifi, same, with_defaults
from content.xapi.errors import StatementError
from content.xapi.grammar import check, explain_structure, well_formed
from content.xapi.readings import read
from tests.content.xapi import samples

WORDS = st.sampled_from(
    ["", "x", "a:b", "mailto:a@b.c", "mailto:a@b@c", "mailto:a@b?c", "mailto:a@b,c", "Agent", "agent", "Group",
     "Activity", "StatementRef", "SubStatement", "contextAgent", "contextGroup", "choice", "Choice",
     "fr", "en-US", "en_US", "a12345678",
     samples.UUID, samples.UUID + "0", samples.SHA2, "0" * 40, "2026-11-23T10:00:00Z", "2026-02-30T10:00:00Z",
     "1.0", "1.0.3", "1.0.", "2.0.0", "2026-11-23T10:00:00-00:00", "2026-11-23T10:00:00+0100",
     "2026-11-23 10:00:00Z", "٢٠٢٦-11-23T10:00:00Z", "PT1S", "P1Y2M3DT4H5M6.7S", "P4W", "PT", "text/plain",
     "text/plain; a=b", "text/", "a:b c", "a:\u00e9", "a:\x85", "a:b\n", "fr\n",
     "http://adlnet.gov/expapi/verbs/voided"],
)  # fmt: skip
KEYS = st.sampled_from(
    ["id", "actor", "verb", "object", "result", "context", "objectType", "name", "mbox", "mbox_sha1sum", "openid",
     "account", "member", "homePage", "display", "definition", "type", "moreInfo", "interactionType",
     "correctResponsesPattern", "choices", "scale", "extensions", "score", "scaled", "raw", "min", "max",
     "duration", "registration", "instructor", "team", "contextActivities", "parent", "revision", "platform",
     "language", "statement", "timestamp", "stored", "authority", "version", "attachments", "usageType",
     "contentType", "length", "sha2", "contextAgents", "contextGroups", "agent", "group", "relevantTypes", "Name",
     "fr", "a:b"],
)  # fmt: skip
LARGE = [10**400, -(10**400), Decimal("1E+400"), Decimal("123456789012345678901234567890.5")]
NUMBERS = st.sampled_from([0, 1, -1, 2, 1.0, 0.5, 1.5, -0.0, 10**30, 4235.0, *LARGE])
PIECES = st.sampled_from(
    [
        samples.AGENT,
        {"objectType": "Group", "member": [samples.AGENT]},
        {"id": "a:b"},
        [{"id": "a:b"}],
        [{"id": "a"}],
        {},
        [],
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS | PIECES | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
MAKERS = st.sampled_from([*samples.ALL_1_0, samples.later])


def _places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way] if way else []
    if isinstance(value, dict):
        for key, member in value.items():
            found += _places(member, (*way, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            found += _places(member, (*way, index))
    return found


# Values of the right type and nearly the right form, by property: most mutants of these are valid or nearly so.
NEARLY: dict[str, list[Any]] = {
    "id": ["a:b", "a:\x85", samples.UUID, samples.UUID.upper(), samples.UUID + "\n"],
    "timestamp": [
        "2026-11-23T10:00:00.1Z",
        "2026-11-23T10:00:00+0100",
        "2026-11-23T10:00:00-00:00",
        "2026-11-23",
        "2026-11-23T10:00:00+01:60",
    ],
    "stored": ["2026-11-23t10:00:00z", "2026-11-23T10:00:00+01", "٢٠٢٦-11-23T10:00:00Z"],
    "version": ["1.0", "1.0.9", "1.0.", "2.0.0", "2.0", "1.1.0"],
    "objectType": ["Activity", "Agent", "Group", "StatementRef", "SubStatement", "contextAgent", "contextGroup"],
    "member": [[], [samples.AGENT], [samples.AGENT] * 2, [samples.AGENT] * 3, [{"mbox": "mailto:a@b"}, {}]],
    "display": [{}, {"fr": ""}, {"en_US": "x"}, {"i-x": "x"}, {"zh-cmn-Hans": "x"}, {"x-a": "x"}],
    "length": [0, 1.0, 1.5, -1, 10**30, *LARGE],
    "scaled": [-1, 1, 1.0, 1.0000000000000002, True, *LARGE],
    "raw": [-(10**30), 0.5, "1", *LARGE],
    "min": [0, *LARGE],
    "max": [0, *LARGE],
    "duration": ["PT1S", "P1Y", "P1W1D", "PT1.5M", "P1.5DT1S", "PT1.5H1M", "P1S", "PT"],
    "parent": [[], {"id": "a:b"}, [{"id": "a:b"}], [[]], {"id": "a:b", "objectType": "Agent"}],
    "language": ["fr", "a", "fr-fr-fr", "sgn-BE-FR", "en-a-bb-x-1", "en-a"],
    "contentType": ["text/plain", "text/plain;a=b", 'a/b; c="d e"', "a/b;", "text"],
    "interactionType": ["likert", "other", "Other"],
}
BY_NAME = {name: st.sampled_from(values) for name, values in NEARLY.items()}


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """A valid statement with one to three members replaced, removed, renamed or added."""
    statement = copy.deepcopy(draw(MAKERS)())
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(_places(statement)))
        holder = statement
        for key in way:
            holder = holder[key]
        match draw(st.sampled_from(["nearly", "nearly", "replace", "remove", "rename", "add"])):
            case "nearly":
                holder[last] = copy.deepcopy(draw(BY_NAME.get(last, WORDS)))
            case "remove":
                del holder[last]
            case "rename" if isinstance(holder, dict):
                holder[draw(KEYS)] = holder.pop(last)
            case "add" if isinstance(holder, dict):
                holder[draw(KEYS)] = copy.deepcopy(draw(VALUES))
            case _:
                holder[last] = copy.deepcopy(draw(VALUES))
        if not statement:
            break
    return statement


def refusal(decide: Callable[[], None]) -> StatementError | None:
    try:
        decide()
    except StatementError as error:
        return error
    return None


def assert_agreement(value: Any, later: bool) -> None:
    error = refusal(lambda: explain_structure(value, later=later))
    assert well_formed(value, later=later) is (error is None)
    assert error is None or (error.path.startswith("$") and error.requirement and error.reason)


@settings(max_examples=1500, deadline=None)
@given(mutants(), st.booleans())
def test_fast_and_slow_agree(statement: Any, later: bool) -> None:
    assert_agreement(statement, later)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.booleans())
@example({}, False)
@example(None, True)
def test_they_agree_on_what_is_hardly_a_statement(value: Any, later: bool) -> None:
    assert_agreement(value, later)


@settings(max_examples=500, deadline=None)
@given(mutants(), st.booleans())
def test_what_passes_can_be_read_by_everyone(statement: Any, trusted: bool) -> None:
    if refusal(lambda: check(statement, "2.0.0")) is None:
        assert all(0 <= (reading.value or 0) <= 1 for reading in read(statement, trusted=trusted))
        assert [ifi(agent) for _, agent in agents_of(statement)]
        assert all(":" in iri for _, iri in activities_of(statement))
        whole = with_defaults(statement, stored="2026-11-23T10:00:00Z", authority={"openid": "a:b"})
        check(whole, "2.0.0")
        assert same(digest(statement), digest(whole))


@settings(max_examples=500, deadline=None)
@given(mutants() | VALUES, st.sampled_from(["1.0.3", "2.0.0"]))
def test_only_statement_errors_come_out(statement: Any, version: str) -> None:
    error = refusal(lambda: check(statement, version))
    assert error is None or error.path.startswith("$")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.tuples(st.integers()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers() | KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(ANYTHING | st.fixed_dictionaries({"actor": ANYTHING, "verb": ANYTHING, "object": ANYTHING}))
def test_even_what_no_parser_gives_is_refused_properly(value: Any) -> None:
    error = refusal(lambda: check(value))
    assert error is None or error.path.startswith("$")
