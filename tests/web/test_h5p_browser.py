"""An H5P in a real browser: played to its end, its state found again on another device, its score on the step."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.shared import shared_path
from tests.web.conftest import Clock
from tests.web.play_world import Play
from tests.web.test_play_browser import address, device, learner, world

__all__ = ["address", "device", "learner", "world"]
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]


def player(page: Page, address: str, play: Play) -> FrameLocator:
    """From the step to the question."""
    page.goto(address + play.step_url)
    page.locator("form[action*='/open/'] button").first.click()
    page.wait_for_url("**/play/*")
    return page.frame_locator("iframe[name=player]")


def test_a_question_is_answered_and_its_score_reaches_the_step_and_is_found_again(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext], clock: Clock
) -> None:
    package = shared_path("fixtures", "content", "h5p", "truefalse-hello-world.h5p")
    play = world(package.read_bytes(), ("score", 0.5))
    page = device(viewport={"width": 1280, "height": 900}).new_page()
    question = player(page, address, play)
    question.get_by_role("radio", name="False").click()
    with page.expect_response(lambda answer: '"answered"' in (answer.request.post_data or "")):
        question.get_by_role("button", name="Check").first.click()
    expect(question.get_by_text("You got 1 of 1 points").first).to_be_attached()
    page.close(run_before_unload=False)
    step = play.step_view(clock.now)
    assert step.best == pytest.approx(1.0)
    phone = device(viewport={"width": 360, "height": 740}).new_page()
    question = player(phone, address, play)
    expect(question.get_by_role("radio", name="False")).to_have_attribute("aria-checked", "true")
