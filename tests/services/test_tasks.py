"""What waits for a trainer: each thing once, nothing of other groups, nothing that is answered."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.path import Modality
from hub.domain.roles import Grant, Viewer
from hub.models.learning import Claim, Deposit, Enrolment, HelpMessage, HelpRequest, SwitchRequest
from hub.services import tasks
from hub.services.versions import document
from tests.services.trainer_world import NOW, World, make


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    found = make(tenant)
    first = found.enrolments[0]
    with tenant.write() as session:
        quiz, work = found.steps[1], found.steps[2]
        session.add(
            Claim(enrolment_id=first, step_id=quiz, at=NOW - timedelta(days=3), task_at=NOW - timedelta(days=1))
        )
        session.add(Claim(enrolment_id=first, step_id=work, at=NOW, task_at=NOW + timedelta(days=2)))
        session.add(Deposit(enrolment_id=found.enrolments[1], step_id=work, handed_in_at=NOW))
        session.add(Deposit(enrolment_id=found.enrolments[2], step_id=work, handed_in_at=NOW, state="accepted"))
        variant = document(session, found.version).steps().__next__().variants[0]
        session.add(
            SwitchRequest(
                enrolment_id=first,
                step_id=found.steps[0],
                variant_id=variant.id,
                limits=[{"modality": "comodal", "wanted": 390, "left": 60}],
                asked_at=NOW,
            )
        )
        request = HelpRequest(
            id=new_id(), person_id=found.people[0], enrolment_id=first, kind="message", asked_at=NOW, due_at=NOW
        )
        session.add(request)
        session.flush()
        session.add(HelpMessage(request_id=request.id, author_id=found.people[0], at=NOW, text="Je suis perdue."))
    return found


def read(world: World, viewer: Viewer | None = None) -> tasks.Tasks:
    with world.tenant.read() as session:
        return tasks.waiting(session, viewer or world.viewer, NOW)


def test_each_thing_that_waits_is_there_once(world: World):
    found = read(world)
    assert [(c.learner.name, c.step) for c in found.claims] == [("Inès Benali", "Quiz")]
    assert [d.learner for d in found.deposits] == ["Yanis Carrère"]
    assert [line.learner.name for line in found.help] == ["Inès Benali"]
    (switch,) = found.switches
    assert (switch.way, switch.limits) == (Modality.COMODAL, [(Modality.COMODAL, 390, 60)])
    assert [(learner.name, days) for learner, days in found.silent] == [
        ("Inès Benali", 22),
        ("Yanis Carrère", 22),
        ("Tom Estève", 22),
    ]
    assert (found.falls, found.late, found.rolls) == ([], [], [])
    assert found.count == 7


def test_a_roll_waits_from_the_beginning_of_its_seance(world: World):
    today = world.plan()
    world.plan(day=date(2026, 11, 25))
    assert [line.seance.id for line in read(world).rolls] == [today]


def test_who_left_is_not_silent(world: World):
    with world.tenant.write() as session:
        session.get_one(Enrolment, world.enrolments[1]).state = "left"
    assert [learner.name for learner, _ in read(world).silent] == ["Inès Benali", "Tom Estève"]


def test_nothing_of_other_groups(world: World):
    other = Viewer(world.people[2], "Autre", "fr", (Grant("trainer", None, UUID(int=1)),))
    assert read(world, other).count == 0
