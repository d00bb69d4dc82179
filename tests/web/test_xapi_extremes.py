"""Statements at the limits of size: what was taken can be sent again, asked for in every form, and stops no page."""

from typing import Any

import pytest
from flask import Flask

from content.xapi.parse import MAX_DEPTH, MAX_DIGITS, dump, load
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from tests.content.xapi.samples import nested
from tests.web.conftest import Clock
from tests.web.xapi_client import Sender, new_sender, statement

ID = "11111111-1111-4111-8111-111111111111"


DEEP = {"id": "https://lms.example/deep", "definition": {"extensions": {"a:b": nested(MAX_DEPTH - 7)}}}
EXTREME: list[dict[str, Any]] = [
    {"context": {"contextActivities": {"parent": DEEP}}},
    {"context": {"extensions": {"a:b": load(b"9" * (MAX_DIGITS - 6) + b"e1")}}},
    {"context": {"extensions": {"a:b": load(b"9" * (MAX_DIGITS - 7) + b"e-999")}}},
]


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock)


@pytest.mark.parametrize("more", EXTREME, ids=("deep", "long", "small"))
def test_what_was_taken_can_be_sent_again_and_asked_for(sender: Sender, more: dict[str, Any]) -> None:
    body = dump(statement("ines", id=ID, **more)).encode()
    assert load(body) is not None
    for _ in range(2):
        answer = sender.call("POST", "statements", data=body, content_type="application/json")
        assert (answer.status_code, answer.json) == (200, [ID])
    sender.post(statement("zoe"))
    for form in ("exact", "ids", "canonical"):
        assert sender.get(format=form).text.count('"verb"') == 2
        assert sender.get(format=form, statementId=ID).status_code == 200
    sender.version = "2.0.0"
    assert sender.get().text.count('"verb"') == 2
