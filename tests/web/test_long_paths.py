"""The grid of a long path: modules as columns that open, and what a closed one tells."""

from collections.abc import Callable

import pytest

from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.path import Module, PathDocument
from hub.models.person import Group
from hub.services.identities import hub_agent, own_agent_id
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.roles import grant_role
from hub.services.source import hub_source
from tests.services.builders import NOW, activity, enrol, person, publish, register, rule, step
from tests.web.conftest import Browser


@pytest.fixture
def long_path(tenant: TenantDatabase, enter: Callable[..., Browser]) -> tuple[Browser, str, PathDocument]:
    """A trainer's browser, the path of the group's page, and a path of four modules of nine steps; its one learner
    has done the first three steps and has fallen back on the third."""
    iris = [f"https://lms.example/{n}" for n in range(36)]
    steps = [
        step(f"Étape {n}", activity(iri, "completed"), rule=rule(("completed", None))) for n, iri in enumerate(iris)
    ]
    modules = tuple(Module(title=f"Module {m}", steps=tuple(steps[m * 9 : m * 9 + 9])) for m in range(4))
    doc = PathDocument(title="Un long parcours", modules=modules)
    with tenant.write() as session:
        group = Group(id=new_id(), name="Garonne")
        session.add(group)
        session.flush()
        claire, ines = person(session, "Claire", "Fabre"), person(session)
        grant_role(session, claire, "trainer", NOW)
        enrol(session, ines, publish(session, doc), group_id=group.id)
        own_agent_id(session, ines)
        said = [register("x", Kind.COMPLETED, iri, 1, 1.0) for iri in iris[:3]]
        said.append(register("x", Kind.COMPLETED, iris[2], 2, 0.0))
        ingest(session, [{**s, "actor": hub_agent(ines)} for s in said], hub_source("lms"), NOW)
    project_dirty(tenant)
    return enter(claire), f"/groups/{group.id}", doc


def cells(text: str) -> int:
    return text.count('<td class="cell"><a ')


def test_only_the_module_where_people_are_is_open(long_path):
    browser, page, doc = long_path
    text = browser.get(page).text
    assert cells(text) == 9
    assert text.count('<td class="cell module-cell">') == 3
    assert "Inès Benali, Étape 0 : terminé" in text
    assert f"open={doc.modules[1].id}" in text


def test_a_closed_module_counts_what_is_done_and_shows_what_needs_a_look(long_path):
    browser, page, doc = long_path
    text = browser.get(f"{page}?open={doc.modules[3].id}").text
    assert "Inès Benali, Étape 27 : ouvert" in text
    assert (
        '<span class="num">2/9</span><svg class="station-icon" aria-hidden="true"><use href="#s-check"/></svg>' in text
    )


def test_all_columns_open_at_once(long_path):
    browser, page, _ = long_path
    assert cells(browser.get(f"{page}?open=all").text) == 36
