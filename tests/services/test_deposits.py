"""Handing in and answering: rows, register statements, progress, and who may see and answer."""

import io
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.roles import Viewer
from hub.models.learning import Deposit, Upload
from hub.models.person import JournalEntry
from hub.services import deposits, uploads
from hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from hub.services.journey import StepView, journey
from hub.services.projection import project_dirty
from hub.services.roles import viewer_of
from tests.conftest import TENANT_KEY
from tests.web.learner_world import NOW, World, build


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    """Inès and her path."""
    return build(tenant)


def store(installation: Installation, tenant: TenantDatabase, person: UUID, content: bytes = b"solid x") -> Upload:
    blobs = installation.blobs(TENANT_KEY)
    return uploads.store_whole(tenant, blobs, person, "pièce.stl", io.BytesIO(content), NOW)


def hand_in(session: Session, world: World, *, now: datetime = NOW, link: str = "https://cloud.example/a") -> Deposit:
    step = world.steps["model"].id
    return deposits.hand_in(session, world.enrolment, step, by=world.learner, link=link, now=now)


def viewer(session: Session, person: UUID) -> Viewer:
    found = viewer_of(session, person)
    assert found is not None
    return found


def step_now(tenant: TenantDatabase, world: World) -> StepView:
    project_dirty(tenant)
    with tenant.read() as session:
        return journey(session, world.enrolment, NOW).by_step[world.steps["model"].id]


def test_work_handed_in_waits_and_names_the_trainer_of_the_group(
    installation: Installation, tenant: TenantDatabase, world: World
) -> None:
    upload = store(installation, tenant, world.learner)
    step = world.steps["model"].id
    with tenant.write() as session:
        row = deposits.hand_in(
            session, world.enrolment, step, by=world.learner, upload_ids=[upload.id], note="voilà", now=NOW
        )
        assert session.get(Upload, upload.id) is None
    assert (row.trainer_id, row.state) == (world.trainer, "handed_in")
    assert row.activity_id == world.steps["model"].variants[0].activities[1].id
    assert [(f.name, f.size) for f in deposits.files_of(row)] == [("pièce.stl", 7)]
    assert step_now(tenant, world).display == "awaiting"
    with tenant.read() as session:
        assert uploads.referenced(session) == {upload.sha256}


def test_acceptance_completes_the_step_and_is_journalled(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        row = hand_in(session, world)
        deposits.answer(
            session, row.id, viewer(session, world.trainer), accept=True, word="Bravo", now=NOW + timedelta(hours=1)
        )
    view = step_now(tenant, world)
    assert view.done
    assert view.done_at == NOW + timedelta(hours=1)
    with tenant.read() as session:
        acts = [e.act for e in session.scalars(select(JournalEntry)) if e.act.startswith("deposit.")]
    assert acts == ["deposit.accept"]


def test_return_needs_a_word_and_shows_it(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        row = hand_in(session, world)
        trainer = viewer(session, world.trainer)
        with pytest.raises(Invalid) as refused:
            deposits.answer(session, row.id, trainer, accept=False, word="  ", now=NOW)
        assert refused.value.fields == {"word": "required"}
        deposits.answer(session, row.id, trainer, accept=False, word="Il manque 2 mm.", now=NOW)
    view = step_now(tenant, world)
    assert (view.done, view.display) == (False, "redo")
    with tenant.read() as session:
        shown = deposits.of_step(session, world.enrolment, world.steps["model"].id)[0]
    assert (shown.deposit.answer, shown.answered_by, shown.learner) == (
        "Il manque 2 mm.",
        "Claire Fabre",
        "Inès Benali",
    )


def test_the_last_answer_counts(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        row = hand_in(session, world)
        trainer = viewer(session, world.trainer)
        deposits.answer(session, row.id, trainer, accept=True, word="", now=NOW + timedelta(minutes=1))
        deposits.answer(session, row.id, trainer, accept=False, word="Pardon", now=NOW + timedelta(minutes=2))
    assert not step_now(tenant, world).done
    with tenant.write() as session:
        deposits.answer(
            session, row.id, viewer(session, world.trainer), accept=True, word="", now=NOW + timedelta(minutes=3)
        )
    assert step_now(tenant, world).done


def test_new_work_replaces_what_waits(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        old = hand_in(session, world)
        new = hand_in(session, world, now=NOW + timedelta(minutes=5))
        trainer = viewer(session, world.trainer)
        assert [d.deposit.id for d in deposits.waiting(session, trainer)] == [new.id]
        with pytest.raises(Conflict, match="deposit_replaced"):
            deposits.answer(session, old.id, trainer, accept=True, word="", now=NOW)


def test_who_may_see_and_answer(installation: Installation, tenant: TenantDatabase, world: World) -> None:
    upload = store(installation, tenant, world.learner)
    with tenant.write() as session:
        step = world.steps["model"].id
        row = deposits.hand_in(session, world.enrolment, step, by=world.learner, upload_ids=[upload.id], now=NOW)
    with tenant.write() as session:
        for person in (world.learner, world.trainer, world.administrator):
            assert deposits.file_of(session, row.id, upload.id, viewer(session, person)).sha256 == upload.sha256
        for person in (world.stranger, world.other_trainer, world.mediator):
            with pytest.raises(NotFound):
                deposits.file_of(session, row.id, upload.id, viewer(session, person))
            assert deposits.waiting(session, viewer(session, person)) == []
        with pytest.raises(Forbidden):
            deposits.answer(session, row.id, viewer(session, world.learner), accept=True, word="", now=NOW)


@pytest.mark.parametrize(
    ("link", "fault"),
    [("", {"files": "nothing_handed_in"}), ("javascript:alert(1)", {"link": "not_a_link"}),
     ("http://[", {"link": "not_a_link"}), ("https://", {"link": "not_a_link"}),
     ("https://nope:", {"link": "not_a_link"})],
)  # fmt: skip
def test_what_cannot_be_handed_in(tenant: TenantDatabase, world: World, link: str, fault: dict[str, str]) -> None:
    with tenant.write() as session, pytest.raises(Invalid) as refused:
        hand_in(session, world, link=link)
    assert refused.value.fields == fault


def test_a_step_that_asks_for_nothing_takes_nothing(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session, pytest.raises(Invalid) as refused:
        deposits.hand_in(
            session, world.enrolment, world.steps["quiz"].id, by=world.learner, link="https://a.example", now=NOW
        )
    assert refused.value.fields == {"files": "no_deposit_here"}


def test_others_cannot_hand_in_nor_use_my_uploads(
    installation: Installation, tenant: TenantDatabase, world: World
) -> None:
    step = world.steps["model"].id
    theirs = store(installation, tenant, world.stranger)
    with tenant.write() as session:
        with pytest.raises(Forbidden):
            deposits.hand_in(session, world.enrolment, step, by=world.stranger, link="https://a.example", now=NOW)
        with pytest.raises(Invalid) as refused:
            deposits.hand_in(session, world.enrolment, step, by=world.learner, upload_ids=[theirs.id], now=NOW)
    assert refused.value.fields == {"files": "upload_unfinished"}
