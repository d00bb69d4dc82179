"""PyLTI1p3's own tool code accepts the launch, posts a score and reads the result, over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from pylti1p3.contrib.flask import FlaskMessageLaunch
from pylti1p3.exception import LtiException, LtiServiceException
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem

from tests.lti.platform.peer import LAUNCH_URL, SESSION, Platform, Tool, serving


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serving() as running:
        yield running


def follow(url: str, cookie: str = f"session={SESSION}") -> dict[str, Any]:
    """The browser goes to the platform, with its cookie."""
    answer: dict[str, Any] = requests.get(url, headers={"Cookie": cookie}, timeout=5).json()
    return answer


def launch(platform: Platform) -> FlaskMessageLaunch:
    tool = Tool(platform)
    form = follow(tool.login(dict(platform.open().parameters)))
    assert form["action"] == LAUNCH_URL
    return tool.launch(form["parameters"])


def grade(points: float, seconds: int = 0) -> Grade:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return (
        Grade()
        .set_score_given(points)
        .set_score_maximum(10)
        .set_timestamp(moment.isoformat())
        .set_activity_progress("Completed")
        .set_grading_progress("FullyGraded")
        .set_user_id("u1")
    )


def test_the_launch_is_accepted(platform: Platform) -> None:
    message = launch(platform)
    data = message.get_launch_data()
    assert message.check_student_access()
    assert not message.check_teacher_access()
    assert (data["sub"], data["name"]) == ("u1", "Ada Test")
    assert "email" not in data
    assert data["https://purl.imsglobal.org/spec/lti/claim/resource_link"]["title"] == "Souder à l'étain"
    assert data["https://purl.imsglobal.org/spec/lti/claim/custom"] == {"id": "7"}


def test_the_same_authentication_request_twice_is_refused(platform: Platform) -> None:
    url = Tool(platform).login(dict(platform.open().parameters))
    assert "parameters" in follow(url)
    assert follow(url) == {"refused": "lti.launch.replayed"}


def test_a_browser_that_is_not_signed_in_is_refused(platform: Platform) -> None:
    url = Tool(platform).login(dict(platform.open().parameters))
    assert follow(url, cookie="session=another") == {"refused": "lti.launch.sign_in_required"}


def test_the_message_is_of_no_use_in_another_browser(platform: Platform) -> None:
    form = follow(Tool(platform).login(dict(platform.open().parameters)))
    with pytest.raises(LtiException):
        Tool(platform).launch(form["parameters"])


def test_a_score_is_posted_and_its_result_read_back(platform: Platform) -> None:
    grades = launch(platform).get_ags()
    grades.put_grade(grade(8))
    (result,) = grades.get_grades()
    assert (result["userId"], result["resultScore"], result["resultMaximum"]) == ("u1", 16, 20)
    with pytest.raises(LtiServiceException) as refused:
        grades.put_grade(grade(1, seconds=-60))
    assert refused.value.response.status_code == 409
    grades.put_grade(grade(1, seconds=60))
    assert grades.get_grades()[0]["resultScore"] == 2


def test_line_items_are_made_found_and_paged(platform: Platform) -> None:
    grades = launch(platform).get_ags()
    made = grades.find_or_create_lineitem(
        LineItem().set_tag("atelier").set_score_maximum(5).set_label("Atelier").set_resource_id("r-1")
    )
    assert made.get_id() == f"{platform.container}/2"
    assert grades.find_lineitem_by_tag("atelier").get_label() == "Atelier"
    first, following = grades.get_lineitems_page(f"{platform.container}?limit=1")
    second, end = grades.get_lineitems_page(following)
    assert [item["label"] for item in first + second] == ["Quiz", "Atelier"]
    assert end is None
    grades.put_grade(grade(10), made)
    assert grades.get_grades(made)[0]["resultScore"] == 5
