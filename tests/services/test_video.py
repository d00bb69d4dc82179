"""Video classes of séances: who enters when, what the platform tells of presence, what a trainer's word does to it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select

from connectors.bigbluebutton.callbacks import analytics, hook_events
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.attendance import Mode, Presence
from hub.domain.roles import Viewer
from hub.models.place import Attendance
from hub.models.river import Ledger, PathStateRow
from hub.services import attendance, platforms, seances, seances_read, video, video_rooms
from hub.services.attendance import Entry
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.platforms import PlatformData
from hub.services.projection import project_dirty
from hub.services.video_rooms import meeting_key
from tests.connectors.loopback import serving
from tests.fakes.bigbluebutton import SECRET, Bbb, attendee, create_bbb, event, hook, payload
from tests.services.builders import person
from tests.services.sync_place import Clock, read
from tests.services.trainer_world import NOW, World, make

BASE = "https://hub.example"


@dataclass
class Room:
    """A séance of 9 h to 17 h (8:00 to 16:00 UTC) held on a BigBlueButton double."""

    world: World
    bbb: Bbb
    platform: UUID
    seance: UUID
    installation: Installation

    @property
    def key(self) -> str:
        return meeting_key(self.seance)

    def enter(self, viewer: Viewer, now: datetime = NOW) -> dict[str, list[str]]:
        config = self.installation.config
        address = video.enter(self.world.tenant, config, viewer, self.seance, BASE, now)
        return parse_qs(urlsplit(address).query)

    def tell(self, *people: dict[str, Any], now: datetime = NOW) -> int:
        key, told = analytics(payload(self.key, *people))
        with self.world.tenant.write() as session:
            changed = video.told(session, self.platform, key, told, now)
        project_dirty(self.world.tenant)
        return changed

    def hear(self, *events: dict[str, Any]) -> int:
        body, _ = hook("a", NOW, *events)
        with self.world.tenant.write() as session:
            changed = video.heard(session, self.platform, self.seance, hook_events(body, NOW), NOW)
        project_dirty(self.world.tenant)
        return changed

    def noted(self, who: UUID) -> dict[str, tuple[str, int, str]]:
        with self.world.tenant.read() as session:
            found = attendance.current(session, [self.seance])
            return {half: (row.presence, row.minutes, row.origin) for (_, p, half), row in found.items() if p == who}


def learner(who: UUID) -> Viewer:
    return Viewer(who, "Élève", "fr")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=UTC)


@pytest.fixture
def room(tenant: TenantDatabase, installation: Installation) -> Iterator[Room]:
    world, state = make(tenant), Bbb()
    with serving(create_bbb(state)) as port:
        values = {"url": f"http://127.0.0.1:{port}/bigbluebutton", "secret": SECRET, "checksum": "sha256"}
        with tenant.write() as session:
            data = PlatformData("BigBlueButton du lieu", "bigbluebutton", values)
            platform = platforms.add(session, data, by=None, now=NOW).id
        seance = world.plan(video_platform_id=platform, video_recorded=True)
        yield Room(world, state, platform, seance, installation)


def test_a_learner_and_a_trainer_enter_by_an_address_of_their_own(room: Room) -> None:
    ines = room.world.people[0]
    asked = room.enter(learner(ines))
    assert (asked["userID"], asked["role"], asked["meetingID"]) == ([str(ines)], ["VIEWER"], [room.key])
    assert room.enter(room.world.viewer)["role"] == ["MODERATOR"]
    made = room.bbb.meetings[room.key]
    assert made["meta_analytics-callback-url"] == f"{BASE}/video/{room.platform}/presence"
    assert (made["record"], made["autoStartRecording"], made["duration"]) == ("true", "false", "90")
    assert list(room.bbb.hooks) == [f"{BASE}/video/{room.platform}/events/{room.seance}"]


@pytest.mark.parametrize(
    ("now", "leads"), [(at(7, 45), False), (at(16, 1), False), (at(7, 0), True), (at(18, 30), True)]
)
def test_a_room_opens_at_its_hours(room: Room, now: datetime, leads: bool) -> None:
    viewer = room.world.viewer if leads else learner(room.world.people[0])
    with pytest.raises(Conflict) as caught:
        room.enter(viewer, now)
    assert caught.value.code == "door_closed"
    assert room.bbb.calls == []
    assert room.enter(viewer, now + timedelta(minutes=20) if now.hour == 7 else now - timedelta(minutes=40))


def test_who_is_not_expected_does_not_enter(room: Room) -> None:
    with room.world.tenant.write() as session:
        other = person(session, "Autre", "Personne")
    with pytest.raises(NotFound):
        room.enter(learner(other))
    with room.world.tenant.write() as session:
        seances.cancel(session, room.world.viewer, room.seance, "panne", NOW)
    with pytest.raises(Conflict, match="seance_cancelled"):
        room.enter(room.world.viewer)


def test_only_a_platform_that_holds_classes_can_be_chosen(room: Room) -> None:
    with room.world.tenant.read() as session:
        assert [it.id for it in video_rooms.video_rooms(session)] == [room.platform]
    with pytest.raises(Invalid) as caught:
        room.world.plan(video_platform_id=room.world.group)
    assert caught.value.fields == {"video_platform_id": "unknown"}


def test_minutes_of_a_class_become_the_half_days_with_their_origin(room: Room) -> None:
    ines, yanis, tom = room.world.people
    people = (
        attendee(str(ines), (at(7, 50), at(16, 10))),
        attendee(str(yanis), (at(8, 30), at(9)), (at(9, 30), at(11)), (at(12), at(13))),
        attendee(str(room.world.trainer), (at(7), at(16)), leads=True),
        attendee("someone-else", (at(8), at(9))),
    )
    assert room.tell(*people) == 4
    name = "BigBlueButton du lieu"
    assert room.noted(ines) == {"am": ("present", 210, name), "pm": ("present", 210, name)}
    assert room.noted(yanis) == {"am": ("partial", 120, name), "pm": ("partial", 30, name)}
    assert room.noted(tom) == {}
    with room.world.tenant.read() as session:
        assert [session.get_one(PathStateRow, e).minutes for e in room.world.enrolments[:2]] == [390, 150]
        roll = attendance.roll(session, room.world.viewer, room.seance)
        rows = [json.loads(it) for it in session.scalars(select(Ledger.text))]
    assert roll.people[[p.person.person_id for p in roll.people].index(yanis)].stays["am"].minutes == 120
    assert {row["context"]["platform"] for row in rows} == {name}
    assert all("instructor" not in row["context"] for row in rows)


def test_the_same_again_writes_nothing_and_a_later_count_is_a_revision(room: Room) -> None:
    ines = room.world.people[0]
    assert room.tell(attendee(str(ines), (at(8), at(9)))) == 1
    assert room.tell(attendee(str(ines), (at(8), at(9)))) == 0
    assert room.tell(attendee(str(ines), (at(8), at(10)))) == 1
    assert room.noted(ines)["am"][1] == 120
    with room.world.tenant.read() as session:
        revisions = session.scalars(select(Attendance.revision).order_by(Attendance.revision)).all()
    assert revisions == [1, 2]


def test_a_trainers_word_stays_whatever_is_counted(room: Room) -> None:
    ines, yanis, _ = room.world.people
    room.tell(attendee(str(ines), (at(8), at(9))))
    with room.world.tenant.write() as session:
        entries = [Entry(ines, "am", Presence.PRESENT), Entry(yanis, "am", Presence.ABSENT)]
        assert attendance.mark_roll(session, room.world.viewer, room.seance, entries, NOW) == 2
    assert room.tell(attendee(str(ines), (at(8), at(9, 30))), attendee(str(yanis), (at(8), at(9)))) == 0
    assert room.noted(ines)["am"] == ("present", 210, "")
    assert room.noted(yanis)["am"] == ("absent", 0, "")


def test_a_roll_that_is_saved_as_it_was_counted_keeps_its_minutes(room: Room) -> None:
    yanis = room.world.people[1]
    room.tell(attendee(str(yanis), (at(8), at(8, 30)), (at(10), at(11))))
    with room.world.tenant.read() as session:
        row = attendance.current(session, [room.seance])[room.seance, yanis, "am"]
    same = Entry(yanis, "am", Presence.PARTIAL, row.arrived, row.left, Mode(row.mode))
    with room.world.tenant.write() as session:
        assert attendance.mark_roll(session, room.world.viewer, room.seance, [same], NOW) == 0
    assert room.noted(yanis)["am"][1:] == (90, "BigBlueButton du lieu")


def test_comings_and_goings_are_minutes_at_the_end_in_any_order_and_twice(room: Room) -> None:
    ines, yanis, _ = room.world.people
    events = [
        event("user-left", room.key, at(9), str(ines), "w_1"),
        event("user-joined", room.key, at(8), str(ines), "w_1"),
        event("user-joined", room.key, at(8, 30), str(ines), "w_2"),
        event("user-joined", room.key, at(10), str(yanis), "w_3"),
        event("user-joined", "hub-of-another", at(8), str(ines), "w_1"),
    ]
    assert room.hear(*events) == room.hear(*events) == 0
    assert room.noted(ines) == {}
    assert room.hear(event("meeting-ended", room.key, at(10, 30))) == 2
    assert room.noted(ines)["am"][:2] == ("partial", 150)
    assert room.noted(yanis)["am"][:2] == ("partial", 30)
    assert room.tell(attendee(str(ines), (at(8), at(10)))) == 1
    assert room.hear(event("meeting-ended", room.key, at(10, 30))) == 0
    assert room.noted(ines)["am"][1] == 120


def test_a_closed_roll_and_another_platforms_class_are_left_alone(room: Room) -> None:
    with room.world.tenant.write() as session:
        entries = [Entry(p, half, Presence.PRESENT) for p in room.world.people for half in ("am", "pm")]
        attendance.mark_roll(session, room.world.viewer, room.seance, entries, NOW)
        attendance.close(session, room.world.viewer, room.seance, NOW)
    assert room.tell(attendee(str(room.world.people[0]), (at(8), at(9)))) == 0
    for key in ("hub-zz", "other", meeting_key(room.world.group)):
        with pytest.raises(NotFound), room.world.tenant.write() as session:
            video.told(session, room.platform, key, (), NOW)


def test_a_token_serves_one_message(room: Room) -> None:
    with room.world.tenant.write() as session:
        used = [video.used_before(session, room.platform, "t1", body, NOW) for body in ("a", "a", "b")]
        assert used == [False, False, True]
        assert not video.used_before(session, room.platform, "t2", "b", NOW + timedelta(days=4))
        assert not video.used_before(session, room.platform, "t1", "b", NOW + timedelta(days=4))


def test_recordings_are_listed_once_they_are_read(room: Room) -> None:
    room.bbb.recordings = [("r1", room.key, "published"), ("r2", room.key, "processing"), ("r3", "other", "published")]
    clock = Clock(NOW + timedelta(days=1))
    run = read(room.world.tenant, room.installation.config, room.platform, clock)
    assert (run.state, run.counts["recordings"]) == ("done", 2)
    again = read(room.world.tenant, room.installation.config, room.platform, clock, full=False)
    assert again.counts.get("recordings", 0) == 0
    with room.world.tenant.read() as session:
        (mine,) = seances_read.past(session, room.world.people[0], clock.now)
    assert mine.recordings == ("https://visio.example/playback/r1",)
