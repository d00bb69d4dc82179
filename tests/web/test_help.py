"""« Besoin d'aide » on the pages: the form, both sides of the conversation, the list of whoever answers."""

from collections.abc import Callable
from urllib.parse import quote

import pytest

from hub.db.uow import TenantDatabase
from hub.services import help, help_read
from tests.web import learner_world
from tests.web.conftest import Browser, Clock
from tests.web.learner_world import NOW, World, plain

world, ines = learner_world.world, learner_world.ines


@pytest.fixture
def claire(world: World, enter: Callable[..., Browser]) -> Browser:
    """Her trainer's browser."""
    return enter(world.trainer)


def ask(browser: Browser, **fields: str) -> str:
    answer = browser.post("/help", {"kind": "message", "text": "Où est le quiz ?", **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


@pytest.mark.parametrize("page", ["/home", "/path", "/sessions", "/evidence", "/account"])
def test_every_page_offers_help(ines: Browser, page: str) -> None:
    text = ines.get(page, follow_redirects=True).text
    assert "/help/new?page=/" in text


def test_the_form_says_who_answers_and_by_when(ines: Browser, world: World) -> None:
    text = plain(ines.get(f"/help/new?page={quote(world.url('quiz'))}").text)
    assert "Claire Fabre" in text
    assert "Réponse demain à 10 h au plus tard." in text
    assert "À propos de l’étape « Quiz : le vocabulaire »." in text


def test_a_question_is_tied_to_its_step(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    where = ask(ines, page=world.url("quiz"))
    text = plain(ines.get(where).text)
    assert "Votre demande est envoyée." in text
    assert "À propos de « Quiz : le vocabulaire »" in text
    with tenant.read() as session:
        row = help_read.mine(session, world.learner, NOW)[0].request
    assert (row.enrolment_id, row.step_id, row.page) == (
        world.enrolment, world.steps["quiz"].id, world.url("quiz"),
    )  # fmt: skip


def test_errors_keep_what_was_typed(ines: Browser) -> None:
    answer = ines.post("/help", {"kind": "call", "text": "Après 17 h", "phone": "12"})
    assert answer.status_code == 422
    assert "Écrivez un numéro" in plain(answer.text)
    assert "Après 17 h" in plain(answer.text)
    assert 'value="12"' in answer.text
    empty = ines.post("/help", {"kind": "message", "text": " "})
    assert (empty.status_code, "À remplir." in empty.text) == (422, True)
    assert ines.post("/help", {"text": "x"}).status_code == 422


def test_a_crafted_page_leads_nowhere_else(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    assert 'href="https://evil' not in ines.get("/help/new?page=https://evil.example/").text
    ask(ines, page="//evil.example/x")
    with tenant.read() as session:
        assert help_read.mine(session, world.learner, NOW)[0].request.page == "/"


def test_the_page_of_somebody_elses_path_still_asks(
    tenant: TenantDatabase, world: World, enter: Callable[..., Browser]
) -> None:
    tom = enter(world.stranger)
    assert tom.get(f"/help/new?page={world.url('quiz')}").status_code == 200
    ask(tom, page=world.url("quiz"))
    with tenant.read() as session:
        assert help_read.mine(session, world.stranger, NOW)[0].request.enrolment_id is None


def test_both_sides_talk(ines: Browser, claire: Browser, world: World) -> None:
    where = ask(ines, page=world.url("quiz"))
    inbox = plain(claire.get("/help").text)
    assert "Inès Benali · Quiz : le vocabulaire" in inbox
    assert "attend une réponse" in inbox
    claire.post(f"{where}/reply", {"text": "En bas de la page."})
    text = plain(ines.get(where).text)
    assert "En bas de la page." in text
    assert "répondu" in text
    assert "On vous a répondu" in ines.get("/home").text
    ines.post(f"{where}/reply", {"text": "Merci !"})
    assert "Merci !" in plain(claire.get(where).text)


def test_an_empty_reply_is_refused(ines: Browser) -> None:
    where = ask(ines)
    answer = ines.post(f"{where}/reply", {"text": "  "})
    assert (answer.status_code, 'id="text-error"' in answer.text) == (422, True)


def test_closing_with_the_last_word_and_reopening(ines: Browser, claire: Browser) -> None:
    where = ask(ines)
    claire.post(f"{where}/reply", {"text": "Voilà", "close": "1"})
    assert "Aucune demande" in claire.get("/help").text
    assert where in claire.get("/help?state=closed").text
    assert "Rouvrir" in ines.get(where).text
    ines.post(f"{where}/reopen")
    assert "C’est réglé" in ines.get(where).text
    ines.post(f"{where}/close")
    assert "fermée" in ines.get("/help").text


def test_a_late_answer_stands_out(ines: Browser, world: World, enter: Callable[..., Browser], clock: Clock) -> None:
    ask(ines)
    clock.advance(days=1, minutes=1)
    assert "en retard" in enter(world.trainer).get("/help").text


def test_the_mediator_takes_over(ines: Browser, world: World, enter: Callable[..., Browser]) -> None:
    where = ask(ines)
    samir = enter(world.mediator)
    assert "Je m’en occupe" in samir.get(where).text
    samir.post(f"{where}/take")
    assert "Samir Haddad" in ines.get(where).text
    assert "Je m’en occupe" not in samir.get(where).text
    assert ines.post(f"{where}/take").status_code == 403


def test_a_call_shows_the_number_to_whoever_calls(ines: Browser, claire: Browser) -> None:
    where = ask(ines, kind="call", text="", phone="06 12 34 56 78")
    assert "06 12 34 56 78" in claire.get(where).text
    assert "Un rappel par téléphone est demandé." in claire.get(where).text


def test_others_find_nothing(ines: Browser, world: World, enter: Callable[..., Browser]) -> None:
    where = ask(ines)
    for person in (world.stranger, world.other_trainer):
        browser = enter(person)
        assert browser.get(where).status_code == 404
        for act in ("reply", "close", "reopen"):
            assert browser.post(f"{where}/{act}", {"text": "x"}).status_code == 404
    assert "Je suis" not in enter(world.other_trainer).get("/help").text


def test_markup_in_a_message_stays_text(ines: Browser, claire: Browser) -> None:
    where = ask(ines, text="<script>alert(1)</script>")
    assert "&lt;script&gt;" in claire.get(where).text
    assert "<script>alert" not in claire.get(where).text


def test_the_delay_that_is_told_is_the_delay_that_is_kept(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    ask(ines)
    with tenant.read() as session:
        told = help.helper(session, world.learner, world.enrolment, NOW).due_at
        assert help_read.mine(session, world.learner, NOW)[0].request.due_at == told
