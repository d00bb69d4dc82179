"""Séances that people sign up for: seats, the waiting list, the seat that is freed and offered in order."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.worker import Worker
from hub.models.person import GroupMember, Person
from hub.models.place import Seance, Seat
from hub.models.platforms import Delivery, Job
from hub.services import attendance, seances, seat_lines, seats
from hub.services.errors import Conflict, NotFound
from hub.services.jobs import CANCELLED
from hub.services.settings import set_setting
from tests.services.trainer_world import World, make

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 26)


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    """Five learners, nobody in a group any more."""
    made = make(tenant, learners=5)
    with tenant.write() as session:
        for row in session.scalars(select(GroupMember)).all():
            session.delete(row)
    return made


def plan(world: World, places: int = 2, **more: object) -> UUID:
    return world.plan(group_id=None, seats=places, day=DAY, starts=time(9), ends=time(12), **more)


def sign_up(tenant: TenantDatabase, seance: UUID, *persons: UUID, now: datetime = NOW) -> list[str]:
    found = []
    for n, who in enumerate(persons):
        with tenant.write() as session:
            found.append(seats.take(session, who, seance, now + timedelta(seconds=n)))
    return found


def state(tenant: TenantDatabase, seance: UUID) -> dict[UUID, str]:
    with tenant.read() as session:
        return {row.person_id: row.state for row in session.scalars(select(Seat).where(Seat.seance_id == seance))}


def work(installation: Installation, now: datetime) -> None:
    Worker(installation, threading.Event(), queues=(Job, Delivery), clock=lambda: now).run_once()


def leave(tenant: TenantDatabase, seance: UUID, who: UUID, now: datetime = NOW) -> None:
    with tenant.write() as session:
        seats.give_back(session, who, seance, now)


def told(session: Session) -> list[tuple[UUID | None, str, dict[str, str]]]:
    rows = session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)).all()
    return [(row.person_id, row.state, row.payload["values"]) for row in rows]


def test_who_comes_when_it_is_full_waits_and_is_offered_what_is_freed(
    installation: Installation, tenant: TenantDatabase, world: World
) -> None:
    ines, yanis, tom, fatou, _ = world.people
    seance = plan(world)
    assert sign_up(tenant, seance, ines, yanis, tom, fatou) == ["expected", "expected", "waiting", "waiting"]
    assert sign_up(tenant, seance, ines, tom) == ["expected", "waiting"]  # twice is once, the rank stays
    with tenant.read() as session:
        row = session.get_one(Seance, seance)
        standing = seats.standings(session, fatou, [row], NOW)[seance]
        assert (standing.state, standing.line, standing.free) == ("waiting", 2, 0)
    leave(tenant, seance, ines)
    assert state(tenant, seance) == {yanis: "expected", tom: "offered", fatou: "waiting"}
    with tenant.read() as session:
        ((who, _state, values),) = told(session)
        assert [row.id for row in seats.offers_to(session, tom, NOW)] == [seance]
    assert who == tom
    assert values["until"] == "mardi 24\N{NO-BREAK SPACE}novembre, 10\N{NO-BREAK SPACE}h"  # 24 h later, in Toulouse
    assert sign_up(tenant, seance, tom) == ["expected"]
    with tenant.read() as session:
        assert {e.person_id for e in seances.expected(session, session.get_one(Seance, seance))} == {yanis, tom}
        assert [row.state for row in session.scalars(select(Delivery))] == [CANCELLED]  # answered before it left


def test_an_offer_that_nobody_takes_goes_to_the_next_and_its_words_do_not_leave_late(
    installation: Installation, tenant: TenantDatabase, world: World
) -> None:
    ines, yanis, tom, fatou, sofia = world.people
    seance = plan(world, 1)
    sign_up(tenant, seance, ines, yanis, tom)
    leave(tenant, seance, ines)
    later = NOW + timedelta(hours=25)
    with tenant.write() as session:
        assert seat_lines.any_offer(session, {})
        seances.change(session, world.viewer, seance, world.data(
            group_id=None, seats=1, day=DAY, starts=time(9), ends=time(12), title="Atelier"), NOW)  # fmt: skip
    work(installation, later)
    assert state(tenant, seance) == {yanis: "lapsed", tom: "offered"}
    with tenant.read() as session:
        first, second = told(session)
    assert first[:2] == (yanis, CANCELLED)
    assert (second[0], second[2]["title"]) == (tom, "Atelier")
    assert sign_up(tenant, seance, yanis, fatou, now=later) == ["waiting", "waiting"]  # behind: the seat is Tom's
    leave(tenant, seance, tom, later)
    assert state(tenant, seance) == {yanis: "offered", fatou: "waiting"}
    assert sign_up(tenant, seance, sofia, now=later) == ["waiting"]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-23T10:00", "2026-11-24T10:00"),
        ("2026-11-23T22:00", "2026-11-25T08:00"),  # told when the quiet hours are over
        ("2026-11-25T18:00", "2026-11-26T08:00"),  # an hour before it begins
        ("2026-11-26T08:30", "2026-11-26T09:00"),
        ("2026-11-25T23:00", "2026-11-26T09:00"),  # told at eight, the last call
    ],
)
def test_an_offer_lasts_a_day_but_not_beyond_the_seance(
    tenant: TenantDatabase, world: World, now: str, until: str
) -> None:
    seance = plan(world)
    at = datetime.fromisoformat(now + "+01:00")
    with tenant.read() as session:
        found = seat_lines.deadline(session, session.get_one(Seance, seance), at)
    assert found == datetime.fromisoformat(until + "+01:00")


def test_more_seats_go_to_those_who_wait(installation: Installation, tenant: TenantDatabase, world: World) -> None:
    ines, yanis, tom, *_ = world.people
    seance = plan(world, 1)
    sign_up(tenant, seance, ines, yanis, tom)
    with tenant.write() as session:
        set_setting(session, "seats", {"offer_hours": 2})
        data = world.data(group_id=None, seats=2, day=DAY, starts=time(9), ends=time(12))
        seances.change(session, world.viewer, seance, data, NOW)
    work(installation, NOW)
    assert state(tenant, seance) == {ines: "expected", yanis: "offered", tom: "waiting"}
    with tenant.read() as session:
        assert session.get_one(Seat, (seance, yanis)).offered_until == NOW + timedelta(hours=2)


def test_only_for_whom_it_is_meant(tenant: TenantDatabase, world: World) -> None:
    ines, yanis, *_ = world.people
    closed, past = world.plan(seats=5), plan(world, 3)
    with tenant.write() as session:
        stranger = Person(given_name="Zoé", family_name="Petit", created_at=NOW)
        session.add(stranger)
        session.flush()
        after = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
        for who, which, now in ((stranger.id, past, NOW), (ines, closed, NOW), (ines, past, after)):
            with pytest.raises(NotFound):
                seats.take(session, who, which, now)
        with pytest.raises(NotFound):
            seats.give_back(session, yanis, past, NOW)


def test_the_trainer_gives_and_takes_seats_and_a_noted_one_stays(tenant: TenantDatabase, world: World) -> None:
    ines, yanis, tom, *_ = world.people
    seance = plan(world, 1)
    sign_up(tenant, seance, ines, yanis, tom)
    with tenant.write() as session:
        attendance.add_person(session, world.viewer, seance, tom, NOW)  # beyond the number: the trainer decides
    assert state(tenant, seance)[tom] == "expected"
    with tenant.write() as session:
        seats.remove(session, world.viewer, seance, ines, NOW)
    assert state(tenant, seance) == {yanis: "waiting", tom: "expected"}
    begun = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    with tenant.write() as session:
        entry = attendance.Entry(tom, "am", attendance.Presence.PRESENT)
        attendance.mark_roll(session, world.viewer, seance, [entry], begun)
        with pytest.raises(Conflict, match="roll_called"):
            seats.remove(session, world.viewer, seance, tom, begun)


def test_who_waits_hears_that_it_is_cancelled(tenant: TenantDatabase, world: World) -> None:
    ines, yanis, *_ = world.people
    seance = plan(world, 1)
    sign_up(tenant, seance, ines, yanis)
    with tenant.write() as session:
        seances.cancel(session, world.viewer, seance, "panne", NOW)
    with tenant.read() as session:
        assert {row[0] for row in told(session)} == {ines, yanis}
