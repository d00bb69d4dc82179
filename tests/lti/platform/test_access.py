"""Row S1: who may call a service."""

from datetime import timedelta
from typing import Any

import pytest

from lti.platform.line_items import LINE_ITEM_TYPE
from lti.platform.scores import SCORE_TYPE
from lti.scopes import AGS_SCOPES, LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE
from tests.lti.world import World

COLUMN = b'{"label": "Quiz", "scoreMaximum": 20}'
POINTS = (
    b'{"userId": "u1", "scoreGiven": 1, "scoreMaximum": 2, "activityProgress": "Completed",'
    b' "gradingProgress": "FullyGraded", "timestamp": "2026-11-23T09:00:00Z"}'
)

# Each operation, with the scopes that allow it and the status of its success.
OPERATIONS: list[tuple[str, str, dict[str, Any], set[str], int]] = [
    ("GET", "", {}, {LINE_ITEM, LINE_ITEM_READ}, 200),
    ("POST", "", {"content_type": LINE_ITEM_TYPE, "body": COLUMN}, {LINE_ITEM}, 201),
    ("GET", "/1", {}, {LINE_ITEM, LINE_ITEM_READ}, 200),
    ("PUT", "/1", {"content_type": LINE_ITEM_TYPE, "body": COLUMN}, {LINE_ITEM}, 200),
    ("DELETE", "/1", {}, {LINE_ITEM}, 204),
    ("POST", "/1/scores", {"content_type": SCORE_TYPE, "body": POINTS}, {SCORE}, 200),
    ("GET", "/1/results", {}, {RESULT_READ}, 200),
]
everywhere = pytest.mark.parametrize(
    ("method", "path", "parts", "allowing", "success"), OPERATIONS, ids=[f"{o[0]} {o[1] or '/'}" for o in OPERATIONS]
)


@pytest.fixture
def book(world: World) -> World:
    assert world.add_line_item(COLUMN).status == 201
    return world


@everywhere
@pytest.mark.parametrize("scope", sorted(AGS_SCOPES))
def test_S1_each_operation_needs_its_scope(
    book: World, method: str, path: str, parts: dict[str, Any], allowing: set[str], success: int, scope: str
) -> None:
    response = book.call(method, path, authorization=book.bearer(scope), **parts)
    if scope in allowing:
        assert response.status == success
    else:
        assert response.status == 403
        assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]


@everywhere
@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic dG90bzp0b3Rv"])
def test_S1_no_token(
    book: World,
    method: str,
    path: str,
    parts: dict[str, Any],
    allowing: set[str],
    success: int,
    authorization: str | None,
) -> None:
    response = book.call(method, path, authorization=authorization, **parts)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="lti"'


@everywhere
def test_S1_expired_token(
    book: World, method: str, path: str, parts: dict[str, Any], allowing: set[str], success: int
) -> None:
    token = book.bearer(expires_at=book.clock.now + timedelta(seconds=1))
    book.clock.advance(seconds=1)
    response = book.call(method, path, authorization=token, **parts)
    assert response.status == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


@everywhere
def test_S1_another_registrations_token(
    book: World, method: str, path: str, parts: dict[str, Any], allowing: set[str], success: int
) -> None:
    stranger = book.bearer(client_id="tool-3")
    assert book.call(method, path, authorization=stranger, **parts).status == 403
    neighbour = book.bearer(client_id="tool-2")
    expected = success if path == "" else 403
    assert book.call(method, path, authorization=neighbour, **parts).status == expected


def test_S1_a_neighbour_in_the_context_sees_only_its_own_columns(book: World) -> None:
    response = book.call("GET", authorization=book.bearer(client_id="tool-2"))
    assert (response.status, response.body) == (200, b"[]")


@pytest.mark.parametrize("token", ["Bearer unknown", "Bearer " + "x" * 600, "Bearer é"])
def test_S1_unknown_token(book: World, token: str) -> None:
    assert book.call("GET", authorization=token).status == 401


def test_the_scheme_of_the_header_is_written_in_any_case(book: World) -> None:
    assert book.call("GET", authorization=book.bearer().replace("Bearer", "bearer")).status == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "", "GET, POST"),
        ("POST", "/1", "GET, PUT, DELETE"),
        ("GET", "/1/scores", "POST"),
        ("POST", "/1/results", "GET"),
    ],
)
def test_other_methods_are_refused_with_those_allowed(book: World, method: str, path: str, allowed: str) -> None:
    response = book.call(method, path)
    assert (response.status, response.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize("path", ["/", "/1/other", "/1/scores/2", "//scores", "/1/", "/1\0", "/\udcff/scores"])
def test_other_addresses_do_not_exist(book: World, path: str) -> None:
    assert book.call("GET", path).status == 404
