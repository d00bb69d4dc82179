"""A trainer: calls the roll on a phone, gives a word, looks at the group, takes the figures away."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from .conftest import Enter
from .demo_process import Demo
from .pages import SPACES, cell, hours_of, in_state, message, opened, state, text_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

SEANCE = "Lire un plan, à l’atelier du soir"


def test_a_roll_called_on_a_phone_stands_in_the_hours(demo: Demo, enter: Enter, now: datetime) -> None:
    page = enter("claire", width=360)
    before = {key: on_site(page, demo, key) for key in ("sofia", "lucas", "mehdi")}
    plan(page, demo, now)
    line = page.locator("li", has=page.get_by_role("heading", name=SEANCE)).first
    line.get_by_role("link", name="Appel").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("Tout le monde est là, sauf…")
    expect(page.locator("[data-roll-count]")).to_have_text("Présents : 12. Absences : 0.")

    lucas, mehdi = (page.locator(".roll > li", has_text=name) for name in ("Lucas Hébrard", "Mehdi Naceri"))
    lucas.locator("summary").click()
    lucas.get_by_label("Là une partie seulement").check()
    lucas.get_by_label("Arrivée").fill("19:30")
    mehdi.locator("summary").click()
    mehdi.get_by_label("Absence", exact=True).check()
    mehdi.get_by_label("Raison de l’absence").select_option(index=1)
    expect(page.locator("[data-roll-count]")).to_have_text("Présents : 11. Absences : 1.")
    page.get_by_role("button", name="Enregistrer l’appel").click()
    message(page, "L’appel est enregistré.")
    expect(lucas.locator(".states")).to_contain_text("là, 1 h 30")
    expect(mehdi.locator(".states")).to_contain_text("absence")

    opened(page, "Ajouter une personne")
    page.locator("#add").get_by_label("Nom").fill("shevchenko")
    page.locator("#add").get_by_role("button", name="Chercher").click()
    page.get_by_role("button", name="Ajouter Olena Shevchenko").click()
    message(page, "La personne est sur la liste.")
    olena = page.locator(".roll > li", has_text="Olena Shevchenko")
    expect(olena).to_contain_text("ajoutée sur place")
    expect(olena.locator(".states")).to_contain_text("à noter")
    page.get_by_role("button", name="Enregistrer l’appel").click()
    expect(olena.locator(".states")).to_contain_text("là, 2 h")
    page.get_by_role("button", name="Clore l’appel").click()
    message(page, "L’appel est clos.")

    after = {key: on_site(page, demo, key) for key in before}
    assert after == {"sofia": before["sofia"] + 2, "lucas": before["lucas"] + 1.5, "mehdi": before["mehdi"]}


def plan(page: Page, demo: Demo, now: datetime) -> None:
    """Plan the séance of yesterday evening, as one does who forgot to."""
    page.goto(f"{demo.hub}/sessions/new")
    page.get_by_label("Titre").fill(SEANCE)
    page.get_by_label("Activité du parcours").select_option(
        value=page.locator("option", has_text="Lire un plan, en atelier").first.get_attribute("value")
    )
    page.get_by_label("Groupe").select_option(label="Promotion Garonne")
    page.get_by_label("Jour").fill((now - timedelta(days=1)).date().isoformat())
    page.get_by_label("Début").fill("21:00")
    page.get_by_label("Fin").fill("19:00")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#ends-error")).to_contain_text("La fin est avant le début.")
    expect(page.get_by_label("Titre")).to_have_value(SEANCE)
    page.get_by_label("Début").fill("19:00")
    page.get_by_label("Fin").fill("21:00")
    page.get_by_role("button", name="Enregistrer").click()
    message(page, "La séance est prévue.")


def on_site(page: Page, demo: Demo, key: str) -> float:
    """Hours on site of a learner, on the trainer's page."""
    page.goto(demo.learner("garonne", key))
    return hours_of(page)["sur place"]


