"""A cmi5 course of CATAPULT's in a real browser: begun, resumed on another device, its score on the step."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.shared import shared_path
from tests.web.conftest import Clock
from tests.web.play_world import Play
from tests.web.test_play_browser import address, device, learner, open_step, world

__all__ = ["address", "device", "learner", "world"]
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]


def test_a_course_is_resumed_on_a_phone_and_its_score_reaches_the_step(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext], clock: Clock
) -> None:
    play = world(shared_path("fixtures", "content", "cmi5", "course-single_au_basic_framed.zip").read_bytes())
    page = device(viewport={"width": 1280, "height": 900}).new_page()
    unit = open_step(page, address, play)
    expect(unit.locator("#content")).to_contain_text("Introduction to Geology")
    with page.expect_response(lambda it: "stateId=suspendData" in it.url and it.request.method == "PUT"):
        unit.locator("#next").click()
    expect(unit.locator("#content")).to_contain_text("Geologic Materials")
    page.close()
    clock.advance(seconds=30)
    phone = device(viewport={"width": 360, "height": 740}).new_page()
    unit = open_step(phone, address, play)
    unit.get_by_role("button", name="Resume From Bookmark").click()
    expect(unit.locator("#content")).to_contain_text("Geologic Materials")
    unit.locator("#navmenuitems").get_by_text("Quiz").click(force=True)
    unit.get_by_role("button", name="(Select correct answers)").click()
    with phone.expect_response(lambda answer: "/xapi/statements" in answer.url and answer.request.method != "OPTIONS"):
        unit.get_by_role("button", name="Submit Answers").click()
    unit.get_by_role("button", name="Exit the Course").click()
    expect(phone.frame_locator("iframe[name=player]").locator("#note")).to_be_visible()
    step = play.step_view(clock.now)
    assert step.done
    assert step.best == pytest.approx(1.0)
