"""A real client (``requests``) on loopback: a trainer's program takes a learner through a path."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import api_tokens
from hub.services.api_tokens import SCOPES
from tests.conftest import TENANT_HOST
from tests.web import learner_world
from tests.web.conftest import Clock
from tests.web.learner_world import World


@dataclass
class Remote:
    """A program somewhere else, with one token."""

    base: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {self.token}", "Host": TENANT_HOST, "Accept-Language": "en", **headers}
        return requests.request(method, f"{self.base}{path}", json=body, headers=sent, timeout=20)


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1"
    server.shutdown()
    thread.join()


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    return learner_world.build(tenant)


@pytest.fixture
def as_person(
    served: str, installation: Installation, tenant: TenantDatabase, clock: Clock
) -> Callable[[UUID], Remote]:
    def make(person: UUID) -> Remote:
        with tenant.write() as session:
            _row, text = api_tokens.create(session, installation.vault, person, "Program", SCOPES, clock.now)
        return Remote(served, text)

    return make


def test_a_learner_and_a_trainer_work_on_one_path(world: World, as_person: Callable[[UUID], Remote]) -> None:
    learner, trainer = as_person(world.learner), as_person(world.trainer)
    [mine] = learner.ask("GET", "/enrolments").json()["items"]
    assert mine["id"] == str(world.enrolment)
    journey = learner.ask("GET", f"/enrolments/{mine['id']}").json()
    steps = {step["title"]: step for step in journey["steps"]}
    assert steps["Accueil et projet"]["result"] == "completed"
    assert steps["Imprimer ma pièce"]["access"]["access"] == "locked"
    assert steps["Imprimer ma pièce"]["access"]["missing_steps"] == [str(world.steps["model"].id)]
    assert sum(line["done"] for line in journey["hours"]) == 390
    before = journey["share"]

    plan = f"/enrolments/{mine['id']}/steps/{world.steps['plan'].id}"
    said = learner.ask("PUT", f"{plan}/claim")
    assert (said.status_code, said.json()["new"]) == (200, True)
    assert learner.ask("PUT", f"{plan}/claim").json()["new"] is False
    assert learner.ask("PUT", f"{plan}/waiver", {"why": "moi"}).status_code == 403

    [group] = trainer.ask("GET", "/groups").json()["items"]
    [row] = trainer.ask("GET", f"/groups/{group['id']}/grid").json()["items"]
    shown = {cell["step_id"]: cell["display"] for cell in row["cells"]}
    assert shown[str(world.steps["plan"].id)] == "awaiting"

    make = f"/enrolments/{mine['id']}/steps/{world.steps['plan'].id}"
    refused = trainer.ask("PUT", f"{make}/word", {"value": True, "why": "vu"})
    assert (refused.status_code, refused.json()["code"]) == (409, "word_not_asked")
    assert trainer.ask("PUT", f"{plan}/waiver", {"why": "Sait lire un plan."}).status_code == 204
    journey = learner.ask("GET", f"/enrolments/{mine['id']}").json()
    steps = {step["title"]: step for step in journey["steps"]}
    assert steps["Lire un plan"]["result"] == "waived"
    assert steps["Lire un plan"]["waived_for"] == "Sait lire un plan."
    assert journey["share"] > before


def test_a_trainer_calls_the_roll(world: World, as_person: Callable[[UUID], Remote], clock: Clock) -> None:
    trainer = as_person(world.trainer)
    found = trainer.ask("GET", "/sessions?since=2026-11-01&until=2026-11-30").json()
    titles = [seance["title"] for seance in found["items"]]
    assert titles == ["Accueil", "Atelier dessin 3D", "Questions sur le dessin"]
    seance = found["items"][1]
    assert (seance["starts"], seance["zone"]) == ("09:00:00", "Europe/Paris")
    roll = f"/sessions/{seance['id']}/roll"
    entry = {"person_id": str(world.learner), "half_day": "am", "presence": "partial", "arrived": "09:30"}
    early = trainer.ask("PATCH", roll, {"entries": [entry]})
    assert (early.status_code, early.json()["code"]) == (409, "not_begun")
    clock.advance(days=1, hours=3)
    called = trainer.ask("PATCH", roll, {"entries": [entry]})
    assert called.status_code == 200, called.text
    [noted] = called.json()["people"][0]["noted"]
    assert (noted["minutes"], noted["arrived"], noted["revision"]) == (180, "09:30:00", 1)
    again = trainer.ask("PATCH", roll, {"entries": [{**entry, "arrived": "10:00"}]}).json()
    assert again["people"][0]["noted"][0]["revision"] == 2
    assert trainer.ask("PUT", f"{roll}/closed").status_code == 204
    assert trainer.ask("PATCH", roll, {"entries": [entry]}).json()["code"] == "roll_closed"


def test_what_is_handed_in_is_answered(world: World, as_person: Callable[[UUID], Remote]) -> None:
    learner, trainer = as_person(world.learner), as_person(world.trainer)
    step = f"/enrolments/{world.enrolment}/steps/{world.steps['model'].id}"
    made = learner.ask("POST", f"{step}/deposits", {"link": "https://files.example.org/piece.stl"})
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"/api/v1/deposits/{made.json()['id']}"
    [waiting] = trainer.ask("GET", "/deposits").json()["items"]
    assert waiting["learner"] == "Inès Benali"
    answer = f"/deposits/{waiting['id']}/answer"
    refused = trainer.ask("PUT", answer, {"accept": False})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/word")
    assert trainer.ask("PUT", answer, {"accept": True, "word": "Bravo"}).json()["state"] == "accepted"
    assert trainer.ask("GET", "/deposits").json()["items"] == []
    assert learner.ask("GET", f"/deposits/{waiting['id']}").json()["answer"] == "Bravo"


def test_help_goes_to_and_fro(world: World, as_person: Callable[[UUID], Remote]) -> None:
    learner, trainer = as_person(world.learner), as_person(world.trainer)
    asked = learner.ask(
        "POST", "/help-requests", {"kind": "message", "text": "Bloquée", "enrolment_id": str(world.enrolment)}
    )
    assert asked.status_code == 201, asked.text
    one = f"/help-requests/{asked.json()['id']}"
    assert [line["first"] for line in trainer.ask("GET", "/help-requests").json()["items"]] == ["Bloquée"]
    assert trainer.ask("POST", f"{one}/messages", {"text": "Je regarde"}).status_code == 201
    said = learner.ask("GET", one).json()
    assert [(m["text"], m["mine"]) for m in said["messages"]] == [("Bloquée", True), ("Je regarde", False)]
    assert learner.ask("PUT", f"{one}/closed").status_code == 204
    assert trainer.ask("GET", "/help-requests").json()["items"] == []


def test_nobody_reaches_beyond_their_scope(world: World, as_person: Callable[[UUID], Remote]) -> None:
    stranger, other = as_person(world.stranger), as_person(world.other_trainer)
    for caller in (stranger, other):
        assert caller.ask("GET", f"/enrolments/{world.enrolment}").status_code == 404
        assert caller.ask("GET", f"/enrolments/{world.enrolment}/steps/{world.steps['plan'].id}").status_code == 404
        assert caller.ask("GET", "/enrolments").json()["items"] == []
    assert other.ask("GET", f"/groups/{world.group}/grid").status_code == 404
    step = f"/enrolments/{world.enrolment}/steps/{world.steps['plan'].id}"
    assert other.ask("PUT", f"{step}/waiver", {"why": "x"}).status_code == 404
    assert stranger.ask("PUT", f"{step}/claim").status_code == 404
