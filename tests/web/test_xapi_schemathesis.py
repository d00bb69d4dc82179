"""The LRS under schemathesis, from a description of it (xAPI 1.0.3 Part Three).

What is right by the description, and what is wrong in a way that it tells, gets an answer that the standard knows.
"""

import base64
from typing import Any, Final

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import status_code_conformance

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from tests.web.conftest import BASE, Clock
from tests.web.xapi_client import COURSE, agent, new_sender

EXAMPLES: Final = 6
"""Of each operation, right and wrong each."""
TEXT: Final = {"type": "string"}
IRI: Final = {"type": "string", "format": "uri"}
UUID_: Final = {"type": "string", "format": "uuid"}
WORDS: Final = {"type": "object", "additionalProperties": TEXT}
AGENT: Final = {
    "type": "object",
    "properties": {
        "objectType": {"enum": ["Agent", "Group"]},
        "name": TEXT,
        "account": {"type": "object", "properties": {"homePage": IRI, "name": TEXT}, "required": ["homePage", "name"]},
    },
    "required": ["account"],
    "additionalProperties": False,
}
ACTIVITY: Final = {
    "type": "object",
    "properties": {"id": IRI, "definition": {"type": "object", "properties": {"name": WORDS, "type": IRI}}},
    "required": ["id"],
}
NUMBER: Final = {"type": "number"}
STATEMENT: Final = {
    "type": "object",
    "properties": {
        "id": UUID_,
        "actor": AGENT,
        "verb": {"type": "object", "properties": {"id": IRI, "display": WORDS}, "required": ["id"]},
        "object": {"anyOf": [ACTIVITY, AGENT]},
        "result": {
            "type": "object",
            "properties": {
                "score": {"type": "object", "properties": dict.fromkeys(("scaled", "raw", "min", "max"), NUMBER)},
                "success": {"type": "boolean"},
                "duration": TEXT,
                "extensions": {"type": "object"},
            },
        },
        "context": {
            "type": "object",
            "properties": {
                "registration": UUID_,
                "instructor": AGENT,
                "contextActivities": {"type": "object", "properties": {"parent": {"type": "array", "items": ACTIVITY}}},
                "extensions": {"type": "object"},
            },
        },
        "timestamp": {"type": "string", "format": "date-time"},
    },
    "required": ["actor", "verb", "object"],
}
FLAG: Final = {"type": "boolean"}
MOMENT: Final = {"type": "string", "format": "date-time"}
WHO: Final = {"enum": [str(agent()).replace("'", '"'), "{}", "[", "null"]}
KNOWN: Final = ("200", "204", "400", "401", "403", "404", "405", "409", "412", "413", "415", "429")


def parameter(name: str, schema: Any, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "required": required}


def operation(parameters: list[dict[str, Any]], body: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {"parameters": parameters, "responses": {code: {"description": ""} for code in KNOWN}}
    if body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return made


QUERY: Final = [
    parameter("agent", WHO), parameter("verb", IRI), parameter("activity", IRI), parameter("registration", UUID_),
    parameter("related_activities", FLAG), parameter("related_agents", FLAG), parameter("since", MOMENT),
    parameter("until", MOMENT), parameter("limit", {"type": "integer"}), parameter("ascending", FLAG),
    parameter("format", {"enum": ["ids", "exact", "canonical"]}), parameter("attachments", FLAG),
    parameter("statementId", UUID_),
]  # fmt: skip
STATE: Final = [
    parameter("activityId", {"enum": [COURSE, "x"]}, required=True), parameter("agent", WHO, required=True),
    parameter("registration", UUID_), parameter("stateId", TEXT), parameter("since", MOMENT),
]  # fmt: skip
PROFILE: Final = [parameter("agent", WHO, required=True), parameter("profileId", TEXT)]
ABOUT: Final = [parameter("activityId", {"enum": [COURSE, "x"]}, required=True), parameter("profileId", TEXT)]
ANYTHING: Final = {"type": ["object", "array", "string", "number"]}


def documents(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    reading = {method: operation(parameters) for method in ("get", "delete")}
    return reading | {method: operation(parameters, ANYTHING) for method in ("put", "post")}


PATHS: Final = {
    "/statements": {
        "get": operation(QUERY),
        "post": operation([], {"anyOf": [STATEMENT, {"type": "array", "items": STATEMENT, "maxItems": 3}]}),
        "put": operation([parameter("statementId", UUID_, required=True)], STATEMENT),
    },
    "/activities/state": documents(STATE),
    "/activities/profile": documents(ABOUT),
    "/agents/profile": documents(PROFILE),
    "/agents": {"get": operation([parameter("agent", WHO, required=True)])},
    "/activities": {"get": operation([parameter("activityId", IRI, required=True)])},
}
SCHEMA = schemathesis.openapi.from_dict(
    {"openapi": "3.1.0", "info": {"title": "xAPI", "version": "1.0.3"}, "paths": PATHS}
)
OPERATIONS: Final = [(path, method) for path, methods in PATHS.items() for method in methods]


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize("dialect", ["sqlite"])
def test_every_answer_is_one_that_the_standard_knows(
    app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock, version: str
) -> None:
    sender = new_sender(app.test_client(), installation, tenant, clock)
    token = base64.b64encode(f"{sender.source.key}:{sender.secret}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "X-Experience-API-Version": version}
    answered: dict[int, int] = {}
    for path, method in OPERATIONS:
        for mode in GenerationMode:
            _send(SCHEMA[path][method.upper()], mode, app, headers, answered)
    assert answered.get(200, 0) > 10
    assert answered.get(400, 0) > 10


def _send(operation: Any, mode: GenerationMode, app: Flask, headers: dict[str, str], answered: dict[int, int]) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def send(case: Any) -> None:
        checks = [not_a_server_error, status_code_conformance]
        response = case.call_and_validate(app=app, base_url=f"{BASE}/xapi", headers=headers, checks=checks)
        answered[response.status_code] = answered.get(response.status_code, 0) + 1

    send()
