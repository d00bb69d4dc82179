"""Which enrolment counts the hours of a shared activity."""

from collections.abc import Callable
from uuid import UUID

from hub.db.uow import TenantDatabase
from hub.models.learning import Enrolment
from tests.web import learner_world
from tests.web.api.conftest import Program

IRI = "https://mooc.example.org/course/7"


def test_a_trainer_says_which_enrolment_counts(
    tenant: TenantDatabase, add_person: Callable[..., UUID], program: Callable[..., Program]
) -> None:
    world = learner_world.build(tenant)
    one = f"/enrolments/{world.enrolment}/own-hours"
    trainer = program(world.trainer)
    assert program(world.learner).put(one, {"iri": IRI}).get_json()["code"] == "role_missing"
    assert trainer.put(one, {"iri": " "}).get_json()["errors"][0]["pointer"] == "#/iri"
    assert trainer.put(f"/enrolments/{world.trainer}/own-hours", {"iri": IRI}).status_code == 404
    assert trainer.put(one, {"iri": IRI}).status_code == 204
    with tenant.read() as session:
        assert session.get_one(Enrolment, world.enrolment).hours_owner == {IRI: str(world.enrolment)}
