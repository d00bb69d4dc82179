"""Whatever is sent, the answer is an answer: stored, or refused with its reason; never a 500."""

import json
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from tests.web.conftest import Clock
from tests.web.xapi_client import COURSE, Sender, agent, new_sender, params, statement

FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(max_size=20) | st.sampled_from(["\x00", "é" * 2000, "urn:" + "x" * 9000, "-1", "NaN", "\ud800"[:0]])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from([COURSE, "mailto:a@b.example", "PT99999999999999H", "P1W", "2026-11-20T10:00:00Z", str(uuid4())])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)
FULL = statement(
    "a",
    id=str(uuid4()),
    result={
        "score": {"scaled": 0.5, "raw": 5, "min": 0, "max": 10},
        "success": True,
        "completion": True,
        "response": "r",
        "duration": "PT1H",
        "extensions": {"https://x.example/e": 1},
    },
    context={
        "registration": str(uuid4()),
        "instructor": agent("t"),
        "platform": "p",
        "language": "fr",
        "contextActivities": {"parent": [{"id": COURSE, "definition": {"name": {"fr": "n"}}}]},
        "extensions": {"https://w3id.org/xapi/video/extensions/session-id": "s"},
    },
)


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock)


def dumped(value: Any) -> bytes:
    """JSON even of what orjson refuses: integers of any length."""
    return json.dumps(value).encode()


def sound(answer: Any) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        assert {"code", "path", "requirement", "reason"} <= orjson.loads(answer.data).keys()


@FEW
@given(body=st.binary(max_size=200) | VALUES.map(dumped))
def test_any_body(sender: Sender, body: bytes) -> None:
    sound(sender.call("POST", "statements", data=body, content_type="application/json"))
    where = params(activityId=COURSE, agent=agent(), stateId="s")
    sound(sender.call("POST", "activities/state", query_string=where, data=body, content_type="application/json"))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(p for k, v in value.items() for p in _paths(v, (*path, k)))]
    if isinstance(value, list):
        return [path, *(p for k, v in enumerate(value) for p in _paths(v, (*path, k)))]
    return [path]


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:], new)
    return copy


@settings(FEW, max_examples=150)
@given(path=st.sampled_from(_paths(FULL)), new=VALUES)
def test_any_value_at_any_place_of_a_statement(sender: Sender, path: tuple[Any, ...], new: Any) -> None:
    changed = _with(FULL, path, new)
    if isinstance(changed, dict) and path != ("id",):
        changed.pop("id", None)
    answer = sender.call("POST", "statements", data=dumped(changed), content_type="application/json")
    sound(answer)
    if answer.status_code == 200:
        for form in ("exact", "ids", "canonical"):
            sound(sender.get(limit="1", format=form))


@FEW
@given(
    asked=st.dictionaries(
        st.sampled_from(
            [
                "agent",
                "verb",
                "activity",
                "registration",
                "since",
                "until",
                "limit",
                "ascending",
                "more",
                "statementId",
                "voidedStatementId",
                "format",
                "attachments",
                "related_agents",
                "activityId",
                "stateId",
                "profileId",
            ]
        ),
        TEXTS | VALUES.map(lambda v: dumped(v).decode()) | st.just(orjson.dumps(agent()).decode()),
        max_size=4,
    ),
    path=st.sampled_from(
        ["statements", "activities/state", "activities/profile", "agents/profile", "agents", "activities"]
    ),
    method=st.sampled_from(["GET", "PUT", "DELETE", "HEAD"]),
)
def test_any_parameters(sender: Sender, asked: dict[str, str], path: str, method: str) -> None:
    answer = sender.call(method, path, query_string=asked)
    assert answer.status_code < 500, answer.text


@FEW
@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "Authorization",
                "X-Experience-API-Version",
                "Content-Type",
                "If-Match",
                "If-None-Match",
                "Accept-Language",
            ]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30),
        max_size=3,
    )
)
def test_any_headers(sender: Sender, headers: dict[str, str]) -> None:
    where = params(activityId=COURSE, agent=agent(), stateId="s")
    for method in ("PUT", "GET", "DELETE"):
        answer = sender.call(method, "activities/state", query_string=where, data=b"{}", headers=headers)
        assert answer.status_code < 500, answer.text
    assert sender.get(headers=headers, format="canonical").status_code < 500
