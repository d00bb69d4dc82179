"""The failure matrix: whatever a Moodle, a proxy or the network does, a read ends in one typed error that shows no
secret.
"""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses

from connectors import errors
from connectors.http import HttpClient, HttpOptions
from connectors.moodle import MoodleConnector
from connectors.registry import declaration
from tests.shared import shared_path

SITE = "https://moodle.example.org"
SERVER = f"{SITE}/webservice/rest/server.php"
TOKEN = "0123456789abcdef0123456789abcdef"

READS: dict[str, Callable[[MoodleConnector], Any]] = {
    "negotiate": lambda moodle: moodle.negotiate(),
    "courses": lambda moodle: list(moodle.courses()),
    "people": lambda moodle: list(moodle.people("username", ["apprenant05"])),
    "modules": lambda moodle: list(moodle.modules("2")),
    "roster": lambda moodle: list(moodle.roster("2")),
    "enrolments": lambda moodle: list(moodle.enrolments("7")),
    "activity_completions": lambda moodle: list(moodle.activity_completions("2", "7")),
    "course_completion": lambda moodle: list(moodle.course_completion("2", "7")),
    "all_course_completions": lambda moodle: list(moodle.all_course_completions()),
    "grades": lambda moodle: list(moodle.grades("2")),
}

HTML = "<!doctype html><html><body>Site en maintenance</body></html>"
FAILURES: dict[str, tuple[dict[str, Any], type[errors.ConnectorError]]] = {
    "down": ({"body": requests.ConnectionError("refused")}, errors.RemoteDown),
    "slow": ({"body": requests.ReadTimeout("slow")}, errors.RemoteSlow),
    "tls": ({"body": requests.exceptions.SSLError("expired")}, errors.CertificateFault),
    "html": ({"body": HTML, "content_type": "text/html"}, errors.NotJson),
    "html 500": ({"body": HTML, "status": 500}, errors.RemoteDown),
    "502": ({"status": 502}, errors.RemoteDown),
    "401": ({"status": 401}, errors.RemoteRefused),
    "403": ({"status": 403}, errors.RemoteRefused),
    "404": ({"body": HTML, "status": 404}, errors.ConfigurationFault),
    "429": ({"status": 429, "headers": {"Retry-After": "120"}}, errors.RateLimited),
    "half json": ({"body": '[{"id": 2, "fullname": "Comp'}, errors.NotJson),
    "empty": ({"body": ""}, errors.NotJson),
    "oversize": ({"body": b"[" + b"0," * 60_000 + b"0]"}, errors.TooLarge),
    "moved": ({"status": 301, "headers": {"Location": "https://www.example.org/"}}, errors.RedirectRefused),
    "null": ({"body": "null"}, errors.DataDrift),
    "a number": ({"body": "7"}, errors.DataDrift),
    "list of texts": ({"body": '["a"]'}, errors.DataDrift),
}


def code(errorcode: str, exception: str = "core\\exception\\moodle_exception") -> dict[str, Any]:
    body = {"exception": exception, "errorcode": errorcode, "message": f"Un mot traduit, {TOKEN}"}
    return {"json": body}


ERRORCODES: dict[str, type[errors.ConnectorError]] = {
    "invalidtoken": errors.InvalidToken,
    "invalidlogin": errors.InvalidToken,
    "accessexception": errors.FunctionMissing,
    "nopermissions": errors.MissingRight,
    "requireloginerror": errors.MissingRight,
    "wsusercannotassign": errors.MissingRight,
    "errorreportview": errors.MissingRight,
    "errorcoursecontextnotvalid": errors.MissingRight,
    "accessdenied": errors.MissingRight,
    "wsaccessusersuspended": errors.InvalidToken,
    "sitepolicynotagreed": errors.InvalidToken,
    "usernotenroled": errors.DataDrift,
    "invalidrecord": errors.DataDrift,
    "invaliduser": errors.DataDrift,
    "notenroled": errors.DataDrift,
    "nottracked": errors.DataDrift,
    "invalidparameter": errors.RemoteRejected,
    "wsnoinstance": errors.RemoteRejected,
    "dmlreadexception": errors.RemoteFailure,
    "sitemaintenance": errors.RemoteFailure,
}
FAILURES |= {name: (code(name), kind) for name, kind in ERRORCODES.items()}


