"""The catalogue's pages: cards, filters, form, withdrawal."""

from collections.abc import Callable
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.models.platforms import LtiTool, Platform
from hub.services import catalogue, paths
from tests.services.builders import NOW, document, rule, step
from tests.web.conftest import Browser

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])

WEB = {
    "kind": "web",
    "title": "Lire un plan coté",
    "url": "https://exemple.fr/plan",
    "minutes": "25",
    "phone": "difficult",
}


@pytest.fixture
def nadia(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    """A designer, signed in."""
    return enter(add_person("Nadia", "Roux", "designer"))


@pytest.fixture
def partner(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        platform = Platform(id=new_id(), name="Campus Fab", created_at=NOW)
        session.add(platform)
        session.flush()
        session.add(LtiTool(platform_id=platform.id, client_id="c", deployment_id="1", registration={}))
        return platform.id


def words(page: TestResponse) -> str:
    """The text of a page with plain spaces."""
    return page.text.replace("\u00a0", " ").replace("\u202f", " ")


def add(browser: Browser, data: dict[str, str]) -> str:
    made = browser.post("/catalogue/new", data)
    assert made.status_code == 303, made.text
    return str(made.headers["Location"])


def test_an_empty_catalogue_teaches(nadia: Browser) -> None:
    assert "Le catalogue est vide" in nadia.get("/catalogue").text


def test_an_entry_that_is_gone_from_its_platform_says_so(nadia: Browser, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        entry = Resource(kind="remote_module", title="Quiz", iri="https://a.example/m", created_at=NOW)
        session.add(entry)
        session.flush()
    assert "n’est plus sur sa plateforme" not in words(nadia.get(f"/catalogue/{entry.id}"))
    with tenant.write() as session:
        session.get_one(Resource, entry.id).custom = {"gone": NOW.isoformat()}
    assert "n’est plus sur sa plateforme" in words(nadia.get(f"/catalogue/{entry.id}"))


def test_a_resource_is_added_shown_changed_and_withdrawn(nadia: Browser) -> None:
    where = add(nadia, WEB)
    page = words(nadia.get(where))
    for shown in (
        "Lire un plan coté",
        "25 min",
        "Téléphone : avec difficulté",
        "exemple.fr",
        "Aucun parcours ne l’utilise",
    ):
        assert shown in page
    form = nadia.get(f"{where}/edit").text
    assert 'value="https://exemple.fr/plan"' in form
    changed = {**WEB, "title": "Le plan", "brings": ["completed"], "within": "1"}
    assert nadia.post(f"{where}/edit", changed).status_code == 303
    assert "achèvement, en quelques minutes" in words(nadia.get(where))
    nadia.post(f"{where}/withdraw")
    assert "n’est plus au catalogue" in words(nadia.get(where))
    assert "Le plan" not in nadia.get("/catalogue").text
    assert "Le plan" in nadia.get("/catalogue?withdrawn=1").text
    nadia.post(f"{where}/withdraw", {"back": "1"})
    assert "Le plan" in nadia.get("/catalogue").text


def test_an_lti_link_and_an_activity(nadia: Browser, partner: UUID, tenant: TenantDatabase) -> None:
    link = {
        "kind": "lti_link",
        "title": "Quiz",
        "url": "https://t.example/q",
        "platform_id": str(partner),
        "custom": "module=3\nniveau = facile",
        "brings": "score",
        "within": "1",
    }
    where = add(nadia, link)
    add(nadia, {"kind": "activity", "title": "MOOC", "iri": "https://mooc.example/a"})
    with tenant.read() as session:
        entry = catalogue.get(session, UUID(where.rpartition("/")[2]))
    assert entry.custom == {"module": "3", "niveau": "facile"}
    assert [(b.kind, b.way, b.within_hours) for b in entry.brings] == [("score", "lti_score", 1)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"minutes": "longtemps"}, "minutes"),
        ({"kind": "lti_link"}, "platform_id"),
        ({"kind": "activity"}, "iri"),
        ({"custom": "sans égal"}, "custom"),
        ({"brings": "magic"}, "brings"),
    ],
)
def test_errors_stand_beside_their_field_and_the_rest_is_kept(
    nadia: Browser, change: dict[str, str], field: str
) -> None:
    page = nadia.post("/catalogue/new", {**WEB, "summary": "À garder", **change})
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert "À garder" in page.text


def test_search_and_filters_in_the_address(nadia: Browser) -> None:
    add(nadia, WEB)
    add(nadia, {**WEB, "title": "Souder", "url": "https://exemple.fr/souder", "phone": "no"})
    found = words(nadia.get("/catalogue?text=COTE"))
    assert "Lire un plan coté" in found
    assert "Souder" not in found
    assert "Souder" in nadia.get("/catalogue?phone=no&kind=web&modality=own_pace").text
    assert "Rien ne correspond" in nadia.get("/catalogue?text=zzz").text
    assert nadia.get("/catalogue?kind=magic&platform=x&after=y&phone=maybe").status_code == 200


def test_pages_follow_one_another(nadia: Browser, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        for number in range(30):
            iri = f"https://exemple.fr/{number}"
            session.add(Resource(kind="web", title=f"Page {number:02}", iri=iri, url=iri, created_at=NOW))
    first = nadia.get("/catalogue?kind=web").text
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = nadia.get(following).text
    assert "Page 23" in first
    assert "Page 24" not in first
    assert "Page 24" in second
    assert "Page 29" in second


def test_a_remote_course_keeps_what_its_platform_says(nadia: Browser, partner: UUID, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        course = Resource(kind="remote_course", title="Modéliser", iri="https://m.example/7", platform_id=partner)
        course.created_at = NOW
        session.add(course)
    form = words(nadia.get(f"/catalogue/{course.id}/edit"))
    assert "Cette ressource vient de Campus Fab" in form
    assert 'name="title"' not in form
    assert nadia.post(f"/catalogue/{course.id}/edit", {"minutes": "45", "phone": "no"}).status_code == 303
    page = words(nadia.get(f"/catalogue/{course.id}"))
    assert "45 min" in page
    assert "Retirer du catalogue" not in page


def test_where_it_is_used_is_shown(nadia: Browser, tenant: TenantDatabase) -> None:
    where = add(nadia, {**WEB, "brings": "completed"})
    with tenant.write() as session:
        made = catalogue.activity_from(catalogue.get(session, UUID(where.rpartition("/")[2])))
        paths.create_path(session, document(step("Lire", made, rule=rule(("completed", None)))), by=None, now=NOW)
    assert "version 1 (brouillon) : Lire" in words(nadia.get(where))


def test_trainers_read_and_do_not_write(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> None:
    luc = enter(add_person("Luc", "Martin", "trainer"))
    page = luc.get("/catalogue")
    assert page.status_code == 200
    assert "Ajouter une ressource" not in page.text
    assert luc.get("/catalogue/new").status_code == 403
    assert luc.post("/catalogue/new", WEB).status_code == 403
