"""Nobody is shut out: axe-core finds nothing, the keyboard reaches everything, nothing is wider than the screen."""

from pathlib import Path
from typing import Literal

import axe_core_python
import pytest
from playwright.sync_api import Page

from .conftest import DOORS, Enter, Watched
from .crawl import walk
from .demo_process import Demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async rules => (await axe.run(document, {...rules, resultTypes: ["violations"]})).violations
    .flatMap(one => one.nodes.map(node =>
        `${one.id}: ${node.html.slice(0, 200)} ${node.failureSummary.slice(0, 200)}`))"""
OPEN_ALL = "for (const one of document.querySelectorAll('main details')) one.open = true"
WIDTHS = (1280, 360, 320)
ROLES = list(DOORS)
PUBLIC = ("/sign-in", "/reset", "/card", "/c/AAAAAAAAAAAAAAAAAAAA", "/demo", "/nowhere")


@pytest.fixture(scope="session")
def seen() -> set[str]:
    """Kinds of pages that were looked at already: the same page of another role is the same page."""
    return set()


def barriers(page: Page, *, dark: bool) -> list[str]:
    """What axe-core finds, wide and in the light, narrow and (``dark``) in the dark, and what is too wide at any
    width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} pixels wide on {width}")
        scheme: Literal["dark", "light"] = "dark" if dark and width == 360 else "light"
        page.emulate_media(color_scheme=scheme)
        if width != 320:
            found += [f"{width} {scheme}: {fault}" for fault in run_axe(page, {"runOnly": WCAG})]
    return found


def run_axe(page: Page, rules: dict[str, list[str]]) -> list[str]:
    """Everything that axe-core holds against the page, everything on it unfolded."""
    page.evaluate(OPEN_ALL)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [str(fault) for fault in page.evaluate(RUN, rules)]


@pytest.mark.parametrize("key", ROLES)
def test_no_page_of_a_role_has_a_barrier(demo: Demo, enter: Enter, seen: set[str], key: str) -> None:
    page = enter(key)
    looked, found = 0, {}
    for url in walk(page, f"{demo.hub}/", seen):
        looked += 1
        faults = barriers(page, dark=True)
        if faults:
            found[url] = faults
    assert looked
    assert found == {}


def test_no_page_before_signing_in_has_a_barrier(demo: Demo, watched: Watched) -> None:
    page = watched.open().new_page()
    found = {}
    for path in PUBLIC:
        page.goto(demo.hub + path)
        faults = barriers(page, dark=True)
        if faults:
            found[path] = faults
    assert found == {}


FOLLOW = """() => {
    const seen = window.focused = [];
    const marked = one => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none";
    };
    document.addEventListener("focusin", ({target}) => {
        const around = target.closest("label, .choice");
        seen.push([target.outerHTML.slice(0, 120), marked(target) || around !== null && marked(around)]);
    });
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
    return all.filter(one => !one.disabled && one.type !== "hidden" && one.tabIndex >= 0
        && one.checkVisibility({visibilityProperty: true})).length;
}"""


@pytest.mark.parametrize("key", ROLES)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(demo: Demo, enter: Enter, key: str) -> None:
    page = enter(key)
    page.goto(f"{demo.hub}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.reload()
    count = page.evaluate(FOLLOW)
    for _ in range(count):
        page.keyboard.press("Tab")
    focused = page.evaluate("window.focused")
    assert "site-footer" in page.evaluate("document.activeElement.closest('footer, main, header').className")
    assert [html for html, shown in focused if not shown] == []
