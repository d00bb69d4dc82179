"""Calendars: events proposed as séances and written once agreed; séances given out at a revocable address."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.attendance import Presence
from hub.models.files import CalendarFeed, CalendarSource
from hub.models.person import RoleGrant
from hub.models.place import Seance
from hub.services import attendance, seances
from hub.services.attendance import Entry
from hub.services.calendars import feeds, sources
from hub.services.calendars.sources import SourceData
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.roles import grant_role
from tests.connectors.test_ics import calendar
from tests.services.trainer_world import DAY, NOW, WORKSHOP, World, make

AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
EVENT = (
    "UID:a\nSEQUENCE:1\nDTSTART;TZID=Europe/Paris:20261201T090000\nDTEND;TZID=Europe/Paris:20261201T120000\n"
    "SUMMARY:Soudure"
)
SERIES = (
    "UID:b\nDTSTART;TZID=Europe/Paris:20261202T140000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:Découpe laser"
)


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    return make(tenant)


def add(world: World, url: str = "") -> CalendarSource:
    data = SourceData("Agenda de Claire", WORKSHOP, world.group, url, world.trainer, world.room)
    with world.tenant.write() as session:
        return sources.add(session, world.viewer, data, AT)


def propose(world: World, source: CalendarSource, *events: str) -> dict[str, tuple[str, str]]:
    """Title and day -> (fate, why)."""
    found = sources.propose(world.tenant, world.viewer, source.id, calendar(*events), AT)
    return {f"{it.title} {it.day[5:]}": (it.fate, it.why) for it in found}


def confirm(world: World, source: CalendarSource) -> tuple[int, list[str]]:
    with world.tenant.read() as session:
        keys = {it["key"] for it in session.get_one(CalendarSource, source.id).proposed}
    written, left = sources.confirm(world.tenant, world.viewer, source.id, keys, AT)
    return written, [it.why for it in left]


def planned(world: World) -> list[tuple[str, date, time, bool]]:
    with world.tenant.read() as session:
        rows = session.scalars(select(Seance).order_by(Seance.day, Seance.starts))
        return [(it.title, it.day, it.starts, it.cancelled_at is not None) for it in rows]


def test_events_are_proposed_then_written_and_never_twice(world: World) -> None:
    source = add(world)
    assert propose(world, source, EVENT, SERIES) == {
        "Soudure 12-01": ("new", ""), "Découpe laser 12-02": ("new", ""), "Découpe laser 12-09": ("new", ""),
    }  # fmt: skip
    assert planned(world) == []
    assert confirm(world, source) == (3, [])
    assert planned(world)[0] == ("Soudure", date(2026, 12, 1), time(9), False)
    assert set(propose(world, source, EVENT, SERIES).values()) == {("same", "")}
    assert confirm(world, source) == (0, [])


def test_a_moved_a_cancelled_and_a_vanished_event(world: World) -> None:
    source = add(world)
    propose(world, source, EVENT, SERIES)
    confirm(world, source)
    moved = EVENT.replace("SEQUENCE:1", "SEQUENCE:2").replace("20261201", "20261203")
    called_off = (
        "UID:b\nSEQUENCE:1\nRECURRENCE-ID;TZID=Europe/Paris:20261202T140000\nSTATUS:CANCELLED\n"
        "DTSTART;TZID=Europe/Paris:20261202T140000\nDURATION:PT2H\nSUMMARY:Découpe laser"
    )
    told = propose(world, source, moved, SERIES, called_off)
    assert told["Soudure 12-03"] == ("change", "")
    assert told["Découpe laser 12-02"] == ("cancel", "")
    assert confirm(world, source) == (2, [])
    assert planned(world) == [
        ("Découpe laser", date(2026, 12, 2), time(14), True), ("Soudure", date(2026, 12, 3), time(9), False),
        ("Découpe laser", date(2026, 12, 9), time(14), False),
    ]  # fmt: skip
    older = propose(world, source, EVENT)
    assert older == {"Soudure 12-01": ("same", "older"), "Découpe laser 12-09": ("gone", "gone")}
    assert confirm(world, source) == (0, [])
    assert [cancelled for *_, cancelled in planned(world)] == [True, False, False]


def test_events_that_make_no_seance_say_why(world: World) -> None:
    source = add(world)
    told = propose(
        world, source, "UID:a\nDTSTART;VALUE=DATE:20261201\nSUMMARY:Portes ouvertes",
        "UID:b\nDTSTART:20261201T220000Z\nDTEND:20261202T010000Z\nSUMMARY:Nuit",
        "UID:c\nDTSTART:20261203T090000Z\nSUMMARY:Point",
    )  # fmt: skip
    assert [why for _, why in told.values()] == ["all_day", "over_midnight", "no_length"]


def test_a_seance_whose_roll_began_is_left_and_the_rest_is_written(world: World) -> None:
    today = EVENT.replace("20261201", "20261124")
    source = add(world)
    propose(world, source, today)
    confirm(world, source)
    with world.tenant.write() as session:
        row = session.scalars(select(Seance)).one()
        entry = Entry(world.people[0], "am", Presence.PRESENT)
        attendance.mark_roll(session, world.viewer, row.id, [entry], AT)
    propose(world, source, today.replace("SEQUENCE:1", "SEQUENCE:2").replace("T120000", "T123000"), SERIES)
    assert confirm(world, source) == (2, ["roll_called"])


def test_a_calendar_belongs_to_a_group_of_its_viewer_and_its_address_is_sealed(world: World) -> None:
    source = add(world, "https://calendar.example/private-123/basic.ics")
    assert "private-123" not in repr(source.url)
    with world.tenant.write() as session:
        with pytest.raises(Invalid) as caught:
            sources.add(session, world.viewer, SourceData(" ", "urn:x", None, "ftp://x"), AT)
        assert caught.value.fields == {
            "name": "required", "group_id": "required", "iri": "unknown", "url": "not_a_link",
        }  # fmt: skip
        sources.remove(session, world.viewer, source.id, AT)
    with world.tenant.read() as session, pytest.raises(NotFound):
        sources.find(session, world.viewer, source.id)


def feed(world: World, token: str, vault: object) -> Calendar:
    with world.tenant.read() as session:
        row = feeds.find(session, vault, token)
        found = feeds.views(session, row, AT)
    text = feeds.as_ics(found, name="Le lieu", address="https://hub.example/", now=AT)
    return Calendar.from_ical(text)


def test_a_feed_gives_ones_own_seances_until_it_is_revoked(installation: Installation, world: World) -> None:
    world.plan(starts=time(9), ends=time(12))
    cancelled = world.plan(title="Annulé", day=date(2026, 12, 2), starts=time(9), ends=time(12))
    learner, vault = world.people[0], installation.vault
    with world.tenant.write() as session:
        seances.cancel(session, world.viewer, cancelled, "panne", NOW)
        token = feeds.make(session, vault, learner, None, AT)
        row = session.scalars(select(CalendarFeed)).one()
        assert token.encode() not in row.token_hash
    events = feed(world, token, vault).walk("VEVENT")
    assert [(str(it["SUMMARY"]), str(it["STATUS"])) for it in events] == [
        ("Atelier dessin 3D", "CONFIRMED"), ("Annulé", "CANCELLED"),
    ]  # fmt: skip
    start: Any = events[0]["DTSTART"]
    assert (start.dt.hour, start.params["TZID"]) == (9, "Europe/Paris")
    assert len(feed(world, token, vault).walk("VTIMEZONE")) == 1
    assert "Benali" not in str(events)
    with world.tenant.write() as session:
        with pytest.raises(NotFound):
            feeds.revoke(session, world.people[1], row.id, AT)
        feeds.revoke(session, learner, row.id, AT)
        for wrong in (token, token + "x", ""):
            with pytest.raises(NotFound):
                feeds.find(session, vault, wrong)


def test_a_group_is_given_only_to_who_follows_it_now(installation: Installation, world: World) -> None:
    world.plan()
    vault = installation.vault
    with world.tenant.write() as session:
        with pytest.raises(NotFound):
            feeds.make(session, vault, world.people[0], world.group, AT)
        grant_role(session, world.trainer, "trainer", AT, group_id=world.group, by=None)
        token = feeds.make(session, vault, world.trainer, world.group, AT)
    assert len(feed(world, token, vault).walk("VEVENT")) == 1
    with world.tenant.write() as session:
        for grant in session.scalars(select(RoleGrant).where(RoleGrant.person_id == world.trainer)):
            session.delete(grant)
    with pytest.raises(NotFound):
        feed(world, token, vault)


def test_one_seance_is_given_to_whom_it_concerns(world: World) -> None:
    seance = world.plan()
    with world.tenant.read() as session:
        (view,) = feeds.one(session, world.people[0], seance, AT)
        assert view.seance.day == DAY
    with world.tenant.write() as session:
        stranger = session.get_one(Seance, seance)
        stranger.group_id = None
    with world.tenant.read() as session, pytest.raises(NotFound):
        feeds.one(session, world.people[0], seance, AT)


def test_a_person_has_at_most_ten_addresses(installation: Installation, world: World) -> None:
    with world.tenant.write() as session:
        for _ in range(feeds.MOST):
            feeds.make(session, installation.vault, world.trainer, None, AT)
        with pytest.raises(Conflict):
            feeds.make(session, installation.vault, world.trainer, None, AT)
