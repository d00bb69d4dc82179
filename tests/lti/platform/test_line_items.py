"""Rows S2 and S3: line items."""

import json
from typing import Any

import pytest

from lti import ServiceResponse
from lti.platform.line_items import CONTAINER_TYPE, LINE_ITEM_TYPE
from tests.lti.world import CONTAINER, World

COLUMN = {"label": "Quiz", "scoreMaximum": 20}


def add(world: World, **changes: Any) -> ServiceResponse:
    body = {name: value for name, value in (COLUMN | changes).items() if value is not ...}
    return world.add_line_item(json.dumps(body).encode())


def put(world: World, path: str = "/1", **members: Any) -> ServiceResponse:
    return world.call("PUT", path, content_type=LINE_ITEM_TYPE, body=json.dumps(COLUMN | members).encode())


def listed(world: World, **query: str) -> list[dict[str, Any]]:
    response = world.call("GET", query=query)
    assert response.status == 200
    assert response.headers["Content-Type"] == CONTAINER_TYPE
    found: list[dict[str, Any]] = json.loads(response.body)
    return found


def test_S2_a_line_item_is_created_and_read_back(world: World) -> None:
    response = add(
        world,
        resourceId="quiz-7",
        resourceLinkId="link-1",
        tag="grade",
        startDateTime="2026-11-23T10:00:00+01:00",
        endDateTime="2026-12-01T12:00:00.250Z",
        gradesReleased=False,
    )
    assert response.status == 201
    assert response.headers["Content-Type"] == LINE_ITEM_TYPE
    assert response.headers["Location"] == f"{CONTAINER}/1"
    made = json.loads(response.body)
    assert made == {
        "id": f"{CONTAINER}/1",
        "label": "Quiz",
        "scoreMaximum": 20,
        "resourceId": "quiz-7",
        "resourceLinkId": "link-1",
        "tag": "grade",
        "startDateTime": "2026-11-23T09:00:00Z",
        "endDateTime": "2026-12-01T12:00:00.250000Z",
        "gradesReleased": False,
    }
    shown = world.follow(made["id"])
    assert (shown.status, json.loads(shown.body)) == (200, made)
    assert shown.headers["Content-Type"] == LINE_ITEM_TYPE
    assert listed(world) == [made]


@pytest.mark.parametrize("label", [..., None, "", "   ", 7])
def test_S2_post_without_label(world: World, label: Any) -> None:
    response = add(world, label=label)
    assert (response.status, json.loads(response.body)["field"]) == (400, "label")
    assert not world.gradebook.items


@pytest.mark.parametrize("maximum", [..., None, 0, -1, "many", True, 1e308, "1e3"])
def test_S2_score_maximum_missing_or_not_over_zero(world: World, maximum: Any) -> None:
    response = add(world, scoreMaximum=maximum)
    assert (response.status, json.loads(response.body)["field"]) == (400, "scoreMaximum")
    assert not world.gradebook.items


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"label":"x","scoreMaximum":NaN}', b"[" * 60_000])
def test_S2_a_body_that_is_no_json_object(world: World, body: bytes) -> None:
    assert world.add_line_item(body).status == 400


@pytest.mark.parametrize("text", [r"a\u0000b", r"\ud800"])
@pytest.mark.parametrize(
    "body",
    [
        '{"label": "%s", "scoreMaximum": 1}',
        '{"label": "x", "scoreMaximum": 1, "tag": "%s"}',
        '{"label": "x", "scoreMaximum": 1, "other": [{"deep": "%s"}]}',
        '{"label": "x", "scoreMaximum": 1, "other": {"%s": 1}}',
    ],
)
def test_S2_texts_that_no_database_keeps(world: World, body: str, text: str) -> None:
    assert world.add_line_item((body % text).encode()).status == 400
    assert not world.gradebook.items


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_S2_numbers_that_json_cannot_write_back(world: World, number: str) -> None:
    body = '{"label": "x", "scoreMaximum": 1, "other": [%s]}'
    assert world.add_line_item((body % "1.5").encode()).status == 201
    assert world.add_line_item((body % number).encode()).status == 400


def test_S2_a_filter_that_is_no_text(world: World) -> None:
    assert world.call("GET", query={"tag": "a\0"}).status == 400


def test_S2_an_endless_body(world: World) -> None:
    assert add(world, label="x" * 70_000).status == 413


@pytest.mark.parametrize("link", ["link-9", "unknown"])
def test_S2_foreign_resource_link(world: World, link: str) -> None:
    assert add(world, resourceLinkId=link).status == 404
    assert not world.gradebook.items


