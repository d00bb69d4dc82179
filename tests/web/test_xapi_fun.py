"""Real statements: FUN-MOOC's 22,000 in batches; 500 of them and back again."""

import gzip
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import func, select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.river import AgentDay, Ledger, StandingRow, TraceRow
from tests.shared import shared_path
from tests.web.conftest import Clock
from tests.web.xapi_client import Sender, new_sender

COUNT, EVERY, BATCH = 500, 44, 50


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock)


def sample() -> list[dict[str, Any]]:
    """Every 44th of the 22,000."""
    with gzip.open(shared_path("fixtures", "xapi", "fun-mooc-statements.jsonl.gz")) as lines:
        return [orjson.loads(line) for number, line in enumerate(lines) if number % EVERY == 0][:COUNT]


def test_every_statement_of_fun_is_taken_and_given_back_unchanged(sender: Sender) -> None:
    sent = sample()
    assert len(sent) == COUNT
    for start in range(0, COUNT, BATCH):
        answer = sender.post(*sent[start : start + BATCH])
        assert answer.status_code == 200, answer.text
        assert answer.json == [s["id"] for s in sent[start : start + BATCH]]
    found: dict[str, dict[str, Any]] = {}
    page = sender.get(limit=60).json
    while True:
        found |= {s["id"]: s for s in page["statements"]}
        if not page["more"]:
            break
        page = sender.call("GET", page["more"]).json
    added = {"stored", "authority", "version"}
    for one in sent:
        back = found[one["id"]]
        assert {k: v for k, v in back.items() if k not in added} == {k: v for k, v in one.items() if k not in added}
    actor, verb = sent[0]["actor"], sent[0]["verb"]["id"]
    expected = {s["id"] for s in sent if s["actor"]["account"] == actor["account"] and s["verb"]["id"] == verb}
    assert {s["id"] for s in sender.found(agent=actor, verb=verb)} == expected
    course = sent[0]["context"]["contextActivities"]["parent"][0]["id"]
    about = {s["id"] for s in sent if course in str(s["object"]) + str(s["context"].get("contextActivities"))}
    assert {s["id"] for s in sender.found(activity=course, related_activities="true")} == about
    again = sender.post(*sent[:BATCH])
    assert again.status_code == 200
    assert len(sender.found()) == COUNT


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_all_22_000_are_taken_and_become_evidence(sender: Sender, tenant: TenantDatabase) -> None:
    with gzip.open(shared_path("fixtures", "xapi", "fun-mooc-statements.jsonl.gz")) as file:
        lines = [line.strip() for line in file]
    for start in range(0, len(lines), 1000):
        body = b"[" + b",".join(lines[start : start + 1000]) + b"]"
        answer = sender.call("POST", "statements", data=body, content_type="application/json")
        assert answer.status_code == 200, answer.text
    with tenant.read() as session:
        assert session.scalar(select(func.count()).select_from(Ledger)) == len(lines) == 22_000
        rows = session.execute(select(TraceRow.kind, func.count()).group_by(TraceRow.kind))
        kinds = dict(map(tuple, rows))
        days = session.scalar(select(func.sum(AgentDay.count)))
        pairs = select(TraceRow.agent_id, TraceRow.activity_id, TraceRow.kind).distinct().subquery()
        told = session.scalar(select(func.count()).select_from(pairs))
        folded = session.scalar(select(func.count()).select_from(StandingRow))
    # 636 videos ended; one progress for each that, pause and seek and end that told its share.
    assert kinds == {"opened": 8005, "progress": 10449, "completed": 636}
    assert days == 22_000
    assert folded == told
