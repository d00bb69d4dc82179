"""An administrator: imports a list, says whose an account is, reads a platform, finds it all in the journal."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Enter
from .demo_process import Demo
from .pages import message, opened, reload_until, text_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

LIST = """Nom;Prénom;Courriel;Date de naissance;Groupe;Loisirs
Œuvrard;Maÿlis;maylis.oeuvrard@courriel.example;17/05/2004;Promotion Garonne;vélo
Nguyễn;Zoé;zoe.nguyen@courriel;31/12/2003;Promotion Garonne;
Ferré;Gaël;gael.ferre@courriel.example;29/02/2000;Promotion Tarn;
""".replace("ễ", "e")
NEWCOMER = "Nom;Prénom\nVasseur;Ondine\n"


def test_a_list_from_a_spreadsheet_is_checked_explained_and_written(
    demo: Demo, enter: Enter, file: Callable[[str, bytes], Path]
) -> None:
    page = enter("karim")
    page.goto(f"{demo.hub}/admin/people")
    page.get_by_role("link", name="Importer une liste").click()
    page.get_by_role("button", name="Vérifier le fichier").click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez un fichier.")
    check(page, file("rentrée.csv", LIST.encode("cp1252")))

    expect(page.locator("main")).to_contain_text("3 lignes lues")
    expect(page.locator("main")).to_contain_text("Le hub ne les connaît pas : Loisirs.")
    bad = page.locator("tbody tr", has_text="Zoé")
    expect(bad).to_contain_text("refusée")
    expect(bad).to_contain_text("courriel : Écrivez une adresse comme prenom@exemple.fr.")
    expect(bad.locator("td").first).to_have_text("3")
    good = page.locator("tbody tr", has_text="Maÿlis Œuvrard")
    expect(good).to_contain_text("à ajouter")
    page.get_by_role("button", name="Écrire 2 personnes").click()
    expect(page.locator("tbody tr", has_text="Gaël Ferré")).to_contain_text("ajoutée")

    page.goto(f"{demo.hub}/admin/people?q=oeuvrard")
    page.get_by_role("link", name="Maÿlis Œuvrard").click()
    expect(page.locator("main")).to_contain_text("17 mai 2004")
    expect(page.locator("main")).to_contain_text("Promotion Garonne")
    page.goto(f"{demo.hub}/admin/people?q=nguyen")
    expect(page.locator("main")).to_contain_text("Personne ne correspond")


def check(page: Page, listed: Path) -> None:
    """On the page of imports: have a file read; nothing is written yet."""
    page.get_by_label("Fichier Excel (.xlsx) ou CSV").set_input_files(listed)
    page.get_by_role("button", name="Vérifier le fichier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Import : {listed.name}")


def test_the_past_of_an_account_counts_as_soon_as_it_is_linked(demo: Demo, enter: Enter) -> None:
    page, trainer = enter("karim"), enter("claire")
    counted = progress(trainer, demo)
    unlink(page, demo, "Aïcha Diallo", "membre-1004")
    message(page, "Rien n’est perdu.")
    without = progress(trainer, demo)
    assert without < counted

    page.goto(f"{demo.hub}/admin")
    waits = page.locator("li", has_text="1 compte inconnu")
    waits.get_by_role("link", name="Relier").click()
    page.get_by_role("heading", name="membre-1004").get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("Régler une imprimante 3D")
    link(page, "aicha", "Aïcha Diallo")
    assert progress(trainer, demo) == counted
    page.goto(f"{demo.hub}/admin/identities")
    expect(page.locator("main")).to_contain_text("Tout est relié")


def progress(page: Page, demo: Demo) -> int:
    """Share of the path that Aïcha has behind her, in %, on the trainer's page."""
    page.goto(demo.learner("garonne", "aicha"))
    found = re.search(r"(\d+) % du parcours", text_of(page.locator(".page-title")))
    assert found is not None
    return int(found[1])


def unlink(page: Page, demo: Demo, name: str, account: str) -> None:
    """Take an account on the MOOC away from a person, from that person's page."""
    page.goto(f"{demo.hub}/admin/people?q={name.split()[1]}")
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name=account).click()
    opened(page, "Délier").get_by_role("button", name="Délier").click()
    message(page, "Le compte est délié.")


def link(page: Page, typed: str, name: str) -> None:
    """On the page of an account that nobody has: say whose it is."""
    page.get_by_label("Chercher une personne").fill(typed)
    page.get_by_role("button", name="Chercher", exact=True).click()
    page.get_by_role("button", name=f"C’est {name}").first.click()
    message(page, "Le compte est relié.")


def test_a_platform_is_tested_and_read_and_every_act_is_in_the_journal(
    demo: Demo, enter: Enter, file: Callable[[str, bytes], Path]
) -> None:
    page = enter("karim")
    page.goto(f"{demo.hub}/admin/import")
    check(page, file("une personne.csv", NEWCOMER.encode()))
    page.get_by_role("button", name="Écrire 1 personne").click()
    expect(page.locator("tbody tr", has_text="Ondine Vasseur")).to_contain_text("ajoutée")
    unlink(page, demo, "Sofia Lopez", "membre-1008")
    link(page, "lopez", "Sofia Lopez")
    page.goto(f"{demo.hub}/admin/platforms")
    row = page.locator("tbody tr", has_text="Campus Fab")
    expect(row).to_contain_text("va bien")
    row.get_by_role("link", name="Campus Fab").first.click()
    page.get_by_role("button", name="Vérifier la connexion").click()
    expect(page.get_by_role("heading", name=re.compile("Connexion réussie"))).to_be_visible()
    expect(page.locator("main")).to_contain_text("Le hub peut")
    runs = page.locator("table").last.locator("tbody tr")
    before = runs.count()
    page.get_by_role("button", name="Lire maintenant").click()
    message(page, "lecture")
    reload_until(
        page,
        """(page, before) => {
            const rows = [...page.querySelectorAll("table")].pop().querySelectorAll("tbody tr");
            return rows.length > before && rows[0].textContent.includes("réussie");
        }""",
        before,
    )
    expect(runs.first).to_contain_text("réussie")

    page.goto(f"{demo.hub}/admin/deliveries")
    expect(page.get_by_role("heading", level=1)).to_have_text("Envois")
    page.goto(f"{demo.hub}/admin/journal?who=karim")
    lines = page.locator("tbody tr")
    expect(lines.first).to_contain_text("Karim Azoulay")
    for act, subject in (
        ("compte relié", "Sofia Lopez"),
        ("compte délié", "Sofia Lopez"),
        ("personne ajoutée", "Ondine Vasseur"),
    ):
        expect(lines.filter(has_text=act).filter(has_text=subject).first).to_be_visible()
    page.goto(f"{demo.hub}/admin/journal")
    acts = [text_of(act) for act in lines.locator("th").all()]
    assert [act for act in acts if re.fullmatch(r"[a-z_]+\.[a-z_]+", act)] == []
