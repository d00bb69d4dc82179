"""My séances: whose they are, local hours, the door of a video class, what the roll says."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.person import GroupMember
from hub.models.place import Attendance, Seance, Seat
from hub.services import seances_read
from tests.web.learner_world import NOW, World, build


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    """Inès, her group and three séances."""
    return build(tenant)


def titles(views: list[seances_read.SeanceView]) -> list[str]:
    return [view.seance.title for view in views]


def add(session: Session, title: str, **more: Any) -> UUID:
    given: dict[str, Any] = {"day": date(2026, 11, 25), "starts": time(9), "ends": time(12), "modality": "on_site"}
    row = Seance(id=new_id(), title=title, iri=f"urn:{title}", **(given | more))
    session.add(row)
    session.flush()
    return row.id


def test_those_of_the_group_to_come_and_past(tenant: TenantDatabase, world: World) -> None:
    with tenant.read() as session:
        coming = seances_read.to_come(session, world.learner, NOW)
        past = seances_read.past(session, world.learner, NOW)
        assert seances_read.to_come(session, world.stranger, NOW) == []
    assert titles(coming) == ["Atelier dessin 3D", "Questions sur le dessin"]
    assert titles(past) == ["Accueil"]
    first = coming[0]
    assert (first.room, first.place, first.trainer) == ("salle Brique, 1er étage", "Halle de Toulouse", "Claire Fabre")
    assert (first.starts, first.leads) == (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), False)


def test_a_trainer_sees_those_they_lead(tenant: TenantDatabase, world: World) -> None:
    with tenant.read() as session:
        assert all(view.leads for view in seances_read.to_come(session, world.trainer, NOW))


def test_a_seat_and_the_days_in_a_group(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        with_seat = add(session, "À part")
        session.add(Seat(seance_id=with_seat, person_id=world.stranger, state="waiting", taken_at=NOW))
        session.add(GroupMember(group_id=world.group, person_id=world.stranger, since=date(2026, 11, 25)))
    with tenant.read() as session:
        coming = seances_read.to_come(session, world.stranger, NOW)
    assert titles(coming) == ["À part", "Questions sur le dessin"]
    assert coming[0].seat == "waiting"


def test_only_the_activities_or_days_asked_for(tenant: TenantDatabase, world: World) -> None:
    with tenant.read() as session:
        every = seances_read.to_come(session, world.learner, NOW)
        one = seances_read.to_come(session, world.learner, NOW, iris=[every[1].seance.iri])
        soon = seances_read.to_come(session, world.learner, NOW, days=1)
    assert titles(one) == ["Questions sur le dessin"]
    assert titles(soon) == ["Atelier dessin 3D"]


def test_the_door_opens_ten_minutes_before(tenant: TenantDatabase, world: World) -> None:
    starts = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)

    def door(now: datetime) -> tuple[str, datetime | None]:
        with tenant.read() as session:
            view = seances_read.to_come(session, world.learner, now)[-1]
        return view.door, view.door_opens

    assert door(NOW) == ("", starts - timedelta(minutes=10))
    assert door(starts - timedelta(minutes=10)) == ("https://visio.example/dessin", None)
    assert door(starts + timedelta(minutes=89)) == ("https://visio.example/dessin", None)


def test_a_cancelled_one_is_shown_without_a_door(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        view = seances_read.to_come(session, world.learner, NOW)[-1]
        session.get_one(Seance, view.seance.id).cancelled_at = NOW
    with tenant.read() as session:
        view = seances_read.to_come(session, world.learner, NOW)[-1]
    assert (view.cancelled, view.door, view.door_opens) == (True, "", None)


def test_past_midnight_and_another_zone() -> None:
    late = Seance(day=date(2026, 11, 24), starts=time(22), ends=time(1), zone="Europe/Paris")
    assert seances_read.bounds(late) == (
        datetime(2026, 11, 24, 21, 0, tzinfo=UTC), datetime(2026, 11, 25, 0, 0, tzinfo=UTC),
    )  # fmt: skip
    island = Seance(day=date(2026, 11, 24), starts=time(9), ends=time(12), zone="Indian/Reunion")
    assert seances_read.bounds(island)[0] == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def test_the_highest_revision_of_each_half_day_counts(tenant: TenantDatabase, world: World) -> None:
    def mark(session: Session, half: str, revision: int, presence: str, minutes: int) -> None:
        row = seances_read.past(session, world.learner, NOW)[0]
        session.add(
            Attendance(id=new_id(), seance_id=row.seance.id, person_id=world.learner, half_day=half, revision=revision,
                       presence=presence, minutes=minutes, marked_at=NOW)
        )  # fmt: skip
        session.flush()

    with tenant.write() as session:
        mark(session, "morning", 1, "absent", 0)
        assert seances_read.past(session, world.learner, NOW)[0].absent
        mark(session, "morning", 2, "present", 180)
        mark(session, "afternoon", 1, "part", 30)
        view = seances_read.past(session, world.learner, NOW)[0]
    assert (view.minutes, view.absent) == (210, False)
