"""Writing back: a group into a course, a roll into an attendance activity; done twice is done once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import select

from connectors.records import Presence
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import Module, MoodleState
from hub.demo.moodle_functions import FUNCTIONS
from hub.jobs.worker import Worker
from hub.models.learning import Resource
from hub.models.person import Group, GroupMember
from hub.models.place import Attendance, Seance
from hub.models.platforms import Job
from hub.services import platform_acts
from hub.services.errors import NotFound
from tests.services.sync_place import Clock, add_person, add_platform, moodle, read

ROLL = 15


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=3) as double:
        roll = Module(ROLL, "attendance", "Présences", "Début", completion=0, instance=4)
        double.courses[2].modules.append(roll)
        double._course_of[ROLL] = 2
        yield double


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform(installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock) -> UUID:
    people = [add_person(tenant, external_id=f"TL-{n}") for n in range(2)]
    stranger = add_person(tenant)
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    with tenant.write() as session:
        group = Group(id=new_id(), name="Promotion « Été »")
        session.add(group)
        session.flush()
        session.add_all(GroupMember(group_id=group.id, person_id=one) for one in [*people, stranger])
        seance = Seance(id=new_id(), title="Atelier bois", iri="urn:uuid:1", modality="on_site", group_id=group.id,
                        day=date(2026, 11, 24), starts=time(9), ends=time(12), zone="Europe/Paris")  # fmt: skip
        session.add(seance)
        session.flush()
        for person, presence in zip([*people, stranger], ("present", "absent", "present"), strict=True):
            session.add(
                Attendance(
                    seance_id=seance.id,
                    person_id=person,
                    half_day="am",
                    revision=1,
                    presence=presence,
                    minutes=180,
                    marked_at=clock.now,
                )
            )
    return platform_id


def resource(tenant: TenantDatabase, kind: str, remote_id: str) -> UUID:
    with tenant.read() as session:
        return session.scalars(select(Resource.id).where(Resource.kind == kind, Resource.remote_id == remote_id)).one()


def one(tenant: TenantDatabase, model: type[Group] | type[Seance]) -> UUID:
    with tenant.read() as session:
        return session.scalars(select(model.id)).one()


def work(installation: Installation, tenant: TenantDatabase, job_id: UUID, clock: Clock) -> Job:
    with tenant.write() as session:  # the reading of the timetable is not what is tried here
        for row in session.scalars(select(Job).where(Job.id != job_id)):
            session.delete(row)
    worker = Worker(installation, Event(), clock=clock)
    for _ in range(3):
        worker.run_once()
    with tenant.read() as session:
        return session.get_one(Job, job_id)


def test_a_group_is_enrolled_and_stands_together_there(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock, platform: UUID
) -> None:
    state.unenrol(101, 3)
    state.unenrol(102, 3)
    course, group = resource(tenant, "remote_course", "3"), one(tenant, Group)
    for _ in range(2):
        with tenant.write() as session:
            job_id = platform_acts.request_enrolment(session, platform, course, group, by=None, now=clock.now)
        job = work(installation, tenant, job_id, clock)
        assert (job.state, job.progress["people"], job.progress["unknown"]) == ("done", 2, 1)
        assert state.is_enrolled(101, 3)
        assert state.is_enrolled(102, 3)
        (band,) = state.more.bands.values()
        assert (band.name, band.idnumber, band.members) == ("Promotion « Été »", f"hub-{group}", {101, 102})


def test_a_roll_is_written_once_and_corrected(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock, platform: UUID
) -> None:
    module, seance = resource(tenant, "remote_module", str(ROLL)), one(tenant, Seance)
    for marks in ({101: 5, 102: 6}, {101: 5, 102: 7}):
        with tenant.write() as session:
            job_id = platform_acts.request_roll(session, platform, module, seance, by=None, now=clock.now)
        job = work(installation, tenant, job_id, clock)
        assert (job.state, job.progress["unknown"]) == ("done", 1)
        (roll,) = state.more.rolls.values()
        assert (roll.title, roll.length, roll.marks) == ("Atelier bois", timedelta(hours=3), marks)
        assert roll.starts_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
        if marks[102] == 6:
            correct(tenant, seance, clock)


def correct(tenant: TenantDatabase, seance: UUID, clock: Clock) -> None:
    """Who was noted absent was there for a part."""
    with tenant.write() as session:
        person = session.scalars(select(Attendance.person_id).where(Attendance.presence == "absent")).one()
        said = {"half_day": "am", "revision": 2, "presence": "partial", "minutes": 60}
        session.add(Attendance(seance_id=seance, person_id=person, marked_at=clock.now, **said))


def test_a_platform_that_does_not_allow_it_says_so(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock, platform: UUID
) -> None:
    state.functions = frozenset(FUNCTIONS) - {"enrol_manual_enrol_users"}
    clock.pass_by(days=2)
    with tenant.write() as session:
        course, group = resource(tenant, "remote_course", "3"), one(tenant, Group)
    with tenant.write() as session:
        job_id = platform_acts.request_enrolment(session, platform, course, group, by=None, now=clock.now)
    job = work(installation, tenant, job_id, clock)
    assert job.state == "failed"
    assert (job.last_error or {})["code"] == "not_possible"


def test_only_what_belongs_to_the_platform_is_written_to(tenant: TenantDatabase, clock: Clock, platform: UUID) -> None:
    group = one(tenant, Group)
    with tenant.write() as session, pytest.raises(NotFound):
        platform_acts.request_enrolment(session, platform, new_id(), group, by=None, now=clock.now)


@pytest.mark.parametrize(
    ("halves", "word"),
    [
        (["present", "present"], Presence.PRESENT),
        (["present", "absent"], Presence.LATE),
        (["partial"], Presence.LATE),
        (["absent"], Presence.ABSENT),
    ],
)
def test_half_days_become_one_word(halves: list[str], word: Presence) -> None:
    assert platform_acts.presence_of(halves) is word
