"""Many senders at once: nothing lost, nothing doubled, no error of the server's."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from tests.web.conftest import Clock
from tests.web.xapi_client import COURSE, Sender, agent, new_sender, params, statement

WORKERS = 6


@pytest.fixture
def senders(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> list[Sender]:
    """Senders of one credential, a client each."""
    first = new_sender(app.test_client(), installation, tenant, clock)
    rest = [Sender(app.test_client(), tenant, clock, first.source, first.secret) for _ in range(WORKERS - 1)]
    return [first, *rest]


def at_once(senders: list[Sender], act: Callable[[Sender, int], Any]) -> list[Any]:
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda n: act(senders[n % WORKERS], n), range(WORKERS * 4)))


def test_batches_over_the_same_new_actors(senders: list[Sender]) -> None:
    def act(sender: Sender, number: int) -> Any:
        names = [f"p{n}" for n in range(30)]
        random.Random(number).shuffle(names)
        return sender.post(*[statement(name, f"https://lms.example/{name}") for name in names])

    answers = at_once(senders, act)
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    told = {one for answer in answers for one in answer.json}
    assert len(told) == 30 * len(answers)
    found: set[str] = set()
    page = senders[0].get(limit=500, format="ids").json
    while True:
        found |= {s["id"] for s in page["statements"]}
        if not page["more"]:
            break
        page = senders[0].call("GET", page["more"]).json
    assert found == told


def test_one_of_many_creates_a_document(senders: list[Sender]) -> None:
    where = params(activityId=COURSE, agent=agent(), stateId="s")

    def act(sender: Sender, number: int) -> int:
        headers = {"If-None-Match": "*"}
        body = str(number).encode()
        return sender.call("PUT", "activities/state", query_string=where, data=body, headers=headers).status_code

    statuses = at_once(senders, act)
    assert sorted(statuses) == [204] + [412] * (len(statuses) - 1)
    assert senders[0].call("GET", "activities/state", query_string=where).data == str(statuses.index(204)).encode()


def test_every_merge_counts(senders: list[Sender]) -> None:
    where = params(activityId=COURSE, agent=agent(), stateId="s")

    def act(sender: Sender, number: int) -> int:
        return sender.call("POST", "activities/state", query_string=where, json={f"k{number}": number}).status_code

    statuses = at_once(senders, act)
    assert statuses == [204] * len(statuses)
    merged = senders[0].call("GET", "activities/state", query_string=where).json
    assert merged == {f"k{number}": number for number in range(len(statuses))}
