"""A learner: opens a course elsewhere and sees the score, changes the way, asks for help, hands work in."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from hub.demo.mooc import COURSES

from .conftest import Enter, Watched, pass_link
from .demo_process import Demo
from .pages import cell, hours_of, main_text, message, opened, state, text_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

QUIZ = "Quiz : le vocabulaire"
RIGHT = (1, 2, 0, 1)
"""The right answers to the first four questions of the course on the words of 3D; the fifth is answered wrongly."""


def test_a_quiz_elsewhere_brings_its_score_to_the_learner_and_the_trainer(
    demo: Demo, watched: Watched, enter: Enter
) -> None:
    page = watched.open(360, 780, has_touch=True, is_mobile=True).new_page()
    page.goto(demo.links["learner"])
    pass_link(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bonjour Inès")
    waits = page.locator("li", has_text=QUIZ).first
    expect(waits).to_contain_text("en attente de confirmation")
    waits.get_by_role("link", name=QUIZ).click()
    page.get_by_role("button", name="Finalement, je n’ai pas terminé").click()

    page.get_by_role("link", name="Accueil").first.click()
    expect(page.locator(".ticket")).to_contain_text(QUIZ)
    for fact in ("20 min", "moins de 1 Mo", "Téléphone : oui", "Ouvre Campus numérique"):
        expect(page.locator(".ticket")).to_contain_text(fact)

    page.locator(".ticket .primary").click()
    page.wait_for_url(f"{demo.partners['campus']}/course/**")
    expect(page.locator("main")).to_contain_text("Bonjour Inès")
    expect(page.locator("main")).to_contain_text("Trancher")
    for number, choice in enumerate((*RIGHT, 1)):
        page.locator(f'[name="q{number}"][value="{choice}"]').check()
    page.get_by_role("button", name="Envoyer mes réponses").click()
    expect(page.get_by_role("status")).to_contain_text("Votre note est envoyée à votre parcours.")

    page.get_by_role("link", name="Revenir à mon parcours").click()
    page.wait_for_url(f"{demo.hub}/path/**")
    expect(page.get_by_role("heading", level=1)).to_have_text(QUIZ)
    expect(page.locator("main")).to_contain_text("Meilleure note : 80 %.")
    expect(result_of(page)).to_have_text("terminé")
    page.goto(demo.path("ines"))
    expect(page.locator("li.step", has_text=QUIZ)).to_contain_text("terminé")

    trainer = enter("claire")
    trainer.goto(demo.group("garonne"))
    assert state(trainer, "Inès Benali", QUIZ) == "terminé"
    cell(trainer, "Inès Benali", QUIZ).click()
    why = trainer.locator("#panel")
    expect(why).to_contain_text("Inès Benali, « Quiz : le vocabulaire »")
    expect(why).to_contain_text("80 %")
    proof = opened(trainer, "Les preuves et les décisions")
    expect(proof.locator("li", has_text="80 %").first).to_contain_text("compte")


def test_changing_the_way_keeps_what_is_done_and_the_hours_where_they_were_done(demo: Demo, enter: Enter) -> None:
    page = enter("tom", width=360)
    page.goto(demo.path("tom"))
    before, hours = progress_of(page), hours_of(page)
    assert hours["à distance en direct"] > 0
    open_step(page, "Dessin 3D : les bases")
    kept = arrived(page)
    assert "présence" in kept.lower()
    expect(page.locator("article.way.mine")).to_contain_text("en direct")

    other = page.locator("article.way", has=page.get_by_role("heading", name="Sur place"))
    other.get_by_role("button", name="Choisir cette façon").click()
    message(page, "C’est votre façon maintenant.")
    message(page, "Ce qui est déjà fait reste acquis.")
    expect(page.locator("article.way.mine")).to_contain_text("sur place", ignore_case=True)
    assert arrived(page) == kept
    page.goto(demo.path("tom"))
    assert progress_of(page).rpartition("Vous avez")[2] == before.rpartition("Vous avez")[2]
    assert hours_of(page) == hours


def test_a_way_beyond_the_agreed_plan_is_asked_for_and_what_was_begun_elsewhere_still_counts(
    demo: Demo, enter: Enter
) -> None:
    page = enter("yanis", width=360)
    page.goto(demo.path("yanis"))
    hours = hours_of(page)
    open_step(page, "Lire un plan")
    expect(result_of(page)).to_have_text("en cours")
    assert "avancement 25 %" in arrived(page)
    other = page.locator("article.way:not(.mine)")
    expect(other).to_contain_text("La personne responsable doit dire oui, car cela change votre plan convenu.")
    other.get_by_role("button", name="Demander cette façon").click()
    message(page, "Votre demande est envoyée.")
    expect(page.locator("article.way.mine")).to_contain_text("rythme")

    trainer = enter("claire")
    trainer.goto(f"{demo.hub}/tasks")
    asked = trainer.locator("#switches ~ ul > li, section:has(#switches) li", has_text="Yanis Carrère")
    asked.get_by_role("button", name="Accepter").click()
    page.reload()
    expect(page.locator("article.way.mine")).to_contain_text("Sur place")
    assert "avancement 25 %" in arrived(page)

    course = page.context.new_page()
    course.goto(f"{demo.partners['mooc']}/courses/lire-un-plan")
    course.get_by_label("Mon compte").select_option(label="Yanis Carrère")
    course.get_by_role("button", name=re.compile("^(C’est moi|Changer de compte)$")).click()
    course.get_by_role("radio").nth(COURSES["lire-un-plan"].right).check()
    course.get_by_role("button", name="Répondre").click()
    expect(course.get_by_role("status")).to_contain_text("le cours est terminé")

    page.reload()
    expect(result_of(page)).to_have_text("terminé")
    expect(page.locator("article.way.mine")).to_contain_text("Sur place")
    page.goto(demo.path("yanis"))
    assert hours_of(page) == hours | {"à distance à mon rythme": hours["à distance à mon rythme"] + 1}


def open_step(page: Page, title: str) -> None:
    """From the path to one of its steps."""
    page.get_by_role("link", name=re.compile(rf"^Étape \d+ : {title}")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def result_of(page: Page) -> Locator:
    """The word for where one is, on the page of a step."""
    return page.locator("section", has=page.locator("#where")).locator(".state")


def arrived(page: Page) -> str:
    """What arrived for a step, on its page."""
    opened(page, "ce n’est pas terminé")
    return text_of(page.locator(".evidence-lines"))


def progress_of(page: Page) -> str:
    """The sentence of the page's title: steps, hours done."""
    return text_of(page.locator(".page-title p"))


