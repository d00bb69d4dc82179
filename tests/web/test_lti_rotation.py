"""Row S9: the signing key is rotated while learners go on launching; a tool that trusts its copy of our keys for as
long as we allow, and never asks in between, refuses nobody."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from hub.db.uow import TenantDatabase
from hub.models.platforms import LtiKey
from hub.services import platform_admin
from hub.services.roles import grant_role
from lti import KeyPair
from lti.signed import find_key, read_unverified, verify_signature
from tests.web.conftest import BASE, Browser, Clock
from tests.web.lti_world import LtiWorld, authentication_request, make_lti_world
from tests.web.test_lti_selection import form_of

CACHED_FOR = timedelta(minutes=5)
WORKERS = 3


class StubbornTool:
    """Keeps the key set for exactly as long as ``Cache-Control`` allows."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self._app, self._clock = app, clock
        self._keys: dict[str, Any] = {}
        self._read_at: datetime | None = None
        self.kids: set[str] = set()

    def accepts(self, id_token: str) -> bool:
        if self._read_at is None or self._clock.now - self._read_at >= CACHED_FOR:
            answer = self._app.test_client().get("/lti/jwks", base_url=BASE)
            assert "max-age=300" in answer.headers["Cache-Control"]
            self._keys, self._read_at = answer.json or {}, self._clock.now
        token = read_unverified(id_token)
        key = find_key(self._keys, token.header["kid"], "RS256")
        if key is None:
            return False
        verify_signature(token, key, "RS256")
        self.kids.add(token.header["kid"])
        return True


def test_S9_no_launch_fails_across_a_rotation_under_load(
    app: Flask, tenant: TenantDatabase, clock: Clock, enter: Callable[..., Browser]
) -> None:
    world = make_lti_world(tenant, clock.now, learners=WORKERS)
    with tenant.write() as session:
        for who in world.learners:
            grant_role(session, who, "learner", clock.now)
    doors = [enter(who) for who in world.learners]
    tools = [StubbornTool(app, clock) for _ in doors]
    failures: list[str] = []
    for minute in range(0, 32, 2):
        clock.advance(minutes=2)
        if minute == 8:
            rotate(tenant, clock)
        run = [
            threading.Thread(target=one_launch, args=(door, world, number, tools[number], failures))
            for number, door in enumerate(doors)
        ]
        for thread in run:
            thread.start()
        for thread in run:
            thread.join()
    assert failures == []
    assert all(len(tool.kids) == 2 for tool in tools), "both keys have signed"


def rotate(tenant: TenantDatabase, clock: Clock) -> None:
    pair = KeyPair.generate()
    with tenant.write() as session:
        platform_admin.rotate_key(session, pair, by=None, now=clock.now)
        assert len(session.scalars(select(LtiKey.kid)).all()) == 2


def one_launch(door: Browser, world: LtiWorld, number: int, tool: StubbornTool, failures: list[str]) -> None:
    try:
        page = f"/path/{world.enrolments[number]}/step/{world.step_id}"
        started = door.post(f"{page}/open/{world.activity_id}")
        _, login = form_of(started.text)
        _, message = form_of(door.get("/lti/auth", query_string=authentication_request(login)).text)
        if not tool.accepts(message["id_token"]):
            failures.append("key unknown")
    except Exception as fault:
        failures.append(f"{type(fault).__name__}: {fault}")
