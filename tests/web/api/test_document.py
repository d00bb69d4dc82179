"""The OpenAPI document: valid OpenAPI 3.1, complete, its examples fit their schemas."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from hub.services.api_tokens import SCOPES
from hub.web.api import areas, openapi
from hub.web.api.operation import Operation
from tests.web.conftest import BASE

DOCUMENT = openapi.document(areas.ALL)


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, found in methods.items():
            yield f"{method.upper()} {path}", found


def medias() -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, media type object) of every body, answer and shared refusal."""
    for name, found in operations():
        for media in found.get("requestBody", {}).get("content", {}).values():
            yield f"{name} body", media
        for status, response in found["responses"].items():
            for media in response.get("content", {}).values():
                yield f"{name} {status}", media
    for name, response in DOCUMENT["components"]["responses"].items():
        for media in response["content"].values():
            yield name, media


def test_the_document_is_valid_openapi_3_1() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_whoever_asks_gets_the_document(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json", base_url=BASE)
    assert answer.status_code == 200
    assert answer.json == DOCUMENT
    assert answer.headers["Content-Type"] == "application/json"


def test_every_route_is_described_and_every_description_is_a_route(app: Flask) -> None:
    routed = {
        (method, rule.rule.removeprefix("/api/v1"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.rule != "/api/v1/openapi.json"
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert routed == {(one.method, one.rule) for one in areas.ALL}


def test_operation_ids_are_unique() -> None:
    ids = [found["operationId"] for _name, found in operations()]
    assert len(set(ids)) == len(ids) == len(areas.ALL)


@pytest.mark.parametrize("operation", areas.ALL, ids=lambda one: one.name)
def test_every_operation_says_what_it_does_and_who_may(operation: Operation) -> None:
    assert operation.summary
    assert operation.description
    assert operation.scope in SCOPES or operation.path == "/me"


def test_every_body_and_answer_has_an_example_that_fits_its_schema() -> None:
    faults, seen = [], 0
    for where, media in medias():
        seen += 1
        assert "example" in media, where
        schema = {**media["schema"], "components": DOCUMENT["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        faults += [f"{where}: {error.message}" for error in validator.iter_errors(media["example"])]
    assert faults == []
    assert seen > 20


def test_every_parameter_has_an_example_that_fits_its_schema() -> None:
    faults = []
    for name, found in operations():
        for parameter in found.get("parameters", ()):
            validator = jsonschema_rs.Draft202012Validator(
                {**parameter["schema"], "components": DOCUMENT["components"]}, validate_formats=True
            )
            if not validator.is_valid(parameter["example"]):
                faults.append(f"{name} {parameter['name']}: {parameter['example']}")
    assert faults == []
