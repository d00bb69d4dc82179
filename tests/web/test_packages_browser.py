"""Importing in a real browser: sent piece by piece, the report read on a phone, no barrier on any of the pages."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import axe_core_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import offers, package_intake, packages, sessions
from hub.services.jobs import Unleased
from tests.conftest import TENANT_HOST
from tests.services.test_exchange import courses
from tests.shared import shared_path
from tests.web.conftest import Clock

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def context(
    chromium: Browser,
    installation: Installation,
    tenant: TenantDatabase,
    clock: Clock,
    add_person: Callable[..., UUID],
) -> Iterator[BrowserContext]:
    nadia = add_person("Nadia", "Roux", "designer", "administrator")
    with tenant.write() as session:
        token = sessions.start(session, installation.vault, nadia, clock.now, shared=False, how="password")
    made = chromium.new_context(viewport={"width": 1280, "height": 1000}, bypass_csp=True)
    made.add_cookies([{"name": "hub", "value": token, "domain": TENANT_HOST, "path": "/"}])
    yield made
    made.close()


def barriers(page: Page) -> list[str]:
    """What axe-core finds, wide and on a phone, light and dark, and what is wider than the phone."""
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
    page.evaluate(AXE)
    found = []
    for width, scheme in ((1280, "light"), (360, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        found += [f"{width} {scheme}: {one['id']} {one['nodes'][0]['html'][:150]}" for one in result["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"wider than {width}")
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.emulate_media(color_scheme="light")
    return found


def test_a_backup_is_sent_read_and_shown_to_everybody(
    context: BrowserContext, address: str, tenant: TenantDatabase, installation: Installation, clock: Clock
) -> None:
    page = context.new_page()
    page.goto(f"{address}/catalogue/import")
    assert barriers(page) == []
    page.set_input_files(
        "input[type=file]", str(shared_path("fixtures", "moodle", "backup", "cnb-2026-with-users.mbz"))
    )
    expect(page.get_by_text("cnb-2026-with-users.mbz : envoyé")).to_be_visible()
    page.get_by_role("button", name="Importer").click()
    expect(page.get_by_text("va commencer").first).to_be_visible()
    assert barriers(page) == []
    with tenant.read() as session:
        (waiting,) = packages.recent(session)
    package_intake.run(tenant, installation.blobs(tenant.key), waiting.id, Unleased(tenant), clock)
    expect(page.get_by_role("heading", name="Partie par partie")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("La sauvegarde contient des données de personnes")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="Module SCORM : choisir un mot de passe").click()
    expect(page.get_by_role("heading", name="Versions du contenu")).to_be_visible()
    assert barriers(page) == []
    with tenant.write() as session:
        offers.take(session, courses(), clock.now)
    page.goto(f"{address}/catalogue/exchange")
    page.get_by_role("button", name="Ouvrir à tous").first.click()
    expect(page.get_by_text("ouvert à tous")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="Découpe laser").click()
    expect(page.get_by_text("du 14 septembre")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="Offre de formation").click()
    assert barriers(page) == []
