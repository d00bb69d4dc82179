"""« Besoin d'aide »: who is asked, by when, both sides of the conversation, who may read it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hub.db.uow import TenantDatabase
from hub.domain.roles import Viewer
from hub.models.learning import HelpRequest
from hub.models.person import JournalEntry, RoleGrant
from hub.services import help, help_read
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.roles import viewer_of
from hub.services.settings import set_setting
from tests.web.learner_world import NOW, World, build


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    """Inès and her path."""
    return build(tenant)


def ask(session: Session, world: World, **more: Any) -> HelpRequest:
    given = {"kind": "message", "text": "Où est le quiz ?", "now": NOW, **more}
    return help.ask(session, given.pop("person", world.learner), **given)


def viewer(session: Session, person: UUID) -> Viewer:
    found = viewer_of(session, person)
    assert found is not None
    return found


def without_role(session: Session, *roles: str) -> None:
    session.execute(delete(RoleGrant).where(RoleGrant.role.in_(roles)))


def test_the_trainer_of_the_group_is_asked_and_the_delay_is_one_working_day(
    tenant: TenantDatabase, world: World
) -> None:
    with tenant.write() as session:
        told = help.helper(session, world.learner, world.enrolment, NOW)
        row = ask(session, world, enrolment_id=world.enrolment, step_id=world.steps["quiz"].id, page="/path/x")
    assert told.person is not None
    assert (told.person.name, told.role, told.due_at) == ("Claire Fabre", "trainer", NOW + timedelta(days=1))
    assert (row.assignee_id, row.due_at, row.page) == (world.trainer, NOW + timedelta(days=1), "/path/x")


@pytest.mark.parametrize(
    ("gone", "asked"),
    [((), "trainer"), (("trainer",), "mediator"), (("trainer", "mediator"), "administrator"),
     (("trainer", "mediator", "administrator"), None)],
)  # fmt: skip
def test_who_is_asked_in_turn(tenant: TenantDatabase, world: World, gone: tuple[str, ...], asked: str | None) -> None:
    with tenant.write() as session:
        without_role(session, *gone)
        assert ask(session, world).assignee_id == (getattr(world, asked) if asked else None)


def test_the_delay_is_a_setting_and_skips_the_week_end(tenant: TenantDatabase, world: World) -> None:
    friday = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    with tenant.write() as session:
        assert help.due_at(session, friday) == datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
        set_setting(session, "help", {"working_days": 3})
        assert help.due_at(session, friday) == datetime(2026, 12, 2, 15, 0, tzinfo=UTC)
        set_setting(session, "help", {"working_days": "soon"})
        assert help.due_at(session, friday) == datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "faults"),
    [({"text": " "}, {"text": "required"}), ({"kind": "letter"}, {"kind": "unknown"}),
     ({"text": "x" * 4001}, {"text": "too_long"}), ({"kind": "call", "text": ""}, {"phone": "required"}),
     ({"kind": "call", "phone": "0612"}, {"phone": "not_a_phone"})],
)  # fmt: skip
def test_what_cannot_be_asked(
    tenant: TenantDatabase, world: World, given: dict[str, str], faults: dict[str, str]
) -> None:
    with tenant.write() as session, pytest.raises(Invalid) as refused:
        ask(session, world, **given)
    assert refused.value.fields == faults


def test_a_call_keeps_the_number_and_needs_no_text(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        row = ask(session, world, kind="call", text="", phone="06 12 34 56 78")
        talk = help_read.conversation(session, row.id, viewer(session, world.trainer), NOW)
    assert [m.text for m in talk.messages] == ["06 12 34 56 78"]
    assert talk.helps


def test_a_page_of_another_site_is_not_kept(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        assert ask(session, world, page="//evil.example/x").page == ""
        assert ask(session, world, page="https://evil.example/x").page == ""


def test_another_persons_enrolment_is_refused(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session, pytest.raises(NotFound):
        ask(session, world, person=world.stranger, enrolment_id=world.enrolment)


def test_both_sides_talk(tenant: TenantDatabase, world: World) -> None:
    later = NOW + timedelta(hours=2)
    with tenant.write() as session:
        key = ask(session, world, enrolment_id=world.enrolment, step_id=world.steps["quiz"].id).id
        learner, trainer = viewer(session, world.learner), viewer(session, world.trainer)
        assert [line.awaits for line in help_read.mine(session, world.learner, NOW)] == ["staff"]
        help.reply(session, key, trainer, "En bas de la page.", later)
        session.flush()
        line = help_read.mine(session, world.learner, later)[0]
        assert (line.awaits, line.step, line.overdue) == ("learner", "Quiz : le vocabulaire", False)
        help.reply(session, key, learner, "Merci, et ensuite ?", later + timedelta(days=3))
        session.flush()
        row = session.get_one(HelpRequest, key)
        talk = help_read.conversation(session, key, learner, later)
    assert [(m.author, m.mine) for m in talk.messages] == [
        ("Inès Benali", True), ("Claire Fabre", False), ("Inès Benali", True),
    ]  # fmt: skip
    assert row.due_at == datetime(2026, 11, 27, 11, 0, tzinfo=UTC)


def test_a_late_answer_is_seen(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        ask(session, world)
        session.flush()
        lines = help_read.inbox(session, viewer(session, world.trainer), NOW + timedelta(days=2))
    assert [line.overdue for line in lines] == [True]


def test_closing_and_reopening(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        key = ask(session, world).id
        learner, trainer = viewer(session, world.learner), viewer(session, world.trainer)
        assert help.close(session, key, learner, NOW).state == "closed"
        session.flush()
        assert help_read.inbox(session, trainer, NOW) == []
        assert [x.request.id for x in help_read.inbox(session, trainer, NOW, state="closed")] == [key]
        later = NOW + timedelta(days=1)
        help.reply(session, key, learner, "Encore une chose", later)
        row = session.get_one(HelpRequest, key)
        assert (row.state, row.closed_at, row.due_at) == ("open", None, later + timedelta(days=1))
        help.close(session, key, trainer, NOW)
        assert help.reopen(session, key, trainer, NOW).state == "open"


def test_who_may_read(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        key = ask(session, world).id
        session.flush()
        for person in (world.learner, world.trainer, world.mediator, world.administrator):
            assert help.find(session, key, viewer(session, person)).id == key
        for person in (world.stranger, world.other_trainer):
            with pytest.raises(NotFound):
                help.find(session, key, viewer(session, person))
            assert help_read.inbox(session, viewer(session, person), NOW) == []


def test_a_former_trainer_reads_no_more(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        key = ask(session, world).id
        without_role(session, "trainer")
        with pytest.raises(NotFound):
            help.find(session, key, viewer(session, world.trainer))


def test_somebody_else_takes_it_over(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        key = ask(session, world).id
        assert help.take(session, key, viewer(session, world.mediator), NOW).assignee_id == world.mediator
        with pytest.raises(Conflict, match="own_request"):
            help.take(session, key, viewer(session, world.learner), NOW)
        acts = [e.act for e in session.scalars(select(JournalEntry)) if e.subject_type == "help_request"]
    assert acts == ["help.take"]


def test_the_first_who_answers_a_request_without_a_name_is_named(tenant: TenantDatabase, world: World) -> None:
    with tenant.write() as session:
        row = ask(session, world)
        row.assignee_id = None
        session.flush()
        help.reply(session, row.id, viewer(session, world.administrator), "Me voici", NOW)
        assert row.assignee_id == world.administrator


def test_tutoring_is_kept_as_evidence(tenant: TenantDatabase, world: World) -> None:
    answered = NOW + timedelta(hours=1)
    with tenant.write() as session:
        key = ask(session, world).id
        help.reply(session, key, viewer(session, world.trainer), "Bonjour", answered)
        session.flush()
        kept = help_read.tutoring(session, world.learner)
    assert [(row.id, count, first) for row, count, first in kept] == [(key, 2, answered)]
