"""What a partner's teacher sees of the hub's paths: their titles and steps, to look at and to pick."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.models.learning import LearningPath
from hub.services.lti_in import published
from hub.services.versions import document


@dataclass(frozen=True, slots=True)
class PathOffer:
    """A published path: ``steps`` are (id, title), in the order of the line; ``minutes`` planned by its first ways;
    ``of_resource``: one entry of the catalogue, opened at its only step."""

    path_id: UUID
    title: str
    objectives: str
    minutes: int
    steps: tuple[tuple[UUID, str], ...]
    of_resource: bool = False


def overview(session: Session, path_id: UUID | None) -> PathOffer | None:
    """One published path; None for another, or for none."""
    path = session.get(LearningPath, path_id) if path_id else None
    version = published(session, path.id) if path is not None and not path.archived else None
    if path is None or version is None:
        return None
    told = document(session, version.id)
    minutes = sum(variant.minutes for step in told.steps() if (variant := step.variant(None)))
    return PathOffer(
        path.id,
        told.title,
        told.objectives,
        minutes,
        tuple((step.id, step.title) for step in told.steps()),
        path.of_resource_id is not None,
    )


def offers(session: Session) -> list[PathOffer]:
    """Every published path that is not archived, by title; then entries of the catalogue that are offered."""
    ids = session.scalars(select(LearningPath.id).where(LearningPath.archived.is_(False))).all()
    found = [offer for path_id in ids if (offer := overview(session, path_id))]
    return sorted(found, key=lambda offer: (offer.of_resource, offer.title.casefold()))


def offer_of(session: Session, value: str) -> tuple[PathOffer, UUID | None] | None:
    """What a choice of the picker names: ``<path>`` or ``<path>/<step>``; None for anything else."""
    path, _, step = value.partition("/")
    try:
        offer, step_id = overview(session, UUID(path)), UUID(step) if step else None
    except ValueError:
        return None
    if offer is None or (step_id is not None and step_id not in dict(offer.steps)):
        return None
    return offer, step_id
