"""The editor in a real browser: dragging and its button twins, htmx, access rules, narrow screens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import axe_core_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.path import Module, PathDocument
from hub.services import paths, sessions
from hub.services.paths import Draft
from tests.conftest import TENANT_HOST
from tests.services.builders import NOW, activity, rule, step
from tests.web.conftest import Clock

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def draft(tenant: TenantDatabase) -> Draft:
    steps = [
        step(name, activity(f"https://a.example/{name}", "score"), rule=rule(("score", 0.7)))
        for name in ("Lire", "Dessiner", "Imprimer")
    ]
    modules = (Module(title="Un", steps=tuple(steps[:2])), Module(title="Deux", steps=tuple(steps[2:])))
    with tenant.write() as session:
        return paths.create_path(session, PathDocument(title="Bois", modules=modules), by=None, now=NOW)


@pytest.fixture
def token(installation: Installation, tenant: TenantDatabase, clock: Clock, add_person: Callable[..., UUID]) -> str:
    """The session of a designer."""
    nadia = add_person("Nadia", "Roux", "designer")
    with tenant.write() as session:
        return sessions.start(session, installation.vault, nadia, clock.now, shared=False, how="password")


@pytest.fixture
def context(chromium: Browser, token: str) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1280, "height": 1400}, bypass_csp=True)
    made.add_cookies([{"name": "hub", "value": token, "domain": TENANT_HOST, "path": "/"}])
    yield made
    made.close()


def order(page: Page) -> list[str]:
    return page.locator("#arrange [data-step] a").all_inner_texts()


def outline(tenant: TenantDatabase, draft: Draft) -> list[list[str]]:
    with tenant.read() as session:
        now = paths.load(session, draft.version_id)
    return [[s.title for s in m.steps] for m in now.document.modules]


def test_a_step_is_dragged_into_another_module(
    context: BrowserContext, address: str, draft: Draft, tenant: TenantDatabase
) -> None:
    page = context.new_page()
    page.goto(f"{address}/design/versions/{draft.version_id}")
    page.click("#arrange > summary")
    page.wait_for_function("window.Sortable && document.getElementById('arrange').dataset.ready")
    grips = page.locator("#arrange .grip")
    grips.nth(2).scroll_into_view_if_needed()
    start, end = grips.nth(0).bounding_box(), grips.nth(2).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 8, start["y"] + 30, steps=4)
    page.mouse.move(end["x"] + 8, end["y"] + 8, steps=20)
    for nudge in (14, 20, 26, 20):
        page.mouse.move(end["x"] + 12, end["y"] + nudge, steps=3)
        page.wait_for_timeout(60)
    page.mouse.up()
    expect(page.locator("#messages")).to_contain_text("étape déplacée")
    assert [name for names in outline(tenant, draft) for name in names] != ["Lire", "Dessiner", "Imprimer"]
    assert "Lire" in outline(tenant, draft)[1]


def test_the_buttons_do_the_same_and_keep_the_focus(
    context: BrowserContext, address: str, draft: Draft, tenant: TenantDatabase
) -> None:
    page = context.new_page()
    page.goto(f"{address}/design/versions/{draft.version_id}")
    page.click("#arrange > summary")
    down = page.locator(f"#down-{next(draft.document.steps()).id}")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("étape déplacée")
    assert [text.partition(" ")[2] for text in order(page)] == ["Dessiner", "Lire", "Imprimer"]
    expect(down).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-module]").nth(1)).to_contain_text("Lire")
    assert outline(tenant, draft) == [["Dessiner"], ["Lire", "Imprimer"]]


def test_the_rule_is_changed_in_place(context: BrowserContext, address: str, draft: Draft) -> None:
    page = context.new_page()
    page.goto(f"{address}/design/versions/{draft.version_id}?step={next(draft.document.steps()).id}")
    page.click("#rule > summary")
    expect(page.locator("#rule-amount-1")).to_be_hidden()
    page.select_option("#rule-phrase-1", "validated")
    page.select_option("#rule select[name=mode]", "any")
    page.fill("#rule-amount-0", "80")
    page.click("text=Enregistrer la règle")
    expect(page.locator(".sentence")).to_contain_text("ou une formatrice ou un formateur l’a validée")
    expect(page.locator(".sentence")).to_contain_text("80")
    page.fill("#rule-amount-0", "beaucoup")
    page.click("text=Enregistrer la règle")
    expect(page.locator("#rule-amount-0-error")).to_be_visible()
    expect(page.locator("#rule-amount-0")).to_have_value("beaucoup")


@pytest.mark.parametrize("width", [360, 1280])
def test_access_rules_and_narrow_screens(context: BrowserContext, address: str, draft: Draft, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    base = f"/design/versions/{draft.version_id}"
    first = next(draft.document.steps())
    editors = ("", f"?step={first.id}", "/publish", "/preview", f"/preview/{first.id}")
    for path in ("/design", *(base + rest for rest in editors), "/catalogue", "/catalogue/new"):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('main details').forEach((piece) => { piece.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.evaluate(AXE)
        found = page.evaluate("(rules) => axe.run(document, { runOnly: rules })", RULES)
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], path
