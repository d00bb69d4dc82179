"""The pages of seats: a learner takes one, waits, answers an offer; the trainer sees the line and has a say."""

from collections.abc import Callable
from datetime import date, time
from uuid import UUID

import pytest

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.progress import activity_iris
from hub.models.place import Seance, Seat
from tests.services import builders
from tests.web.conftest import Browser
from tests.web.learner_world import NOW, World, build


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    """Inès and Tom follow the same path."""
    made = build(tenant)
    with tenant.write() as session:
        builders.enrol(session, made.stranger, made.version)
    return made


@pytest.fixture
def seance(tenant: TenantDatabase, world: World) -> UUID:
    """An open séance of one seat, next week, led by Claire."""
    iri = activity_iris(world.steps["model"].variants[2].activities[0])[0]
    with tenant.write() as session:
        row = Seance(
            id=new_id(), title="Atelier libre", iri=iri, modality="on_site", trainer_id=world.trainer, seats=1,
            day=date(2026, 12, 1), starts=time(9), ends=time(12),
        )  # fmt: skip
        session.add(row)
    return row.id


def test_the_last_seat_the_line_and_the_answer(
    tenant: TenantDatabase, world: World, seance: UUID, enter: Callable[..., Browser]
) -> None:
    ines, tom, claire = (enter(who) for who in (world.learner, world.stranger, world.trainer))
    at = f"/sessions/{seance}"
    text = ines.get("/sessions").text
    assert "Ouvertes à l’inscription" in text
    assert "1 place libre" in text
    assert ines.post(f"{at}/seat").status_code == 303
    assert "place prise" in ines.get("/sessions").text
    assert "M’inscrire en liste d’attente" in tom.get("/sessions").text
    tom.post(f"{at}/seat")
    assert "rang 1" in tom.get("/sessions").text
    roll = claire.get(f"{at}/roll").text
    assert "1 sur 1" in roll
    assert "Donner une place à Tom Estève" in roll
    assert ines.post(f"{at}/seat/leave").status_code == 303
    assert "Une place se libère pour vous" in tom.get("/home").text
    offered = tom.get("/sessions").text
    assert "Elle est gardée pour vous jusqu’à" in offered
    assert "Non merci" in offered
    assert "jusqu’à" in claire.get(f"{at}/roll").text
    tom.post(f"{at}/seat")
    assert "place prise" in tom.get("/sessions").text
    claire.post(f"{at}/roll/remove", {"person": str(world.stranger)})
    assert "1 place libre" in tom.get("/sessions").text


def test_what_is_not_open_to_a_person_is_not_there(
    tenant: TenantDatabase, world: World, seance: UUID, enter: Callable[..., Browser]
) -> None:
    boss = enter(world.administrator)
    assert boss.post(f"/sessions/{seance}/seat").status_code == 403
    tom = enter(world.stranger)
    assert tom.post(f"/sessions/{new_id()}/seat").status_code == 404
    assert tom.post(f"/sessions/{seance}/seat/leave").status_code == 404
    assert enter(world.other_trainer).post(f"/sessions/{seance}/roll/remove", {"person": str(world.stranger)}
                                           ).status_code == 404  # fmt: skip
    with tenant.write() as session:
        session.add(Seat(seance_id=seance, person_id=world.stranger, state="lapsed", taken_at=NOW))
    assert "n’a pas été prise à temps" in tom.get("/sessions").text
    assert "Atelier libre" not in tom.get("/home").text
