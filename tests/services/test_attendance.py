"""The roll: what is noted, what the ledger is told, what a correction leaves; who may call it and when."""

import json
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from hub.db.uow import TenantDatabase
from hub.domain.attendance import Mode, Presence
from hub.domain.progress import Result
from hub.domain.roles import Grant, Viewer
from hub.models.person import JournalEntry
from hub.models.place import Attendance
from hub.models.river import Ledger, PathStateRow, StepStateRow
from hub.services import attendance, seance_lists, seances
from hub.services.attendance import Entry
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journey import journey
from hub.services.projection import project_dirty
from tests.services.builders import person
from tests.services.trainer_world import DAY, NOW, WORKSHOP, World, make


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    return make(tenant)


def call(world: World, seance: UUID, *entries: Entry, now=NOW) -> int:
    with world.tenant.write() as session:
        changed = attendance.mark_roll(session, world.viewer, seance, entries, now)
    project_dirty(world.tenant)
    return changed


def both(who: UUID, presence: Presence = Presence.PRESENT) -> list[Entry]:
    return [Entry(who, half, presence) for half in ("am", "pm")]


def read_roll(world: World, seance: UUID) -> attendance.Roll:
    with world.tenant.read() as session:
        return attendance.roll(session, world.viewer, seance)


def ledger_of(world: World) -> list[dict]:
    with world.tenant.read() as session:
        return [json.loads(t) for t in session.scalars(select(Ledger.text).order_by(Ledger.seq))]


def test_a_day_in_the_workshop_completes_the_step_and_adds_its_hours(world: World):
    seance = world.plan()
    ines, yanis, tom = world.people
    entries = [*both(ines), Entry(yanis, "am", Presence.PARTIAL, arrived=time(9, 25)), *both(tom, Presence.ABSENT)]
    assert call(world, seance, *entries) == 5
    with world.tenant.read() as session:
        rows = [session.get_one(PathStateRow, e) for e in world.enrolments[:2]]
        states = [journey(session, e, NOW).steps[0] for e in world.enrolments]
    assert [r.minutes for r in rows] == [390, 185]
    assert [s.result for s in states] == [Result.COMPLETED, Result.IN_PROGRESS, Result.NONE]
    assert states[1].share == pytest.approx(185 / (0.8 * 390), abs=1e-3)


def test_the_statement_says_who_was_there_how_long_and_who_says_so(world: World):
    seance = world.plan()
    call(world, seance, Entry(world.people[0], "pm", Presence.PARTIAL, left=time(15, 30)))
    (said,) = ledger_of(world)
    assert said["object"]["id"] == WORKSHOP
    assert said["timestamp"] == "2026-11-24T12:30:00Z"
    assert said["result"]["duration"] == "PT7200S"
    assert said["context"]["instructor"]["account"]["name"] == str(world.trainer)
    assert said["actor"]["account"]["name"] == str(world.people[0])


def test_the_same_roll_twice_writes_nothing_and_a_correction_is_a_new_row(world: World):
    seance, ines = world.plan(), world.people[0]
    assert call(world, seance, *both(ines)) == 2
    assert call(world, seance, *both(ines)) == 0
    assert call(world, seance, Entry(ines, "pm", Presence.ABSENT, reason="ill_told")) == 1
    with world.tenant.read() as session:
        rows = attendance.history(session, seance, ines)
        minutes = session.get_one(PathStateRow, world.enrolments[0]).minutes
        step = session.get_one(StepStateRow, (world.enrolments[0], world.steps[0]))
    assert [(r.half_day, r.revision, r.minutes) for r in rows] == [("am", 1, 210), ("pm", 1, 210), ("pm", 2, 0)]
    assert minutes == 210
    assert (step.result, step.fallen) == (Result.IN_PROGRESS, Result.COMPLETED)
    assert len(ledger_of(world)) == 3


