"""Any order, duplication and batching of the same statements, voids, revisions, links and unlinks, version migrations
gives the same
state, reached by the incremental path; nothing but the causes of DESIGN section 3 lowers a completion."""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from content.xapi.emit import void_statement
from content.xapi.readings import Kind
from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.progress import DONE, Result
from hub.models.learning import Enrolment
from hub.models.person import IdentityLink
from hub.models.river import (
    Agent,
    AgentDay,
    BindingRow,
    Dirty,
    Ledger,
    PathStateRow,
    StandingRow,
    StatementActivity,
    StatementAgent,
    StatementKey,
    StepStateRow,
    TraceRow,
    Void,
)
from hub.services.dictionaries import agent_ids
from hub.services.enrolments import acknowledge_fall
from hub.services.identities import link, unlink
from hub.services.ledger import ingest
from hub.services.marking import mark
from hub.services.projection import project_dirty
from hub.services.rebuild import rebuild
from hub.services.source import Source, hub_source
from tests.services.builders import (
    NOW,
    activity,
    document,
    enrol,
    person,
    publish,
    register,
    rule,
    statement,
    step,
)

NAMESPACE = UUID("5e5e5e5e-0000-4000-8000-000000000000")
IRIS = [f"https://lms.example/a/{n}" for n in range(3)]
WHO = ["ines", "ines-moodle"]
MOOC = Source(name="mooc")
HUB = hub_source("lms")


@dataclass(frozen=True)
class Sent:
    """A statement and whose word it is."""

    source: Source
    body: tuple[Any, ...]

    def statement(self) -> dict[str, Any]:
        make: Callable[..., dict[str, Any]] = self.body[0]
        return make(*self.body[1:])


def event(number: int, who: str, verb: str, iri: str, minute: int, score: float | None) -> dict[str, Any]:
    said = {"score": {"scaled": score}} if score is not None else {}
    return statement(who, verb, iri, when=minute, sid=str(uuid5(NAMESPACE, str(number))), **said)


def voiding(number: int) -> dict[str, Any]:
    target = str(uuid5(NAMESPACE, str(number)))
    return void_statement(target, {"mbox": "mailto:admin@lms.example"}, at=NOW.isoformat())


events = st.builds(
    lambda n, who, verb, iri, minute, score: Sent(MOOC, (event, n, who, verb, iri, minute, score)),
    st.integers(0, 8),
    st.sampled_from(WHO),
    st.sampled_from(["completed", "passed", "failed", "experienced", "progressed"]),
    st.sampled_from(IRIS),
    st.integers(0, 50),
    st.sampled_from([None, 0.2, 0.69, 0.7, 1.0]),
)
registers = st.builds(
    lambda who, kind, iri, revision, value, minutes: Sent(
        HUB, (_register, who, kind, iri, revision, value, minutes if kind is Kind.ATTENDED else None)
    ),
    st.sampled_from(WHO),
    st.sampled_from([Kind.COMPLETED, Kind.SCORE, Kind.ATTENDED]),
    st.sampled_from(IRIS),
    st.integers(0, 4),
    st.sampled_from([None, 0.0, 0.5, 0.9, 1.0]),
    st.sampled_from([0.0, 60.0, 210.0]),
)
voids = st.builds(lambda n: Sent(MOOC, (voiding, n)), st.integers(0, 8))


def _register(
    who: str, kind: Kind, iri: str, revision: int, value: float | None, minutes: float | None
) -> dict[str, Any]:
    return register(who, kind, iri, revision, value, minutes=minutes)


def one_of_each_id(sent: list[Sent]) -> list[Sent]:
    """The same id is the same statement: the first one drawn of each id stays."""
    kept: dict[str, Sent] = {}
    for one in sent:
        kept.setdefault(one.statement()["id"], one)
    return list(kept.values())


