"""The statement explorer: search, one statement and what became of it, actors, activities, volumes."""

from collections.abc import Callable
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.river import Agent, XapiActivity
from hub.services import identities, statements_search
from tests.web.conftest import Browser, Clock
from tests.web.xapi_client import COURSE, Sender, agent, new_sender, statement

OTHER = "https://lms.example/course/2"
LOOKED = "http://id.tincanapi.com/verb/viewed"
INTERACTED = "http://adlnet.gov/expapi/verbs/interacted"
REGISTRATION = "5d0a6a04-2d29-4a9b-9c3f-0a0f3c7e9d11"


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    """A MOOC that sent six statements of two people."""
    found = new_sender(app.test_client(), installation, tenant, clock, "statements/write", "define")
    named = {"id": COURSE, "definition": {"name": {"fr": "Scier droit", "en": "Sawing straight"}}}
    told = {"score": {"raw": 8, "max": 10, "min": 0}, "completion": True, "duration": "PT12M"}
    assert found.post(
        statement("ines", object=named, result=told, context={"registration": REGISTRATION}),
        statement("ines", OTHER, verb={"id": LOOKED}),
        statement("noe", verb={"id": INTERACTED}),
        statement("noe", object=named),
        statement("noe", OTHER, verb={"id": LOOKED}),
        statement("noe", OTHER, verb={"id": "https://a.example/verbs/sang", "display": {"fr": "a chanté"}}),
    ).status_code == 200  # fmt: skip
    return found


@pytest.fixture
def ines(tenant: TenantDatabase, add_person: Callable[..., UUID], clock: Clock, sender: Sender) -> UUID:
    """Inès Martin, to whom the account ``ines`` is linked."""
    person = add_person("Inès", "Martin", "learner")
    with tenant.write() as session:
        agent = session.scalars(select(Agent.id).where(Agent.ifi.like("%|ines"))).one()
        identities.link(session, agent, person, rule="explicit", by=None, now=clock.now)
    return person


def said(html: str) -> list[str]:
    """The sentences of a list, spaces made plain."""
    page = BeautifulSoup(html, "html.parser")
    return [" ".join(cell.get_text().split()) for cell in page.select("tbody th")]


def key(tenant: TenantDatabase, model: type[Agent] | type[XapiActivity], end: str) -> int:
    column = Agent.ifi if model is Agent else XapiActivity.iri
    with tenant.read() as session:
        return session.scalars(select(model.id).where(column.like(f"%{end}"))).one()


def test_what_is_told_in_plain_words(
    administrator: Browser, ines: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    lines = said(administrator.get("/admin/statements").text)
    assert len(lines) == 6
    assert lines[-1] == "Inès Martin a terminé « Scier droit » (8 sur 10, terminé, 12 min)."
    assert lines[0] == "noe : a chanté « https://lms.example/course/2 »."
    ann = enter(add_person("Ann", "Admin", "administrator", language="en"))
    english = said(ann.get("/admin/statements").text)[-1]
    assert english == "Inès Martin completed “Sawing straight” (8 out of 10, done, 12 min)."


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("who=martin", 2), ("who=noe", 4), ("who=nobody", 0), ("what=scier", 3), ("what=scier&who=noe", 2),
        ("what=https://lms.example/course/2", 3), (f"registration={REGISTRATION}", 1), ("became=read", 2),
        ("became=waiting", 2), ("became=nothing", 2), ("became=voided", 0), ("since=2026-11-23", 6),
        ("since=24/11/2026", 0), ("until=2026-11-22", 0), ("became=waiting&who=noe&what=course", 2),
        ("source=00000000-0000-0000-0000-000000000000", 0), ("registration=none&since=soon", 6),
        ("agent=99999999999999999999&before=x", 6),
    ],
)  # fmt: skip
def test_each_filter_keeps_what_fits(administrator: Browser, ines: UUID, query: str, count: int) -> None:
    answer = administrator.get(f"/admin/statements?{query}")
    assert answer.status_code == 200
    assert len(said(answer.text)) == count
    assert ("n’est pas compris" in answer.text) == ("soon" in query)