def test_saying_done_waits_for_the_platform_and_says_when_it_was_read(demo: Demo, enter: Enter) -> None:
    page = enter("tom", width=360)
    page.goto(demo.path("tom"))
    open_step(page, "Dessin 3D : les bases")
    page.get_by_role("button", name="J’ai terminé").click()
    where = page.locator("section", has=page.locator("#where"))
    expect(where.locator(".state")).to_have_text("en attente de confirmation")
    expect(where).to_contain_text(re.compile("Campus Fab.* lu", re.IGNORECASE))
    expect(where).to_contain_text("Vous n’avez rien d’autre à faire.")
    page.goto(f"{demo.hub}/home")
    expect(page.locator("li", has_text="Dessin 3D : les bases").first).to_contain_text("en attente de confirmation")
    assert "pas commencé" not in main_text(page)


def test_a_question_is_answered_and_the_answer_is_read(demo: Demo, enter: Enter) -> None:
    page = enter("maelle", width=360)
    page.goto(demo.path("maelle"))
    open_step(page, "Régler l’imprimante")
    page.get_by_role("main").get_by_role("link", name="Besoin d’aide").click()
    expect(page.locator("main")).to_contain_text("À propos de l’étape « Régler l’imprimante ».")
    expect(page.locator("main")).to_contain_text("Claire Fabre")
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.get_by_role("alert")).to_contain_text("Votre demande n’est pas partie.")
    page.get_by_label("Votre question").fill("Faut-il venir avec sa bobine de fil ?")
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.locator("#messages")).to_contain_text(re.compile("envoyée|partie"))

    trainer = enter("claire")
    trainer.goto(f"{demo.hub}/tasks")
    trainer.locator("section", has_text="Demandes d’aide").get_by_role("link", name="Maëlle Dupuy").first.click()
    expect(trainer.locator(".talk")).to_contain_text("Faut-il venir avec sa bobine de fil ?")
    trainer.get_by_label("Votre réponse").fill("Non, tout est sur place.")
    trainer.get_by_role("button", name="Envoyer").click()
    expect(trainer.locator(".talk")).to_contain_text("Non, tout est sur place.")

    page.goto(f"{demo.hub}/home")
    expect(page.locator("main")).to_contain_text("On vous a répondu")
    page.get_by_role("link", name="Lire la réponse").first.click()
    expect(page.locator(".talk li").last).to_contain_text("Claire Fabre")
    expect(page.locator(".talk li").last).to_contain_text("Non, tout est sur place.")


@pytest.mark.parametrize(("who", "name", "script"), [("ines", "Inès Benali", True), ("lucas", "Lucas Hébrard", False)])
def test_work_is_handed_in_and_accepted(
    demo: Demo, enter: Enter, file: Callable[[str, bytes], Path], who: str, name: str, script: bool
) -> None:
    page = enter(who, width=360, java_script_enabled=script)
    page.goto(demo.path(who))
    open_step(page, "Modéliser une pièce")
    page.wait_for_load_state("load")  # the script that sends the parts is there by then
    page.get_by_label("Vos fichiers ou vos photos").set_input_files(file("support.stl", os.urandom(1_200_000)))
    if script:
        expect(page.locator("[data-upload-list]")).to_contain_text("support.stl : envoyé", timeout=30_000)
    page.get_by_label("Un mot pour la personne qui regarde").fill("Les mesures sont celles de mon téléphone.")
    page.get_by_role("button", name="Rendre mon travail").click()
    expect(page.locator("#work")).to_contain_text("rendu, en attente de réponse")
    expect(page.locator("#work")).to_contain_text("support.stl")
    expect(result_of(page)).to_have_text("en attente de confirmation")

    trainer = enter("claire")
    trainer.goto(f"{demo.hub}/tasks")
    trainer.locator("section", has_text="Travaux rendus").get_by_role("link", name=name).click()
    with trainer.expect_download() as fetched:
        trainer.get_by_role("link", name="support.stl").click()
    assert Path(fetched.value.path()).stat().st_size == 1_200_000
    trainer.get_by_label("Un mot pour la personne").fill("Belle pièce.")
    trainer.get_by_role("button", name="Accepter").click()
    trainer.goto(demo.group("garonne"))
    assert state(trainer, name, "Modéliser une pièce") == "terminé"

    page.reload()
    expect(result_of(page)).to_have_text("terminé")
    expect(page.locator("#work")).to_contain_text("Belle pièce.")
