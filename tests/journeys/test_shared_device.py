"""A learner without e-mail at a PC of the place: a card and a PIN, then nothing is left behind."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import Enter, Watched
from .demo_process import Demo
from .pages import text_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]


def test_a_card_and_a_pin_sign_in_and_leaving_leaves_nothing(demo: Demo, watched: Watched, enter: Enter) -> None:
    code, pin = printed_card(enter("karim"), demo, "Josiane Castel")
    page = watched.open(1280).new_page()
    page.goto(f"{demo.hub}/sign-in")
    page.get_by_role("link", name="J’ai une carte").click()
    page.get_by_role("textbox").first.fill(code)
    page.locator("main").get_by_role("button").click()
    page.get_by_label("Code à 4 chiffres").fill("0000" if pin != "0000" else "1111")
    page.get_by_role("button", name="Me connecter").click()
    expect(page.get_by_role("alert")).to_contain_text("Ce n’est pas le bon code.")
    page.get_by_label("Code à 4 chiffres").fill(pin)
    page.get_by_role("button", name="Me connecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Josiane")
    page.goto(demo.path("josiane"))
    assert all(cookie.get("expires", -1) == -1 for cookie in page.context.cookies() if cookie.get("name") == "hub")

    page.get_by_role("button", name="Je pars").click()
    expect(page.get_by_role("button", name="Me connecter")).to_be_visible()
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("button", name="Me connecter")).to_be_visible()
        assert "Josiane" not in text_of(page.locator("body"))
    page.goto(demo.path("josiane"))
    assert "Josiane" not in text_of(page.locator("body"))


def printed_card(page: Page, demo: Demo, name: str) -> tuple[str, str]:
    """Print the card of a learner; its code and its PIN, which the sheet shows this once."""
    page.goto(f"{demo.hub}/cards?group={demo.ids['groups']['tarn']}")
    page.get_by_role("checkbox", name=name).check()
    page.locator("form:has([name=person])").get_by_role("button").click()
    card = page.locator(".sign-in-card", has_text=name)
    code = text_of(card.locator("p.mono"))
    return code, text_of(card.locator(".sign-in-card-pin b"))