def test_a_word_of_the_trainer_ends_a_step_and_is_read_by_the_learner(demo: Demo, enter: Enter) -> None:
    page = enter("claire")
    page.goto(demo.group("garonne"))
    assert state(page, "Mehdi Naceri", "Lire un plan") != "terminé"
    cell(page, "Mehdi Naceri", "Lire un plan").click()
    why = page.locator("#panel")
    expect(why).to_contain_text("Pourquoi ce n’est pas terminé ? Mehdi Naceri, « Lire un plan »")
    opened(page, "Donner mon avis sur cette étape")
    why.get_by_role("button", name="Valider", exact=True).click()
    expect(page.get_by_label("Raison, visible par la personne")).to_be_visible()
    page.get_by_label("Raison, visible par la personne").fill("Il a lu trois plans devant moi.")
    page.get_by_role("button", name="Valider", exact=True).click()
    page.goto(demo.group("garonne"))
    assert state(page, "Mehdi Naceri", "Lire un plan") == "terminé"
    cell(page, "Mehdi Naceri", "Lire un plan").click()
    proof = opened(page, "Les preuves et les décisions")
    expect(proof).to_contain_text("Il a lu trois plans devant moi.")
    expect(proof.locator("li", has_text="validé").first).to_contain_text("compte")
    expect(proof).to_contain_text("Claire Fabre")


def test_the_group_is_filtered_sorted_and_drilled_into(demo: Demo, enter: Enter) -> None:
    page = enter("claire")
    page.goto(demo.group("garonne"))
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(12)
    chip = page.locator(".chip", has_text="En retard")
    count = int(text_of(chip).rpartition(" ")[2])
    assert 0 < count < 12
    chip.click()
    expect(rows).to_have_count(count)
    expect(rows.first).to_contain_text("en retard")
    page.locator(".chip", has_text="Tout le groupe").click()
    page.get_by_role("link", name="Trier par nom").click()
    page.wait_for_url("**sort=name**")
    families = " ".join(text_of(one).split(" ")[1] for one in rows.locator("th a").all())
    assert families == "Benali Carrère Diallo Dupuy Estève Gueye Hébrard Lopez Naceri Pujol Saïdi Tran"

    done = in_state(page, "Modéliser une pièce", "terminé")
    page.get_by_role("link", name="Modéliser une pièce").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Modéliser une pièce")
    expect(page.locator("main")).to_contain_text(f"{len(done)} sur 12 l’ont terminée.")
    page.get_by_role("link", name=done[0]).click()
    expect(page.locator("#why-title")).to_contain_text(done[0])
    page.get_by_role("link", name="Voir tout son parcours").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(done[0])


def test_the_figures_are_taken_away_as_a_workbook_and_as_text(demo: Demo, enter: Enter, tmp_path: Path) -> None:
    page = enter("claire")
    page.goto(demo.group("garonne"))
    states = dict.fromkeys(in_state(page, "Accueil et projet", "terminé"), "terminé")
    page.get_by_role("link", name="Exporter").click()

    with page.expect_download() as fetched:
        page.get_by_role("link", name="Tableur (XLSX) : La grille").click()
    fetched.value.save_as(tmp_path / "grille.xlsx")
    sheet = load_workbook(tmp_path / "grille.xlsx", read_only=True).worksheets[0]
    head, *rows = [[plain(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    assert len(rows) == 12
    column = head.index("Accueil et projet")
    assert {str(row[0]): "terminé" for row in rows if row[column] == "terminé"} == states

    with page.expect_download() as fetched:
        page.get_by_role("link", name="CSV : Les présences").click()
    text = Path(fetched.value.path()).read_bytes().decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {"Jour", "Personne", "Minutes de présence"} <= set(lines[0])
    assert any(line["Personne"] == "Inès Benali" and line["Minutes de présence"] == "210" for line in lines)


def plain(value: object) -> object:
    """A cell's text with plain spaces; anything else as it is."""
    return SPACES.sub(" ", value) if isinstance(value, str) else value
