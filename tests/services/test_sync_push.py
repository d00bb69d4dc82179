"""What a Moodle pushes by logstore_xapi beside what is read from it: one fact, one place, told twice or sent twice."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import Course, Module, MoodleState, Person
from hub.models.river import StandingRow
from hub.services.ledger import ingest
from hub.services.source import Source
from tests.services.sync_place import NOW, START, Clock, add_platform, ledger, moodle, read, standing
from tests.shared import shared_path

QUIZ_IRI = "/mod/quiz/view.php?id=7"
PLUGIN = Source(name="Moodle partenaire, xAPI", id=new_id())


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=1) as double:
        double.add_course(Course(7, "CNB2", "Compétences", "CNB2", modules=[
            Module(7, "quiz", "Évaluation finale", "Évaluer", grademax=20, gradepass=10)
        ]))  # fmt: skip
        double.add_person(Person(208, "apprenant08", "Hélène", "Robert", "h@example.org", "TL-8"))
        double.enrol(208, 7)
        yield double


def pushed(state: MoodleState) -> list[dict[str, Any]]:
    text = shared_path("fixtures", "moodle", "xapi", "logstore_xapi_statements.json").read_text("utf-8")
    found: list[dict[str, Any]] = json.loads(text.replace("https://moodle.example.org", state.url))["statements"]
    return found


def push(tenant: TenantDatabase, statements: list[dict[str, Any]]) -> int:
    with tenant.write() as session:
        return ingest(session, statements, PLUGIN, NOW).stored


def test_what_the_plugin_sends_again_is_stored_once(tenant: TenantDatabase, state: MoodleState) -> None:
    first = push(tenant, pushed(state))
    assert first >= 14
    assert push(tenant, pushed(state)) == 0
    assert len(ledger(tenant)) == first


def test_pushed_and_pulled_speak_of_the_same_account_and_activity(
    installation: Installation, tenant: TenantDatabase, state: MoodleState
) -> None:
    push(tenant, pushed(state))
    assert standing(tenant, "apprenant08", QUIZ_IRI)["score"] == 0.0  # raw 0 of 20, though scaled said -1
    state.complete(208, 7, START, 2)
    state.grade(208, 7, 15.0, START)
    read(tenant, installation.config, add_platform(tenant, state), Clock())
    with tenant.read() as session:
        ours = (
            select(func.count()).select_from(StandingRow).where(StandingRow.kind == "completed", StandingRow.value > 0)
        )
        # The quiz and the course, as they were read: the plugin's "completed, not passed" is a failure, no completion.
        assert session.scalar(ours) == 2
    found = standing(tenant, "apprenant08", QUIZ_IRI)
    assert found["completed"] == 1.0
