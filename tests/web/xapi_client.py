"""A sender of statements on the real application: one credential, headers and all."""

import base64
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.river import XapiSource
from hub.services.xapi_sources import create_source, find
from tests.web.conftest import BASE, Clock

VERB = "http://adlnet.gov/expapi/verbs/completed"
COURSE = "https://lms.example/course/1"


def agent(name: str = "ines") -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": name}}


def statement(who: str = "ines", iri: str = COURSE, **more: Any) -> dict[str, Any]:
    """A plain statement; ``more`` adds or replaces members."""
    said: dict[str, Any] = {"actor": agent(who), "verb": {"id": VERB}, "object": {"id": iri}}
    return said | {"timestamp": "2026-11-20T10:00:00Z"} | more


def basic(key: str, secret: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}


def params(**values: Any) -> dict[str, Any]:
    return {name: orjson.dumps(v).decode() if isinstance(v, dict) else v for name, v in values.items()}


@dataclass
class Sender:
    """One credential; each call advances the clock by two seconds, so that every refusal is kept."""

    client: FlaskClient
    tenant: TenantDatabase
    clock: Clock
    source: XapiSource
    secret: str
    version: str | None = "1.0.3"
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {**basic(self.source.key, self.secret), **self.headers, **options.pop("headers", {})}
        if self.version is not None:
            headers.setdefault("X-Experience-API-Version", self.version)
        self.clock.advance(seconds=2)
        path = path if path.startswith("/") else f"/xapi/{path}"
        return self.client.open(path, method=method, base_url=BASE, headers=headers, **options)

    def post(self, *statements: Any, **options: Any) -> TestResponse:
        body = statements[0] if len(statements) == 1 else list(statements)
        return self.call("POST", "statements", data=orjson.dumps(body), content_type="application/json", **options)

    def put(self, statement_id: str, said: Any) -> TestResponse:
        where = {"statementId": statement_id}
        kind = "application/json"
        return self.call("PUT", "statements", query_string=where, data=orjson.dumps(said), content_type=kind)

    def get(self, path: str = "statements", headers: dict[str, str] | None = None, **values: Any) -> TestResponse:
        return self.call("GET", path, query_string=params(**values), headers=headers or {})

    def found(self, **values: Any) -> list[dict[str, Any]]:
        answer = self.get(**values)
        assert answer.status_code == 200, answer.text
        statements: list[dict[str, Any]] = orjson.loads(answer.data)["statements"]
        return statements

    def row(self) -> XapiSource:
        """The credential as it now stands in the database."""
        with self.tenant.read() as session:
            return find(session, self.source.id)


def new_sender(
    client: FlaskClient, installation: Installation, tenant: TenantDatabase, clock: Clock, *scopes: str
) -> Sender:
    with tenant.write() as session:
        source, secret = create_source(session, installation.vault, "MOOC", scopes or ("all",), None, clock.now)
    return Sender(client, tenant, clock, source, secret)
