"""A partner's file and a calendar, from the hand to the page, on pages that keep nobody out."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Enter
from .demo_process import Demo
from .pages import main_text, message
from .test_access import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

ROLL = (
    "Nom;Prénom;Adresse mail;Groupe;Cours;Date;Début;Fin;Statut\n"
    "Lefèvre;Émilie;emilie@exemple.fr;BTS 1;Maths;03/11/2026;09:00;12:00;Présent\n"
    "Øst;Zoé;zoe@exemple.fr;BTS 1;Maths;03/11/2026;09:00;12:00;Absente\n"
    "Martin;Jean;;BTS 1;Maths;03/11/2026;09:00;12:00;peut-être\n"
)
EVENTS = "".join(
    f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\n{body}\r\nEND:VEVENT\r\n"
    for uid, body in (
        ("a", "DTSTART;TZID=Europe/Paris:20261215T090000\r\nDURATION:PT3H\r\nSUMMARY:Soudure à l’arc"),
        ("b", "DTSTART;VALUE=DATE:20261216\r\nSUMMARY:Portes ouvertes"),
    )
)


def look(page: Page) -> None:
    assert barriers(page, dark=True) == []
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_partners_file_and_a_calendar_become_evidence_and_seances(demo: Demo, enter: Enter, tmp_path: Path) -> None:
    page = enter("karim")
    page.goto(f"{demo.hub}/admin/platforms/new?connector=files")
    page.get_by_label("Nom de la plateforme").fill("Signatures du CFA")
    page.get_by_label("Adresse du site du partenaire").fill("https://signatures.example.org")
    page.get_by_label("D’où viennent les fichiers").select_option("edusign")
    page.get_by_role("button", name="Enregistrer").click()
    message(page, "La plateforme est enregistrée.")
    page.get_by_role("link", name="Donner un fichier").click()
    look(page)
    page.get_by_label("Fichier Excel").set_input_files(
        {"name": "Émargement novembre.csv", "mimeType": "text/csv", "buffer": ROLL.encode("cp1252")}
    )
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_label("Intitulé de la séance")).to_have_value("Cours")
    look(page)
    page.get_by_role("button", name="Vérifier le fichier").click()
    expect(page.get_by_role("button", name="Écrire 2 lignes")).to_be_visible()
    assert "n’est pas lisible" in main_text(page) or "nom seul" in main_text(page)
    look(page)
    page.get_by_role("button", name="Écrire 2 lignes").click()
    expect(page.get_by_text("Des comptes restent à relier.")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Fichiers", exact=True).click()
    page.get_by_label("Feuille signée (PDF)").set_input_files(
        {"name": "feuille.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 signed"}
    )
    page.get_by_role("button", name="Garder la feuille").click()
    message(page, "La feuille signée est gardée.")
    look(page)

    page.goto(f"{demo.hub}/sessions/calendars")
    page.get_by_label("Nom de l’agenda").fill("Agenda de l’atelier")
    page.get_by_label("Groupe").select_option(index=1)
    page.get_by_label("Activité du parcours").select_option(index=1)
    look(page)
    page.get_by_role("button", name="Ajouter l’agenda").click()
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\n{EVENTS}END:VCALENDAR\r\n"
    page.get_by_label("Fichier de l’agenda").set_input_files(
        {"name": "agenda.ics", "mimeType": "text/calendar", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Lire l’agenda").click()
    expect(page.get_by_text("toute la journée : il faut des heures")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Écrire les séances cochées").click()
    message(page, "Les séances sont écrites.")
    page.goto(f"{demo.hub}/sessions/agenda")
    page.get_by_role("button", name="Créer une adresse").click()
    expect(page.locator("#address")).to_have_text(re.compile(r"/calendar/[\w-]{43}\.ics$"))
    look(page)
