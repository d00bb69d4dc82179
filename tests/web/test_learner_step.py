"""A step's page: what to do, ways with advice, « J'ai terminé », and why it is not complete."""

from datetime import timedelta

import pytest

from content.xapi.readings import Kind
from hub.db.uow import TenantDatabase
from hub.models.learning import Enrolment, Launch, SwitchRequest
from hub.services.enrolments import answer_switch
from hub.services.journey import journey
from hub.services.projection import project_dirty
from tests.web import learner_world
from tests.web.conftest import Browser
from tests.web.learner_world import NOW, World, plain, tell

world, ines = learner_world.world, learner_world.ines


def show(browser: Browser, world: World, name: str) -> str:
    return plain(browser.get(world.url(name)).text)


def agree(tenant: TenantDatabase, world: World, **minutes: int) -> None:
    """Give the enrolment an agreed plan."""
    with tenant.write() as session:
        row = session.get_one(Enrolment, world.enrolment)
        row.agreed_plan = {"minutes": minutes}


def test_the_page_says_what_to_do_and_who_answers(ines: Browser, world: World) -> None:
    text = show(ines, world, "model")
    for sentence in (
        "suivre le modèle du support de téléphone", "les mesures de votre téléphone", "un fichier de votre pièce",
        "L’étape est terminée quand le travail déposé est accepté.", "À faire avant le 29 novembre.",
        "étape 6 sur 9", "Pas encore ouverte.", "Claire Fabre répond demain à 10 h au plus tard.",
    ):  # fmt: skip
        assert sentence in text


def test_the_ways_have_facts_and_advice_and_none_is_hidden(ines: Browser, world: World) -> None:
    text = show(ines, world, "model")
    assert "3 façons d’y arriver" in text
    for sentence in (
        "Il faut un ordinateur : il y en a sur place.", "Votre connexion est lente : prévoyez le wifi du lieu.",
        "Il faut venir sur place.", "Vous choisissez vos heures.", "mar. 24 nov., 9 h – 12 h 30", "300 Mo",
    ):  # fmt: skip
        assert sentence in text
    assert text.count("Choisir cette façon") == 2


def test_one_filled_button(ines: Browser, world: World) -> None:
    for name in world.steps:
        assert ines.get(world.url(name)).text.count('class="button primary') <= 1, name


