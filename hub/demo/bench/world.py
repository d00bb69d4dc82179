"""A place of any size for benches: a path, learners, a ledger with one learner far ahead of the others.

The ledger's rows are written in bulk as ingest would leave them; traces, standings and states are then made by the
rebuild.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from hub.config import Config
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.demo.bench.paths import activity, path_of, step
from hub.domain.path import Activity, EvidenceKind, Modality, PathDocument
from hub.models.learning import Enrolment, LearningPath, PathVersion
from hub.models.person import Group, GroupMember, Person
from hub.models.river import Agent, Ledger, LedgerClock, StatementKey
from hub.services.bindings import write_bindings
from hub.services.dictionaries import activity_ids, agent_ids, verb_ids
from hub.services.rebuild import rebuild

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOST = "hub.localhost"
LMS = "https://lms.example"
VERBS = (
    "http://adlnet.gov/expapi/verbs/experienced",
    "http://adlnet.gov/expapi/verbs/completed",
    "http://adlnet.gov/expapi/verbs/passed",
)
BATCH = 5000


@dataclass(frozen=True)
class World:
    """A place ready to be measured. ``skewed`` is the enrolment of the learner with a tenth of all statements, on one
    activity."""

    installation: Installation
    tenant: TenantDatabase
    group: UUID
    path: UUID
    version: UUID
    document: PathDocument
    enrolments: tuple[UUID, ...]
    statements: int
    filled_seconds: float
    rebuilt_seconds: float

    @property
    def skewed(self) -> UUID:
        """The enrolment with the longest history."""
        return self.enrolments[0]


def path_document(steps: int) -> PathDocument:
    """A path of ``steps`` steps in modules of eight; each step has two ways to do one activity."""

    def way(iri: str, modality: Modality) -> Activity:
        return activity(iri, EvidenceKind.COMPLETED, EvidenceKind.SCORE, modality=modality, minutes=60)

    made = [
        step(f"Étape {n + 1}", way(f"{LMS}/a/{n}", Modality.OWN_PACE), way(f"{LMS}/b/{n}", Modality.ON_SITE))
        for n in range(steps)
    ]
    return path_of(*made, title="Parcours mesuré")


@contextmanager
def world(
    statements: int, *, learners: int = 300, steps: int = 40, skew: float = 0.1, database_url: str | None = None
) -> Iterator[World]:
    """Build a place in a folder of its own, gone at the end."""
    with TemporaryDirectory(prefix="hub-bench-") as folder:
        installation = Installation(
            Config(data=Path(folder), database_url=database_url, base_url=f"http://{HOST}:8080", allow_loopback=True)
        )
        try:
            tenant = installation.create_tenant("bench", "Banc", [HOST])
            yield _fill(installation, tenant, statements, learners, steps, skew)
        finally:
            installation.close()


def _fill(
    installation: Installation, tenant: TenantDatabase, statements: int, learners: int, steps: int, skew: float
) -> World:
    document = path_document(steps)
    path, version, group = new_id(), new_id(), new_id()
    with tenant.write() as session:
        session.add(LearningPath(id=path, title=document.title, created_at=NOW))
        session.add(Group(id=group, name="Promotion Garonne"))
        session.flush()
        session.add(
            PathVersion(
                id=version,
                path_id=path,
                number=1,
                state="published",
                document=document.model_dump(mode="json"),
                created_at=NOW,
                changed_at=NOW,
                published_at=NOW,
            )
        )
        session.flush()
        write_bindings(session, version, document)
        enrolments = []
        for n in range(learners):
            person = Person(id=new_id(), given_name=f"Prénom{n}", family_name=f"Nom{n}", created_at=NOW)
            session.add(person)
            session.flush()
            session.add(GroupMember(group_id=group, person_id=person.id))
            row = Enrolment(
                id=new_id(),
                person_id=person.id,
                path_id=path,
                version_id=version,
                group_id=group,
                entered_on=date(2026, 10, 1),
                ends_on=date(2027, 1, 31),
                created_at=NOW,
            )
            session.add(row)
            enrolments.append((row.id, person.id))
        session.flush()
        names = [f"account:{LMS}|learner{n}" for n in range(learners)]
        agents = agent_ids(session, names)
        for name, (_, person_id) in zip(names, enrolments, strict=True):
            session.execute(update(Agent).where(Agent.id == agents[name]).values(person_id=person_id))
        activities = activity_ids(session, {f"{LMS}/a/{n}" for n in range(steps)})
        verbs = verb_ids(session, VERBS)
    started = time.perf_counter()
    fill_ledger(
        tenant, statements, [agents[n] for n in names], [activities[f"{LMS}/a/{n}"] for n in range(steps)], verbs, skew
    )
    filled = time.perf_counter() - started
    started = time.perf_counter()
    rebuild(tenant)
    rebuilt = time.perf_counter() - started
    ids = tuple(e for e, _ in enrolments)
    return World(installation, tenant, group, path, version, document, ids, statements, filled, rebuilt)


def fill_ledger(
    tenant: TenantDatabase, count: int, agents: list[int], activities: list[int], verbs: dict[str, int], skew: float
) -> None:
    """Write ``count`` statements; the first agent has ``skew`` of them, all on the first activity."""
    rng = random.Random(1)  # noqa: S311 a repeatable world, no secret
    start = to_micros(NOW - timedelta(days=40))
    for first in range(0, count, BATCH):
        keys: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        for seq in range(first + 1, min(first + BATCH, count) + 1):
            if rng.random() < skew:
                who, what, verb = 0, 0, VERBS[0]
            else:
                who, what, verb = (
                    rng.randrange(len(agents)),
                    rng.randrange(len(activities)),
                    VERBS[rng.choice((0, 0, 0, 0, 1, 2))],
                )
            sid = str(UUID(int=rng.getrandbits(128), version=4))
            at = start + seq * 3_000_000
            keys.append({"seq": seq, "statement_id": sid, "digest": "bench:", "redacted": False})
            rows.append(
                {
                    "seq": seq,
                    "stored": at,
                    "at": at,
                    "agent_id": agents[who],
                    "verb_id": verbs[verb],
                    "activity_id": activities[what],
                    "registration": None,
                    "source_id": None,
                    "text": _text(sid, who, verb, what, at),
                }
            )
        with tenant.write() as session:
            session.execute(insert(StatementKey.__table__), keys)  # type: ignore[arg-type]  # a mapped table is a Table
            session.execute(insert(Ledger.__table__), rows)  # type: ignore[arg-type]  # a mapped table is a Table
    with tenant.write() as session:
        session.merge(LedgerClock(id=1, seq=count, stored=start + count * 3_000_000))


def _text(sid: str, who: int, verb: str, what: int, at: int) -> str:
    """About 1 kB, as real platforms write; made by hand since a million of them are."""
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
    filler = "Une description en français, comme en écrivent les vraies plateformes, avec des accents. " * 4
    account = f'{{"homePage":"{LMS}","name":"learner{who}"}}'
    definition = f'{{"name":{{"fr":"Activité {what}"}},"description":{{"fr":"{filler}"}}}}'
    return (
        f'{{"id":"{sid}","actor":{{"account":{account},"objectType":"Agent"}},'
        f'"verb":{{"id":"{verb}","display":{{"fr":"a fait"}}}},'
        f'"object":{{"id":"{LMS}/a/{what}","definition":{definition}}},'
        '"result":{"completion":true,"score":{"scaled":0.8}},'
        f'"context":{{"platform":"Moodle"}},"timestamp":"{moment}","version":"1.0.0"}}'
    )
