"""Pages work without JavaScript where they can: home, path, step, sign-in, roll by list, catalogue, editor."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from .conftest import Enter
from .demo_process import Demo
from .pages import message, opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]


def test_a_learner_finds_the_way_and_opens_a_course(demo: Demo, enter: Enter) -> None:
    page = enter("rayan", width=360, java_script_enabled=False)
    page.goto(f"{demo.hub}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Rayan")
    expect(page.locator("[data-listen]").first).to_be_hidden()
    page.get_by_role("link", name="Voir mon parcours").click()
    expect(page.locator("li.step")).to_have_count(9)
    page.get_by_role("link", name=re.compile("Quiz : le vocabulaire")).click()
    page.get_by_role("button", name="Ouvrir de nouveau").first.click()
    # The launch's forms go on by a button where no script presses it.
    for _ in range(3):
        if page.url.startswith(demo.partners["campus"]):
            break
        page.locator("main").get_by_role("button").first.click()
    page.wait_for_url(f"{demo.partners['campus']}/course/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Le vocabulaire de la 3D")


def test_a_trainer_looks_at_the_grid_and_calls_a_roll(demo: Demo, enter: Enter, now: datetime) -> None:
    page = enter("claire", java_script_enabled=False)
    page.goto(demo.group("garonne"))
    page.get_by_role("link", name=re.compile("^Thuy Tran, Lire un plan : ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lire un plan")
    expect(page.locator("#why-title")).to_contain_text("Thuy Tran")

    page.goto(f"{demo.hub}/sessions/new")
    page.get_by_label("Titre").fill("Atelier libre")
    offer = page.locator("option", has_text="Atelier dessin 3D").first
    page.get_by_label("Activité du parcours").select_option(value=offer.get_attribute("value"))
    page.get_by_label("Jour").fill(now.date().isoformat())
    page.get_by_label("Début").fill("00:05")
    page.get_by_label("Fin").fill("00:50")
    page.get_by_role("button", name="Enregistrer").click()
    message(page, "La séance est prévue.")
    page.get_by_role("link", name="Appel : Atelier libre").first.click()
    opened(page, "Ajouter une personne")
    page.locator("#add").get_by_label("Nom").fill("Tran")
    page.locator("#add").get_by_role("button", name="Chercher").click()
    page.get_by_role("button", name="Ajouter Thuy Tran").click()
    page.get_by_role("button", name="Enregistrer l’appel").click()
    message(page, "L’appel est enregistré.")
    expect(page.locator(".roll > li", has_text="Thuy Tran").locator(".states")).to_contain_text("là, 45 min")


def test_a_designer_searches_the_catalogue_and_edits(demo: Demo, enter: Enter) -> None:
    page = enter("nadia", java_script_enabled=False)
    page.goto(f"{demo.hub}/catalogue")
    page.get_by_role("searchbox").fill("mots de passe")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator("main")).not_to_contain_text("Lire un plan")
    page.goto(f"{demo.hub}/design")
    page.get_by_label("Titre", exact=True).fill("Sans script")
    page.get_by_role("button", name="Créer le parcours").click()
    for title in ("Un", "Deux"):
        page.get_by_label("Titre de l’étape").fill(title)
        page.get_by_role("button", name="Ajouter l’étape").click()
        expect(page.locator("#selected-step-title")).to_contain_text(title)
    page.get_by_role("button", name="Avancer d’un rang").click()
    expect(page.locator("#selected-step-title")).to_contain_text("Étape 1 : Deux")
    page.get_by_role("button", name=re.compile("^Annuler")).click()
    message(page, "C’est annulé.")
