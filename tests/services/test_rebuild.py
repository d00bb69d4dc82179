"""Making the projections again beside a hub that goes on working (hub.services.rebuild)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random
from threading import Thread
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content.xapi.emit import void_statement
from content.xapi.readings import Kind
from hub.db.uow import TenantDatabase
from hub.domain.progress import Result
from hub.models.river import Agent, PathStateRow, StandingRow, StepStateRow, TraceRow
from hub.services import rebuild
from hub.services.identities import link
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import Source
from tests.services.builders import NOW, activity, document, enrol, person, publish, register, rule, statement, step
from tests.services.test_river_properties import HUB, IRIS, NAMESPACE, WHO, migrate, tables, tie, world

COURSE = "https://lms.example/course/1"
MOOC = Source(name="mooc")
Place = tuple[TenantDatabase, UUID, UUID]


@pytest.fixture
def place(tenant: TenantDatabase) -> Place:
    """A learner of one step, linked to an identity that did nothing yet but open the course."""
    only = step("Un", activity(COURSE, "completed"), rule=rule(("completed", None)))
    with tenant.write() as session:
        who = person(session)
        enrolment = enrol(session, who, publish(session, document(only)))
        ingest(session, [statement("ines", "experienced", COURSE)], MOOC, NOW)
        agent = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines"))).one()
        link(session, agent, who, rule="test", by=None, now=NOW)
    project_dirty(tenant)
    return tenant, enrolment, only.id


class Meddled:
    """A tenant where something happens once, as soon as a rebuild has read the ledger and before it writes."""

    def __init__(self, tenant: TenantDatabase, act: Callable[[], None]) -> None:
        self._tenant, self._act, self._reads = tenant, act, 0

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._tenant.read() as session:
            yield session
        self._reads += 1
        if self._reads == 2:  # the first reading asked how long the ledger is
            self._act()

    def write(self) -> AbstractContextManager[Session]:
        return self._tenant.write()


def result_of(place: Place) -> str:
    tenant, enrolment, step_id = place
    with tenant.read() as session:
        return session.get_one(StepStateRow, (enrolment, step_id)).result


def rebuild_while(tenant: TenantDatabase, act: Callable[[], None]) -> None:
    rebuild.rebuild(cast(TenantDatabase, Meddled(tenant, act)))


def test_a_void_that_comes_in_the_middle_counts(place: Place) -> None:
    tenant, _, _ = place
    told = statement("ines", "completed", COURSE, sid=str(uuid4()))
    void = void_statement(told["id"], {"mbox": "mailto:admin@lms.example"}, at=NOW.isoformat())
    with tenant.write() as session:
        ingest(session, [told], MOOC, NOW)

    def withdraw() -> None:
        with tenant.write() as session:
            ingest(session, [void], MOOC, NOW)
        project_dirty(tenant)

    rebuild_while(tenant, withdraw)
    assert result_of(place) == Result.IN_PROGRESS


def test_a_statement_that_comes_in_the_middle_keeps_its_traces(place: Place) -> None:
    tenant, _, _ = place

    def arrive() -> None:
        with tenant.write() as session:
            ingest(session, [statement("ines", "completed", COURSE)], MOOC, NOW)

    rebuild_while(tenant, arrive)
    assert result_of(place) == Result.COMPLETED
    with tenant.read() as session:
        assert session.scalar(select(func.count()).select_from(TraceRow)) == 2


def test_what_no_trace_bears_out_goes(place: Place) -> None:
    tenant, enrolment, step_id = place
    with tenant.write() as session:
        agents = [Agent(ifi=f"mailto:{name}@lms.example") for name in ("avant", "après")]
        session.add_all(agents)
        session.flush()
        ines = session.scalars(select(StandingRow)).first()
        assert ines is not None
        for agent in agents:
            session.add(StandingRow(agent_id=agent.id, activity_id=ines.activity_id, kind="completed", series=""))
        session.get_one(StepStateRow, (enrolment, step_id)).result = Result.COMPLETED
        session.get_one(PathStateRow, enrolment).share = 0.5
    rebuild.rebuild(tenant)
    assert result_of(place) == Result.IN_PROGRESS
    with tenant.read() as session:
        assert session.scalar(select(func.count()).select_from(StandingRow)) == 1
        assert session.get_one(PathStateRow, enrolment).share == 0


def test_rebuilding_beside_writers_ends_where_a_rebuild_alone_does(
    tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "CHUNK", 20)
    with tenant.write() as session:
        who, enrolment, _, two = world(session)
        migrate(session, enrolment, two)
        for name in WHO:
            tie(session, name, who)
    faults: list[Exception] = []
    writers = [Thread(target=write_much, args=(tenant, Random(seed), faults)) for seed in range(2)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        rebuild.rebuild(tenant)
    for writer in writers:
        writer.join()
    assert not faults
    project_dirty(tenant)
    before = tables(tenant)
    rebuild.rebuild(tenant)
    assert tables(tenant) == before


def write_much(tenant: TenantDatabase, rng: Random, faults: list[Exception]) -> None:
    """Events, registers, and voids of both what came and what will come."""
    name = rng.random()
    try:
        for number in range(25):
            said = choice_of(rng, [str(uuid5(NAMESPACE, f"{name}-{n}")) for n in range(number + 3)], number)
            with tenant.write() as session:
                ingest(session, [said], HUB if "platform" in said.get("context", {}) else MOOC, NOW)
            project_dirty(tenant)
    except Exception as fault:
        faults.append(fault)


def choice_of(rng: Random, ids: list[str], number: int) -> dict[str, Any]:
    chance, who, iri = rng.random(), rng.choice(WHO), rng.choice(IRIS)
    if chance < 0.5:
        verb = rng.choice(["completed", "passed", "failed", "experienced"])
        return statement(who, verb, iri, when=rng.randint(0, 50), sid=ids[number], score={"scaled": rng.random()})
    if chance < 0.75:
        return register(
            who, rng.choice([Kind.COMPLETED, Kind.SCORE]), iri, rng.randint(0, 50), rng.choice([0.0, 0.5, 1.0])
        )
    admin = {"mbox": "mailto:admin@lms.example"}
    return void_statement(rng.choice(ids), admin, at=NOW.isoformat(), key=(ids[number],))
