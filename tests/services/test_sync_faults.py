"""Platforms that fail: a typed error is kept and shown, what was had stays, the next try comes later."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
import responses
from sqlalchemy import select

from connectors.errors import ConnectorError
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import MoodleState, create_moodle_double
from hub.jobs.registry import Registry
from hub.jobs.worker import Worker
from hub.models.platforms import Job, SyncRun
from hub.services import platforms, sync
from hub.services.errors import Conflict
from hub.services.jobs import RetryLater
from tests.connectors.loopback import speaking
from tests.services.sync_place import (
    QUICK,
    START,
    Clock,
    add_platform,
    connect_by,
    everybody_works,
    everything,
    moodle,
    platform_row,
    read,
    standing,
)

URL = "https://moodle.partenaire.example"
SERVER = f"{URL}/webservice/rest/server.php"


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=2) as double:
        everybody_works(double)
        yield double


@pytest.fixture
def clock() -> Clock:
    return Clock()


def move(tenant: TenantDatabase, platform_id: UUID, url: str) -> None:
    with tenant.write() as session:
        row = session.get_one(type(platform_row(tenant, platform_id)), platform_id)
        row.settings = {**row.settings, "url": url}


def last_run(tenant: TenantDatabase) -> SyncRun:
    with tenant.read() as session:
        return session.scalars(select(SyncRun).order_by(SyncRun.id.desc()).limit(1)).one()


ANSWERS: list[tuple[str, dict[str, Any], str, bool]] = [
    ("500", {"status": 500, "body": "oops"}, "remote_down", True),
    ("503 html", {"status": 503, "body": "<html>maintenance</html>"}, "remote_down", True),
    ("html", {"status": 200, "body": "<html>connexion</html>"}, "not_json", True),
    ("half a json", {"status": 200, "body": '{"sitename": "Mood'}, "not_json", True),
    ("401", {"status": 401, "body": "no"}, "remote_refused", False),
    ("403", {"status": 403, "body": "no"}, "remote_refused", False),
    ("404", {"status": 404, "body": "no"}, "configuration_fault", False),
    ("429", {"status": 429, "headers": {"Retry-After": "1800"}}, "rate_limited", True),
    ("bad token", {"json": {"exception": "x", "errorcode": "invalidtoken", "message": "m"}}, "invalid_token", False),
    ("not a Moodle", {"json": {"hello": 1}}, "data_drift", False),
    ("redirect", {"status": 302, "headers": {"Location": "https://ailleurs.example/"}}, "redirect_refused", False),
]


@pytest.mark.parametrize(("answer", "code", "transient"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_a_fault_is_kept_and_nothing_is_lost(
    installation: Installation,
    tenant: TenantDatabase,
    state: MoodleState,
    clock: Clock,
    answer: dict[str, Any],
    code: str,
    transient: bool,
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    before, read_at = everything(tenant), clock.now
    move(tenant, platform_id, URL)
    clock.pass_by(hours=8)
    with responses.RequestsMock() as remote:
        remote.post(SERVER, **answer)
        with pytest.raises(ConnectorError) as fault:
            read(tenant, installation.config, platform_id, clock)
    assert fault.value.code == code
    assert everything(tenant) == before
    run, platform = last_run(tenant), platform_row(tenant, platform_id)
    assert run.error is not None
    assert platform.last_error is not None
    assert run.error["code"] == platform.last_error["code"] == code
    assert run.state == ("waiting" if transient else "failed")
    assert platform.last_read_at == read_at
    assert platform.next_read_at is not None
    assert platform.next_read_at > clock.now
    assert "0123456789abcdef" not in repr((run.error, platform.last_error))


def silent(connection: socket.socket) -> None:
    Event().wait(3)


def cut_off(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")


@pytest.mark.parametrize(("script", "code"), [(silent, "remote_slow"), (cut_off, "remote_down")])
def test_a_slow_or_broken_connection_is_a_fault_too(
    installation: Installation,
    tenant: TenantDatabase,
    state: MoodleState,
    clock: Clock,
    script: Callable[[socket.socket], None],
    code: str,
) -> None:
    platform_id = add_platform(tenant, state)
    with speaking(script) as port:
        move(tenant, platform_id, f"http://127.0.0.1:{port}")
        with pytest.raises(ConnectorError):
            sync.run_sync(tenant, platform_id, connect_by(installation.config, QUICK), clock=clock)
    error = last_run(tenant).error
    assert error is not None
    assert (error["code"], error["transient"]) == (code, True)


def test_a_platform_that_is_back_goes_on_with_the_same_run(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    calls = 0
    connect = connect_by(installation.config)
    state.latency = {"gradereport_user_get_grade_items": 7.0}  # longer than we wait
    with pytest.raises(ConnectorError):
        sync.run_sync(tenant, platform_id, connect, clock=clock)
    interrupted = last_run(tenant)
    assert (interrupted.state, interrupted.counts["courses"]) == ("waiting", 2)
    state.latency = 0.0
    calls = state.calls["core_course_get_courses"]
    clock.pass_by(minutes=2)
    run = read(tenant, installation.config, platform_id, clock)
    assert (run.id, run.state, run.error) == (interrupted.id, "done", None)
    assert state.calls["core_course_get_courses"] == calls
    assert platform_row(tenant, platform_id).last_error is None
    assert standing(tenant, "eleve1", "/mod/quiz/view.php?id=13")["score"] == 0.75


def test_a_platform_that_asked_for_a_pause_gets_it_from_everybody(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    move(tenant, platform_id, URL)
    with responses.RequestsMock() as remote:
        remote.post(SERVER, status=429, headers={"Retry-After": "1800"})
        with pytest.raises(ConnectorError):
            read(tenant, installation.config, platform_id, clock)
    clock.pass_by(minutes=29)
    move(tenant, platform_id, state.url)
    state.calls.clear()
    with pytest.raises(RetryLater) as later:
        read(tenant, installation.config, platform_id, clock)
    with pytest.raises(RetryLater):
        sync.read_person(tenant, platform_id, platform_id, None, connect_by(installation.config), clock=clock)
    assert later.value.seconds == 60
    assert not state.calls
    clock.pass_by(minutes=1)
    assert read(tenant, installation.config, platform_id, clock).state == "done"


def test_a_missing_right_stops_only_what_needs_it(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    move(tenant, platform_id, URL)

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        if b"wsfunction=gradereport_user_get_grade_items" in request.body:
            return 200, {}, '{"exception": "x", "errorcode": "nopermissions", "message": "m"}'
        return real.post(request.body)

    real = Relay(state)
    with responses.RequestsMock() as remote:
        remote.add_callback(responses.POST, SERVER, callback=answer)
        run = read(tenant, installation.config, platform_id, clock)
    assert run.state == "partial"
    assert run.error is not None
    assert run.error["code"] == "missing_right"
    assert "moodle/grade:viewall" in run.error["rights"]
    assert platform_row(tenant, platform_id).last_error is not None
    assert standing(tenant, "eleve0", "/mod/quiz/view.php?id=13") == {"completed": 1.0, "passed": 1.0}


def test_an_answer_of_35_mb_is_read_learner_by_learner_from_then_on(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    move(tenant, platform_id, URL)
    whole: list[bytes] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        if b"wsfunction=gradereport_user_get_grade_items" in request.body and b"userid=0" in request.body:
            whole.append(request.body)
            return 200, {"Content-Type": "application/json"}, '{"usergrades": [' + " " * (35 << 20) + "]}"
        return real.post(request.body)

    real = Relay(state)
    for _ in range(2):
        with responses.RequestsMock() as remote:
            remote.add_callback(responses.POST, SERVER, callback=answer)
            run = read(tenant, installation.config, platform_id, clock)
        assert run.state == "done"
        clock.pass_by(days=1)
    assert len(whole) == 1  # not again the next day
    assert standing(tenant, "eleve0", "/mod/quiz/view.php?id=13")["score"] == 0.75


class Relay:
    """Hands what was posted to the recorded address on to the double."""

    def __init__(self, state: MoodleState) -> None:
        self._client = create_moodle_double(state).test_client()

    def post(self, body: bytes) -> tuple[int, dict[str, str], str]:
        kind = "application/x-www-form-urlencoded"
        answer = self._client.post("/webservice/rest/server.php", data=body, content_type=kind)
        return answer.status_code, {}, answer.text


def test_functions_left_out_of_the_service_leave_the_rest_readable(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    state.functions = frozenset(
        {
            "core_webservice_get_site_info",
            "core_course_get_courses",
            "core_enrol_get_enrolled_users",
            "core_completion_get_activities_completion_status",
        }
    )
    run = read(tenant, installation.config, add_platform(tenant, state), clock)
    assert run.state == "done"
    assert standing(tenant, "eleve0", "/mod/quiz/view.php?id=13") == {"completed": 1.0, "passed": 1.0}
    assert "gradereport_user_get_grade_items" in run.counts["missing"]["grades"]


def test_the_queue_tries_again_when_the_remote_said(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    move(tenant, platform_id, URL)

    def handler(t: TenantDatabase, payload: Any, report: Any) -> None:
        sync.run_sync(t, UUID(payload["platform_id"]), connect_by(installation.config, QUICK), report, clock=clock)

    registry = Registry({platforms.SYNC_JOB: handler}, {})
    with responses.RequestsMock() as remote:
        remote.post(SERVER, status=429, headers={"Retry-After": "1800"})
        Worker(installation, Event(), registry=registry, clock=clock).run_once()
    with tenant.read() as session:
        job = session.scalars(select(Job)).one()
    assert (job.state, job.due_at) == ("due", clock.now + timedelta(seconds=1800))
    assert job.last_error is not None
    assert job.last_error["code"] == "rate_limited"
    move(tenant, platform_id, state.url)
    clock.pass_by(seconds=1801)
    Worker(installation, Event(), registry=registry, clock=clock).run_once()
    assert last_run(tenant).state == "done"
    with tenant.write() as session:
        platforms.set_state(session, platform_id, active=False, by=None, now=clock.now)
        with pytest.raises(Conflict):
            sync.request_sync(session, platform_id, by=None, now=clock.now)
    assert clock.now > START
