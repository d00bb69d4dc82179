"""The trainer's pages of groups: grid, panel, learner, acts, exports; who may see them."""

import re
from collections.abc import Callable

import pytest

from hub.db.uow import TenantDatabase
from hub.domain.progress import Result
from hub.models.learning import Claim, Deposit, HelpMessage, HelpRequest, SwitchRequest
from hub.models.person import Organisation, Person
from hub.models.river import StepStateRow
from hub.services.preferences import preference
from hub.services.roles import grant_role
from hub.services.versions import document
from tests.services.trainer_world import NOW, World, make
from tests.web.conftest import Browser, Clock


@pytest.fixture
def world(tenant: TenantDatabase, clock: Clock) -> World:
    clock.now = NOW
    found = make(tenant)
    with tenant.write() as session:
        grant_role(session, found.trainer, "trainer", NOW, organisation_id=found.organisation, group_id=found.group)
    return found


@pytest.fixture
def claire(world: World, enter: Callable[..., Browser]) -> Browser:
    return enter(world.trainer)


def why_of(world: World, step: int = 2, who: int = 0) -> str:
    return f"/groups/{world.group}/why/{world.enrolments[who]}/{world.steps[step]}"


def test_a_trainer_of_one_group_lands_on_it(world: World, claire: Browser):
    assert claire.get("/groups").headers["Location"] == f"/groups/{world.group}"
    listed = claire.get("/groups?all=1")
    assert "Promotion Garonne" in listed.text
    assert "3 personnes" in listed.text


def test_every_cell_says_in_words_who_what_and_how_it_stands(world: World, claire: Browser):
    page = claire.get(f"/groups/{world.group}").text
    assert page.count('<td class="cell"><a ') == 9
    assert 'aria-label="Inès Benali, Atelier dessin : à faire maintenant"' in page
    assert f'href="{why_of(world)}"' in page
    assert "Sans nouvelles depuis 22" in page


def test_filters_narrow_the_grid_and_keep_the_order_asked_for(world: World, claire: Browser):
    nobody = claire.get(f"/groups/{world.group}?show=check").text
    assert "Personne dans ce filtre" in nobody
    silent = claire.get(f"/groups/{world.group}?show=silent&sort=name").text
    assert silent.index(">Inès Benali<") < silent.index(">Yanis Carrère<") < silent.index(">Tom Estève<")
    assert "show=silent" in silent


def test_the_same_figures_stand_in_a_table(world: World, claire: Browser):
    page = claire.get(f"/groups/{world.group}?view=figures").text
    assert page.count('<td class="end">0/3') == 3
    assert '<td class="cell">' not in page


def test_names_are_escaped_wherever_the_grid_puts_them(world: World, claire: Browser):
    with world.tenant.write() as session:
        session.get_one(Person, world.people[0]).given_name = '"><img src=x>'
    page = claire.get(f"/groups/{world.group}").text
    assert "<img" not in page
    assert "&#34;&gt;&lt;img src=x&gt;" in page


def test_a_cell_opens_a_panel_with_htmx_and_a_page_without(world: World, claire: Browser):
    panel = claire.get(why_of(world), headers={"HX-Request": "true"})
    assert panel.text.lstrip().startswith("<section")
    page = claire.get(why_of(world))
    assert "<!doctype html>" in page.text
    for text in ("La règle", "rien reçu", "Ce qui est probable", "mailto:p0@example.fr"):
        assert text in page.text
        assert text in panel.text


def test_validating_asks_for_a_reason_and_shows_it_afterwards(world: World, claire: Browser):
    refused = claire.post(f"{why_of(world)}/word", {"value": "yes", "why": ""})
    assert (refused.status_code, "À remplir." in refused.text) == (422, True)
    done = claire.post(f"{why_of(world)}/word", {"value": "yes", "why": "Vu à l’oral"})
    assert done.status_code == 303
    with world.tenant.read() as session:
        state = session.get_one(StepStateRow, (world.enrolments[0], world.steps[2]))
    assert state.result == Result.COMPLETED
    assert "a validé l’étape : Vu à l’oral" in claire.get(why_of(world)).text


def test_a_word_that_the_rule_does_not_ask_for_is_refused_kindly(world: World, claire: Browser):
    refused = claire.post(f"{why_of(world, 1)}/word", {"value": "yes", "why": "Je crois"})
    assert (refused.status_code, "ne demande pas l’avis" in refused.text) == (422, True)


