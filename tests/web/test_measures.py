"""/readyz and /metrics: who may read them, and what they say."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from hub.config import Config
from hub.db.directory import Installation
from hub.services import ledger, neighbours
from hub.services.neighbours import LinkData
from hub.services.xapi_sources import create_source, sender
from hub.web.app import create_app
from tests.services.test_statement_transfers import statement

TOKEN = "a-token-of-the-operator"


@pytest.fixture
def measured(make_config: Callable[..., Config]) -> Flask:
    made = Installation(make_config(base_url="http://hub.localhost:8080", metrics_token=TOKEN))
    return create_app(made)


def test_figures_are_for_whoever_has_the_token(measured: Flask) -> None:
    client = measured.test_client()
    client.get("/sign-in", base_url="http://hub.localhost:8080")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert 'hub_requests_total{endpoint="sign_in.sign_in",method="GET",status="200"} 1.0' in answer.text
    assert 'hub_queue_late_seconds{place="generateur"} 0.0' in answer.text
    assert "process_resident_memory_bytes" in answer.text
    assert "/sign-in" not in answer.text  # endpoints, never paths


def test_links_to_other_lrss_are_figures_too(make_config: Callable[..., Config]) -> None:
    made = Installation(make_config(base_url="http://hub.localhost:8080", metrics_token=TOKEN))
    now = datetime.now(UTC)
    said = [statement(number) for number in range(3)]
    with made.tenant("generateur").write() as session:
        link = neighbours.add(session, LinkData("Suivi", "out", "https://a.example/h", "webhook"), by=None, now=now)
        source = create_source(session, made.vault, "MOOC", ["all"], None, now)[0]
        ledger.ingest(session, said, sender(source), now)
        link.done, link.last_error = 7, {"code": "remote_down"}
        key = link.id
    client = create_app(made).test_client()
    told = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    for name, value in (("done", 7), ("refused", 0), ("behind", 3), ("failing", 1)):
        assert f'hub_lrs_link_{name}{{direction="out",link="{key}",place="generateur"}} {value}.0' in told
    assert "Suivi" not in told


def test_without_a_token_of_the_installation_there_are_none(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_ready_says_what_the_visitor_came_by_and_never_why_not(
    app: Flask, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    assert client.get("/readyz").json == {"status": "ok", "scheme": "http"}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("pathlib.Path.touch", full)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "not_ready", "scheme": "http"})
