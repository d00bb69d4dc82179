"""The learner's pages: home, path, séances, evidence."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from content.xapi.readings import Kind
from hub.db.uow import TenantDatabase
from hub.models.learning import Enrolment
from hub.services import claims, help
from hub.services.enrolments import waive
from hub.services.lti_launch import record_launch
from hub.services.projection import project_dirty
from hub.services.roles import viewer_of
from hub.services.seances_read import to_come
from hub.web.views.learner import _by_day
from tests.services import builders
from tests.web import learner_world
from tests.web.conftest import Browser
from tests.web.learner_world import NOW, World, plain, tell

world, ines = learner_world.world, learner_world.ines

FIRST_VIEW = 60_000
"""Bytes of the first view, compressed, page and everything it loads (issue 2)."""


def test_home_leads_to_the_next_step_with_its_facts(ines: Browser, world: World) -> None:
    text = plain(ines.get("/home").text)
    assert "Bonjour Inès" in text
    assert "Lundi 23 novembre. Voici la suite de votre parcours." in text
    assert "Votre prochaine étape, la 3 sur 9" in text
    assert "Lire un plan" in text
    for fact in ("1 h", "12 Mo", "Téléphone : avec difficulté", "Ouvre le Moodle de Campus Fab"):
        assert fact in text
    activity = world.steps["plan"].variants[0].activities[0].id
    assert f'action="{world.url("plan")}/open/{activity}"' in text


def test_the_page_may_lead_to_a_site_and_on_from_there_where_something_opens(ines: Browser) -> None:
    policy = ines.get("/home").headers["Content-Security-Policy"]
    assert "form-action 'self' https:;" in f"{policy};"
    assert "form-action 'self';" in f"{ines.get('/account').headers['Content-Security-Policy']};"


def test_opening_leads_there_and_the_step_is_never_shown_as_untouched(ines: Browser, world: World) -> None:
    activity = world.steps["quiz"].variants[0].activities[0]
    answer = ines.post(f"{world.url('quiz')}/open/{activity.id}")
    assert (answer.status_code, answer.location) == (303, activity.binding.iri)
    home, step = plain(ines.get("/home").text), plain(ines.get(world.url("quiz")).text)
    assert "en attente de confirmation" in home
    assert "Ouvert ce matin à 10 h." in home
    assert "Le Moodle de Campus Fab a été lu ce matin à 6 h ; il le sera de nouveau cet après-midi à 12 h." in home
    assert "Ouvert ce matin à 10 h." in step
    assert "Pas encore ouverte" not in step


def test_home_tells_what_fell_and_who_answered(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.82, when=NOW - timedelta(days=3))
        tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.4, when=NOW - timedelta(days=1))
        asked = help.ask(session, world.learner, kind="message", text="Je suis perdue", now=NOW - timedelta(hours=5))
        trainer = viewer_of(session, world.trainer)
        assert trainer is not None
        help.reply(session, asked.id, trainer, "J’arrive", NOW - timedelta(hours=1))
    project_dirty(tenant)
    text = plain(ines.get("/home").text)
    assert "à vérifier" in text
    assert f'href="/help/{asked.id}"' in text


def test_this_week_has_séances_and_deadlines(ines: Browser) -> None:
    text = plain(ines.get("/home").text)
    assert "Atelier dessin 3D" in text
    assert "9 h – 12 h 30, salle Brique, 1er étage" in text
    assert "Avant le soir" in text
    assert "Le bouton pour entrer s’ouvre jeudi 26 novembre à 13 h 50." in text
    assert "visio.example" not in text


def test_what_is_due_by_an_evening_stands_after_the_séances_of_that_day(tenant: TenantDatabase, world: World) -> None:
    with tenant.read() as session:
        seances = to_come(session, world.learner, NOW, days=7)
    first, second = (seance.seance.day for seance in seances[:2])
    assert first < second
    lines = _by_day(seances, [{"day": second}, {"day": first}])
    assert [kind for kind, _ in lines[:4]] == ["seance", "deadline", "seance", "deadline"]


def test_progress_over_time_has_its_table(ines: Browser) -> None:
    text = plain(ines.get("/home").text)
    assert "Progression : de 0 % à 22 %, prévu 46 %." in text
    assert "Mes progrès en tableau" in text


def test_home_without_a_path_teaches(world: World, enter: Callable[..., Browser]) -> None:
    text = enter(world.stranger).get("/home").text
    assert "Votre parcours arrive" in text
    assert 'href="/my-data#means"' in text


def test_home_with_several_paths(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        video = builders.activity("urn:video", "completed", title="Vidéo")
        doc = builders.document(builders.step("Prise en main", video, rule=builders.rule(("completed", None))),
                                title="Découverte du lieu")  # fmt: skip
        other = builders.enrol(session, world.learner, builders.publish(session, doc))
    project_dirty(tenant)
    home, paths = ines.get("/home").text, ines.get("/path").text
    assert "Mes autres parcours" in home
    assert f'href="/path/{other}"' in paths
    assert f'href="/path/{world.enrolment}"' in paths
    assert "Mes parcours" in ines.get(f"/path/{other}").text


def test_a_finished_path_says_so(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        for step in world.document.steps():
            waive(session, world.enrolment, step.id, why="acquis", by=world.administrator, now=NOW)
    project_dirty(tenant)
    assert "Votre parcours est terminé. Bravo" in ines.get("/home").text


def test_nothing_to_do_while_everything_waits(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        for name in ("plan", "basics", "quiz", "model"):
            claims.claim(session, world.enrolment, world.steps[name].id, NOW)
    assert "Rien à faire pour le moment." in ines.get("/home").text


def test_one_path_is_opened_at_once(ines: Browser, world: World) -> None:
    answer = ines.get("/path")
    assert (answer.status_code, answer.location) == (303, f"/path/{world.enrolment}")


def test_the_map_says_each_step_with_its_reason(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        waive(session, world.enrolment, world.steps["plan"].id, why="Votre CAP le couvre.", by=world.trainer, now=NOW)
        record_launch(session, world.enrolment, world.steps["quiz"],
                      world.steps["quiz"].variants[0].activities[0], NOW)  # fmt: skip
    project_dirty(tenant)
    text = plain(ines.get(f"/path/{world.enrolment}").text)
    assert "9 étapes, 25 h 05 prévues, du 2 novembre au 18 décembre. Vous avez réalisé 6 h 30." in text
    for reason in (
        "Valable jusqu’au 27 août 2027.", "Votre CAP le couvre.", "ouvre le 1er décembre",
        "Terminez d’abord « Modéliser une pièce ».", "Le Moodle de Campus Fab a été lu ce matin à 6 h",
        "2 autres façons", "À faire avant le 29 novembre.",
    ):  # fmt: skip
        assert reason in text
    assert "Heures réalisées sur prévues" in text


def test_a_closed_step_is_drawn(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        session.get_one(Enrolment, world.enrolment).entered_on = date(2026, 9, 1)
        video = builders.activity("urn:late", "completed")
        step = builders.step("Trop tard", video, rule=builders.rule(("completed", None)),
                             window={"closes_after_days": 3})  # fmt: skip
        late = builders.enrol(session, world.learner, builders.publish(session, builders.document(step)))
    project_dirty(tenant)
    answer = ines.get(f"/path/{late}")
    assert answer.status_code == 200
    assert "fermée" in answer.text


def test_séances_to_come_and_past(ines: Browser) -> None:
    text = plain(ines.get("/sessions").text)
    assert "Halle de Toulouse" in text
    assert "Métro A, arrêt Arènes." in text
    assert "avec Claire Fabre" in text
    assert text.index("À venir") < text.index("Questions sur le dessin") < text.index("Passées")


def test_a_trainer_sees_the_séances_they_lead(world: World, enter: Callable[..., Browser]) -> None:
    assert "vous animez" in enter(world.trainer).get("/sessions").text


def test_evidence_says_what_counts_and_what_was_corrected(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.82, when=NOW - timedelta(days=2))
        tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.58, when=NOW - timedelta(days=1))
        help.ask(session, world.learner, kind="message", text="Bonjour", now=NOW)
    project_dirty(tenant)
    text = plain(ines.get("/evidence").text)
    assert "présence 3 h 30" in text
    assert "note 82 %" in text
    assert "corrigé depuis" in text
    assert "1 demande d’aide" in text


def test_another_persons_path_does_not_exist_for_me(world: World, enter: Callable[..., Browser]) -> None:
    tom = enter(world.stranger)
    for path in (f"/path/{world.enrolment}", world.url("model")):
        assert tom.get(path).status_code == 404
    for act in ("way", "done", "not-done", "deposit"):
        variant = world.steps["model"].variants[1].id
        answer = tom.post(f"{world.url('model')}/{act}", {"variant": str(variant), "link": "https://a.example"})
        assert answer.status_code in (403, 404), act


def test_pages_are_for_learners(world: World, enter: Callable[..., Browser], browser: Browser) -> None:
    trainer = enter(world.trainer)
    for path in ("/home", "/path", "/evidence"):
        assert trainer.get(path).status_code == 403
        assert browser.get(path).location.startswith("/sign-in")


@pytest.mark.parametrize("path", ["/home", "/path", "/sessions", "/evidence", "/help"])
def test_everything_is_said_in_english_too(
    tenant: TenantDatabase, world: World, enter: Callable[..., Browser], path: str
) -> None:
    with tenant.write() as session:
        learner = viewer_of(session, world.learner)
        assert learner is not None
    ines = enter(world.learner)
    ines.post("/language", {"language": "en", "next": path})
    text = ines.get(path, follow_redirects=True).text
    assert '<html lang="en"' in text
    for french in ("Votre ", "Vous ", "étape", "Mes ", "réalisé"):
        assert french not in text.replace("Étape", ""), french


def test_the_first_view_is_light(app: Flask, ines: Browser) -> None:
    gzip = {"Accept-Encoding": "gzip"}
    page = ines.get("/home")
    weight = len(ines.get("/home", headers=gzip).data)
    pieces = [part.partition('"')[0] for part in page.text.split('="/static/')[1:]]
    for name in dict.fromkeys(pieces):
        weight += len(ines.get(f"/static/{name}", headers=gzip).data)
    assert weight <= FIRST_VIEW
