"""Our own OpenAPI document against the application: what it promises is what happens, whatever is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
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
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.roles import ROLES
from hub.models.learning import Enrolment, Resource
from hub.models.place import Seance
from hub.models.river import XapiSource
from hub.services import deliveries
from hub.services.dictionaries import agent_ids
from hub.services.roles import grant_role
from hub.web.api import areas, openapi
from tests.web import learner_world
from tests.web.api.conftest import Program
from tests.web.conftest import BASE, Clock
from tests.web.learner_world import World

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
]
SCHEMA = schemathesis.openapi.from_dict(openapi.document(areas.ALL))


TAGS = sorted({one.tag for one in areas.ALL})
EXAMPLES = 8
"""Of each operation and world, beside the example of the document: all walks together take about a minute."""


@dataclass
class Caller:
    """Who asks, and the ids of what there is, by the names under which calls name them."""

    app: Flask
    headers: dict[str, str]
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def checks(self) -> list[Any]:
        """With known ids put in, what was meant to be wrong may have become right."""
        return [check for check in CHECKS if not self.known or check is not negative_data_rejection]

    def fill(self, case: Any) -> None:
        """Put the known ids into the path and the body."""
        for holder in (case.path_parameters, case.body):
            if isinstance(holder, dict):
                holder.update({name: self.known[name] for name in holder if name in self.known})


@pytest.fixture(params=["empty place", "known ids"])
def caller(
    request: pytest.FixtureRequest,
    app: Flask,
    tenant: TenantDatabase,
    clock: Clock,
    add_person: Callable[..., UUID],
    program: Callable[..., Program],
) -> Caller:
    """Somebody who holds every role over the whole place: in one that is empty, and in one where things are."""
    known: dict[str, Any] = {}
    person = add_person("Ada", "All", *ROLES)
    if request.param == "known ids":
        world = learner_world.build(tenant)
        person = world.learner
        known = _known(tenant, world) | _more(tenant, program, world)
        with tenant.write() as session:
            for role in ROLES:
                grant_role(session, person, role, clock.now)
    headers = {"Authorization": f"Bearer {program(person).token}", "Accept-Encoding": "identity"}
    return Caller(app, headers, known)


def _known(tenant: TenantDatabase, world: World) -> dict[str, Any]:
    with tenant.read() as session:
        enrolment = session.get_one(Enrolment, world.enrolment)
        return {
            "enrolment_id": str(world.enrolment),
            "step_id": str(world.steps["model"].id),
            "variant_id": str(world.steps["model"].variants[1].id),
            "person_id": str(world.stranger),
            "trainer_id": str(world.trainer),
            "group_id": str(world.group),
            "organisation_id": str(enrolment.organisation_id),
            "version_id": str(world.version),
            "path_id": str(enrolment.path_id),
            "platform_id": str(world.platform),
            "entry_id": str(session.query(Resource).first().id),
            "session_id": str(session.query(Seance).first().id),
        }


def _more(tenant: TenantDatabase, program: Callable[..., Program], world: World) -> dict[str, Any]:
    """What the learner asked and handed in, an identity of nobody, a delivery, a source."""
    learner = program(world.learner)
    asked = learner.post("/help-requests", {"kind": "message", "text": "Bloquée", "enrolment_id": str(world.enrolment)})
    step = f"/enrolments/{world.enrolment}/steps/{world.steps['model'].id}"
    handed = learner.post(f"{step}/deposits", {"link": "https://files.example.org/piece.stl"})
    with tenant.write() as session:
        nobody = {"objectType": "Agent", "account": {"homePage": learner_world.MOODLE, "name": "lina"}}
        name = ifi(nobody)
        return {
            "request_id": asked.get_json()["id"],
            "deposit_id": handed.get_json()["id"],
            "identity_id": agent_ids(session, [name])[name],
            "delivery_id": str(deliveries.email(session, "lina@example.org", "Bonjour", "Texte")),
            "source_id": str(_source(session)),
        }


def _source(session: Session) -> UUID:
    row = XapiSource(id=new_id(), key="src-fuzz", secret_hash=b"x" * 32, name="MOOC", scopes=["state"])
    session.add(row)
    session.flush()
    return row.id


@pytest.mark.parametrize("tag", TAGS)
def test_whatever_is_sent(tag: str, caller: Caller) -> None:
    faults, seen = [], 0
    for operation in (one for one in areas.ALL if one.tag == tag):
        try:
            _send(SCHEMA[operation.path][operation.method], caller)
        except Exception as error:
            faults.append(f"{operation.name}: {error!r} {getattr(error, 'exceptions', '')}")
        seen += 1
    assert faults == []
    assert seen > 0


def _send(operation: Any, caller: Caller) -> None:
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
        caller.fill(case)
        case.call_and_validate(
            app=caller.app, base_url=BASE + openapi.BASE, headers=caller.headers, checks=caller.checks
        )

    send()