def test_nobody_is_present_before_the_half_day_but_an_absence_may_be_told_ahead(world: World):
    seance, ines = world.plan(day=date(2026, 11, 25)), world.people[0]
    with pytest.raises(Conflict, match="not_begun"):
        call(world, seance, *both(ines))
    assert ledger_of(world) == []
    assert call(world, seance, *both(ines, Presence.ABSENT)) == 2


def test_who_leaves_before_arriving_is_a_fault_of_the_form_and_nothing_is_kept(world: World):
    seance, (ines, yanis, _) = world.plan(), world.people
    with pytest.raises(Invalid) as caught:
        call(world, seance, *both(yanis), Entry(ines, "am", Presence.PARTIAL, arrived=time(11), left=time(10)))
    assert caught.value.fields == {f"departure-{ines}-am": "left_before"}
    with world.tenant.read() as session:
        assert session.scalar(select(func.count()).select_from(Attendance)) == 0


def test_where_somebody_followed_a_comodal_seance_is_noted_by_person(world: World):
    seance, (ines, yanis, _) = world.plan(), world.people
    call(world, seance, Entry(ines, "am", Presence.PRESENT, mode=Mode.SCREEN), Entry(yanis, "am", Presence.PRESENT))
    noted = {p.person.person_id: p.noted["am"].mode for p in read_roll(world, seance).people if p.noted}
    assert noted == {ines: "screen", yanis: "room"}


def test_a_person_added_on_the_spot_is_on_the_roll_and_in_the_ledger(world: World):
    seance = world.plan()
    with world.tenant.write() as session:
        guest = person(session, "Ahmed", "Aziz")
        attendance.add_person(session, world.viewer, seance, guest, NOW)
    with world.tenant.write() as session:
        attendance.add_person(session, world.viewer, seance, guest, NOW)
    first = read_roll(world, seance).people[0].person
    assert (first.person_id, first.seat, first.enrolment_id) == (guest, True, None)
    assert call(world, seance, *both(guest)) == 2
    assert {s["actor"]["account"]["name"] for s in ledger_of(world)} == {str(guest)}


def test_a_stranger_to_the_roll_cannot_be_noted(world: World):
    seance = world.plan()
    with world.tenant.write() as session:
        stranger = person(session, "Ahmed", "Aziz")
    with pytest.raises(NotFound):
        call(world, seance, *both(stranger))
    with pytest.raises(NotFound):
        call(world, seance, Entry(world.people[0], "night", Presence.PRESENT))


def test_a_roll_is_closed_when_everybody_was_noted_and_reopened_with_a_reason(world: World):
    seance = world.plan()
    with pytest.raises(Conflict, match="roll_incomplete"), world.tenant.write() as session:
        attendance.close(session, world.viewer, seance, NOW)
    call(world, seance, *[e for p in world.people for e in both(p)])
    with world.tenant.write() as session:
        attendance.close(session, world.viewer, seance, NOW)
    with pytest.raises(Conflict, match="roll_closed"):
        call(world, seance, *both(world.people[0], Presence.ABSENT))
    with pytest.raises(Invalid), world.tenant.write() as session:
        attendance.reopen(session, world.viewer, seance, " ", NOW)
    with world.tenant.write() as session:
        attendance.reopen(session, world.viewer, seance, "Erreur de nom", NOW)
    assert call(world, seance, *both(world.people[0], Presence.ABSENT)) == 2
    with world.tenant.read() as session:
        acts = session.scalars(select(JournalEntry.act).where(JournalEntry.subject_id == str(seance))).all()
    assert acts == ["seance.create", "roll.close", "roll.reopen"]


def test_a_cancelled_seance_has_no_roll_and_a_called_one_is_not_cancelled(world: World):
    seance, other = world.plan(), world.plan(day=date(2026, 11, 23))
    with pytest.raises(Invalid), world.tenant.write() as session:
        seances.cancel(session, world.viewer, seance, "", NOW)
    with world.tenant.write() as session:
        seances.cancel(session, world.viewer, seance, "Salle fermée", NOW)
    with pytest.raises(Conflict, match="seance_cancelled"):
        call(world, seance, *both(world.people[0]))
    call(world, other, *both(world.people[0]))
    with pytest.raises(Conflict, match="roll_called"), world.tenant.write() as session:
        seances.cancel(session, world.viewer, other, "Trop tard", NOW)


