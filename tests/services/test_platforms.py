"""Platforms: settings checked, secrets sealed, readings scheduled, connections tested."""

from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select, text

from connectors.errors import InvalidToken
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.worker import Worker
from hub.models.platforms import Job, Platform, SyncRun, Timetable
from hub.services import journal, platforms, sync
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.platforms import PlatformData
from tests.services.sync_place import NOW, QUICK, TOKEN, Clock, add_platform, moodle, platform_row

URL = "https://moodle.partenaire.example"


def data(**said: object) -> PlatformData:
    known: dict[str, object] = {"name": "Moodle", "connector": "moodle", "values": {"url": URL, "token": TOKEN}}
    return PlatformData(**{**known, **said})


def test_secrets_are_sealed_and_shown_nowhere(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        row = platforms.add(session, data(), by=None, now=NOW)
        stored = session.execute(text("SELECT * FROM platform")).one()
    assert TOKEN not in repr(tuple(stored))
    assert row.settings == {"url": URL, "report": "", "role": "", "learners": "", "competencies": "no"}
    assert row.base_url == URL
    with tenant.read() as session:
        to = platforms.connection(session, row.id)
        assert to.values["token"] == TOKEN
        assert TOKEN not in repr((to, data(), platforms.overview(session), journal.entries(session)))


def test_a_secret_left_empty_on_a_change_is_kept(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        row = platforms.add(session, data(), by=None, now=NOW)
        platforms.change(session, row.id, data(name="Autre", values={"url": URL, "token": ""}), by=None, now=NOW)
    with tenant.read() as session:
        assert platforms.connection(session, row.id).values["token"] == TOKEN
        assert platforms.find(session, row.id).name == "Autre"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": " "}, "name"),
        ({"connector": "ftp"}, "connector"),
        ({"values": {"url": "moodle", "token": TOKEN}}, "url"),
        ({"values": {"url": URL}}, "token"),
        ({"values": {"url": URL, "token": TOKEN, "colour": "red"}}, "colour"),
        ({"every_minutes": 0}, "every_minutes"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(tenant: TenantDatabase, said: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused, tenant.write() as session:
        platforms.add(session, data(**said), by=None, now=NOW)
    assert list(refused.value.fields) == [field]


def test_a_connector_does_not_change(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        row = platforms.add(session, data(), by=None, now=NOW)
    with pytest.raises(Invalid), tenant.write() as session:
        platforms.change(session, row.id, data(connector=""), by=None, now=NOW)
    with pytest.raises(NotFound), tenant.write() as session:
        platforms.change(session, new_id(), data(), by=None, now=NOW)


def test_the_timetable_follows_the_platform(tenant: TenantDatabase) -> None:
    def rows() -> list[tuple[int, object]]:
        with tenant.read() as session:
            return [(row.every_seconds, row.next_at) for row in session.scalars(select(Timetable))]

    with tenant.write() as session:
        row = platforms.add(session, data(every_minutes=60), by=None, now=NOW)
    assert rows() == [(3600, NOW)]
    with tenant.write() as session:
        session.get_one(Platform, row.id).last_read_at = NOW
        platforms.change(session, row.id, data(every_minutes=30), by=None, now=NOW)
    assert rows() == [(1800, NOW + timedelta(minutes=30))]
    with tenant.write() as session:
        platforms.set_state(session, row.id, active=False, by=None, now=NOW)
    assert rows() == []
    with pytest.raises(Conflict), tenant.write() as session:
        sync.request_sync(session, row.id, by=None, now=NOW)


def test_a_platform_is_read_by_the_timetable_and_on_request(installation: Installation, tenant: TenantDatabase) -> None:
    clock = Clock()
    with moodle(learners=2) as state:
        platform_id = add_platform(tenant, state, every_minutes=60)
        Worker(installation, Event(), clock=clock).run_once()
        assert platform_row(tenant, platform_id).last_read_at == NOW
        assert platform_row(tenant, platform_id).next_read_at == NOW + timedelta(hours=1)
        clock.pass_by(minutes=30)
        with tenant.write() as session:
            first = sync.request_sync(session, platform_id, by=None, now=clock.now)
            assert sync.request_sync(session, platform_id, by=None, now=clock.now) == first
        Worker(installation, Event(), clock=clock).run_once()
        clock.pass_by(minutes=30)
        Worker(installation, Event(), clock=clock).run_once()
    with tenant.read() as session:
        scopes = [run.scope["full"] for run in session.scalars(select(SyncRun).order_by(SyncRun.id))]
        states = {job.state for job in session.scalars(select(Job))}
        (line,) = platforms.overview(session)
    assert scopes == [True, True, False]
    assert states == {"done"}
    assert (line.run_state, line.last_read_at, line.last_error) == ("done", clock.now, None)


def test_a_connection_is_tested_with_one_call(installation: Installation, tenant: TenantDatabase) -> None:
    with moodle(learners=1) as state:
        platform_id = add_platform(tenant, state)
        state.functions = frozenset({"core_webservice_get_site_info", "core_course_get_courses"})
        with tenant.read() as session:
            to = platforms.connection(session, platform_id)
        found = platforms.probe(to, installation.config, QUICK)
        assert (found.site, found.possible) == ("Moodle partenaire", ("catalogue", "diagnosis"))
        assert found.missing["roster"] == ("core_enrol_get_enrolled_users",)
        assert sum(state.calls.values()) == 1
        state.token = "another"
        with pytest.raises(InvalidToken):
            platforms.probe(to, installation.config, QUICK)
