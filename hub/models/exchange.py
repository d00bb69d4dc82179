"""What the place shows to other systems: its training offer in LHEO, the records that it serves by OAI-PMH."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id


class TrainingOffer(Base):
    """A course of the offer. ``key`` is the SIRET and the number of who gives it; ``document`` its LHEO 2.3 element,
    ``extras`` and all."""

    __tablename__ = "training_offer"
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    document: Mapped[str]
    changed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class OaiItem(Base):
    """A record as it is served: ``digest`` of what it said, ``changed_at`` when that became so. Deleted ones stay for
    ever, as OAI-PMH wants of a repository that says so."""

    __tablename__ = "oai_item"
    __table_args__ = (Index("ix_oai_item_changed_at_resource_id", "changed_at", "resource_id"),)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    set_spec: Mapped[str] = mapped_column(String(24))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    changed_at: Mapped[datetime]
    deleted: Mapped[bool]
