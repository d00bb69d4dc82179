"""Somebody whose session has ended within a partner's frame; in Chromium: tests/journeys/test_lti_frames.py."""

from collections.abc import Callable

import pytest

from hub.web import frames
from tests.web.conftest import Browser

CAMPUS = "https://campus.example"
BACK = f"{CAMPUS}/course/7"


@pytest.fixture
def framed(open_browser: Callable[[], Browser]) -> Callable[[str | None], Browser]:
    """A browser that was launched in a frame of the campus, whose page to come back to is given."""

    def make(back: str | None) -> Browser:
        browser = open_browser()
        with browser.client.session_transaction(base_url="http://hub.localhost:8080") as session:
            session["frame"] = {"by": CAMPUS, "back": back}
        browser.headers["Sec-Fetch-Dest"] = "iframe"
        return browser

    return make


@pytest.mark.parametrize(("back", "href"), [(BACK, f'href="{BACK}" '), (None, f'href="{CAMPUS}" ')])
def test_the_page_leads_back_and_only_that_site_may_frame_it(
    framed: Callable[[str | None], Browser], back: str | None, href: str
) -> None:
    seen = framed(back).get("/account")
    assert (seen.status_code, href in seen.text) == (401, True)
    assert ('target="_top"' in seen.text) is (back is None)
    assert seen.headers["Content-Security-Policy"].endswith(f"frame-ancestors {CAMPUS}")


def test_a_form_sent_too_late_gets_the_same_page(framed: Callable[[str | None], Browser]) -> None:
    sent = framed(BACK).client.post(
        "/account/password", base_url="http://hub.localhost:8080", headers={"Sec-Fetch-Dest": "iframe"}
    )
    assert (sent.status_code, BACK in sent.text) == (401, True)


def test_a_part_of_a_page_has_the_whole_page_asked_for_again(framed: Callable[[str | None], Browser]) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": "http://hub.localhost:8080/account", "Sec-Fetch-Dest": "empty"}
    assert framed(BACK).get("/account", headers=asked).headers["HX-Redirect"] == "/account"


def test_a_window_of_its_own_is_sent_to_sign_in(framed: Callable[[str | None], Browser]) -> None:
    browser = framed(BACK)
    browser.headers["Sec-Fetch-Dest"] = "document"
    assert "/sign-in" in browser.get("/account").headers["Location"]


@pytest.mark.parametrize(
    "back", [None, "javascript:alert(1)", "https://campus.example/" + "x" * frames.LONGEST_ADDRESS]
)
def test_an_address_that_leads_nowhere_is_not_kept(back: str | None, browser: Browser) -> None:
    with browser.client.application.test_request_context():
        frames.remember(CAMPUS, back)
        assert frames.session["frame"] == {"by": CAMPUS, "back": None}