def test_a_dispense_is_granted_and_withdrawn_from_the_page(world: World, claire: Browser):
    assert claire.post(f"{why_of(world, 1)}/waive", {"waive_why": ""}).status_code == 422
    claire.post(f"{why_of(world, 1)}/waive", {"waive_why": "A le CAP"})
    assert "Retirer la dispense" in claire.get(why_of(world, 1)).text
    claire.post(f"{why_of(world, 1)}/unwaive")
    after = claire.get(why_of(world, 1)).text
    assert "Retirer la dispense" not in after
    assert "a accordé une dispense : A le CAP" in after.replace("\u00a0", " ")


def test_an_administrator_voids_a_piece_of_evidence_and_a_trainer_cannot(
    world: World, claire: Browser, add_person, enter
):
    claire.post(f"{why_of(world)}/word", {"value": "yes", "why": "Présentation faite"})
    assert "Annuler une preuve" not in claire.get(why_of(world)).text
    nadia = enter(add_person("Nadia", "Roux", "administrator"))
    shown = nadia.get(why_of(world)).text
    assert "Annuler une preuve" in shown
    evidence = re.search(r'<option value="([0-9a-f-]{36})"', shown)
    assert evidence is not None
    asked = {"statement_id": evidence[1], "void_why": ""}
    assert claire.post(f"{why_of(world)}/void", asked | {"void_why": "x"}).status_code == 403
    assert nadia.post(f"{why_of(world)}/void", asked).status_code == 422
    assert nadia.post(f"{why_of(world)}/void", asked | {"void_why": "Mauvaise personne"}).status_code == 303
    after = nadia.get(why_of(world)).text
    assert "Un résultat a baissé." in after
    assert "annulé" in after
    assert nadia.post(f"{why_of(world, step=1)}/void", asked | {"void_why": "x"}).status_code == 404


def test_the_page_of_a_learner_and_that_of_a_station(world: World, claire: Browser):
    learner = claire.get(f"/groups/{world.group}/learner/{world.enrolments[0]}")
    assert learner.status_code == 200
    assert "Journal des changements" in learner.text
    station = claire.get(f"/groups/{world.group}/step/{world.steps[0]}")
    assert "0 sur 3" in station.text


