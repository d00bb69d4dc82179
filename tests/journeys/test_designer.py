"""A designer: makes a path, is told what no platform can bring, mends it, publishes, changes it, looks at it."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Enter
from .demo_process import Demo
from .pages import main_text, message, opened, reload_until, text_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

TITLE = "Découper au laser"


def test_a_path_is_made_checked_mended_and_published(demo: Demo, enter: Enter) -> None:
    page = enter("nadia")
    page.goto(f"{demo.hub}/design")
    page.get_by_role("button", name="Créer le parcours").click()
    expect(page.get_by_role("alert")).to_contain_text("Le parcours n’est pas créé.")
    page.get_by_label("Titre", exact=True).fill(TITLE)
    page.get_by_role("button", name="Créer le parcours").click()
    message(page, "Le parcours est créé.")

    add_step(page, "Lire la notice")
    add_way(page, entry="Le lexique de l’atelier")
    add_way(page, entry="Le vocabulaire de la 3D")
    expect(page.locator("#ways article")).to_have_count(2)
    set_rule(page, "la personne est venue")
    add_step(page, "Découper une plaque")
    add_way(page, own="série de séances", minutes="180")
    add_way(page, own="dépôt d’un travail", minutes="30")
    set_rule(page, "un travail déposé est accepté")

    page.get_by_role("link", name="Publier la version 1").click()
    checks = page.locator("#checks")
    expect(checks).to_contain_text("point à régler avant de publier")
    expect(checks).to_contain_text("Lire la notice")
    expect(page.get_by_role("button", name="Publier maintenant")).to_have_count(0)
    notice = checks.locator("li", has_text="Lire la notice").first
    expect(notice.get_by_role("button", name="Ajouter un dépôt validé")).to_be_visible()
    notice.get_by_role("button", name="Accepter aussi l’avis de la formatrice").click()
    page.wait_for_url("**/design/versions/**")
    expect(page.locator(".sentence")).to_contain_text("une formatrice ou un formateur l’a validée")
    page.get_by_role("link", name="Publier la version 1").click()
    page.get_by_role("button", name="Publier maintenant").click()
    message(page, "La version 1 est publiée.")


def test_a_new_version_is_prepared_seen_as_a_learner_and_compared(demo: Demo, enter: Enter) -> None:
    page = enter("nadia")
    page.goto(f"{demo.hub}/design")
    page.locator("li.card", has_text="Découvrir les métiers").get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Préparer une nouvelle version").click()
    message(page, "Le brouillon de la version 2 est ouvert.")
    add_step(page, "Rencontrer une entreprise")
    add_way(page, own="série de séances", minutes="120")
    set_rule(page, "la personne est venue")
    editor = page.url

    page.get_by_role("link", name="Voir comme un apprenant").click()
    expect(page.locator("main")).to_contain_text("Rien de ce que vous faites ici n’est enregistré.")
    page.get_by_role("link", name=re.compile("Visite du lieu")).first.click()
    page.get_by_role("link", name="Faire comme si elle était faite").click()
    expect(page.locator("li.step", has_text="Visite du lieu").first).to_contain_text("terminé")
    page.get_by_role("link", name="Revenir au plan").click()
    page.get_by_role("link", name="Voir comme un apprenant").click()
    assert "terminé" not in text_of(page.locator("li.step", has_text="Visite du lieu").first)

    page.goto(editor)
    page.get_by_role("link", name="Publier la version 2").click()
    expect(page.locator("main")).to_contain_text("Rencontrer une entreprise : étape ajoutée.")
    expect(page.locator("main")).to_contain_text("14 personnes suivent la version 1.")
    page.get_by_label("Faire passer les 14 personnes inscrites à cette version").check()
    page.get_by_role("button", name="Publier maintenant").click()
    message(page, "La version 2 est publiée.")
    expect(page.locator("#differences")).to_contain_text("Rencontrer une entreprise : étape ajoutée.")
    followed = """page => page.querySelector("ol.lines").textContent.replace(/[\\s\u00a0]+/g, " ")
        .includes("14 personnes la suivent")"""
    reload_until(page, followed)
    newest = page.locator("ol.lines > li", has_text="Version 2")
    expect(newest).to_contain_text("14 personnes la suivent.")
    assert "brouillon" not in main_text(page)


def add_step(page: Page, title: str) -> None:
    """Add a step by the small form under the plan; it is selected then."""
    page.get_by_label("Titre de l’étape").fill(title)
    page.get_by_role("button", name="Ajouter l’étape").click()
    expect(page.locator("#selected-step-title")).to_contain_text(title)


def add_way(page: Page, *, entry: str = "", own: str = "", minutes: str = "") -> None:
    """Give the selected step one more way, with one activity: of the catalogue, or given by the place itself."""
    ways = page.locator("#ways article")
    count = ways.count()
    if not count or "Ajoutez ce que la personne fera" not in text_of(ways.last):
        page.locator("#ways").get_by_role("button", name=re.compile("Une (première|autre) façon")).click()
        expect(ways).to_have_count(count + 1)
    ways.last.get_by_role("link", name="Activité").click()
    if entry:
        page.get_by_label("Chercher").fill(entry)
        page.get_by_role("button", name="Chercher").click()
        page.get_by_role("button", name=f"Ajouter {entry}").click()
        message(page, "est ajouté.")
    else:
        page.get_by_role("button", name=own).click()
        page.get_by_label("Minutes prévues").fill(minutes)
        page.get_by_role("button", name="Enregistrer l’activité").click()
        message(page, "L’activité est enregistrée.")


def set_rule(page: Page, phrase: str) -> None:
    """Say when the selected step is done."""
    rule = opened(page, "Changer la règle")
    rule.get_by_label("Condition 1").select_option(label=phrase)
    rule.get_by_role("button", name="Enregistrer la règle").click()
    expect(page.locator(".sentence")).to_contain_text("Terminée quand")
    expect(page.locator("#messages")).to_contain_text("Enregistré")
