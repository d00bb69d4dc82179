"""From exceptions to answers: one table, a page for people, problem+json for machines."""

import logging
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from flask import Blueprint, Flask, abort, request

from connectors.errors import NotJson, RateLimited, RemoteDown, SettingRefused
from content.xapi.errors import StatementError
from hub.db.directory import Installation
from hub.db.errors import BlobTooLarge, DatabaseBusy
from hub.services.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests
from hub.web.access import PUBLIC, access
from hub.web.app import create_app, discover
from hub.web.error_words import FIELD_FAULTS, INTERNAL, TABLE
from tests.web.conftest import Browser, Clock

FAILURES: dict[str, Any] = {
    "not_found": NotFound(),
    "forbidden": Forbidden(),
    "conflict": Conflict("path_changed_meanwhile"),
    "invalid": Invalid({"title": "required", "minutes": "something_new"}),
    "busy": DatabaseBusy("no turn"),
    "big": BlobTooLarge("more than 5 bytes"),
    "down": RemoteDown("secret detail"),
    "html": NotJson(),
    "rate": RateLimited(),
    "setting": SettingRefused("url", "empty"),
    "statement": StatementError("$.actor", "XAPI-1", "expected"),
    "bug": ZeroDivisionError("secret detail"),
}


@pytest.fixture
def app(installation: Installation, clock: Clock) -> Flask:
    def fail(name: str) -> str:
        if name == "soon":
            raise TooManyRequests(clock.now + timedelta(seconds=90))
        if name.isdigit():
            abort(int(name))
        raise FAILURES[name]

    module = ModuleType("failing")
    blueprint = Blueprint("failing", __name__)
    for prefix in ("/fail", "/api/fail"):
        blueprint.add_url_rule(f"{prefix}/<name>", prefix, access(PUBLIC)(fail))
    module.blueprint = blueprint
    return create_app(installation, clock=clock, views=[*discover(), module])


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("not_found", 404, "not_found"),
        ("forbidden", 403, "forbidden"),
        ("conflict", 409, "path_changed_meanwhile"),
        ("invalid", 422, "invalid"),
        ("busy", 503, "database-busy"),
        ("big", 413, "blob-too-large"),
        ("down", 503, "remote_down"),
        ("html", 503, "not_json"),
        ("rate", 503, "rate_limited"),
        ("setting", 422, "setting_refused"),
        ("statement", 422, "format"),
        ("soon", 429, "too_many_requests"),
        ("bug", 500, "internal"),
        ("404", 404, "http-404"),
        ("418", 418, "http-418"),
    ],
)
def test_status_and_code_are_stable(browser: Browser, name: str, status: int, code: str) -> None:
    page = browser.get(f"/fail/{name}")
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert "<h1>" in page.text
    answer = browser.get(f"/api/fail/{name}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body = answer.json
    assert body is not None
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert "secret" not in page.text + answer.text


def test_both_languages(browser: Browser) -> None:
    assert "L’autre plateforme ne répond pas" in browser.get("/fail/down").text
    browser.headers["Accept-Language"] = "en"
    assert "The other platform does not answer" in browser.get("/fail/down").text
    body = browser.get("/api/fail/down").json
    assert body is not None
    assert body["title"] == "The other platform does not answer for now"


def test_faults_of_fields_are_said(browser: Browser) -> None:
    body = browser.get("/api/fail/invalid").json
    assert body is not None
    assert body["fields"] == {
        "title": {"code": "required", "text": "À remplir."},
        "minutes": {"code": "something_new", "text": "Incorrect."},
    }
    assert "À remplir." in browser.get("/fail/invalid").text


def test_waiting_is_said_in_seconds(browser: Browser) -> None:
    assert browser.get("/fail/soon").headers["Retry-After"] == "90"


def test_a_bug_is_logged_once_under_the_number_the_page_shows(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        text = browser.get("/fail/bug").text
    (record,) = [r for r in caplog.records if r.levelno >= logging.ERROR]
    reference = record.getMessage().split()[1]
    assert reference in text
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError


def test_what_we_foresaw_is_no_alarm(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        browser.get("/fail/conflict?token=abc")
    assert not [r for r in caplog.records if r.levelno > logging.INFO and r.name == "hub.web"]
    assert "path_changed_meanwhile on GET /fail/conflict" in caplog.text
    assert "token=abc" not in caplog.text


def test_a_wrong_method_names_the_right_ones(browser: Browser) -> None:
    answer = browser.get("/sign-out")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_an_oversized_body_is_refused(app: Flask, browser: Browser) -> None:
    token = browser.token()
    app.config["MAX_CONTENT_LENGTH"] = 100
    answer = browser.client.post(
        "/sign-in", data={"login": "x" * 200, "csrf_token": token}, base_url="http://hub.localhost:8080"
    )
    assert answer.status_code == 413


def test_a_failing_frame_still_gives_an_answer(browser: Browser, app: Flask) -> None:
    app.jinja_env.globals["static_url"] = lambda name: request.no_such_thing
    app.jinja_env.cache.clear()
    answer = browser.get("/fail/not_found")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


def test_every_text_of_the_table_is_in_english_too() -> None:
    from hub.texts.catalogue import english

    texts = [t for words in [*TABLE.values(), INTERNAL] for t in (words.title, words.text)] + [*FIELD_FAULTS.values()]
    assert [text for text in texts if text not in english()] == []
    assert all(400 <= words.status < 600 for words in TABLE.values())