@pytest.mark.parametrize("media_type", [None, "application/json", "application/vnd.ims.lis.v1.score+json"])
def test_S2_wrong_media_type(world: World, media_type: str | None) -> None:
    body = json.dumps(COLUMN).encode()
    assert world.call("POST", content_type=media_type, body=body).status == 415
    assert world.call("POST", content_type=f"{LINE_ITEM_TYPE.upper()}; charset=utf-8", body=body).status == 201


def test_S2_filters(world: World) -> None:
    add(world, label="a", resourceLinkId="link-1", resourceId="r1", tag="t1")
    add(world, label="b", resourceLinkId="link-1", resourceId="r2", tag="t1")
    add(world, label="c", resourceLinkId="link-2", resourceId="r1", tag="t2")
    add(world, label="d")

    def labels(**query: str) -> list[str]:
        return [item["label"] for item in listed(world, **query)]

    assert labels() == ["a", "b", "c", "d"]
    assert labels(resource_link_id="link-1") == ["a", "b"]
    assert labels(resource_id="r1") == ["a", "c"]
    assert labels(tag="t1") == ["a", "b"]
    assert labels(resource_link_id="link-1", resource_id="r1") == ["a"]
    assert labels(resource_link_id="none") == []
    assert labels(tag="", unknown="x") == ["a", "b", "c", "d"]


def test_S2_limit_gives_pages_that_keep_the_filter(world: World) -> None:
    for number in range(5):
        add(world, label=str(number), tag="a&b é" if number != 2 else "other")
    response = world.call("GET", query={"limit": "2", "tag": "a&b é"})
    pages = [[item["label"] for item in json.loads(response.body)]]
    while link := response.headers.get("Link"):
        assert link.endswith('>; rel="next"')
        response = world.follow(link[1 : link.index(">")])
        pages.append([item["label"] for item in json.loads(response.body)])
    assert pages == [["0", "1"], ["3", "4"]]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "²", "9" * 30])
def test_S2_limit_that_is_no_count(world: World, limit: str) -> None:
    response = world.call("GET", query={"limit": limit})
    assert (response.status, json.loads(response.body)["field"]) == (400, "limit")


def test_S2_a_cursor_never_given(world: World) -> None:
    assert world.call("GET", query={"after": "zz"}).status == 400


def test_S2_a_repeated_parameter(world: World) -> None:
    assert world.call("GET", query=[("tag", "a"), ("tag", "b")]).status == 400


def test_S3_put_replaces(world: World) -> None:
    add(world, resourceId="r", tag="t", resourceLinkId="link-1")
    response = put(world, label="Épreuve", scoreMaximum=12.5, resourceLinkId="link-1")
    assert response.status == 200
    expected = {"id": f"{CONTAINER}/1", "label": "Épreuve", "scoreMaximum": 12.5, "resourceLinkId": "link-1"}
    assert json.loads(response.body) == expected
    assert listed(world) == [expected]


@pytest.mark.parametrize("link", ["link-2", "link-9"])
def test_S3_put_cannot_change_the_resource_link_silently(world: World, link: str) -> None:
    add(world, resourceLinkId="link-1")
    response = put(world, label="new", resourceLinkId=link)
    assert (response.status, json.loads(response.body)["field"]) == (400, "resourceLinkId")
    assert listed(world)[0]["label"] == "Quiz"


def test_S3_put_without_resource_link_keeps_it(world: World) -> None:
    add(world, resourceLinkId="link-1")
    assert json.loads(put(world).body)["resourceLinkId"] == "link-1"


def test_S3_put_cannot_bind_a_free_line_item(world: World) -> None:
    add(world)
    assert put(world, resourceLinkId="link-1").status == 400


def test_S3_put_of_a_bad_line_item_changes_nothing(world: World) -> None:
    add(world)
    assert put(world, scoreMaximum=0).status == 400
    assert listed(world)[0]["scoreMaximum"] == 20


def test_S3_delete_deletes(world: World) -> None:
    add(world)
    response = world.call("DELETE", "/1")
    assert (response.status, response.body) == (204, b"")
    assert world.call("GET", "/1").status == 404
    assert world.call("DELETE", "/1").status == 404
    assert listed(world) == []


def test_unknown_members_are_kept_and_cannot_shadow_ours(world: World) -> None:
    add(world, id="https://evil.example/1", **{"https://example.org/x": {"deep": [1]}})
    assert listed(world) == [{"id": f"{CONTAINER}/1", **COLUMN, "https://example.org/x": {"deep": [1]}}]


def test_an_id_is_written_as_one_segment_of_the_address(world: World) -> None:
    add(world)
    item = world.gradebook.items.pop("1")
    world.gradebook.items["a/b ?"] = type(item)("a/b ?", item.client_id, item.content)
    assert listed(world)[0]["id"] == f"{CONTAINER}/a%2Fb%20%3F"
