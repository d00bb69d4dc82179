"""The place of the bench that kills: learners on a path of two steps, one shown by traces and one by handed in work,
their group's workshop with its trainer, a source of traces."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as wall
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from hub.config import Config
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.bench.paths import activity, path_of, step
from hub.domain.path import EvidenceKind
from hub.models.learning import Enrolment
from hub.models.person import Group, GroupMember, Person
from hub.models.place import Seance
from hub.models.river import Agent
from hub.services import paths, paths_publish, sessions
from hub.services.dictionaries import agent_ids
from hub.services.rebuild import rebuild
from hub.services.roles import grant_role
from hub.services.xapi_sources import create_source

LEARNERS: Final = 10
LMS: Final = "https://lms.example"
COURSE: Final = f"{LMS}/course/1"


@dataclass(frozen=True)
class KillPlace:
    """Ids and ways in. ``cookies``: a signed-in browser of each person; ``basic``: the source's credential."""

    installation: Installation
    key: str
    tenant: TenantDatabase
    folder: Path
    host: str
    basic: str
    source: UUID
    trainer: UUID
    seance: UUID
    work_step: UUID
    enrolments: dict[UUID, UUID]
    cookies: dict[UUID, str]


def filled(config: Config, folder: Path) -> KillPlace:
    """Make it; its key is new, for a database that other benches use too."""
    installation = Installation(config)
    key = f"kill{time.time_ns() % 10**9}"
    host, now = f"{key}.localhost", datetime.now(UTC)
    tenant = installation.create_tenant(key, "Banc", [host])
    work = step("Rapport", activity("", EvidenceKind.ACCEPTED, title="Rapport"), shown_by=EvidenceKind.ACCEPTED)
    path = path_of(step("Cours", activity(COURSE, EvidenceKind.COMPLETED)), work)
    with tenant.write() as session:
        draft = paths.create_path(session, path, organisation_id=None, by=None, now=now)
        paths_publish.publish(session, draft.version_id, draft.revision, migrate=False, by=None, now=now)
        group = Group(id=new_id(), name="Promotion")
        session.add(group)
        people = [Person(id=new_id(), given_name=f"P{n}", family_name="Banc", created_at=now) for n in range(LEARNERS)]
        trainer = Person(id=new_id(), given_name="Claire", family_name="Fabre", created_at=now)
        session.add_all([*people, trainer])
        session.flush()
        enrolments = _enrol(session, [p.id for p in people], group.id, (draft.path_id, draft.version_id), now)
        grant_role(session, trainer.id, "trainer", now, group_id=group.id)
        day = now.date() - timedelta(days=2)
        seance = Seance(
            id=new_id(), title="Atelier", iri=f"{LMS}/workshop", modality="on_site", day=day, starts=wall(9),
            ends=wall(12), group_id=group.id, trainer_id=trainer.id,
        )  # fmt: skip
        session.add(seance)
        session.flush()
        source, secret = create_source(session, installation.vault, "LMS", ("all",), None, now)
        cookies = {
            who: sessions.start(session, installation.vault, who, now, shared=False, how="password")
            for who in (*enrolments, trainer.id)
        }
    rebuild(tenant)  # each learner has a state before anything arrives
    basic = base64.b64encode(f"{source.key}:{secret}".encode()).decode()
    return KillPlace(
        installation, key, tenant, folder, host, basic, source.id, trainer.id, seance.id, work.id, enrolments, cookies
    )


def _enrol(
    session: Session, people: list[UUID], group: UUID, path: tuple[UUID, UUID], now: datetime
) -> dict[UUID, UUID]:
    """Person -> enrolment; each person is known to the LMS, too."""
    session.add_all(GroupMember(group_id=group, person_id=who) for who in people)
    names = [f"account:{LMS}|p{n}" for n in range(len(people))]
    agents = agent_ids(session, names)
    enrolments = {}
    for who, name in zip(people, names, strict=True):
        session.execute(update(Agent).where(Agent.id == agents[name]).values(person_id=who))
        grant_role(session, who, "learner", now)
        row = Enrolment(
            id=new_id(), person_id=who, path_id=path[0], version_id=path[1], group_id=group,
            entered_on=now.date() - timedelta(days=9), created_at=now,
        )  # fmt: skip
        session.add(row)
        enrolments[who] = row.id
    session.flush()
    return enrolments