def test_choosing_a_way(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    live = world.steps["model"].variants[1].id
    answer = ines.post(f"{world.url('model')}/way", {"variant": str(live)})
    assert (answer.status_code, answer.location) == (303, world.url("model"))
    text = show(ines, world, "model")
    assert "C’est votre façon maintenant." in text
    assert text.count("Choisir cette façon") == 2
    with tenant.read() as session:
        assert session.get_one(Enrolment, world.enrolment).choices == {str(world.steps["model"].id): str(live)}


def test_a_way_beyond_the_plan_is_a_request_that_names_the_limit(
    ines: Browser, tenant: TenantDatabase, world: World
) -> None:
    agree(tenant, world, on_site=1000, own_pace=600, remote_live=600, comodal=600)
    limit = "Cette façon demande 3 h 30 sur place ; votre plan convenu en laisse 3 h 10."
    before = show(ines, world, "model")
    assert limit in before
    assert "Demander cette façon" in before
    on_site = world.steps["model"].variants[2].id
    ines.post(f"{world.url('model')}/way", {"variant": str(on_site)})
    text = show(ines, world, "model")
    assert "Votre demande est envoyée." in text
    assert text.count(limit) >= 2
    assert "demande envoyée" in text
    with tenant.read() as session:
        assert session.get_one(Enrolment, world.enrolment).choices == {}


def test_a_refused_request_says_why(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    agree(tenant, world, own_pace=600)
    ines.post(f"{world.url('model')}/way", {"variant": str(world.steps["model"].variants[2].id)})
    with tenant.write() as session:
        asked = session.query(SwitchRequest).one()
        answer_switch(session, asked.id, accept=False, answer="Le plan est complet.", by=world.administrator, now=NOW)
    assert "Le plan est complet." in show(ines, world, "model")


@pytest.mark.parametrize("typed", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_way_that_does_not_exist(ines: Browser, world: World, typed: str) -> None:
    assert ines.post(f"{world.url('model')}/way", {"variant": typed}).status_code == 404


def test_an_unknown_step(ines: Browser, world: World) -> None:
    assert ines.get(f"/path/{world.enrolment}/step/{world.enrolment}").status_code == 404


def test_i_have_finished(ines: Browser, world: World) -> None:
    assert "J’ai terminé" in show(ines, world, "quiz")
    assert ines.post(f"{world.url('quiz')}/done").location == world.url("quiz")
    text = show(ines, world, "quiz")
    for sentence in (
        "C’est noté : l’étape attend une confirmation.", "Le Moodle de Campus Fab a été lu ce matin à 6 h.",
        "Le hub va lire le Moodle de Campus Fab dans un instant.",
        "Sans confirmation mercredi 25 novembre à 10 h, la personne qui vous accompagne est prévenue.",
        "en attente de confirmation", "Vous avez dit avoir terminé ce matin à 10 h.",
    ):  # fmt: skip
        assert sentence in text
    assert "Finalement, je n’ai pas terminé" in text


def test_taking_it_back(ines: Browser, world: World) -> None:
    ines.post(f"{world.url('quiz')}/done")
    ines.post(f"{world.url('quiz')}/not-done")
    text = show(ines, world, "quiz")
    assert "C’est corrigé." in text
    assert "Vous avez dit avoir terminé" not in text
    assert ines.post(f"{world.url('quiz')}/not-done").status_code == 404


def test_a_done_step_needs_no_claim(ines: Browser, world: World) -> None:
    assert "J’ai terminé" not in show(ines, world, "welcome")
    ines.post(f"{world.url('welcome')}/done")
    assert "Cette étape est déjà terminée." in show(ines, world, "welcome")


def test_a_locked_step_says_why_and_leads_to_what_is_missing(ines: Browser, world: World) -> None:
    text = show(ines, world, "make")
    assert "Terminez d’abord « Modéliser une pièce »." in text
    assert "Aller à « Modéliser une pièce »" in text
    assert f'href="{world.url("model")}"' in text
    assert "Il faut d’abord terminer « Modéliser une pièce »." in text
    assert "J’ai terminé" not in text
    assert "/open/" not in text


def test_a_step_that_opens_later(ines: Browser, world: World) -> None:
    text = show(ines, world, "printer")
    assert "ouvre le 1er décembre" in text
    assert "/open/" not in text


def test_why_names_what_is_missing(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    assert "Il manque : une note d’au moins 60 %. Aucune note n’est arrivée." in show(ines, world, "basics")
    assert "Rien n’est encore arrivé pour cette étape." in show(ines, world, "basics")
    with tenant.write() as session:
        tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.41)
    project_dirty(tenant)
    text = show(ines, world, "basics")
    assert "Il manque : une note d’au moins 60 %. La meilleure est 41 %." in text
    assert "Les bases : note 41 %" in text
    assert "le hub, ce matin à 10 h" in text


def test_why_it_is_done(ines: Browser, world: World) -> None:
    text = show(ines, world, "safety")
    assert "Pourquoi c’est terminé" in text
    assert "Votre présence est notée : 3 h, mardi 10 novembre." in text
    assert "Valable jusqu’au 27 août 2027." in text
    assert "Étape suivante : Lire un plan" in text


def test_a_fall_is_not_silent(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.82, when=NOW - timedelta(days=2))
        tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.4, when=NOW - timedelta(days=1))
    project_dirty(tenant)
    assert "Elle était terminée, puis un résultat a baissé." in show(ines, world, "basics")


def test_what_is_done_stays_after_a_switch(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    basics = world.steps["basics"]
    with tenant.write() as session:
        tell(session, world.learner, basics, Kind.SCORE, 0.9)
    project_dirty(tenant)
    ines.post(f"{world.url('basics')}/way", {"variant": str(basics.variants[1].id)})
    with tenant.read() as session:
        view = journey(session, world.enrolment, NOW).by_step[basics.id]
    assert view.done
    assert view.variant is not None
    assert view.variant.id == basics.variants[1].id


def test_what_the_opened_site_says_on_return_is_shown_as_its_words(
    ines: Browser, world: World, tenant: TenantDatabase
) -> None:
    address = f"{world.url('quiz')}?lti_errormsg=Le+quiz+%3Cb%3Eest+ferm%C3%A9&lti_msg=autre"
    assert "Le quiz" not in ines.get(address).text  # nothing was opened: such an address is anybody's
    with tenant.write() as session:
        step = world.steps["quiz"].id
        enrolment = world.enrolment
        session.add(
            Launch(enrolment_id=enrolment, person_id=world.learner, step_id=step, activity_id=step, iri="i", at=NOW)
        )
    page = plain(ines.get(address).text)
    assert "Le site que vous avez ouvert dit :" in page
    assert "Le quiz &lt;b&gt;est fermé" in page
    assert "autre<" not in page
    assert "Merci !" in ines.get(f"{world.url('quiz')}?lti_msg=Merci+!").text
    assert "vous avez ouvert dit" not in plain(ines.get(f"{world.url('quiz')}?lti_msg=%00+").text)
