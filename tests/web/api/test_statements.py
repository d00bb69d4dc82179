"""Voiding a statement over the API."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

from content.xapi.readings import Kind
from hub.db.uow import TenantDatabase
from hub.models.river import StatementKey
from tests.web import learner_world
from tests.web.api.conftest import Program


def test_an_administrator_voids_a_statement_once(
    tenant: TenantDatabase, add_person: Callable[..., UUID], program: Callable[..., Program]
) -> None:
    world = learner_world.build(tenant)
    with tenant.write() as session:
        learner_world.tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.9, when=learner_world.NOW)
        told = session.scalars(select(StatementKey.statement_id).order_by(StatementKey.seq.desc()).limit(1)).one()
    nadia = program(add_person("Nadia", "Roux", "administrator"))
    one = f"/statements/{told}/voiding"
    assert program(world.trainer).post(one, {"why": "x"}).get_json()["code"] == "role_missing"
    assert nadia.post(one, {"why": " "}).get_json()["errors"][0]["pointer"] == "#/why"
    assert nadia.post(one, {"why": "Envoyée deux fois"}).status_code == 204
    assert nadia.post(one, {"why": "Encore"}).get_json()["code"] == "already_voided"
