"""The journal of administrative acts: who did what to what, and why. Written in the unit of work of the act itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.person import JournalEntry


def record(
    session: Session,
    now: datetime,
    actor_id: UUID | None,
    act: str,
    subject_type: str,
    subject_id: UUID | str,
    **details: Any,
) -> JournalEntry:
    """Write one entry. ``act`` is ``subject.verb`` (``card.revoked``); ``details`` are JSON values without secrets.

    ``actor_id`` None: the hub itself.
    """
    entry = JournalEntry(
        at=now,
        actor_id=actor_id,
        act=act,
        subject_type=subject_type,
        subject_id=str(subject_id),
        details=details,
    )
    session.add(entry)
    return entry


def entries(
    session: Session,
    *,
    act: str | None = None,
    subject_id: UUID | str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> Sequence[JournalEntry]:
    """Entries, the newest first, at most ``limit``; ``before`` is the id of the last one seen (ids grow with time)."""
    query = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(limit)
    if act is not None:
        query = query.where(JournalEntry.act == act)
    if subject_id is not None:
        query = query.where(JournalEntry.subject_id == str(subject_id))
    if before is not None:
        query = query.where(JournalEntry.id < before)
    return session.scalars(query).all()
