"""What the place shows to other systems: its training offer in LHEO, the records that it serves by OAI-PMH."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json, Secret


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


class OfferForm(Base):
    """A course of the offer as it is written here, published or not: ``data`` is ``hub.domain.offer.OfferData``. Once
    published the ``training_offer`` of the same id gives its LHEO."""

    __tablename__ = "offer_form"
    id: Mapped[Id]
    title: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]


class CodeEntry(Base):
    """A code of a public list (``formacode``, ``rome``, ``rncp``, ``rs``, ``nsf``) as a dated file gave it; the
    setting ``code_lists`` says which file."""

    __tablename__ = "code_entry"
    scheme: Mapped[str] = mapped_column(String(12), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    label: Mapped[str]


class CatalogueImage(Base):
    """A piece of the catalogue's index as a worker wrote it down (`hub.services.catalogue_image`), so that a process
    reads it instead of every resource; the setting ``catalogue_image`` says which ``made`` is whole."""

    __tablename__ = "catalogue_image"
    made: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ResourceDescription(Base):
    """The LOM that an entry came with, as `content.metadata.lom_document` keeps it."""

    __tablename__ = "resource_description"
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    document: Mapped[str]


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


class OaiSource(Base):
    """A repository that is harvested. ``cursor``: token of the page that comes next and when the harvest began;
    ``since``: the day from which the next harvest asks, the day on which the last whole one began."""

    __tablename__ = "oai_source"
    id: Mapped[Id]
    name: Mapped[str]
    base_url: Mapped[str]
    prefix: Mapped[str] = mapped_column(String(32))
    set_spec: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(12), default="new")
    cursor: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    since: Mapped[str] = mapped_column(default="")
    last_error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    last_read_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class OaiRecord(Base):
    """Which catalogue entry a harvested record became."""

    __tablename__ = "oai_record"
    source_id: Mapped[UUID] = mapped_column(ForeignKey("oai_source.id"), primary_key=True)
    identifier: Mapped[str] = mapped_column(primary_key=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)


class PlaceSubscription(Base):
    """A collection of another place of this installation that this place takes. ``token`` is what that place gave;
    ``state``: ``due``, ``read``, ``ended`` (that place shares it no more), ``away`` (it cannot be read now)."""

    __tablename__ = "place_subscription"
    id: Mapped[Id]
    place_key: Mapped[str] = mapped_column(String(40))
    token: Mapped[Secret]
    place_name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(12), default="due")
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PlaceRecord(Base):
    """Which catalogue entry a resource of another place became; ``digest`` of what it said then."""

    __tablename__ = "place_record"
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("place_subscription.id"), primary_key=True)
    remote_id: Mapped[UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