def test_presence_in_two_places_at_once_is_flagged(world: World):
    first, second = world.plan(), world.plan(starts=time(11), ends=time(12), title="Entretien", room_id=None)
    ines = world.people[0]
    call(world, first, *both(ines))
    call(world, second, Entry(ines, "am", Presence.PRESENT))
    found = read_roll(world, first)
    assert [(o.first.person_id, o.minutes) for o in found.overlaps] == [(ines, 60)]
    assert found.others[second] == "Entretien"


def test_only_who_covers_the_group_may_call_its_roll(world: World):
    seance = world.plan(trainer_id=None)
    elsewhere = Viewer(world.people[0], "Autre", "fr", (Grant("trainer", None, UUID(int=1)),))
    with pytest.raises(NotFound), world.tenant.read() as session:
        attendance.roll(session, elsewhere, seance)
    everywhere = Viewer(world.people[0], "Admin", "fr", (Grant("administrator"),))
    with world.tenant.read() as session:
        assert attendance.roll(session, everywhere, seance).seance.id == seance


def test_a_room_and_a_trainer_asked_for_twice_are_told(world: World):
    first, second = world.plan(), world.plan(starts=time(16), ends=time(18))
    world.plan(starts=time(17), ends=time(18), room_id=None, trainer_id=None)
    with world.tenant.read() as session:
        found = seances.clashes(session, session.get_one(seances.Seance, second))
    assert [(c.kind, c.other.id) for c in found] == [("room", first), ("trainer", first)]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": " "}, "title"),
        ({"iri": "https://unknown.example"}, "iri"),
        ({"ends": time(9)}, "ends"),
        ({"group_id": UUID(int=3)}, "group_id"),
        ({"room_id": UUID(int=3)}, "room_id"),
        ({"seats": 0}, "seats"),
        ({"meeting_url": "javascript:alert(1)"}, "meeting_url"),
    ],
)
def test_what_does_not_fit_a_seance_is_said_by_field(world: World, more, field):
    with pytest.raises(Invalid) as caught, world.tenant.write() as session:
        seances.create(session, world.viewer, world.data(**more), NOW)
    assert list(caught.value.fields) == [field]


def test_hours_are_not_changed_under_a_roll_that_was_called(world: World):
    seance = world.plan()
    call(world, seance, *both(world.people[0]))
    with pytest.raises(Conflict, match="roll_called"), world.tenant.write() as session:
        seances.change(session, world.viewer, seance, world.data(ends=time(18)), NOW)
    with world.tenant.write() as session:
        seances.change(session, world.viewer, seance, world.data(title="Atelier, suite"), NOW)
    assert read_roll(world, seance).seance.title == "Atelier, suite"


def test_a_seance_waits_to_be_called_once_it_has_begun(world: World):
    yesterday, later = world.plan(day=DAY - timedelta(days=1)), world.plan(day=DAY + timedelta(days=1))
    with world.tenant.read() as session:
        waiting = seance_lists.to_call(session, world.viewer, NOW)
        week = seance_lists.listed(session, world.viewer, DAY - timedelta(days=7), DAY + timedelta(days=7))
    assert [line.seance.id for line in waiting] == [yesterday]
    assert [line.seance.id for line in week] == [yesterday, later]
    assert (week[0].room, week[0].group, week[0].trainer) == ("Salle Brique", "Promotion Garonne", "Claire Fabre")


def test_members_are_expected_only_while_they_belong_to_the_group(world: World):
    seance = world.plan()
    with world.tenant.write() as session:
        member = session.get_one(seances.GroupMember, (world.group, world.people[1]))
        member.until = DAY - timedelta(days=1)
    assert [p.person.name for p in read_roll(world, seance).people] == ["Inès Benali", "Tom Estève"]
