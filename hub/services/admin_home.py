"""What needs an administrator now, counted in one short read; and the journal searched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.domain.plain_text import plain, words
from hub.domain.roles import Viewer
from hub.models.learning import LearningPath
from hub.models.person import Group, JournalEntry, Person
from hub.models.platforms import Delivery, Job, Platform
from hub.services import admin_scope, identities_read, jobs, people_import, platform_admin
from hub.services.jobs import QueueLine, QueueModel
from hub.services.people_import import ImportLine
from hub.services.platform_admin import HeldLine
from hub.services.platforms import PlatformLine, overview

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Needs:
    """What waits for an administrator. Of a part of the place only ``people`` and ``groups`` are told."""

    whole: bool
    people: int
    groups: int
    paths: int
    identities: int
    platforms: tuple[PlatformLine, ...]
    platform_count: int
    held: tuple[HeldLine, ...]
    deliveries: int
    failed_jobs: int
    running: tuple[QueueLine, ...]
    imports: tuple[ImportLine, ...]


def needs(session: Session, viewer: Viewer) -> Needs:
    """What needs this administrator, and how large the place is."""
    people = _count(session, select(func.count()).select_from(Person).where(admin_scope.visible(viewer)))
    groups = session.scalars(select(Group).where(~Group.archived))
    mine = sum(viewer.covers("administrator", group.organisation_id, group.id) for group in groups)
    if not admin_scope.whole_place(viewer):
        return Needs(False, people, mine, 0, 0, (), 0, (), 0, 0, (), ())
    lines = overview(session)
    waiting = [line for line in people_import.recent(session) if line.state == jobs.WAITING]
    return Needs(
        True,
        people,
        mine,
        _count(
            session,
            select(func.count())
            .select_from(LearningPath)
            .where(~LearningPath.archived, LearningPath.of_resource_id.is_(None)),
        ),
        identities_read.count_unknown(session),
        tuple(line for line in lines if line.last_error),
        len(lines),
        tuple(platform_admin.held(session)),
        count(session, Delivery, jobs.FAILED) + count(session, Delivery, jobs.WAITING),
        count(session, Job, jobs.FAILED),
        tuple(jobs.lines(session, Job, states=(jobs.RUNNING,), limit=5)),
        tuple(waiting),
    )


def count(session: Session, model: QueueModel, state: str) -> int:
    """Rows of a queue in one state."""
    return _count(session, select(func.count()).select_from(model).where(model.state == state))


def counts(session: Session, model: QueueModel) -> dict[str, int]:
    """Rows of a queue by state."""
    return dict(session.execute(select(model.state, func.count()).group_by(model.state)).all())


def _count(session: Session, query: object) -> int:
    found: int | None = session.scalar(query)  # type: ignore[call-overload]  # the caller's query counts
    return found or 0


def names(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of persons, for lists that hold their ids."""
    rows = session.scalars(select(Person).where(Person.id.in_(set(ids))))
    return {person.id: person.name for person in rows}


@dataclass(frozen=True, slots=True)
class JournalLine:
    """An entry as shown. ``actor`` empty: the hub itself; ``subject`` the name of a person, a platform or a group."""

    id: UUID
    at: datetime
    actor: str
    act: str
    subject_type: str
    subject_id: str
    subject: str
    details: dict[str, object]


def journal(
    session: Session,
    *,
    act: str = "",
    who: str = "",
    subject_id: str = "",
    whom: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> tuple[list[JournalLine], UUID | None]:
    """Entries, the newest first, and where the next page begins. ``act``: the whole act, or its first part; ``who``:
    a piece of the name of whoever acted, ``whom`` of the person acted upon; from ``since`` to before ``until``."""
    query = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(limit + 1)
    if act:
        query = query.where(JournalEntry.act.startswith(act, autoescape=True))
    if who.strip():
        query = query.where(JournalEntry.actor_id.in_(_actors(session, who)))
    if whom.strip():
        query = query.where(JournalEntry.subject_id.in_([str(key) for key in _named(session, whom)]))
    if since is not None:
        query = query.where(JournalEntry.at >= since)
    if until is not None:
        query = query.where(JournalEntry.at < until)
    if subject_id:
        query = query.where(JournalEntry.subject_id == subject_id)
    if before is not None:
        query = query.where(JournalEntry.id < before)
    rows = session.scalars(query).all()
    shown = rows[:limit]
    known = _subjects(session, shown)
    lines = [
        JournalLine(
            row.id,
            row.at,
            known.get(str(row.actor_id), "") if row.actor_id else "",
            row.act,
            row.subject_type,
            row.subject_id,
            known.get(row.subject_id, ""),
            dict(row.details),
        )
        for row in shown
    ]
    return lines, shown[-1].id if len(rows) > limit else None


def _actors(session: Session, who: str) -> list[UUID]:
    """Whoever ever acted and whose name holds every word of ``who``, whatever the accents."""
    wanted = words(who)
    acted = select(JournalEntry.actor_id).where(JournalEntry.actor_id.is_not(None)).distinct()
    people = session.scalars(select(Person).where(Person.id.in_(acted)))
    return [person.id for person in people if all(word in plain(person.name) for word in wanted)]


def _named(session: Session, whom: str) -> list[UUID]:
    """Persons whose name holds every word of ``whom``, whatever the accents."""
    wanted = words(whom)
    people = session.execute(select(Person.id, Person.given_name, Person.family_name))
    return [row.id for row in people if all(word in plain(f"{row.given_name} {row.family_name}") for word in wanted)]


def acts(session: Session) -> list[str]:
    """Every act that the journal knows, by name."""
    return sorted(session.scalars(select(JournalEntry.act).distinct()))


def _subjects(session: Session, rows: Sequence[JournalEntry]) -> dict[str, str]:
    wanted = {str(row.actor_id) for row in rows if row.actor_id} | {row.subject_id for row in rows}
    ids = [UUID(text) for text in wanted if _UUID.fullmatch(text)]
    found = {str(person.id): person.name for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    for model in (Platform, Group):
        found |= {
            str(key): name for key, name in session.execute(select(model.id, model.name).where(model.id.in_(ids)))
        }
    return found
