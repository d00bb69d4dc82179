"""A Moodle double on loopback and a platform that reads it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from connectors.capabilities import Connector
from connectors.http import HttpOptions
from hub.config import Config
from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.demo.moodle import Course, Module, MoodleState, Person, create_moodle_double
from hub.models.learning import Resource
from hub.models.person import Person as PersonRow
from hub.models.platforms import Platform, RemoteRecord, SyncRun
from hub.models.river import Agent, Ledger, StandingRow, StatementKey, XapiActivity
from hub.services import platforms, sync
from hub.services.platforms import Connection, PlatformData
from hub.services.remote_records import NEGOTIATION
from tests.connectors.loopback import serving

TOKEN = "0123456789abcdef0123456789abcdef"
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUICK = HttpOptions(retries=0, connect_timeout=2, read_timeout=1, deadline=2)
#: For remotes that answer: a busy machine is no slow platform.
PATIENT = HttpOptions(retries=0, connect_timeout=10, read_timeout=6, deadline=12)
PAGE, QUIZ, HOMEWORK, CHOICE = 12, 13, 14, 22


@dataclass
class Clock:
    """Time that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **period: float) -> None:
        self.now += timedelta(**period)


def moodle_state(url: str, learners: int = 6) -> MoodleState:
    """Two courses, learners from id 101 on, one trainer; nobody has done anything."""
    state = MoodleState(url, TOKEN)
    quiz = Module(QUIZ, "quiz", "Questionnaire", "Début", grademax=20.0, gradepass=10.0)
    homework = Module(HOMEWORK, "assign", "Devoir", "Suite", grademax=100.0, criterion=False)
    modules = [Module(PAGE, "page", "Lire", "Début"), quiz, homework]
    state.add_course(Course(2, "CNB", "Compétences numériques", "CNB-2026", modules=modules))
    state.add_course(Course(3, "PRO", "Projet", "PRO-2026", modules=[Module(CHOICE, "page", "Choisir", "Début")]))
    for n in range(learners):
        who = Person(101 + n, f"eleve{n}", "Élève", f"N{n}", f"eleve{n}@partenaire.example", f"TL-{n}")
        state.add_person(who)
        state.enrol(who.id, 2)
        state.enrol(who.id, 3)
    state.add_person(Person(90, "prof", "Paul", "Prof", "prof@partenaire.example", "", "editingteacher"))
    state.enrol(90, 2)
    return state


def everybody_works(state: MoodleState) -> None:
    """Everybody reads the page and passes the quiz with 15 of 20."""
    for n, who in enumerate(sorted(p for p in state.people if p > 100)):
        state.complete(who, PAGE, START + timedelta(days=1, minutes=n))
        state.complete(who, QUIZ, START + timedelta(days=2, minutes=n), 2)
        state.grade(who, QUIZ, 15.0, START + timedelta(days=2, minutes=n))


@contextmanager
def moodle(learners: int = 6) -> Iterator[MoodleState]:
    state = moodle_state("http://127.0.0.1:1", learners)
    with serving(create_moodle_double(state)) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state


def add_platform(tenant: TenantDatabase, state: MoodleState, *, report: str = "", **said: Any) -> UUID:
    values = {"url": state.url, "token": TOKEN, "report": report}
    data = PlatformData("Moodle partenaire", "moodle", values, **said)
    with tenant.write() as session:
        return platforms.add(session, data, by=None, now=NOW).id


def connect_by(config: Config, options: HttpOptions = PATIENT) -> Callable[[Connection], Connector]:
    return lambda to: platforms.connect(to, config, options)


def read(tenant: TenantDatabase, config: Config, platform_id: UUID, clock: Clock, *, full: bool = True) -> SyncRun:
    """One whole reading."""
    run_id = sync.run_sync(tenant, platform_id, connect_by(config), full=full, clock=clock)
    with tenant.read() as session:
        return session.get_one(SyncRun, run_id)


def ledger(tenant: TenantDatabase) -> dict[str, dict[str, Any]]:
    """Every statement by its id."""
    query = select(StatementKey.statement_id, Ledger.text).join(Ledger, Ledger.seq == StatementKey.seq)
    with tenant.read() as session:
        return {key: orjson.loads(text) for key, text in session.execute(query)}


def standing(tenant: TenantDatabase, name: str, iri: str) -> dict[str, float | None]:
    """What counts now for an account on an activity: kind -> value."""
    query = (
        select(StandingRow.kind, StandingRow.value)
        .join(Agent, Agent.id == StandingRow.agent_id)
        .join(XapiActivity, XapiActivity.id == StandingRow.activity_id)
        .where(Agent.ifi.endswith(f"|{name}"), XapiActivity.iri.endswith(iri))
    )
    with tenant.read() as session:
        return {row.kind: row.value for row in session.execute(query)}


def everything(tenant: TenantDatabase) -> dict[str, Any]:
    """What a reading may write, beside the run itself."""
    with tenant.read() as session:
        learned = RemoteRecord.kind != NEGOTIATION  # which says when it was asked
        records = session.execute(select(*RemoteRecord.__table__.c).where(learned)).all()
        resources = session.execute(select(*Resource.__table__.c)).all()
        agents = session.execute(select(*Agent.__table__.c)).all()
        return {
            "records": sorted(map(repr, records)),
            "resources": sorted(map(repr, resources)),
            "agents": sorted(map(repr, agents)),
            "ledger": ledger(tenant),
        }


def add_person(tenant: TenantDatabase, **said: Any) -> UUID:
    with tenant.write() as session:
        row = PersonRow(id=new_id(), given_name="Aïcha", family_name="Durand", created_at=NOW, **said)
        session.add(row)
        return row.id


def linked_to(tenant: TenantDatabase, name: str) -> UUID | None:
    with tenant.read() as session:
        return session.scalars(select(Agent.person_id).where(Agent.ifi.endswith(f"|{name}"))).one()


def platform_row(tenant: TenantDatabase, platform_id: UUID) -> Platform:
    with tenant.read() as session:
        return session.get_one(Platform, platform_id)
