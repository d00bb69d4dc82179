"""Agendas as browsers and calendar programs see them."""

import io
from collections.abc import Callable
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from hub.cli._logs import without_personal_data
from hub.db.uow import TenantDatabase
from hub.models.files import CalendarFeed, CalendarSource
from hub.models.place import Seance
from hub.services.roles import grant_role
from tests.connectors.test_ics import calendar
from tests.services import trainer_world
from tests.services.trainer_world import NOW, WORKSHOP, World
from tests.web.conftest import Browser

EVENT = "UID:a\nDTSTART;TZID=Europe/Paris:20261201T090000\nDURATION:PT3H\nSUMMARY:Soudure"


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    return trainer_world.make(tenant)


def test_an_address_is_shown_once_read_without_cookies_and_closed(
    world: World, tenant: TenantDatabase, enter: Callable[[UUID], Browser], open_browser: Callable[[], Browser]
) -> None:
    world.plan()
    with tenant.write() as session:
        grant_role(session, world.people[0], "learner", NOW, by=None)
    learner, agenda = enter(world.people[0]), open_browser()
    assert "Aucune adresse" in learner.get("/sessions/agenda").text
    made = learner.post("/sessions/agenda")
    shown = BeautifulSoup(made.text, "html.parser").select_one("#address")
    assert shown is not None
    address = shown.text.strip()
    token = address.rpartition("/")[2].removesuffix(".ics")
    assert made.headers["Cache-Control"] == "no-store"
    assert token not in learner.get("/sessions/agenda").text
    got = agenda.get(f"/calendar/{token}.ics")
    assert (got.status_code, got.content_type) == (200, "text/calendar; charset=utf-8")
    assert "Atelier dessin 3D" in got.text
    assert "Set-Cookie" not in got.headers
    logged = without_personal_data(None, "info", {"event": f"GET /calendar/{token}.ics 200"})
    assert token not in str(logged)
    with tenant.read() as session:
        row = session.scalars(select(CalendarFeed)).one()
        seance = session.scalars(select(Seance)).one().id
    assert row.used_on is not None
    one = learner.get(f"/sessions/{seance}/seance.ics")
    assert "BEGIN:VEVENT" in one.text
    learner.post(f"/sessions/agenda/{row.id}/revoke")
    assert agenda.get(f"/calendar/{token}.ics").status_code == 404
    assert learner.post("/sessions/agenda", {"group": str(world.group)}).status_code == 404


def test_a_trainer_adds_a_calendar_and_agrees_to_its_seances(
    world: World, tenant: TenantDatabase, enter: Callable[[UUID], Browser]
) -> None:
    with tenant.write() as session:
        grant_role(session, world.trainer, "trainer", NOW, group_id=world.group, by=None)
    trainer = enter(world.trainer)
    wrong = trainer.post("/sessions/calendars", {"name": "Agenda", "url": "ftp://x"})
    assert "commence par https:// ou webcal://" in wrong.text
    added = trainer.post("/sessions/calendars", {
        "name": "Agenda", "group_id": str(world.group), "iri": WORKSHOP, "room_id": str(world.room),
    })  # fmt: skip
    with tenant.read() as session:
        source = session.scalars(select(CalendarSource)).one().id
    address = f"/sessions/calendars/{source}"
    assert address in str(added.location)
    for data, said in ((b"<html>", "Ce n’est pas un agenda"), (b"", "Choisissez un fichier")):
        files = {"file": (io.BytesIO(data), "a.ics")} if data else {}
        assert said in trainer.post(f"{address}/read", files).text
    trainer.post(f"{address}/read", {"file": (io.BytesIO(calendar(EVENT)), "a.ics")})
    page = BeautifulSoup(trainer.get(address).text, "html.parser")
    ticked = [str(one["value"]) for one in page.select('input[name="key"][checked]')]
    assert ticked == ["a"]
    trainer.post(f"{address}/confirm", {"key": ticked})
    with tenant.read() as session:
        assert session.scalars(select(Seance)).one().title == "Soudure"
    trainer.post(f"{address}/remove")
    assert trainer.get(address).status_code == 404
