"""An administrator voids a statement of any source, with a reason (DESIGN section 3)."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from content.xapi.emit import void_statement
from hub.db.uow import TenantDatabase
from hub.domain.progress import Result
from hub.domain.roles import Grant, Viewer
from hub.models.person import JournalEntry
from hub.models.river import Agent, StepStateRow, XapiSource
from hub.services import corrections
from hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from hub.services.identities import link
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import Source
from tests.services.builders import NOW, activity, document, enrol, person, publish, rule, statement, step

COURSE = "https://lms.example/course/1"
TOLD = str(uuid4())


def viewer(person_id: UUID, *grants: Grant) -> Viewer:
    return Viewer(person_id, "Nadia Roux", "fr", grants)


@pytest.fixture
def place(tenant: TenantDatabase) -> tuple[TenantDatabase, Viewer, UUID, UUID]:
    """Inès's one step is done, by the word of a source of its own."""
    only = step("Un", activity(COURSE, "completed"), rule=rule(("completed", None)))
    with tenant.write() as session:
        who, boss = person(session), person(session, "Nadia", "Roux")
        enrolment = enrol(session, who, publish(session, document(only)))
        row = XapiSource(id=uuid4(), name="MOOC", key="k", secret_hash=b"0" * 32, scopes=[])
        session.add(row)
        session.flush()
        ingest(session, [statement("ines", "completed", COURSE, sid=TOLD)], Source("MOOC", row.id), NOW)
        agent = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines"))).one()
        link(session, agent, who, rule="test", by=None, now=NOW)
    project_dirty(tenant)
    return tenant, viewer(boss, Grant("administrator", None, None)), enrolment, only.id


def test_a_voided_statement_counts_no_more_and_the_fall_and_the_reason_are_seen(
    place: tuple[TenantDatabase, Viewer, UUID, UUID],
) -> None:
    tenant, boss, enrolment, step_id = place
    with tenant.write() as session:
        corrections.void(session, boss, TOLD.upper(), why=" Envoyée au nom d’une autre ", now=NOW)
    project_dirty(tenant)
    with tenant.read() as session:
        state = session.get_one(StepStateRow, (enrolment, step_id))
        entry = session.scalars(select(JournalEntry).where(JournalEntry.act == "statement.voided")).one()
    assert (state.result, state.fallen) == (Result.NONE, Result.COMPLETED)
    assert (entry.actor_id, entry.subject_id, entry.details) == (
        boss.person_id,
        TOLD,
        {"why": "Envoyée au nom d’une autre"},
    )


def test_only_whoever_administers_the_whole_place_voids_and_only_with_a_reason(
    place: tuple[TenantDatabase, Viewer, UUID, UUID],
) -> None:
    tenant, boss, _, _ = place
    part = viewer(boss.person_id, Grant("administrator", uuid4(), None), Grant("trainer", None, None))
    with pytest.raises(Forbidden), tenant.write() as session:
        corrections.void(session, part, TOLD, why="x", now=NOW)
    with pytest.raises(Invalid), tenant.write() as session:
        corrections.void(session, boss, TOLD, why=" ", now=NOW)
    with pytest.raises(NotFound), tenant.write() as session:
        corrections.void(session, boss, str(uuid4()), why="x", now=NOW)


def test_a_voiding_stands_and_is_said_once(place: tuple[TenantDatabase, Viewer, UUID, UUID]) -> None:
    tenant, boss, _, _ = place
    with tenant.write() as session:
        corrections.void(session, boss, TOLD, why="x", now=NOW)
    with pytest.raises(Conflict, match="already_voided"), tenant.write() as session:
        corrections.void(session, boss, TOLD, why="x", now=NOW)
    own = void_statement(TOLD, {"mbox": "mailto:a@b.example"}, at=NOW.isoformat(), key=("administrator",))
    with pytest.raises(Conflict, match="voiding_stands"), tenant.write() as session:
        corrections.void(session, boss, own["id"], why="x", now=NOW)