def test_pages_follow_one_another_and_a_rare_thing_is_looked_for_piece_by_piece(
    administrator: Browser, sender: Sender, tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant.read() as session:
        before, seen = None, []
        while True:
            found = statements_search.search(session, statements_search.Wanted(), before, limit=4)
            seen += [line.seq for line in found.lines]
            before = found.before
            if before is None:
                break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 6
    monkeypatch.setattr(statements_search, "LOOKED_AT", 1)
    page = administrator.get("/admin/statements?became=nothing&what=scier&who=ines").text
    assert said(page) == []
    while "Chercher plus loin" in page:
        links = BeautifulSoup(page, "html.parser").find_all("a")
        page = administrator.get(next(str(a["href"]) for a in links if "plus loin" in a.get_text())).text
    assert "Aucune trace ne correspond" in page


def test_somebody_named_twice_in_each_statement_is_paged_to_the_end(sender: Sender, tenant: TenantDatabase) -> None:
    twice = {"object": agent("lea") | {"objectType": "Agent"}, "context": {"instructor": agent("lea")}}
    assert sender.post(*(statement("noe", **twice) for _ in range(5))).status_code == 200
    wanted = statements_search.Wanted(agents=(key(tenant, Agent, "|lea"),), related=True)
    seen, before = [], None
    with tenant.read() as session:
        while found := statements_search.search(session, wanted, before, limit=2):
            seen.append(len(found.lines))
            before = found.before
            if before is None:
                break
    assert seen == [2, 2, 1]


def test_one_statement_says_what_it_became_and_can_be_voided(
    administrator: Browser, ines: UUID, sender: Sender, tenant: TenantDatabase
) -> None:
    page = BeautifulSoup(administrator.get("/admin/statements?who=martin&became=read").text, "html.parser")
    link = str(page.select("tbody th a")[-1]["href"])
    told = administrator.get(link)
    assert "aucune étape de ses parcours" in told.text
    assert "note 80" in told.text
    raw = BeautifulSoup(told.text, "html.parser").find(id="json")
    assert raw is not None
    assert '"raw": 8' in raw.get_text()
    assert administrator.post(f"{link}/void", {"why": " "}).status_code == 422
    assert administrator.post(f"{link}/void", {"why": "envoyée par erreur"}).status_code == 303
    voided = administrator.get(link).text
    assert "Annulée : elle ne compte plus" in " ".join(voided.split()).replace("\u00a0", " ")
    assert len(said(administrator.get("/admin/statements?became=voided").text)) == 1
    assert administrator.post(f"{link}/void", {"why": "encore"}).status_code == 422


def test_what_waits_leads_to_its_account(administrator: Browser, sender: Sender, tenant: TenantDatabase) -> None:
    page = BeautifulSoup(administrator.get("/admin/statements?became=waiting").text, "html.parser")
    told = administrator.get(str(page.select("tbody th a")[-1]["href"])).text
    assert f"/admin/identities/{key(tenant, Agent, '|ines')}" in told


def test_actors_activities_and_volumes(
    administrator: Browser, ines: UUID, sender: Sender, tenant: TenantDatabase, clock: Clock
) -> None:
    actor = administrator.get(f"/admin/statements/actors/{key(tenant, Agent, '|ines')}").text
    assert "Inès Martin" in actor
    assert "traces en 90 jours" in actor.replace("\u00a0", " ")
    activity = administrator.get(f"/admin/statements/activities/{key(tenant, XapiActivity, 'course/1')}").text
    assert "Scier droit" in activity
    assert "Aucune étape publiée" in activity
    assert administrator.get("/admin/statements/actors/999").status_code == 404
    assert administrator.get("/admin/statements/activities/999").status_code == 404
    assert sender.post({"actor": 1}).status_code == 400
    volumes = BeautifulSoup(administrator.get("/admin/statements/volumes").text, "html.parser")
    card = next(one for one in volumes.select("section.card") if "MOOC" in one.get_text())
    assert "6 traces en 60 jours" in str(card.select_one("svg.chart")).replace("\u00a0", " ")
    facts = [one.get_text() for one in card.select("dd")]
    assert facts[-1] == "1"
    assert "6 traces" in administrator.get(f"/admin/sources/{sender.source.id}").text.replace("\u00a0", " ")


def test_only_who_administers_the_whole_place_reads_the_ledger(
    add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    assert enter(add_person("Tia", "Trainer", "trainer")).get("/admin/statements").status_code == 403
