"""The style guide in a real browser under a strict Content-Security-Policy: access, overflow, targets, own script."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from playwright.sync_api import Browser, Page, expect

from hub.web.ui.frame import Site
from hub.web.ui.static_files import StaticFiles
from hub.web.ui.style_guide import sample

from .conftest import Render

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'"
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
FRAGMENT = '<div id="target">Fini <svg class="icon" aria-hidden="true"><use href="#i-key"/></svg></div>'
STEERING = """{% extends "style.html" %}{% block heading %}{{ super() }}
<div id="target">
<button id="swap" class="button" hx-get="/fragment" hx-target="#target" hx-swap="outerHTML">Charger</button>

<button id="fail" class="button" hx-get="/nowhere">Manquer</button></div>{% endblock %}"""


def executable() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(found for name in names if (found := shutil.which(name)))


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture
def address(render: Render, site: Site, files: StaticFiles) -> Iterator[str]:
    html = render(STEERING, site=site, **sample()).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = files.find(self.path.removeprefix("/static/"))
            pages = {"/": html, "/fragment": FRAGMENT.encode()}
            body = found[0].content if found else pages.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", found[0].media_type if found else "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    opened = []

    def go(width: int = 1280, scheme: Any = "light", **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce", **options
        )
        opened.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield go
    for context in opened:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(visit: Callable[..., Page], width: int, scheme: str) -> None:
    page = visit(width, scheme)
    page.evaluate(AXE)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]] == []
    assert len(found["passes"]) > 20


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_wider_than_the_page(visit: Callable[..., Page], width: int) -> None:
    assert visit(width).evaluate("document.documentElement.scrollWidth") <= width


def test_what_one_touches_is_at_least_44_pixels(visit: Callable[..., Page]) -> None:
    small = visit(360).evaluate(
        """() => [...document.querySelectorAll(`button, select, textarea, summary, .button, .chip, .nav a,
        .cell a, .step-title a, .choice, .site-footer a, .header-link,
        input:not([type=radio], [type=checkbox], [type=hidden])`)]
        .filter(el => el.getClientRects().length)
        .map(el => [el.outerHTML.slice(0, 90), el.getBoundingClientRect()])
        .filter(([, box]) => box.height < 43.9 || box.width < 24)
        .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_the_page_breaks_no_policy_and_raises_no_error(browser: Browser, address: str) -> None:
    page = browser.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.htmx !== undefined")
    assert faults == []
    page.close()


def test_a_form_with_errors_takes_the_focus(visit: Callable[..., Page]) -> None:
    page = visit()
    assert page.evaluate("document.activeElement.hasAttribute('data-focus')")
    page.click(".notice.error a")
    assert page.evaluate("document.activeElement.id || location.hash") in ("phone", "#phone")


def test_the_first_tab_is_the_way_past_the_menu(visit: Callable[..., Page]) -> None:
    page = visit()
    page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)")
    page.evaluate("document.body.prepend(Object.assign(document.createElement('i'), {id: 'top', tabIndex: -1}))")
    page.focus("#top")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_account_menu_closes_by_escape_and_gives_the_focus_back(visit: Callable[..., Page]) -> None:
    page = visit()
    page.click(".account summary")
    page.focus(".account .menu a")
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('.account').open") is False
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_roll_counts_as_one_touches(visit: Callable[..., Page]) -> None:
    page = visit()
    page.check('[name="presence-2"][value="absent"]')
    assert page.inner_text("[data-roll-count]").replace("\u00a0", " ") == "Présents : 1. Absences : 2."


def test_a_fragment_brings_its_symbols_and_the_token_goes_along(visit: Callable[..., Page]) -> None:
    page = visit()
    assert page.query_selector("#i-key") is None
    with page.expect_request("**/fragment") as sent:
        page.click("#swap")
    assert sent.value.headers["x-csrftoken"] == "jeton"
    page.wait_for_selector("#i-key", state="attached")
    assert "Fini" in page.inner_text("#target")


def test_a_failed_request_is_announced(visit: Callable[..., Page]) -> None:
    page = visit()
    page.click("#fail")
    expect(page.locator("#live")).to_contain_text("Cela n’a pas marché")


def test_without_javascript_nothing_offers_what_it_cannot_do(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    assert page.locator("[data-listen]").first.is_hidden()
    assert page.locator("[data-print]").first.is_hidden()
    assert page.locator(".line-map .step-title a").first.is_visible()


def test_paper_needs_no_colour_and_no_menu(visit: Callable[..., Page]) -> None:
    page = visit()
    page.emulate_media(media="print")
    assert page.locator("nav.nav").is_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--m3')") == "#000"
    assert page.locator(".line-map").first.is_visible()


WIDTHS_AT_200 = """
import sys
from playwright.sync_api import sync_playwright
program, address = sys.argv[1:]
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=program, args=["--no-sandbox", "--disable-gpu", "--blink-settings=defaultFontSize=32"]
    )
    for width in (360, 1280):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(address)
        page.click(".account summary")
        menu = page.locator(".account .menu").bounding_box()
        print(width, page.evaluate("document.documentElement.scrollWidth"), menu["x"] >= 0)
    browser.close()
"""


def test_text_at_200_percent_makes_nothing_wider_than_the_page(address: str) -> None:
    """The reader's own text size is a setting of the browser, so it takes a browser, and a process, of its own."""
    command = [sys.executable, "-c", WIDTHS_AT_200, executable(), address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == ["360 360 True", "1280 1280 True"]
