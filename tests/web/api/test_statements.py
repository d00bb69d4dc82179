"""Voiding a statement over the API; statements taken out as a file."""

from base64 import b64decode
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from content.xapi.readings import Kind
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.river import StatementKey
from hub.services import statement_transfers
from hub.services.jobs import Unleased
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


def test_statements_are_taken_out_in_pieces(
    tenant: TenantDatabase,
    installation: Installation,
    add_person: Callable[..., UUID],
    program: Callable[..., Program],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = learner_world.build(tenant)
    with tenant.write() as session:
        learner_world.tell(session, world.learner, world.steps["basics"], Kind.SCORE, 0.9, when=learner_world.NOW)
    nadia = program(add_person("Nadia", "Roux", "administrator"))
    asked = nadia.post("/statement-exports", {"format": "jsonl", "person_id": str(world.learner)}).get_json()
    assert "id" in asked, asked
    one = f"/statement-transfers/{asked['id']}"
    assert nadia.get(f"{one}/pieces/0").status_code == 404
    blobs = installation.blobs(tenant.key)
    statement_transfers.make(tenant, blobs, UUID(asked["id"]), Unleased(tenant), lambda: learner_world.NOW)
    told = nadia.get(one).get_json()
    assert (told["state"], told["counts"]["redacted"]) == ("done", 0)
    monkeypatch.setattr("hub.web.api.areas.transfers.PIECE", told["size"] - 10)
    pieces = [nadia.get(f"{one}/pieces/{number}").get_json() for number in (0, 1)]
    assert [piece["last"] for piece in pieces] == [False, True]
    whole = b"".join(b64decode(piece["content"]) for piece in pieces)
    assert len(whole.splitlines()) == told["counts"]["statements"]
    assert nadia.get("/statement-transfers").get_json()["items"][0]["id"] == asked["id"]
    assert nadia.get(f"{one}/faults").get_json()["items"] == []
    assert nadia.post("/statement-imports", {"upload_id": asked["id"], "source_id": asked["id"]}).status_code == 404