@pytest.fixture
def remote() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def moodle() -> MoodleConnector:
    http = HttpClient(HttpOptions(retries=1, max_bytes=100_000), sleep=lambda seconds: None)
    connector = declaration("moodle").open({"url": SITE, "token": TOKEN, "report": "2"}, http)
    assert isinstance(connector, MoodleConnector)
    return connector


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("read", READS)
def test_every_read_ends_in_the_typed_error(
    moodle: MoodleConnector,
    remote: responses.RequestsMock,
    caplog: pytest.LogCaptureFixture,
    read: str,
    failure: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, kind = FAILURES[failure]
    remote.post(SERVER, **answer)
    with pytest.raises(errors.ConnectorError) as caught:
        READS[read](moodle)
    assert type(caught.value) is kind
    shown = f"{caught.value} {caught.value!r} {caught.value.excerpt} {moodle!r} {caplog.text}"
    assert TOKEN not in shown


@pytest.mark.parametrize(
    "exception", ["required_capability_exception", "core\\exception\\required_capability_exception"]
)
def test_class_names_of_either_version_make_no_difference(
    moodle: MoodleConnector, remote: responses.RequestsMock, exception: str
) -> None:
    remote.post(SERVER, **code("nopermissions", exception))
    with pytest.raises(errors.MissingRight) as caught:
        list(moodle.activity_completions("2", "7"))
    assert caught.value.function == "core_completion_get_activities_completion_status"
    assert "report/progress:view" in caught.value.rights


def test_the_missing_function_is_named(moodle: MoodleConnector, remote: responses.RequestsMock) -> None:
    remote.post(SERVER, **code("accessexception"))
    with pytest.raises(errors.FunctionMissing) as caught:
        list(moodle.grades("2"))
    assert caught.value.function == "gradereport_user_get_grade_items"


def test_retry_after_reaches_the_scheduler(moodle: MoodleConnector, remote: responses.RequestsMock) -> None:
    remote.post(SERVER, status=429, headers={"Retry-After": "120"})
    with pytest.raises(errors.RateLimited) as caught:
        list(moodle.courses())
    assert caught.value.retry_after == 120.0


def test_reads_are_tried_again_though_they_are_posts(moodle: MoodleConnector, remote: responses.RequestsMock) -> None:
    remote.post(SERVER, status=503)
    remote.post(SERVER, json=[])
    assert [page.items for page in moodle.courses()] == [()]
    assert len(remote.calls) == 2


def recorded_errors() -> list[dict[str, Any]]:
    path = shared_path("fixtures", "moodle", "ws", "errors.json")
    return [one for one in json.loads(path.read_text(encoding="utf-8")) if "errorcode" in one["response"]]


def test_every_recorded_error_is_a_class_of_ours(moodle: MoodleConnector, remote: responses.RequestsMock) -> None:
    found: dict[str, str] = {}
    for one in recorded_errors():
        remote.upsert(responses.POST, SERVER, json=one["response"])
        with pytest.raises(errors.ConnectorError) as caught:
            list(moodle.courses())
        found[one["case"]] = caught.value.code
    assert found == {
        "bad token": "invalid_token",
        "unknown function": "data_drift",
        "missing param": "remote_rejected",
        "unexpected param": "remote_rejected",
        "bad type": "remote_rejected",
        "unknown course": "data_drift",
        "unknown user completion": "data_drift",
        "not enrolled user": "data_drift",
        "bad field": "remote_rejected",
        "attendance missing session": "data_drift",
        "duplicate user": "remote_rejected",
        "user with uppercase": "remote_rejected",
        "user batch 1 bad of 2": "remote_rejected",
        "enrol unknown role": "missing_right",
        "get user no criteria": "remote_rejected",
        "learner sees other completion": "missing_right",
        "function not in service": "function_missing",
    }


def test_the_token_travels_in_the_body_with_language_and_zone_forced(
    moodle: MoodleConnector, remote: responses.RequestsMock
) -> None:
    remote.post(SERVER, json=[])
    list(moodle.enrolments("7"))
    request = remote.calls[0].request
    assert request.url == SERVER
    assert TOKEN not in str(request.headers)
    sent = dict(pair.split("=") for pair in request.body.decode().split("&"))
    assert sent == {
        "wstoken": TOKEN,
        "wsfunction": "core_enrol_get_users_courses",
        "moodlewsrestformat": "json",
        "moodlewssettinglang": "en",
        "moodlewssettingtimezone": "UTC",
        "userid": "7",
        "returnusercount": "0",
    }


def test_bulk_reading_without_a_report_is_a_setting_to_fill() -> None:
    connector = declaration("moodle").open({"url": SITE, "token": TOKEN}, HttpClient())
    assert isinstance(connector, MoodleConnector)
    with pytest.raises(errors.SettingRefused) as caught:
        list(connector.all_course_completions())
    assert caught.value.field == "report"


def test_an_error_of_the_token_script_is_recognised() -> None:
    from connectors.moodle.faults import fault, is_fault

    said = {"error": "Invalid login", "errorcode": "invalidlogin"}
    assert is_fault(said)
    assert isinstance(fault(said, "login/token.php", "moodle.example.org", TOKEN), errors.InvalidToken)
    assert not is_fault({"warnings": []})
