"""Many falls at once wait for an administrator; a few do not."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import MoodleState
from hub.jobs.worker import Worker
from hub.models.platforms import SyncRun
from hub.services import journal, sync
from hub.services.errors import Conflict, NotFound
from tests.services.sync_place import (
    QUIZ,
    Clock,
    add_platform,
    everybody_works,
    ledger,
    moodle,
    read,
    standing,
)

QUIZ_IRI = f"/mod/quiz/view.php?id={QUIZ}"
DONE = {"completed": 1.0, "passed": 1.0, "score": 0.75}


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=12) as double:
        everybody_works(double)
        yield double


@pytest.fixture
def clock() -> Clock:
    return Clock()


def reset_quiz(state: MoodleState, clock: Clock) -> None:
    """What happens when somebody resets a course: every attempt is gone."""
    clock.pass_by(days=1)
    for who in [p for p in state.people if p > 100]:
        state.complete(who, QUIZ, clock.now, 0)
        state.grade(who, QUIZ, None, clock.now)


def get_run(tenant: TenantDatabase, run: SyncRun) -> SyncRun:
    with tenant.read() as session:
        return session.get_one(SyncRun, run.id)


def test_a_reset_course_waits_for_a_confirmation_then_counts(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before = ledger(tenant)
    reset_quiz(state, clock)
    run = read(tenant, installation.config, platform_id, clock)
    assert run.state == "held"
    assert ledger(tenant) == before
    # Quiz completion, quiz grade, course completion and course total of twelve learners.
    falls = {(fall["kind"], fall["user"]) for fall in run.held}
    assert {("activity", "eleve0"), ("grade", "eleve0"), ("course_end", "eleve0")} <= falls
    activity = next(fall for fall in run.held if fall["kind"] == "activity")
    assert (activity["before"], activity["after"]["completed"]) == ({"completed": 1.0, "passed": 1.0}, 0.0)
    admin = None
    with tenant.write() as session:
        sync.confirm_held(session, run.id, by=admin, now=clock.now)
    assert standing(tenant, "eleve0", QUIZ_IRI) == DONE
    Worker(installation, Event(), clock=clock).run_once()
    assert standing(tenant, "eleve0", QUIZ_IRI) == {"completed": 0.0, "passed": None, "score": None}
    assert standing(tenant, "eleve11", QUIZ_IRI) == {"completed": 0.0, "passed": None, "score": None}
    assert get_run(tenant, run).state == "confirmed"
    with tenant.read() as session:
        (entry,) = journal.entries(session, act="platform.falls_confirmed")
    assert entry.details["falls"] == run.counts["held"]


def test_a_restored_course_takes_its_falls_back(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before = ledger(tenant)
    reset_quiz(state, clock)
    held = read(tenant, installation.config, platform_id, clock)
    everybody_works(state)
    clock.pass_by(days=1)
    assert read(tenant, installation.config, platform_id, clock).state == "done"
    assert ledger(tenant) == before
    with tenant.write() as session:
        sync.confirm_held(session, held.id, now=clock.now)
    Worker(installation, Event(), clock=clock).run_once()
    assert ledger(tenant) == before


def test_falls_that_wait_are_asked_about_once(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    reset_quiz(state, clock)
    first = read(tenant, installation.config, platform_id, clock)
    clock.pass_by(days=1)
    second = read(tenant, installation.config, platform_id, clock)
    assert (get_run(tenant, first).state, second.state) == ("superseded", "held")
    assert second.counts["held"] == first.counts["held"]
    with pytest.raises(Conflict), tenant.write() as session:
        sync.confirm_held(session, first.id, now=clock.now)
    with pytest.raises(NotFound), tenant.write() as session:
        sync.confirm_held(session, new_id(), now=clock.now)


def test_what_else_changed_counts_though_falls_wait(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    reset_quiz(state, clock)
    state.complete(105, 22, clock.now)
    assert read(tenant, installation.config, platform_id, clock).state == "held"
    assert standing(tenant, "eleve4", "/mod/page/view.php?id=22") == {"completed": 1.0}


def test_a_handful_of_falls_counts_at_once(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    for who in (101, 102):
        state.grade(who, QUIZ, 12.0, clock.now + timedelta(hours=1))
    clock.pass_by(days=1)
    assert read(tenant, installation.config, platform_id, clock).state == "done"
    assert standing(tenant, "eleve1", QUIZ_IRI)["score"] == 0.6
