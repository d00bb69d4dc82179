"""A trainer's word, a dispense, a fall looked at, an answer: what each does and what it leaves behind."""

import json
from uuid import UUID

import pytest
from sqlalchemy import select

from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.access import Display
from hub.domain.progress import Result
from hub.domain.roles import Grant, Viewer
from hub.models.learning import Claim, Enrolment, SwitchRequest
from hub.models.river import Agent, Ledger
from hub.services import validation
from hub.services.enrolments import step_of
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.identities import link
from hub.services.journey import StepView, journey
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import hub_source
from tests.services.builders import register
from tests.services.trainer_world import NOW, QUIZ, World, make


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    return make(tenant)


def say(world: World, value: bool = True, why: str = "Vu à l’atelier", step: int = 2, who: int = 0) -> None:
    with world.tenant.write() as session:
        validation.validate(
            session, world.viewer, world.enrolments[who], world.steps[step], value=value, why=why, now=NOW
        )
    project_dirty(world.tenant)


def shown(world: World, step: int = 2) -> StepView:
    with world.tenant.read() as session:
        return journey(session, world.enrolments[0], NOW).by_step[world.steps[step]]


def acts(world: World) -> list[tuple[str, str]]:
    with world.tenant.read() as session:
        return [(a.act, a.why) for a in validation.acts_on(session, world.enrolments[0])]


def test_a_trainers_word_completes_the_step_and_names_its_author_and_reason(world: World):
    say(world)
    assert shown(world).result is Result.COMPLETED
    assert acts(world) == [("step.validate", "Vu à l’atelier")]
    with world.tenant.read() as session:
        said = json.loads(session.scalars(select(Ledger.text)).one())
    assert said["context"]["instructor"]["account"]["name"] == str(world.trainer)
    assert said["object"]["id"] == world.steps[2].urn


def test_the_last_word_counts_and_a_word_taken_back_is_a_fall_to_look_at(world: World):
    say(world)
    say(world, False, "Je me suis trompée")
    assert (shown(world).result, shown(world).fallen) == (Result.NONE, Result.COMPLETED)
    say(world, True, "Vu de nouveau")
    assert shown(world).result is Result.COMPLETED
    assert [act for act, _ in acts(world)] == ["step.validate", "step.refuse", "step.validate"]


def test_a_word_needs_a_reason_and_a_rule_that_asks_for_it(world: World):
    with pytest.raises(Invalid) as caught:
        say(world, why="  ")
    assert caught.value.fields == {"why": "required"}
    with pytest.raises(Conflict, match="word_not_asked"):
        say(world, step=1)
    assert acts(world) == []


def test_a_word_answers_what_the_learner_declared_done(world: World):
    with world.tenant.write() as session:
        session.add(Claim(enrolment_id=world.enrolments[0], step_id=world.steps[2], at=NOW, task_at=NOW))
    assert shown(world).display is Display.AWAITING
    say(world, False, "Il manque l’oral")
    assert shown(world).claimed_at is None


def test_a_dispense_is_granted_with_a_reason_and_taken_back(world: World):
    enrolment, step = world.enrolments[0], world.steps[1]
    with pytest.raises(Invalid), world.tenant.write() as session:
        validation.waive(session, world.viewer, enrolment, step, why="", now=NOW)
    with world.tenant.write() as session:
        validation.waive(session, world.viewer, enrolment, step, why="A le CAP", now=NOW)
    project_dirty(world.tenant)
    assert (shown(world, 1).display, (shown(world, 1).waiver or {})["why"]) == (Display.WAIVED, "A le CAP")
    with world.tenant.write() as session:
        validation.unwaive(session, world.viewer, enrolment, step, now=NOW)
    project_dirty(world.tenant)
    assert shown(world, 1).result is Result.NONE


def score(world: World, revision: int, value: float) -> None:
    with world.tenant.write() as session:
        ingest(session, [register("ines", Kind.SCORE, QUIZ, revision, value)], hub_source("lms"), NOW)
        agent = session.scalars(select(Agent).where(Agent.ifi.endswith("|ines"))).one()
        link(session, agent.id, world.people[0], rule="test", by=None, now=NOW)
    project_dirty(world.tenant)


def test_a_fall_shows_old_and_new_until_somebody_has_looked(world: World):
    score(world, 1, 0.82)
    score(world, 2, 0.58)
    assert shown(world, 1).display is Display.CHECK
    with world.tenant.write() as session:
        fall = validation.acknowledge(session, world.viewer, world.enrolments[0], world.steps[1], NOW)
    project_dirty(world.tenant)
    assert (fall.old, fall.new, fall.old_score, fall.new_score) == (Result.PASSED, Result.FAILED, 0.82, 0.58)
    assert shown(world, 1).display is Display.REDO
    with pytest.raises(NotFound), world.tenant.write() as session:
        validation.acknowledge(session, world.viewer, world.enrolments[0], world.steps[1], NOW)


def test_a_second_fall_is_shown_although_somebody_looked_at_the_first(world: World):
    for revision, value in enumerate((0.9, 0.4)):
        score(world, revision, value)
    with world.tenant.write() as session:
        validation.acknowledge(session, world.viewer, world.enrolments[0], world.steps[1], NOW)
    project_dirty(world.tenant)
    score(world, 2, 0.3)
    assert shown(world, 1).display is Display.REDO
    score(world, 3, 0.8)
    assert shown(world, 1).display is Display.DONE
    score(world, 4, 0.5)
    assert shown(world, 1).display is Display.CHECK


def ask(world: World) -> UUID:
    with world.tenant.write() as session:
        enrolment = session.get_one(Enrolment, world.enrolments[0])
        row = SwitchRequest(
            id=new_id(),
            enrolment_id=enrolment.id,
            step_id=world.steps[1],
            variant_id=step_of(session, enrolment, world.steps[1]).variants[0].id,
            limits=[{"modality": "own_pace", "wanted": 60, "left": 0}],
            asked_at=NOW,
        )
        session.add(row)
    return row.id


def test_a_request_is_refused_with_a_word_or_accepted_once(world: World):
    request = ask(world)
    with pytest.raises(Invalid), world.tenant.write() as session:
        validation.answer_switch(session, world.viewer, request, accept=False, answer=" ", now=NOW)
    with world.tenant.write() as session:
        answered = validation.answer_switch(session, world.viewer, request, accept=True, answer="", now=NOW)
    assert (answered.state, answered.answered_by) == ("accepted", world.trainer)
    with pytest.raises(Conflict, match="already_answered"), world.tenant.write() as session:
        validation.answer_switch(session, world.viewer, request, accept=True, answer="", now=NOW)


def test_nobody_acts_on_learners_outside_their_scope(world: World):
    stranger = Viewer(world.trainer, "x", "fr", (Grant("trainer", None, UUID(int=1)),))
    request, enrolment = ask(world), world.enrolments[0]
    with world.tenant.write() as session:
        with pytest.raises(NotFound):
            validation.validate(session, stranger, enrolment, world.steps[2], value=True, why="x", now=NOW)
        with pytest.raises(NotFound):
            validation.waive(session, stranger, enrolment, world.steps[1], why="x", now=NOW)
        with pytest.raises(NotFound):
            validation.answer_switch(session, stranger, request, accept=True, answer="", now=NOW)
    assert acts(world) == []
