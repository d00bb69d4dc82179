"""Our own OpenAPI document against the application: what it promises is what happens, whatever is sent."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.domain.roles import ROLES
from hub.web.api import areas, openapi
from tests.web.api.conftest import Program
from tests.web.conftest import BASE

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
]
SCHEMA = schemathesis.openapi.from_dict(openapi.document(areas.ALL))


@pytest.fixture
def everybody(add_person: Callable[..., UUID], program: Callable[..., Program]) -> Program:
    """A program of somebody who holds every role over the whole place."""
    return program(add_person("Ada", "All", *ROLES))


TAGS = sorted({one.tag for one in areas.ALL})
EXAMPLES = 10
"""Of each operation, beside the example of the document: the whole walk takes about a minute."""


@pytest.mark.parametrize("tag", TAGS)
def test_whatever_is_sent(tag: str, app: Flask, everybody: Program) -> None:
    headers = {"Authorization": f"Bearer {everybody.token}", "Accept-Encoding": "identity"}
    faults, seen = [], 0
    for operation in (one for one in areas.ALL if one.tag == tag):
        try:
            _send(SCHEMA[operation.path][operation.method], app, headers)
        except Exception as error:
            faults.append(f"{operation.name}: {error!r} {getattr(error, 'exceptions', '')}")
        seen += 1
    assert faults == []
    assert seen > 0


def _send(operation: Any, app: Flask, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        case.call_and_validate(app=app, base_url=BASE + openapi.BASE, headers=headers, checks=CHECKS)

    send()
