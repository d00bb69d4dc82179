"""Somebody at the hub's pages without a network: the WSGI application called as a server calls it, signed in."""

from __future__ import annotations

from base64 import b64encode
from typing import Protocol
from uuid import UUID

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.bench.world import HOST, NOW
from hub.domain.roles import Role
from hub.models.person import Person
from hub.services import sessions
from hub.services.roles import grant_role
from hub.services.xapi_sources import create_source
from hub.web.app import create_app
from hub.web.cookies import session_name

BASE = f"http://{HOST}:8080"


class Place(Protocol):
    """A bench's place: its installation and its tenant."""

    @property
    def installation(self) -> Installation:
        """Where the application runs."""

    @property
    def tenant(self) -> TenantDatabase:
        """Whose pages are asked for."""


class Visitor:
    """One browser on the application of a bench's world."""

    def __init__(self, world: Place) -> None:
        self._world = world
        self.app = create_app(world.installation, clock=lambda: NOW, development=False)
        self._client: FlaskClient = self.app.test_client()
        self._basic = ""

    def sign_in(self, person_id: UUID, *roles: Role) -> None:
        """Give the person these roles and let this browser be theirs."""
        with self._world.tenant.write() as session:
            for role in roles:
                grant_role(session, person_id, role, NOW)
            token = sessions.start(
                session, self._world.installation.vault, person_id, NOW, shared=False, how="password"
            )
        self._client.set_cookie(session_name(False), token, domain=HOST)

    def sign_in_as_new(self, *roles: Role) -> None:
        """A new person with these roles, signed in."""
        with self._world.tenant.write() as session:
            person = Person(id=new_id(), given_name="Claire", family_name="Fabre", created_at=NOW)
            session.add(person)
        self.sign_in(person.id, *roles)

    def get(self, path: str) -> TestResponse:
        """A page; anything but 200 is an error of the bench."""
        answer = self._client.get(path, base_url=BASE, headers={"Accept-Encoding": "gzip"})
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return answer

    def post_statements(self, *statements: dict[str, object]) -> None:
        """Send statements to the LRS with a credential of their own."""
        if not self._basic:
            with self._world.tenant.write() as session:
                source, secret = create_source(session, self._world.installation.vault, "banc", ["all"], None, NOW)
            self._basic = b64encode(f"{source.key}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {self._basic}", "X-Experience-API-Version": "1.0.3"}
        answer = self._client.post(
            "/xapi/statements",
            base_url=BASE,
            data=orjson.dumps(list(statements)),
            content_type="application/json",
            headers=headers,
        )
        if answer.status_code != 200:
            raise RuntimeError(f"/xapi/statements answered {answer.status_code}: {answer.text[:300]}")
