"""Planning a séance and calling its roll, as a trainer does it in a browser."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.uow import TenantDatabase
from hub.models.place import Attendance, Seance
from hub.models.river import PathStateRow
from hub.services.roles import grant_role
from tests.services.builders import person
from tests.services.trainer_world import NOW, WORKSHOP, World, make
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


def form_of(world: World, half: str, **presences: str) -> dict[str, str]:
    """Everybody present, but for those whose presence is given by the index of the person (p0, p1…)."""
    said = {f"presence-{p}": presences.get(f"p{i}", "present") for i, p in enumerate(world.people)}
    return {"half": half, **said}


def seance_form(world: World, **changes: str) -> dict[str, str]:
    plain = {"title": "Atelier", "iri": WORKSHOP, "day": "2026-11-25", "starts": "09:00", "ends": "12:30"}
    return {**plain, "group_id": str(world.group), "room_id": str(world.room), **changes}


def test_everybody_is_there_except(world: World, claire: Browser):
    seance = world.plan()
    shown = claire.get(f"/sessions/{seance}/roll")
    assert shown.status_code == 200
    assert shown.text.count('value="present" checked') == 3
    sent = claire.post(f"/sessions/{seance}/roll", form_of(world, "am", p1="absent"))
    assert sent.status_code == 303
    with world.tenant.read() as session:
        minutes = [session.get_one(PathStateRow, e).minutes for e in world.enrolments]
    assert minutes == [210, 0, 210]
    after = claire.get(sent.headers["Location"])
    assert "L’appel est enregistré." in after.text
    assert after.text.count("là, 3") == 2


def test_a_late_arrival_counts_from_then_on(world: World, claire: Browser):
    seance = world.plan()
    late = {**form_of(world, "am", p0="partial"), f"arrival-{world.people[0]}": "9h25"}
    claire.post(f"/sessions/{seance}/roll", late)
    with world.tenant.read() as session:
        assert session.get_one(PathStateRow, world.enrolments[0]).minutes == 185


def test_a_fault_is_said_beside_the_person_and_what_was_typed_stays(world: World, claire: Browser):
    seance, who = world.plan(), world.people[0]
    typed = {**form_of(world, "am", p0="partial", p1="absent"), f"arrival-{who}": "11:00", f"departure-{who}": "10:00"}
    shown = claire.post(f"/sessions/{seance}/roll", typed)
    assert shown.status_code == 422
    assert "Le départ est avant l’arrivée." in shown.text
    assert f'<details id="p-{who}" open>' in shown.text
    assert 'value="11:00"' in shown.text
    assert shown.text.count('value="absent" checked') == 1
    with world.tenant.read() as session:
        assert session.scalars(select(Attendance)).all() == []


def test_who_was_not_on_the_form_is_not_noted(world: World, claire: Browser):
    seance = world.plan()
    claire.post(f"/sessions/{seance}/roll", {"half": "am", f"presence-{world.people[0]}": "present"})
    with world.tenant.read() as session:
        assert session.scalars(select(Attendance.person_id)).all() == [world.people[0]]


def test_a_person_is_found_by_name_and_added(world: World, claire: Browser):
    seance = world.plan()
    with world.tenant.write() as session:
        guest = person(session, "Ahmed", "Aziz")
    found = claire.get(f"/sessions/{seance}/roll?search=aziz")
    assert "Ajouter Ahmed Aziz" in found.text
    assert claire.post(f"/sessions/{seance}/roll/add", {"person": str(guest)}).status_code == 303
    assert f"presence-{guest}" in claire.get(f"/sessions/{seance}/roll").text
    assert "déjà sur la liste" in claire.get(f"/sessions/{seance}/roll?search=aziz").text
    assert "Personne de ce nom" in claire.get(f"/sessions/{seance}/roll?search=zzz").text


def test_the_roll_is_closed_when_complete_and_reopened_with_a_reason(world: World, claire: Browser):
    seance = world.plan()
    roll = f"/sessions/{seance}/roll"
    assert claire.post(f"{roll}/close").status_code == 422
    for half in ("am", "pm"):
        claire.post(roll, form_of(world, half))
    assert claire.post(f"{roll}/close").status_code == 303
    refused = claire.post(roll, form_of(world, "am", p0="absent"))
    assert (refused.status_code, "Rouvrez-le" in refused.text) == (422, True)
    assert claire.post(f"{roll}/reopen", {"why": ""}).status_code == 422
    assert claire.post(f"{roll}/reopen", {"why": "Erreur"}).status_code == 303


def test_a_half_day_to_come_cannot_be_called(world: World, claire: Browser, clock: Clock):
    clock.now = NOW.replace(hour=9)
    seance = world.plan()
    morning, afternoon = (claire.get(f"/sessions/{seance}/roll?half={half}").text for half in ("am", "pm"))
    assert "Enregistrer l’appel" in morning
    assert "n’a pas commencé" in afternoon
    assert "Enregistrer l’appel" not in afternoon
    refused = claire.post(f"/sessions/{seance}/roll", form_of(world, "pm"))
    assert (refused.status_code, "ne se note pas d’avance" in refused.text) == (422, True)


def test_a_seance_is_planned_changed_and_cancelled(world: World, claire: Browser):
    assert claire.get("/sessions/new").status_code == 200
    assert claire.post("/sessions/new", seance_form(world)).status_code == 303
    with world.tenant.read() as session:
        seance = session.scalars(select(Seance.id)).one()
    assert 'value="Atelier"' in claire.get(f"/sessions/{seance}/edit").text
    assert claire.post(f"/sessions/{seance}/edit", seance_form(world, starts="8h45")).status_code == 303
    assert claire.post(f"/sessions/{seance}/cancel", {"cancel_why": ""}).status_code == 422
    assert claire.post(f"/sessions/{seance}/cancel", {"cancel_why": "Panne"}).status_code == 303
    assert "annulée" in claire.get("/sessions/planning").text


def test_what_is_wrong_with_a_seance_stands_beside_its_field(world: World, claire: Browser):
    shown = claire.post("/sessions/new", seance_form(world, ends="08:00", title=""))
    assert shown.status_code == 422
    assert "À remplir." in shown.text
    shown = claire.post("/sessions/new", seance_form(world, ends="08:00"))
    assert "La fin est avant le début." in shown.text
    assert 'value="08:00"' in shown.text
    assert "Écrivez une heure" in claire.post("/sessions/new", seance_form(world, starts="matin")).text


def test_a_room_asked_for_twice_is_told_after_planning(world: World, claire: Browser):
    world.plan()
    sent = claire.post("/sessions/new", seance_form(world, day="2026-11-24"))
    assert "La salle est déjà prise" in claire.get(sent.headers["Location"]).text


def test_another_groups_seance_does_not_exist(world: World, add_person, enter):
    seance = world.plan(trainer_id=None)
    other = add_person("Paul", "Autre")
    with world.tenant.write() as session:
        elsewhere = world.organisation
        grant_role(session, other, "trainer", NOW, organisation_id=elsewhere, group_id=None)
    assert enter(other).get(f"/sessions/{seance}/roll").status_code == 200
    nobody: UUID = add_person("Lea", "Seule", "learner")
    assert enter(nobody).get(f"/sessions/{seance}/roll").status_code == 403
