"""Rows S4 and S5: scores and results."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti import ServiceResponse
from lti.platform.gradebook import Effect
from lti.platform.scores import RESULT_CONTAINER_TYPE
from tests.lti.world import CONTAINER, World

SCORE = {
    "userId": "u1",
    "scoreGiven": 8,
    "scoreMaximum": 10,
    "activityProgress": "Completed",
    "gradingProgress": "FullyGraded",
    "timestamp": "2026-11-23T09:00:00Z",
}


@pytest.fixture
def book(world: World) -> World:
    return with_column(world)


def with_column(world: World) -> World:
    assert world.add_line_item(b'{"label": "Quiz", "scoreMaximum": 100}').status == 201
    return world


def post(world: World, path: str = "/1/scores", **changes: Any) -> ServiceResponse:
    body = {name: value for name, value in (SCORE | changes).items() if value is not ...}
    return world.post_score(json.dumps(body).encode(), path)


def results(world: World, **query: str) -> list[dict[str, Any]]:
    response = world.call("GET", "/1/results", query=query)
    assert response.status == 200
    assert response.headers["Content-Type"] == RESULT_CONTAINER_TYPE
    found: list[dict[str, Any]] = json.loads(response.body)
    return found


def points(world: World, user: str = "u1") -> float | None:
    found = results(world, user_id=user)
    return found[0]["resultScore"] if found else None


def test_S4_a_score_becomes_a_result_scaled_to_the_column(book: World) -> None:
    response = post(book, comment="Bravo", scoringUserId="u9")
    assert (response.status, response.body) == (200, b"")
    assert results(book) == [
        {
            "id": f"{CONTAINER}/1/results?user_id=u1",
            "scoreOf": f"{CONTAINER}/1",
            "userId": "u1",
            "resultScore": 80,
            "resultMaximum": 100,
            "comment": "Bravo",
            "scoringUserId": "u9",
        }
    ]
    assert json.loads(book.follow(results(book)[0]["id"]).body) == results(book)


@pytest.mark.parametrize("media_type", [None, "application/json", "application/vnd.ims.lis.v2.lineitem+json", "x"])
def test_S4_wrong_media_type(book: World, media_type: str | None) -> None:
    body = json.dumps(SCORE).encode()
    assert book.call("POST", "/1/scores", content_type=media_type, body=body).status == 415
    assert results(book) == []


@pytest.mark.parametrize(
    "timestamp",
    [
        ...,
        None,
        "",
        1795429122,
        "2026-11-23T09:00:00",
        "2026-11-23",
        "2026-11-23 09:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-23T09:00:60Z",
        "0001-01-01T00:00:00+14:00",
        "2026-11-23T09:00:00+99:00",
        "20261123T090000Z",
    ],
)
def test_S4_timestamp_missing_or_without_zone(book: World, timestamp: Any) -> None:
    response = post(book, timestamp=timestamp)
    assert (response.status, json.loads(response.body)["field"]) == (400, "timestamp")
    assert results(book) == []


@pytest.mark.parametrize("timestamp", ["2026-11-23T08:59:59Z", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00+0100"])
def test_S4_timestamp_not_later_than_the_stored_one(book: World, timestamp: str) -> None:
    assert post(book).status == 200
    assert post(book, scoreGiven=1, timestamp=timestamp).status == 409
    assert points(book) == 80


def test_S4_a_later_timestamp_wins_and_may_lower(book: World) -> None:
    post(book)
    assert post(book, scoreGiven=1, timestamp="2026-11-23T09:00:01Z").status == 200
    assert points(book) == 10


def test_S4_fractions_of_a_second_kept(book: World) -> None:
    assert post(book, timestamp="2026-11-23T09:00:00.123Z").status == 200
    assert post(book, timestamp="2026-11-23T09:00:00.122999Z", scoreGiven=1).status == 409
    assert post(book, timestamp="2026-11-23T09:00:00.1230Z", scoreGiven=1).status == 409
    assert post(book, timestamp="2026-11-23T09:00:00.124Z", scoreGiven=9).status == 200
    stored = book.gradebook.scores["1", "u1"].timestamp
    assert stored == datetime(2026, 11, 23, 9, 0, 0, 124_000, UTC)
    assert points(book) == 90


def test_S4_a_score_that_is_not_final_also_counts_for_the_order(book: World) -> None:
    post(book, gradingProgress="Pending", timestamp="2026-11-23T09:00:05Z")
    assert post(book, timestamp="2026-11-23T09:00:04Z").status == 409
    assert points(book) is None


@pytest.mark.parametrize("maximum", [..., None])
def test_S4_score_given_without_maximum(book: World, maximum: Any) -> None:
    assert post(book, scoreMaximum=maximum).status == 400
    assert results(book) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scoreGiven", -0.1),
        ("scoreGiven", "-1"),
        ("scoreGiven", "abc"),
        ("scoreGiven", True),
        ("scoreGiven", 1e10),
        ("scoreMaximum", 0),
        ("scoreMaximum", -10),
        ("scoreMaximum", 1e-10),
        ("activityProgress", "Done"),
        ("activityProgress", ...),
        ("gradingProgress", "fullygraded"),
        ("gradingProgress", ...),
        ("userId", ...),
        ("userId", ""),
        ("userId", None),
        ("comment", 7),
    ],
)
def test_S4_negative_or_wrong_values(book: World, field: str, value: Any) -> None:
    changes: dict[str, Any] = {field: value}
    response = post(book, **changes)
    assert (response.status, json.loads(response.body)["field"]) == (400, field)
    assert results(book) == []


@pytest.mark.parametrize("number", [b"1e999", b"NaN", b"-Infinity", b"1" * 5000])
def test_S4_numbers_that_no_book_can_hold(book: World, number: bytes) -> None:
    body = json.dumps(SCORE).encode().replace(b'"scoreGiven": 8', b'"scoreGiven": ' + number)
    assert book.post_score(body).status == 400


def test_S4_above_the_maximum_accepted(book: World) -> None:
    assert post(book, scoreGiven=15).status == 200
    assert points(book) == 150


@pytest.mark.parametrize("user", ["stranger", "U1"])
def test_S4_unknown_user(book: World, user: str) -> None:
    response = post(book, userId=user)
    assert (response.status, json.loads(response.body)["error"]) == (404, "lti.ags.user_unknown")


def test_S4_unknown_line_item(book: World) -> None:
    response = post(book, path="/2/scores")
    assert (response.status, json.loads(response.body)["error"]) == (404, "lti.ags.line_item_unknown")


@pytest.mark.parametrize("absent", [..., None])
@pytest.mark.parametrize("grading", ["FullyGraded", "NotReady"])
def test_S4_score_given_absent_clears(book: World, absent: Any, grading: str) -> None:
    post(book)
    cleared = post(book, scoreGiven=absent, gradingProgress=grading, timestamp="2026-11-23T09:00:01Z")
    assert cleared.status == 200
    assert results(book) == []
    assert book.gradebook.scores["1", "u1"].effect is Effect.CLEAR


@pytest.mark.parametrize("grading", ["Pending", "PendingManual", "Failed", "NotReady"])
def test_S4_not_fully_graded_does_not_enter_the_book(book: World, grading: str) -> None:
    assert post(book, gradingProgress=grading).status == 200
    assert results(book) == []
    post(book, timestamp="2026-11-23T09:00:01Z")
    assert post(book, gradingProgress=grading, scoreGiven=1, timestamp="2026-11-23T09:00:02Z").status == 200
    assert points(book) == 80
    assert book.gradebook.scores["1", "u1"].effect is Effect.KEEP


def test_S4_unknown_members_are_kept(book: World) -> None:
    submission = {"startedAt": "2026-11-23T08:00:00Z"}
    members: dict[str, Any] = {"submission": submission, "https://example.org/x": 1}
    post(book, **members)
    assert book.gradebook.scores["1", "u1"].extra == {"submission": submission, "https://example.org/x": 1}


def test_S5_user_id_filter(book: World) -> None:
    post(book)
    post(book, userId="u2", scoreGiven=5)
    assert [result["userId"] for result in results(book)] == ["u1", "u2"]
    assert [result["userId"] for result in results(book, user_id="u2")] == ["u2"]
    assert results(book, user_id="stranger") == []


def test_S5_paging(book: World) -> None:
    members = [f"m{number}" for number in range(5)]
    book.gradebook.members |= set(members)
    for member in members:
        post(book, userId=member)
    response = book.call("GET", "/1/results", query={"limit": "2"})
    found = [result["userId"] for result in json.loads(response.body)]
    while link := response.headers.get("Link"):
        response = book.follow(link[1 : link.index(">")])
        found += [result["userId"] for result in json.loads(response.body)]
    assert found == members


def test_S5_a_removed_members_result_is_absent(book: World) -> None:
    post(book)
    post(book, userId="u2")
    book.gradebook.members.remove("u1")
    assert [result["userId"] for result in results(book)] == ["u2"]
    assert results(book, user_id="u1") == []
    assert post(book, timestamp="2026-11-23T09:00:09Z").status == 404


@given(
    st.lists(
        st.tuples(
            st.integers(0, 6),
            st.none() | st.integers(0, 20),
            st.sampled_from(["FullyGraded", "Pending"]),
        ),
        max_size=8,
    )
)
def test_S4_the_book_shows_what_the_accepted_scores_say_in_order(sent: list[tuple[int, int | None, str]]) -> None:
    book = with_column(World())
    latest, expected = -1, None
    for second, given_points, grading in sent:
        changes: dict[str, Any] = {"scoreGiven": given_points, "gradingProgress": grading}
        response = post(book, timestamp=f"2026-11-23T09:00:0{second}Z", **changes)
        assert response.status == (200 if second > latest else 409)
        if second > latest:
            latest = second
            if given_points is None:
                expected = None
            elif grading == "FullyGraded":
                expected = given_points * 10
    assert points(book) == expected


def test_S4_a_clock_years_ahead_blocks_no_later_score(book: World) -> None:
    assert post(book, timestamp="2036-01-01T00:00:00Z", scoreGiven=3).status == 200
    assert points(book) == 30
    book.clock.now += timedelta(seconds=1)
    assert post(book, timestamp=book.clock.now.isoformat(), scoreGiven=9).status == 200
    assert points(book) == 90
    soon = book.clock.now + timedelta(minutes=9)
    assert (
        post(book, timestamp=soon.isoformat(), scoreGiven=4).status == 200
    )  # within what is believed: it counts as said
    assert post(book, timestamp=book.clock.now.isoformat(), scoreGiven=9).status == 409


def test_S4_a_score_recorded_years_ahead_before_blocks_no_later_one(book: World) -> None:
    assert post(book, timestamp=book.clock.now.isoformat(), scoreGiven=3).status == 200
    book.clock.now -= timedelta(days=3650)
    assert post(book, timestamp=(book.clock.now + timedelta(seconds=1)).isoformat(), scoreGiven=5).status == 200