def world(session: Session) -> tuple[UUID, UUID, UUID, UUID]:
    first = step("Un", activity(IRIS[0], "completed", minutes=30), rule=rule(("completed", None)))
    second = step("Deux", activity(IRIS[1], "score"), activity(IRIS[2], "score"), rule=rule(("score", 0.7)))
    third = step("Trois", activity(IRIS[2], "attended", modality="on_site", minutes=210), rule=rule(("attended", 0.8)))
    who = person(session)
    one = publish(session, document(first, second))
    path_id = session.scalars(select(Enrolment.path_id)).first()
    two = publish(session, document(first, second, third), path_id=path_id, number=2)
    agent_ids(session, [f"account:https://lms.example|{name}" for name in WHO])
    return who, enrol(session, who, one), one, two


def clear(session: Session) -> None:
    for model in (
        AgentDay, Dirty, StepStateRow, PathStateRow, StandingRow, TraceRow, StatementActivity, StatementAgent, Ledger,
        StatementKey, Void, BindingRow,
    ):  # fmt: skip
        session.execute(delete(model))
    session.execute(delete(IdentityLink))
    for agent in session.scalars(select(Agent)):
        agent.person_id = None
    session.execute(delete(Enrolment))


def play(tenant: TenantDatabase, sent: list[Sent], chaos: random.Random) -> tuple[Any, ...]:
    """A world of its own; the statements in random order, batches and repetitions, links, unlinks and a migration in
    between."""
    with tenant.write() as session:
        clear(session)
        who, enrolment, _, two = world(session)
    todo: list[Any] = [*sent, *chaos.sample(sent, min(len(sent), 3))]
    chaos.shuffle(todo)
    moves: list[Callable[[Session], Any]] = [lambda s: migrate(s, enrolment, two)]
    for name in WHO:
        moves += [lambda s, n=name: tie(s, n, who), lambda s, n=name: untie(s, n), lambda s, n=name: tie(s, n, who)]
    order = sorted([chaos.random(), i] for i in range(len(moves) + 1))
    gaps = [int(at * (len(todo) + 1)) for at, _ in order[: len(moves)]]
    while todo or moves:
        while moves and (not todo or (gaps and gaps[0] >= len(todo))):
            gaps = gaps[1:]
            with tenant.write() as session:
                moves.pop(0)(session)
        batch, todo = todo[: (size := chaos.randint(1, 4))], todo[size:]
        for source in (MOOC, HUB):
            mine = [one.statement() for one in batch if one.source is source]
            if mine:
                with tenant.write() as session:
                    ingest(session, mine, source, NOW + timedelta(hours=2))
        if chaos.random() < 0.6:
            project_dirty(tenant, at_most=chaos.choice([None, 1]))
    project_dirty(tenant)
    return outcome(tenant, enrolment)


def tie(session: Session, name: str, who: UUID) -> None:
    agent = session.scalars(select(Agent).where(Agent.ifi == f"account:https://lms.example|{name}")).one()
    link(session, agent.id, who, rule="test", by=None, now=NOW)


def untie(session: Session, name: str) -> None:
    agent = session.scalars(select(Agent).where(Agent.ifi == f"account:https://lms.example|{name}")).one()
    if agent.person_id is not None:
        unlink(session, agent.id, by=None, now=NOW)


def migrate(session: Session, enrolment: UUID, version: UUID) -> None:
    session.get_one(Enrolment, enrolment).version_id = version
    session.flush()
    mark(session, [enrolment])