@pytest.mark.parametrize("what", ["grid", "hours", "attendance"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exports_are_files_that_nothing_keeps(world: World, claire: Browser, what: str, kind: str):
    sent = claire.get(f"/groups/{world.group}/export/{what}.{kind}")
    assert sent.status_code == 200
    assert sent.headers["Content-Disposition"] == f'attachment; filename="{what}-2026-11-24.{kind}"'
    assert sent.headers["Cache-Control"] == "no-store"
    assert sent.data[:3] == b"\xef\xbb\xbf" if kind == "csv" else sent.data[:2] == b"PK"


def test_an_unknown_export_is_not_found(world: World, claire: Browser):
    assert claire.get(f"/groups/{world.group}/export/salaries.csv").status_code == 404
    assert claire.get(f"/groups/{world.group}/export").status_code == 200


def test_today_and_tasks_lead_to_where_one_acts(world: World, claire: Browser):
    seance = world.plan()
    with world.tenant.write() as session:
        session.add(Claim(enrolment_id=world.enrolments[0], step_id=world.steps[2], at=NOW, task_at=NOW))
    for path in ("/today", "/tasks"):
        page = claire.get(path)
        assert page.status_code == 200
        assert f"/sessions/{seance}/roll" in page.text
        assert why_of(world) in page.text
    assert "Rien ne vous attend" not in claire.get("/today").text


def test_work_handed_in_is_accepted_or_returned_with_a_word(world: World, claire: Browser):
    with world.tenant.write() as session:
        row = Deposit(enrolment_id=world.enrolments[0], step_id=world.steps[2], handed_in_at=NOW, note="Mon plan")
        session.add(row)
        session.flush()
        page = f"/tasks/deposits/{row.id}"
    assert "Mon plan" in claire.get(page).text
    refused = claire.post(page, {"value": "no", "word": ""})
    assert (refused.status_code, "À remplir." in refused.text) == (422, True)
    assert claire.post(page, {"value": "no", "word": "Ajoutez les cotes."}).status_code == 303
    assert "Ajoutez les cotes." in claire.get(page).text


def test_other_groups_and_other_roles_see_nothing(world: World, add_person, enter):
    outsider = add_person("Paul", "Loin")
    with world.tenant.write() as session:
        grant_role(session, outsider, "trainer", NOW, group_id=None, organisation_id=_other(session))
    learner = add_person("Léa", "Proche", "learner")
    paths = [f"/groups/{world.group}", why_of(world), f"/groups/{world.group}/export/grid.csv"]
    assert [enter(outsider).get(path).status_code for path in paths] == [404, 404, 404]
    assert [enter(learner).get(path).status_code for path in paths] == [403, 403, 403]
    assert enter(outsider).post(f"{why_of(world)}/word", {"value": "yes", "why": "x"}).status_code == 404


def _other(session):
    row = Organisation(name="Ailleurs", kind="training")
    session.add(row)
    session.flush()
    return row.id


def test_pages_speak_english_too(world: World, claire: Browser):
    with world.tenant.write() as session:
        session.get_one(Person, world.trainer).language = "en"
    page = claire.get(f"/groups/{world.group}").text
    assert "Where the group stands" in page
    assert not re.search(r"Touchez|Sans nouvelles|Étapes", page)


def test_a_request_for_help_leads_to_its_conversation(world: World, claire: Browser):
    with world.tenant.write() as session:
        row = HelpRequest(
            person_id=world.people[0], enrolment_id=world.enrolments[0], kind="message", asked_at=NOW, due_at=NOW
        )
        session.add(row)
        session.flush()
        session.add(HelpMessage(request_id=row.id, author_id=world.people[0], at=NOW, text="Je suis perdue."))
    assert f'href="/help/{row.id}"' in claire.get("/tasks").text


def test_a_request_to_learn_another_way_is_answered_on_the_page_of_tasks(world: World, claire: Browser):
    with world.tenant.write() as session:
        variant = document(session, world.version).modules[0].steps[0].variants[0]
        limits = [{"modality": "comodal", "wanted": 390, "left": 60}]
        row = SwitchRequest(
            enrolment_id=world.enrolments[0], step_id=world.steps[0], variant_id=variant.id, limits=limits, asked_at=NOW
        )
        session.add(row)
        session.flush()
    refused = claire.post(f"/tasks/switch/{row.id}", {"value": "no", "answer": ""})
    assert (refused.status_code, "Écrivez pourquoi" in refused.text) == (422, True)
    assert claire.post(f"/tasks/switch/{row.id}", {"value": "no", "answer": "Le plan est signé."}).status_code == 303
    assert "apprendre autrement" not in claire.get("/tasks").text


def names(page: str) -> list[str]:
    """The people of the table, from the first row to the last."""
    return re.findall(r'<th scope="row"><a [^>]*>([^<]+)<', page)


def test_a_step_and_each_figure_put_the_people_in_order_either_way(world: World, claire: Browser):
    base = f"/groups/{world.group}"
    grid = claire.get(f"{base}?sort={world.steps[0]}").text
    assert f'href="{base}?sort=-{world.steps[0]}#people"' in grid
    assert 'aria-sort="ascending"' in grid
    figures = claire.get(f"{base}?view=figures").text
    for column in ("done", "share", "expected", "minutes", "-trace", "-checks", "-waits", "-late"):
        assert f"view=figures&amp;sort={column}#people" in figures
        one = names(claire.get(f"{base}?view=figures&sort={column}").text)
        assert sorted(one) == sorted(names(figures))
    by_name = names(claire.get(f"{base}?view=figures&sort=name").text)
    assert names(claire.get(f"{base}?view=figures&sort=-name").text) == by_name[::-1]
    assert names(claire.get(f"{base}?view=figures&sort=nonsense").text) == names(figures)


def test_chosen_columns_are_kept_for_the_person(world: World, claire: Browser, tenant: TenantDatabase):
    base = f"/groups/{world.group}"
    before = claire.get(f"{base}?view=figures").text
    offered = re.findall(r'name="offered" value="([^"]+)"', before)
    path = re.findall(r'name="path" value="([^"]+)"', before)[0]
    kept = {"view": "figures", "path": path, "sort": "name", "offered": offered, "shown": ["share", "late"]}
    answer = claire.post(f"{base}/columns", kept)
    assert answer.headers["Location"] == f"{base}?path={path}&sort=name&view=figures#people"
    figures = claire.get(f"{base}?view=figures").text
    assert figures.count('<th scope="col"') == 3
    assert "(6 masquées)" in figures
    grid = claire.get(base).text
    assert "Activité, 3 semaines" in grid  # the grid's own columns are another choice
    modules = re.findall(r'name="offered" value="([^"]+)"', grid)
    claire.post(f"{base}/columns", {"path": str(path), "offered": modules, "shown": ["progress"]})
    grid = claire.get(base).text
    assert "Activité, 3 semaines" not in grid
    assert '<td class="cell">' not in grid
    with tenant.write() as session:
        other = Person(given_name="Aude", family_name="Roux", created_at=NOW)
        session.add(other)
        session.flush()
        grant_role(session, other.id, "trainer", NOW, group_id=world.group)
        other_id = other.id
    with tenant.read() as session:
        assert preference(session, other_id, f"columns:{path}") == {}
