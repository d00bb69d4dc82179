"""« J'ai terminé »: one open claim, a reading asked at a bounded rate, closed when the step is done."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content.xapi.readings import Kind
from hub.db.types import from_micros, to_micros
from hub.db.uow import TenantDatabase
from hub.models.learning import Claim
from hub.models.platforms import Job
from hub.services import claims
from hub.services.enrolments import waive
from hub.services.errors import Conflict, NotFound
from hub.services.journey import journey
from hub.services.projection import project_dirty
from tests.web.learner_world import NOW, World, build, tell


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    """Inès and her path."""
    return build(tenant)


def say(session: Session, world: World, name: str = "quiz", minutes: float = 0) -> claims.Claimed:
    return claims.claim(session, world.enrolment, world.steps[name].id, NOW + timedelta(minutes=minutes))


def rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Claim)) or 0


def test_a_claim_awaits_confirmation_and_becomes_a_task_after_two_days(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        said = say(session, world)
    assert said.new
    assert said.claim.task_at == NOW + timedelta(days=2)
    with tenant.read() as session:
        assert journey(session, world.enrolment, NOW).by_step[world.steps["quiz"].id].display == "awaiting"
        assert not claims.tasks(session, [world.enrolment], NOW + timedelta(days=1, hours=23))
        due = claims.tasks(session, [world.enrolment], NOW + timedelta(days=2))
    assert [c.id for c in due] == [said.claim.id]


def test_one_claim_is_open_at_a_time(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        first, second = say(session, world), say(session, world, minutes=5)
        assert second.claim.id == first.claim.id
        assert not second.new
        assert rows(session) == 1


def test_the_platform_of_the_step_is_asked_once_in_ten_minutes(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        first = say(session, world)
        again = say(session, world, minutes=3)
        jobs = session.scalars(select(Job).where(Job.kind == "sync_person")).all()
    assert [(r.platform, r.reads_at) for r in first.readings] == [("le Moodle de Campus Fab", NOW)]
    assert first.readings[0].last_read_at == NOW - timedelta(hours=4)
    assert again.readings[0].reads_at == NOW + timedelta(minutes=10)
    assert len(jobs) == 1
    assert jobs[0].payload["person_id"] == str(world.learner)


def test_a_step_without_platform_asks_nobody(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        assert say(session, world, "make").readings == ()
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_evidence_confirms_the_claim(tenant: TenantDatabase, world: World) -> None:
    done = NOW + timedelta(hours=3)
    with tenant.write() as session:
        key = say(session, world).claim.id
        tell(session, world.learner, world.steps["quiz"], Kind.PASSED, 1.0, when=done)
    project_dirty(tenant)
    with tenant.read() as session:
        row = session.get_one(Claim, key)
        assert (row.outcome, row.closed_at) == (claims.CONFIRMED, from_micros(to_micros(done)))
        assert claims.open_claim(session, world.enrolment, world.steps["quiz"].id) is None


def test_a_dispense_confirms_the_claim_at_its_own_instant(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        key = say(session, world).claim.id
        waive(session, world.enrolment, world.steps["quiz"].id, why="déjà acquis", by=world.trainer, now=NOW)
    project_dirty(tenant)
    with tenant.read() as session:
        assert session.get_one(Claim, key).closed_at == NOW


def test_evidence_that_is_not_enough_leaves_the_claim_open(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        say(session, world)
        tell(session, world.learner, world.steps["quiz"], Kind.PASSED, 0.0)
    project_dirty(tenant)
    with tenant.read() as session:
        assert claims.open_claim(session, world.enrolment, world.steps["quiz"].id) is not None


def test_a_done_step_takes_no_claim(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session, pytest.raises(Conflict, match="already_done"):
        say(session, world, "welcome")


def test_the_word_can_be_taken_back_and_given_again(tenant: TenantDatabase, world: World) -> None:
    step = world.steps["quiz"].id
    with tenant.write() as session:
        say(session, world)
        claims.withdraw(session, world.enrolment, step, NOW)
        assert claims.open_claim(session, world.enrolment, step) is None
        with pytest.raises(NotFound):
            claims.withdraw(session, world.enrolment, step, NOW)
        assert say(session, world, minutes=20).new


def test_a_trainer_may_refuse_once(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        key = say(session, world).claim.id
        assert claims.refuse(session, key, by=world.trainer, now=NOW, why="pas encore").outcome == claims.REFUSED
        with pytest.raises(Conflict, match="already_answered"):
            claims.refuse(session, key, by=world.trainer, now=NOW)
