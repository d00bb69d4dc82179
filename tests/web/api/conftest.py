"""A program on the API: a token of its own, JSON in and out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import api_tokens
from hub.services.api_tokens import SCOPES
from tests.web.conftest import BASE, Clock


@dataclass
class Program:
    """A client of the API with a token (or none)."""

    client: FlaskClient
    token: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Accept-Language": "en"})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        options: dict[str, Any] = {} if body is None else {"json": body}
        return self.client.open(f"/api/v1{path}", method=method, base_url=BASE, headers=sent, **options)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self.call("DELETE", path, **headers)


@pytest.fixture
def program(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Callable[..., Program]:
    """``program(person_id, "people:read", …)`` gives a client with a token of that person; every scope by default."""

    def make(person_id: UUID, *scopes: str) -> Program:
        with tenant.write() as session:
            _row, text = api_tokens.create(session, installation.vault, person_id, "Test", scopes or SCOPES, clock.now)
        return Program(app.test_client(), text)

    return make


@pytest.fixture
def administrator(add_person: Callable[..., UUID], program: Callable[..., Program]) -> Program:
    """A program of somebody who administers the whole place."""
    return program(add_person("Ada", "Admin", "administrator"))
