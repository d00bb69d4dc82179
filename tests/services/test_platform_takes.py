"""Telling a platform what was done elsewhere, out of a course, groups and backups taken from there; page and jobs."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.emit import register_statement
from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import MoodleState
from hub.demo.moodle_more_state import Backup, Band
from hub.domain.path import Variant
from hub.jobs.worker import Worker
from hub.models.learning import Resource
from hub.models.packages import Package, PackageImport
from hub.models.person import Group, GroupMember
from hub.models.platforms import Job
from hub.services import platform_acts, platform_done, platform_takes
from hub.services.errors import Conflict
from hub.services.identities import hub_agent, own_agent_id
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import hub_source
from tests.services.builders import activity, document, enrol, publish, rule, step
from tests.services.sync_place import (
    NOW,
    PAGE,
    QUIZ,
    START,
    Clock,
    add_person,
    add_platform,
    ledger,
    moodle,
    read,
    standing,
)  # fmt: skip
from tests.services.test_at_once import at_once
from tests.shared import shared_path

WORKSHOP = "urn:uuid:0b8a9a5e-6d0f-4f39-9d52-9d4f6a1f2c99"


class Place:
    """A Moodle that was read, and a group: Aïcha 0 and 1 (eleve0, eleve1) and somebody without an account there."""

    def __init__(self, installation: Installation, tenant: TenantDatabase, state: MoodleState) -> None:
        self.installation, self.tenant, self.state, self.clock = installation, tenant, state, Clock()
        state.now = self.clock
        self.people = [add_person(tenant, external_id=f"TL-{n}") for n in range(2)] + [add_person(tenant)]
        self.platform = add_platform(tenant, state)
        self.read()
        with tenant.write() as session:
            group = Group(id=new_id(), name="Promotion")
            session.add(group)
            session.flush()
            session.add_all(GroupMember(group_id=group.id, person_id=one) for one in self.people)
            self.group = group.id

    def read(self) -> None:
        read(self.tenant, self.installation.config, self.platform, self.clock)

    def entry(self, remote_id: int, kind: str = "remote_module") -> UUID:
        with self.tenant.read() as session:
            query = select(Resource.id).where(Resource.kind == kind, Resource.remote_id == str(remote_id))
            return session.scalars(query).one()

    def work(self, request: Callable[..., UUID], *given: object) -> Job:
        with self.tenant.write() as session:
            self.clock.pass_by(minutes=1)
            job_id = request(session, self.platform, *given, by=self.people[0], now=self.clock.now)
            session.query(Job).filter(Job.kind == "sync_platform").delete()
        worker = Worker(self.installation, Event(), clock=self.clock)
        while worker.run_once():
            pass
        with self.tenant.read() as session:
            return session.get_one(Job, job_id)


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=3) as double:
        yield double


@pytest.fixture
def place(installation: Installation, tenant: TenantDatabase, state: MoodleState) -> Place:
    return Place(installation, tenant, state)


def bind(place: Place, entry: UUID) -> None:
    """A path whose step is done by the quiz over there or by a workshop here; two of the group follow it, and both
    did the workshop, with 80 %."""
    with place.tenant.write() as session:
        one = activity(session.get_one(Resource, entry).iri, "completed", "score")
        bound = one.model_copy(update={"binding": one.binding.model_copy(update={"resource_id": entry})})
        made = step("Découvrir", bound, rule=rule(("completed", None)))
        here = Variant(title="Sur place", activities=(activity(WORKSHOP, "completed", "score"),))
        version = publish(session, document(made.model_copy(update={"variants": (*made.variants, here)})))
        for person in (place.people[0], place.people[2]):
            enrol(session, person, version)
            own_agent_id(session, person)
            for kind, value in ((Kind.COMPLETED, 1.0), (Kind.SCORE, 0.8)):
                told = register_statement(
                    hub_agent(person), None, WORKSHOP, source="hub",
                    series_key=("hub", str(person), WORKSHOP, kind, ""), revision=1, kind=kind, value=value,
                    at=NOW.isoformat(),
                )  # fmt: skip
                ingest(session, [told], hub_source(), NOW)
    project_dirty(place.tenant)


def test_what_was_done_here_is_marked_there_once_and_not_read_back(place: Place, state: MoodleState) -> None:
    quiz = place.entry(QUIZ)
    with place.tenant.write() as session, pytest.raises(Conflict):
        platform_done.request_done(session, place.platform, quiz, place.group, by=None, now=NOW)
    bind(place, quiz)
    before = ledger(place.tenant)
    job = place.work(platform_done.request_done, quiz, place.group)
    assert (job.state, job.progress["people"], job.progress["unknown"]) == ("done", 1, 1)
    done, mark = state.done(101, QUIZ), state.mark(101, QUIZ)
    assert done is not None
    assert mark is not None
    assert (done.state, mark.raw, state.done(102, QUIZ)) == (1, 16.0, None)  # 80 % of 20; the other did nothing
    place.read()
    told = [it for key, it in ledger(place.tenant).items() if key not in before]
    assert [it["object"]["id"] for it in told if it["object"]["id"].endswith(f"id={QUIZ}")] == []
    place.work(platform_done.request_done, quiz, place.group)
    assert state.calls["core_grades_update_grades"] == 2  # not known there yet: the same again
    state.grade(101, QUIZ, 18.0, place.clock.now + timedelta(minutes=5))  # by a trainer over there
    state.visit(101, 2, place.clock.now)
    place.read()
    assert standing(place.tenant, "eleve0", f"id={QUIZ}") == {Kind.SCORE: 0.9}
    place.work(platform_done.request_done, quiz, place.group)
    assert (state.calls["core_grades_update_grades"], state.mark(101, QUIZ)) == (2, state.mark(101, QUIZ))


def test_who_is_done_there_already_is_left_alone(place: Place, state: MoodleState) -> None:
    page = place.entry(PAGE)
    state.complete(101, PAGE, START)
    bind(place, page)
    place.read()
    assert place.work(platform_done.request_done, page, place.group).state == "done"
    assert state.calls["core_completion_override_activity_completion_status"] == 0
    assert state.calls["core_grades_update_grades"] == 0  # a page has no grade


def test_a_group_is_taken_out_of_a_course(place: Place, state: MoodleState) -> None:
    job = place.work(platform_acts.request_unenrolment, place.entry(3, "remote_course"), place.group)
    assert (job.state, job.progress["people"], job.progress["unknown"]) == ("done", 2, 1)
    assert [state.is_enrolled(user, 3) for user in (101, 102, 103)] == [False, False, True]


def test_cohorts_and_groups_become_groups_of_the_place(place: Place, state: MoodleState) -> None:
    state.more.bands = {1: Band(1, "Apprentis", "COH", None, {101, 102, 103}), 2: Band(2, "Salle A", "", 2, {103})}
    assert place.work(platform_takes.request_groups, None).progress["groups"] == 1
    assert place.work(platform_takes.request_groups, place.entry(2, "remote_course")).progress["groups"] == 1
    with place.tenant.read() as session:
        found = platform_takes.bands(session, place.platform)
    assert [(it.name, it.course, it.members, it.known) for it in found] == [
        ("Apprentis", "", 3, 2), ("Salle A", "Compétences numériques", 1, 0),
    ]  # fmt: skip
    with place.tenant.write() as session:
        into = (place.group, None)
        joined = [platform_takes.take_group(session, place.platform, found[0].key, one, by=None, now=NOW)
                  for one in into]  # fmt: skip
        session.flush()
        made = session.scalars(select(Group).where(Group.name == "Apprentis")).one()
        members = set(session.scalars(select(GroupMember.person_id).where(GroupMember.group_id == made.id)))
    assert (joined, members) == ([0, 2], set(place.people[:2]))
    state.more.bands.pop(1)
    place.work(platform_takes.request_groups, None)
    with place.tenant.read() as session:
        assert [it.name for it in platform_takes.bands(session, place.platform)] == ["Salle A"]


def test_a_group_that_several_take_at_once_has_each_person_once(place: Place, state: MoodleState) -> None:
    state.more.bands = {1: Band(1, "Apprentis", "COH", None, {101, 102, 103})}
    place.work(platform_takes.request_groups, None)
    with place.tenant.write() as session:
        [found] = platform_takes.bands(session, place.platform)
        session.add(into := Group(name="Garonne"))

    def take(session: Session) -> int:
        return platform_takes.take_group(session, place.platform, found.key, into.id, by=None, now=NOW)

    assert sorted(at_once(place.tenant, take)) == [0, 0, 2]


def test_a_backup_enters_the_catalogue_without_people_and_a_newer_one_is_its_next_version(
    place: Place, state: MoodleState
) -> None:
    course = place.entry(2, "remote_course")
    job = place.work(platform_takes.request_backup, course)
    assert (job.state, (job.last_error or {})["code"]) == ("failed", "not_possible")  # there is none
    folder = shared_path("fixtures", "moodle", "backup")
    for number, name in enumerate(("cnb-2026-with-users.mbz", "cnb-2026-without-users.mbz"), 1):
        made_at = NOW + timedelta(hours=number)
        state.more.backups.append(Backup(2, name, (folder / name).read_bytes(), made_at, "automated"))
        for _ in range(2):  # the same again is left alone
            assert place.work(platform_takes.request_backup, course).state == "done"
        with place.tenant.read() as session:
            rows = session.scalars(select(PackageImport).order_by(PackageImport.id)).all()
            assert [row.state for row in rows] == ["accepted"] * number
            main = {row.made[0] for row in rows}
            kept = session.scalars(select(Package.sha256).where(Package.resource_id == UUID(rows[-1].made[0]))
                                   .order_by(Package.number)).all()  # fmt: skip
        assert len(main) == 1
        assert [bool(sha256) for sha256 in kept] == [False, True][:number]  # people's data are not kept
