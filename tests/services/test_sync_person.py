"""'J'ai terminé': one person read on one platform, not too often."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import MoodleState, Person
from hub.jobs.worker import Worker
from hub.models.learning import LearningPath, PathVersion, Resource
from hub.models.platforms import Job, Timetable
from hub.models.river import BindingRow
from hub.services import platforms, sync
from hub.services.dictionaries import activity_ids
from hub.services.platforms import PlatformData
from hub.services.sync import PersonRead
from tests.services.sync_place import (
    NOW,
    PAGE,
    QUIZ,
    START,
    Clock,
    add_person,
    add_platform,
    linked_to,
    moodle,
    read,
    standing,
)

QUIZ_IRI = f"/mod/quiz/view.php?id={QUIZ}"


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=3) as double:
        yield double


@pytest.fixture
def clock() -> Clock:
    return Clock()


def ask(tenant: TenantDatabase, platform_id: UUID, person: UUID, clock: Clock, step: UUID | None = None) -> PersonRead:
    with tenant.write() as session:
        return sync.request_person_read(session, platform_id, person, step, now=clock.now)


def work(installation: Installation, clock: Clock) -> None:
    Worker(installation, Event(), clock=clock).run_once()


def bind(tenant: TenantDatabase, remote_id: str) -> UUID:
    """A published step bound to a remote module."""
    step = new_id()
    with tenant.write() as session:
        path = LearningPath(title="Parcours", created_at=NOW)
        session.add(path)
        session.flush()
        said: dict[str, Any] = {"state": "published", "document": {}, "created_at": NOW, "changed_at": NOW}
        version = PathVersion(path_id=path.id, number=1, **said)
        session.add(version)
        session.flush()
        resource = session.scalars(select(Resource).where(Resource.remote_id == remote_id)).one()
        key = activity_ids(session, [resource.iri])[resource.iri]
        row = BindingRow(activity_id=key, version_id=version.id, step_id=step, resource_id=resource.id)
        session.add(row)
    return step


def pause_timetable(tenant: TenantDatabase, platform_id: UUID) -> None:
    """Only what is asked for is read."""
    with tenant.write() as session:
        session.delete(session.get_one(Timetable, f"sync:{platform_id}"))


def test_a_claim_reads_that_person_on_the_courses_of_the_step(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    person = add_person(tenant, external_id="TL-1")
    platform_id = add_platform(tenant, state)
    pause_timetable(tenant, platform_id)
    read(tenant, installation.config, platform_id, clock)
    step = bind(tenant, str(QUIZ))
    for who in (101, 102):
        state.complete(who, QUIZ, START, 2)
    state.grade(102, QUIZ, 16.0, START)
    state.calls.clear()
    assert ask(tenant, platform_id, person, clock, step).at == clock.now
    work(installation, clock)
    assert standing(tenant, "eleve1", QUIZ_IRI) == {"completed": 1.0, "passed": 1.0, "score": 0.8}
    assert standing(tenant, "eleve0", QUIZ_IRI) == {}
    assert sum(state.calls.values()) == 3  # activities, course, grades: of course 2 alone


def test_without_a_step_all_the_person_s_courses_are_read(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    person = add_person(tenant, external_id="TL-0")
    platform_id = add_platform(tenant, state)
    pause_timetable(tenant, platform_id)
    read(tenant, installation.config, platform_id, clock)
    state.complete(101, PAGE, START)
    state.complete(101, 22, START)
    ask(tenant, platform_id, person, clock)
    work(installation, clock)
    assert standing(tenant, "eleve0", f"/mod/page/view.php?id={PAGE}") == {"completed": 1.0}
    assert standing(tenant, "eleve0", "/mod/page/view.php?id=22") == {"completed": 1.0}


def test_a_platform_is_read_once_in_ten_minutes_for_a_person(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    person, other = add_person(tenant, external_id="TL-1"), add_person(tenant, external_id="TL-2")
    platform_id = add_platform(tenant, state)
    pause_timetable(tenant, platform_id)
    read(tenant, installation.config, platform_id, clock)
    function = "core_completion_get_activities_completion_status"
    state.calls.clear()
    ask(tenant, platform_id, person, clock)
    work(installation, clock)
    done = state.calls[function]
    clock.pass_by(minutes=4)
    again = [ask(tenant, platform_id, person, clock) for _ in range(5)]
    assert {it.at for it in again} == {clock.now + timedelta(minutes=6)}
    assert len({it.job_id for it in again}) == 1
    work(installation, clock)
    assert state.calls[function] == done
    assert ask(tenant, platform_id, other, clock).at == clock.now
    work(installation, clock)
    assert state.calls[function] == 2 * done
    clock.pass_by(minutes=6)
    work(installation, clock)
    assert state.calls[function] == 3 * done
    with tenant.read() as session:
        assert {job.state for job in session.scalars(select(Job))} == {"done"}


def test_somebody_who_enrolled_since_the_last_reading_is_found(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    pause_timetable(tenant, platform_id)
    read(tenant, installation.config, platform_id, clock)
    step = bind(tenant, str(QUIZ))
    person = add_person(tenant, external_id="TL-NEW")
    # The person's number tells nothing yet: no roster that we read has it.
    state.add_person(Person(150, "nouvelle", "Nadia", "Neuve", "n@partenaire.example", "TL-NEW"))
    state.enrol(150, 2)
    state.complete(150, QUIZ, START, 2)
    ask(tenant, platform_id, person, clock, step)
    work(installation, clock)
    assert linked_to(tenant, "nouvelle") == person
    assert standing(tenant, "nouvelle", QUIZ_IRI) == {"completed": 1.0, "passed": 1.0}


def test_a_platform_without_connector_is_not_read(tenant: TenantDatabase, clock: Clock) -> None:
    with tenant.write() as session:
        platform_id = platforms.add(session, PlatformData("Outil LTI"), by=None, now=NOW).id
    assert ask(tenant, platform_id, add_person(tenant), clock).job_id is None
