"""What a designer may choose from when describing an activity: organisations and places, by name."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.learning import LearningPath
from hub.models.person import Organisation
from hub.models.place import Place


def organisations(session: Session) -> list[tuple[UUID, str]]:
    """Every organisation: (id, name), by name."""
    query = select(Organisation.id, Organisation.name).order_by(Organisation.name)
    return [(key, name) for key, name in session.execute(query)]


def places(session: Session) -> list[tuple[UUID, str]]:
    """Every place: (id, name), by name."""
    return [(key, name) for key, name in session.execute(select(Place.id, Place.name).order_by(Place.name))]


def organisation_of(session: Session, path_id: UUID) -> UUID | None:
    """The organisation that a path belongs to; None: the whole place's, or no such path."""
    return session.scalar(select(LearningPath.organisation_id).where(LearningPath.id == path_id))