def outcome(tenant: TenantDatabase, enrolment: UUID) -> tuple[Any, ...]:
    with tenant.read() as session:
        rows = session.scalars(select(StepStateRow).where(StepStateRow.enrolment_id == enrolment)).all()
        path = session.get_one(PathStateRow, enrolment)
        steps = sorted(
            repr(
                (
                    r.result,
                    r.share,
                    r.best,
                    r.last,
                    r.seconds,
                    r.done_at,
                    r.first_opened_at,
                    r.last_at,
                    r.statement_id,
                    r.fallen,
                    r.fallen_id,
                )
            )
            for r in rows
        )
        return steps, path.share, path.complete, path.minutes, path.done_steps, path.last_at


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> Any:
    data = tmp_path_factory.mktemp("arena") / "data"
    shutil.copytree(sqlite_template, data)
    made = Installation(Config(data=data))
    yield made.tenant("generateur")
    made.close()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(st.one_of(events, registers, voids), min_size=1, max_size=14).map(one_of_each_id),
    st.integers(0, 2**32),
    st.integers(0, 2**32),
)
def test_any_order_duplication_and_batching_give_the_same_state(
    arena: TenantDatabase, sent: list[Sent], one: int, other: int
) -> None:
    assert play(arena, sent, random.Random(one)) == play(arena, sent, random.Random(other))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events, min_size=1, max_size=14).map(one_of_each_id))
def test_events_alone_never_lower_a_completion(arena: TenantDatabase, sent: list[Sent]) -> None:
    with arena.write() as session:
        clear(session)
        who, enrolment, _, _ = world(session)
        for name in WHO:
            tie(session, name, who)
    done: set[UUID] = set()
    for one in sent:
        with arena.write() as session:
            ingest(session, [one.statement()], MOOC, NOW)
        project_dirty(arena)
        with arena.read() as session:
            rows = session.scalars(select(StepStateRow).where(StepStateRow.enrolment_id == enrolment)).all()
        now_done = {r.step_id for r in rows if Result(r.result) in DONE}
        assert done <= now_done
        done = now_done


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(events, registers, voids), min_size=1, max_size=14).map(one_of_each_id),
    st.lists(st.booleans(), min_size=14, max_size=14),
)
def test_no_fall_is_silent_and_only_a_void_or_a_revision_makes_one(
    arena: TenantDatabase, sent: list[Sent], looks: list[bool]
) -> None:
    with arena.write() as session:
        clear(session)
        who, enrolment, _, two = world(session)
        migrate(session, enrolment, two)
        for name in WHO:
            tie(session, name, who)
    done: set[UUID] = set()
    for one, look in zip(sent, looks, strict=False):
        with arena.write() as session:
            ingest(session, [one.statement()], one.source, NOW)
        project_dirty(arena)
        rows = step_rows(arena, enrolment)
        fallen = {key for key in done if Result(rows[key].result) not in DONE}
        assert not fallen or one.body[0] is not event
        assert all(rows[key].fallen_id for key in fallen)
        done = {key for key, row in rows.items() if Result(row.result) in DONE}
        if look:
            look_at_every_fall(arena, enrolment, who, rows)


def step_rows(tenant: TenantDatabase, enrolment: UUID) -> dict[UUID, StepStateRow]:
    with tenant.read() as session:
        rows = session.scalars(select(StepStateRow).where(StepStateRow.enrolment_id == enrolment)).all()
    return {row.step_id: row for row in rows}


def look_at_every_fall(tenant: TenantDatabase, enrolment: UUID, who: UUID, rows: dict[UUID, StepStateRow]) -> None:
    with tenant.write() as session:
        for key, row in rows.items():
            if row.fallen_id:
                acknowledge_fall(session, enrolment, key, row.fallen_id, by=who, now=NOW)
    project_dirty(tenant)
    assert not any(row.fallen_id for row in step_rows(tenant, enrolment).values())


def tables(tenant: TenantDatabase) -> list[list[Any]]:
    with tenant.read() as session:
        return [
            sorted(map(repr, session.execute(select(*model.__table__.c))))
            for model in (TraceRow, StandingRow, StepStateRow, PathStateRow)
        ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(events, registers, voids), min_size=1, max_size=14).map(one_of_each_id), st.integers(0, 2**32)
)
def test_a_rebuild_gives_what_the_incremental_path_gave(arena: TenantDatabase, sent: list[Sent], seed: int) -> None:
    play(arena, sent, random.Random(seed))
    before = tables(arena)
    rebuild(arena)
    assert tables(arena) == before
