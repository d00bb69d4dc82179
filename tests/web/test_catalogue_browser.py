"""The catalogue in a real browser: filters swapped without a new page, no barrier on its pages, the report on paper."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.bench.content import MANIFEST
from hub.services import package_intake, packages
from hub.services.jobs import Unleased
from tests.services.test_catalogue_cache import add
from tests.web import test_packages_browser
from tests.web.conftest import Clock
from tests.web.test_packages_browser import barriers

context = test_packages_browser.context

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]


def test_filters_collections_and_offer(context: BrowserContext, address: str, tenant: TenantDatabase) -> None:
    for number in range(9):
        equipment = ("machine",) if number % 3 else ()
        add(tenant, f"Souder {number}", minutes=10 * number, skills=(f"Geste {number}",), equipment=equipment)
    page = context.new_page()
    page.goto(f"{address}/catalogue")
    expect(page.get_by_role("heading", name="9 ressources")).to_be_visible()
    assert barriers(page) == []
    page.evaluate("window.same = true")
    page.get_by_role("link", name="une machine de l’atelier").click()
    expect(page.get_by_role("heading", name="6 ressources")).to_be_visible()
    assert page.evaluate("window.same") is True
    assert "equipment=machine" in page.url
    page.get_by_label("Chercher").fill("suoder 4")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("heading", name="1 ressource")).to_be_visible()
    expect(page.get_by_text("voici ce qui parle de")).to_be_visible()
    assert "equipment=machine" in page.url
    assert barriers(page) == []
    page.goto(f"{address}/catalogue/collections")
    page.get_by_label("Nom").fill("Accueil")
    page.get_by_role("button", name="Créer").click()
    expect(page.get_by_text("Cette collection est vide")).to_be_visible()
    assert barriers(page) == []
    page.goto(f"{address}/catalogue/offers")
    page.get_by_label("Intitulé d’une nouvelle formation").fill("Découpe laser")
    page.get_by_role("button", name="Commencer").click()
    page.get_by_role("link", name="les objectifs").first.click()
    assert page.evaluate("location.hash") == "#objective"
    expect(page.get_by_label("ROME", exact=True)).to_be_hidden()
    page.goto(f"{page.url.partition('#')[0]}#rome")
    expect(page.get_by_label("ROME", exact=True)).to_be_visible()
    page.get_by_label("Chercher un code par un mot").fill("soudage")
    page.get_by_label("Chercher un code par un mot").press("Enter")
    page.get_by_role("button", name="Ajouter H2913").click()
    expect(page.get_by_label("ROME", exact=True)).to_have_value("H2913")
    assert barriers(page) == []
    for path in ("/catalogue/codes?text=soudeur", "/admin/codes"):
        other = context.new_page()
        other.goto(f"{address}{path}")
        assert barriers(other) == []
        other.close()
    page.get_by_role("button", name="Ajouter une action").click()
    page.get_by_role("heading", name="Heures").click()
    expect(page.get_by_label("Heures sur place")).to_be_visible()
    assert barriers(page) == []


def test_the_report_of_an_import_on_paper(
    context: BrowserContext,
    address: str,
    tenant: TenantDatabase,
    installation: Installation,
    clock: Clock,
    tmp_path: Path,
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("imsmanifest.xml", MANIFEST)
        archive.writestr("index.html", "<html><title>Film</title><img src='https://ailleurs.example/a.png'>")
        archive.writestr("images/schema-de-la-machine.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>" * 400)
    path = tmp_path / "decoupe-laser.zip"
    path.write_bytes(packed.getvalue())
    page = context.new_page()
    page.goto(f"{address}/catalogue/import")
    page.set_input_files("input[type=file]", str(path))
    expect(page.get_by_text("decoupe-laser.zip : envoyé")).to_be_visible()
    page.get_by_role("button", name="Importer").click()
    expect(page.get_by_text("va commencer").first).to_be_visible()
    with tenant.read() as session:
        (waiting,) = packages.recent(session)
    package_intake.run(tenant, installation.blobs(tenant.key), waiting.id, Unleased(tenant), clock)
    expect(page.get_by_role("heading", name="Poids")).to_be_visible(timeout=15_000)
    page.set_viewport_size({"width": 700, "height": 1000})
    page.emulate_media(media="print")
    for gone in (page.get_by_role("navigation", name="Principal"), page.get_by_role("button", name="Imprimer")):
        expect(gone).not_to_be_visible()
    expect(page.get_by_text("images/schema-de-la-machine.svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    data = page.pdf(format="A4")
    pages = data.count(b"/Type /Page") - data.count(b"/Type /Pages")
    assert data.startswith(b"%PDF")
    assert pages <= 2
